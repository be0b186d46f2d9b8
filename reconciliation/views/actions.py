"""What an admin does on the Reconciliation tab. Every answer is the page in its newest state and one sentence on
what happened.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.contract import Provider
from integrations.models import Integration
from integrations.views.page import open_integration, page_context
from leads.access import OrgRequest, org_admin_required
from leads.models import Event
from reconciliation import actions, bulk
from reconciliation.board import filters_from
from reconciliation.choice import Choice, group_from
from reconciliation.forms.decision import DecisionForm
from reconciliation.models import BulkAction, SyncRecord
from reconciliation.records import Filters
from reconciliation.views import dismissed
from reconciliation.views.tab import board_context, jobs_context


@org_admin_required
@require_POST
def act(request: OrgRequest, provider: str) -> HttpResponse:
    """Retry, Push or Dismiss: one, a selection, a group, or all that match (counted again here)."""
    _found, integration = open_integration(request, provider)
    kind = "retry" if request.POST.get("retry_group") else request.POST.get("do", "")
    if kind not in ("retry", "push", "dismiss"):
        messages.error(request, "Choose Retry, Push or Dismiss.")
        return _newest(request, provider)
    choice = _chosen(request)
    if action := bulk.start(integration=integration, kind=kind, choice=choice, by=request.user):
        _tell_stored(request, action)
        return _newest(request, provider)
    records = choice.records(integration)
    match kind:
        case "retry":
            _tell(request, actions.retry(integration=integration, records=records), "{} on the way again.", integration)
        case "push":
            _tell(request, actions.push(integration=integration, records=records), "{} on the way.", integration)
        case _:
            gone = actions.dismiss(integration=integration, records=records)
            dismissed.remember(request, integration, gone)
            _tell(request, len(gone), "{} dismissed. The history stays.")
    return _newest(request, provider)


@org_admin_required
@require_POST
def retry_subject(request: OrgRequest, provider: str) -> HttpResponse:
    """Retry exactly the leads that failed for one field or qualifier, from the tab where it was just fixed."""
    _, integration = open_integration(request, provider)
    subject = request.POST.get("subject", "")[:200].replace("\x00", "")
    choice = Choice(Filters(subject=subject), "failed", all_matching=True)
    if action := bulk.start(integration=integration, kind="retry", choice=choice, by=request.user):
        _tell_stored(request, action)
    else:
        records = SyncRecord.objects.of(integration).failed().filter(subject=subject)
        _tell(request, actions.retry(integration=integration, records=records), "{} on the way again.", integration)
    if request.htmx:
        return render(request, "messages_oob.html")
    return redirect("reconciliation:tab", provider=provider)


@org_admin_required
@require_POST
def undo(request: OrgRequest, provider: str) -> HttpResponse:
    """Bring the last dismissed leads back."""
    _, integration = open_integration(request, provider)
    back = actions.undo_dismiss(integration=integration, record_ids=dismissed.take(request, integration))
    if back:
        _tell(request, back, "{} back on the list.")
    else:
        messages.info(request, "There is nothing to bring back: those leads are on the list, or were sent again.")
    return _newest(request, provider)


@org_admin_required
@require_POST
def earlier(request: OrgRequest, provider: str) -> HttpResponse:
    """Send the leads that were met before this integration was connected."""
    _, integration = open_integration(request, provider)
    if action := bulk.start(integration=integration, kind="earlier", choice=Choice(), by=request.user):
        _tell_stored(request, action)
    else:
        _tell(request, actions.send_earlier_leads(integration=integration), "{} in the queue.", integration)
    return _newest(request, provider)


@org_admin_required
@require_POST
def resend_stale(request: OrgRequest, provider: str) -> HttpResponse:
    """Send the leads again that were sent before the mappings last changed; unchanged ones cost nothing."""
    _, integration = open_integration(request, provider)
    choice = Choice(list="cleared", all_matching=True, setup_before=integration.setup_version)
    if action := bulk.start(integration=integration, kind="resend", choice=choice, by=request.user):
        _tell_stored(request, action)
    else:
        again = actions.resend(integration=integration, records=choice.records(integration))
        _tell(request, again, "{} checked again with the new mapping.", integration)
    return _newest(request, provider)


@org_admin_required
@require_POST
def push_whole_event(request: OrgRequest, provider: str, event_id: int) -> HttpResponse:
    _, integration = open_integration(request, provider)
    event = get_object_or_404(Event, pk=event_id, organization=request.organization)
    choice = Choice(Filters(event=event.pk), all_matching=True)
    if action := bulk.start(integration=integration, kind="push_event", choice=choice, by=request.user):
        _tell_stored(request, action)
    else:
        pushed = actions.push_event(integration=integration, event=event)
        name = event.name.replace("{", "{{").replace("}", "}}")
        _tell(request, pushed, "{} on the way from " + name + ".", integration)
    return _newest(request, provider)


@org_admin_required
@require_safe
def jobs(request: OrgRequest, provider: str) -> HttpResponse:
    """How far the bulk actions are; asked again while one is under way."""
    found, integration = open_integration(request, provider)
    context = {"provider": found.provider, **jobs_context(integration), "query": request.GET}
    moved = request.GET.get("seen", "") != context["jobs_seen"]
    if moved and context["jobs"]:
        context["aloud"] = context["jobs"][0].aloud
    response = render(request, "reconciliation/jobs.html", context)
    if moved:
        response["HX-Trigger"] = "leads-moved"
    return response


@org_admin_required
@require_POST
def cancel_job(request: OrgRequest, provider: str, action_id: int) -> HttpResponse:
    """Stop a bulk action; what it has done stays done."""
    found, integration = open_integration(request, provider)
    action = get_object_or_404(BulkAction, integration=integration, pk=action_id)
    bulk.cancel(action=action, by=request.user)
    return _jobs_moved(request, found.provider, integration, action)


@org_admin_required
@require_POST
def undo_job(request: OrgRequest, provider: str, action_id: int) -> HttpResponse:
    """Bring back everything a bulk Dismiss took off the list."""
    found, integration = open_integration(request, provider)
    action = get_object_or_404(BulkAction, integration=integration, pk=action_id)
    undoing = bulk.undo(action=action, by=request.user)
    return _jobs_moved(request, found.provider, integration, undoing or action)


@org_admin_required
@require_POST
def decide(request: OrgRequest, provider: str, record_id: int) -> HttpResponse:
    """An unconfirmed or doubtful lead: it is there (link it), or it is not (send it again)."""
    _found, integration = open_integration(request, provider)
    record = get_object_or_404(SyncRecord.objects.of(integration).failed(), pk=record_id)
    said = {"decision": request.POST.get("decision"), "remote_id": request.POST.get(f"remote_id_{record_id}")}
    form = DecisionForm({**said, "object": request.POST.get("object", "")})
    if not form.is_valid():
        messages.error(request, form.first_error())
    elif form.cleaned_data["decision"] == "link":
        actions.link(
            record=record,
            object_name=form.cleaned_data["object"] or record.remote_object,
            remote_id=form.cleaned_data["remote_id"],
        )
        messages.success(
            request, f"{record.lead.name} is linked to {form.cleaned_data['remote_id']} and on the way again."
        )
    else:
        actions.send_again(record=record)
        messages.success(request, f"{record.lead.name} is sent again.")
    return _newest(request, provider)


def _chosen(request: OrgRequest) -> Choice:
    """`all=1`: whatever matches the filters now; else the groups and the records that are ticked."""
    groups = [only] if (only := request.POST.get("retry_group")) else request.POST.getlist("group")
    ids = [int(value) for value in request.POST.getlist("record") if value.isdecimal() and len(value) < 18]
    return Choice(
        filters=filters_from(request.POST),
        list=request.POST.get("list", ""),
        all_matching=bool(request.POST.get("all")) and not only,
        groups=tuple(group_from(group) for group in groups),
        ids=() if only else tuple(ids),
    )


def _jobs_moved(request: OrgRequest, provider: Provider, integration: Integration, pressed: BulkAction) -> HttpResponse:
    """The bulk actions after one was changed: its line takes the focus, for the button that was pressed is gone. A
    quick worker may have moved leads before they were read.
    """
    if not request.htmx:
        return redirect("reconciliation:tab", provider=provider.key)
    context = {"provider": provider, **jobs_context(integration), "pressed": pressed.pk}
    response = render(request, "reconciliation/jobs.html", context)
    response["HX-Trigger"] = "leads-moved"
    return response


def _tell_stored(request: HttpRequest, action: BulkAction) -> None:
    messages.info(request, f"{action}: under way. You can close this page.")


def _tell(request: HttpRequest, count: int, sentence: str, integration: Integration | None = None) -> None:
    """`integration`: where the leads are to go, which has to be said while it holds them back."""
    if count == 0:
        messages.warning(request, "Nothing to do: no lead of this list matches any more.")
        return
    who = "1 lead is" if count == 1 else f"{count:,} leads are"
    text = sentence.format(who)
    if integration is not None and not integration.is_connected:
        disabled = integration.status == Integration.Status.DISABLED
        then = "when the integration is enabled again" if disabled else "as soon as the integration is connected"
        text += f" They go {then}."
    messages.success(request, text)


def _newest(request: OrgRequest, provider: str) -> HttpResponse:
    """The page the action came from: its parts for htmx, a redirect for everybody else."""
    query = _query_of(request)
    if not request.htmx:
        return redirect(f"{reverse('reconciliation:tab', args=[provider])}?{query.urlencode()}")
    found, integration = open_integration(request, provider)
    request.GET = query  # type: ignore[assignment]  # the page is drawn as if it had been asked for with these filters
    context = page_context(found, "reconciliation", **board_context(request, integration, found.provider.name))
    response = render(request, "reconciliation/tab.html#acted", context)
    # The counts in the navigation: the lists are in this answer already.
    response["HX-Trigger"] = "leads-acted"
    return response


def _query_of(request: OrgRequest) -> QueryDict:
    """The filters that stood when the button was pressed: from the form, else from the page's address."""
    query = QueryDict(mutable=True)
    address = QueryDict(urlsplit(request.htmx.current_url or "").query) if request.htmx else QueryDict()
    for name in ("list", "by", "q", "event", "cause", "subject", "field", "ours", "period"):
        if value := request.POST.get(name) or address.get(name):
            query[name] = value
    return query
