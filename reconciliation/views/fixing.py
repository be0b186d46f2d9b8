"""The fix-it drawer: what is at fault in a group of failed leads, the control that repairs it, and what became of the
leads that were sent again. A drawer beside the list for htmx, a page of its own for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import campaigns
from integrations.contract import Campaign, ProviderError
from integrations.destinations import Destination
from integrations.models import CampaignMapping, Integration
from integrations.views.page import open_integration, page_context
from leads.access import OrgRequest, org_admin_required
from reconciliation import bulk, repairs
from reconciliation.fixing import Fix, Key, fix_of, key_from
from reconciliation.forms import fixing as forms
from reconciliation.forms.decision import DecisionForm
from reconciliation.joining import choice_of
from reconciliation.models import Repair, SyncRecord
from reconciliation.progress import Progress, progress_of, watched
from reconciliation.repairs import FixRefused
from reconciliation.views.tab import board_context

PAGE = "reconciliation/fix_page.html"
# Somebody who watches wants every second; after a while, or where minutes pass anyway, a look now and then is enough.
WATCHED_SECONDS = 60
EVERY, NOW_AND_THEN, OF_VERY_MANY = 1, 5, 2


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def fix(request: OrgRequest, provider: str) -> HttpResponse:
    """The drawer of one group (`?cause=&subject=&field=&ours=` and the filters of the list), and its fixes."""
    found, integration = open_integration(request, provider)
    key = key_from(request.POST if request.method == "POST" else request.GET)
    if key is None:
        raise Http404("The address names no group of failed leads.")
    shown = fix_of(integration, found.provider.name, key)
    if request.method != "POST":
        return _drawer(request, found, key, shown)
    if shown is None:
        return _drawer(request, found, key, None, status=422)
    carry_out = FIXES.get(request.POST.get("do", ""))
    try:
        if carry_out is None:
            raise FixRefused("Choose what to do first.")
        repair = carry_out(request, integration, shown)
    except FixRefused as refused:
        return _drawer(request, found, key, shown, problem=refused.sentence, status=422)
    return _answer(request, found, repair)


@org_admin_required
@require_safe
def repair(request: OrgRequest, provider: str, repair_id: int) -> HttpResponse:
    """What became of the leads of one fix: the part that is asked for again while some are on their way, or a page."""
    found, integration = open_integration(request, provider)
    made = get_object_or_404(Repair.objects.only("pk"), pk=repair_id, integration=integration)
    context = _repair_context(request, found, made.pk)
    if request.htmx.target != "fix-progress":
        return render(request, f"{PAGE}#drawer" if request.htmx else PAGE, context)
    progress, over = context["progress"], context["progress"].over
    if request.GET.get("seen") != str(progress.quarter):
        context["aloud"] = (
            f"{progress.settled:,} of {progress.total:,} leads are through, {progress.cleared:,} cleared."
        )
    if over and not context["alone"]:
        context |= _summary(request, found, integration, context["repair"])
    response = render(request, f"{PAGE}#progress", context)
    if over:
        response["HX-Trigger"] = "leads-moved"
    return response


@org_admin_required
@require_POST
def cancel(request: OrgRequest, provider: str, repair_id: int) -> HttpResponse:
    """Send no more of the leads of one fix; those that were reached go on."""
    found, integration = open_integration(request, provider)
    made = get_object_or_404(Repair.objects.defer("record_ids"), pk=repair_id, integration=integration)
    if made.action is not None:
        bulk.cancel(action=made.action, by=request.user)
    if not request.htmx:
        return redirect("reconciliation:repair", provider=provider, repair_id=made.pk)
    return render(request, f"{PAGE}#progress", _repair_context(request, found, made.pk))


# --- The fixes, by the button that was pressed ------------------------------------------------------------------------


def _map_values(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    chosen = forms.options(request.POST)
    return repairs.map_values(
        integration=integration, key=shown.key, pickers=shown.pickers, chosen=chosen, by=request.user
    )


def _change_fields(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    chosen, clear = forms.fields(request.POST)
    return repairs.change_fields(
        integration=integration, key=shown.key, rows=shown.fields, chosen=chosen, clear=clear, by=request.user
    )


def _map_sources(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    chosen = forms.said(request.POST, "source:")
    return repairs.map_sources(
        integration=integration, key=shown.key, rows=shown.sources, chosen=chosen, by=request.user
    )


def _set_fallbacks(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    chosen = forms.said(request.POST, "fallback:")
    return repairs.set_fallbacks(
        integration=integration, key=shown.key, rows=shown.fallbacks, chosen=chosen, by=request.user
    )


def _correct_values(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    if shown.correction is None:
        raise FixRefused("There is nothing to correct here any more. Load the page again.")
    chosen = forms.corrections(request.POST)
    return repairs.correct_values(
        integration=integration, key=shown.key, correction=shown.correction, chosen=chosen, by=request.user
    )


def _change_campaign(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    mapping = _campaign_mapping(request, integration, shown)
    kind, _, remote_id = request.POST.get("campaign", "").replace("\x00", "").partition(":")
    campaign = _fresh(integration, kind or mapping.kind, remote_id or mapping.remote_id)
    status = request.POST.get("status", "").replace("\x00", "")[:100]
    return repairs.change_campaign(
        integration=integration,
        key=shown.key,
        campaign_mapping=mapping,
        campaign=campaign,
        status=status if status in campaign.statuses else campaign.default_status,
        by=request.user,
    )


def _remove_campaign(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    mapping = _campaign_mapping(request, integration, shown)
    return repairs.remove_campaign(integration=integration, key=shown.key, campaign_mapping=mapping, by=request.user)


def _decide(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    waiting = shown.key.records(integration).select_related("lead")
    record = waiting.filter(pk=forms.number(request.POST, "record")).first()
    if record is None:
        raise FixRefused("This lead does not wait for a decision any more.")
    remote_id, object_name = _decided(request, record)
    return repairs.decide(
        integration=integration,
        key=shown.key,
        record=record,
        object_name=object_name,
        remote_id=remote_id,
        by=request.user,
    )


def _retry(request: OrgRequest, integration: Integration, shown: Fix) -> Repair:
    return repairs.retry(integration=integration, key=shown.key, by=request.user)


FIXES: dict[str, Callable[[OrgRequest, Integration, Fix], Repair]] = {
    "map": _map_values,
    "fields": _change_fields,
    "sources": _map_sources,
    "fallbacks": _set_fallbacks,
    "correct": _correct_values,
    "campaign": _change_campaign,
    "remove": _remove_campaign,
    "decide": _decide,
    "retry": _retry,
}


def _campaign_mapping(request: OrgRequest, integration: Integration, shown: Fix) -> CampaignMapping:
    mappings = integration.campaign_mappings.select_related("status_qualifier")
    mapping = mappings.filter(pk=forms.number(request.POST, "mapping")).first() if shown.of_campaigns else None
    if mapping is None:
        raise FixRefused("This campaign is not on the list any more. Retry the leads.")
    return mapping


def _fresh(integration: Integration, kind: str, remote_id: str) -> Campaign:
    try:
        campaign = campaigns.look_up(integration=integration, kind=kind, remote_id=remote_id)
    except ProviderError as error:
        raise FixRefused(f"The campaign could not be confirmed: “{error.fault.message}” Nothing is saved.") from error
    if campaign is None:
        raise FixRefused("The campaign is gone, or the connected user may not see it. Choose another one.")
    if not campaign.active:
        raise FixRefused(f"“{campaign.name}” is archived and takes no new members. Choose another one.")
    return campaign


def _decided(request: OrgRequest, record: SyncRecord) -> tuple[str, str]:
    """(remote id, object) of the record it is; no id: it is not there. A candidate's button says both itself."""
    object_name, _, candidate = request.POST.get("candidate", "").partition(":")
    if candidate:
        if not any((each["object"], each["id"]) == (object_name, candidate) for each in record.collides_with):
            raise FixRefused("This record is not one of those that were found any more.")
        return candidate, object_name
    form = DecisionForm(
        {"decision": request.POST.get("decision"), "remote_id": request.POST.get("remote_id", ""), "object": ""}
    )
    if not form.is_valid():
        raise FixRefused(form.first_error())
    return (form.cleaned_data["remote_id"], "") if form.cleaned_data["decision"] == "link" else ("", "")


# --- The answers ------------------------------------------------------------------------------------------------------


def _drawer(
    request: OrgRequest, found: Destination, key: Key, shown: Fix | None, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = page_context(found, "reconciliation", key=key, fix=shown, problem=problem, said=request.POST)
    context |= {"at_once": bulk.AT_ONCE, "alone": _alone(request, found)}
    if found.integration is not None:
        same = Repair.objects.under_way(found.integration).filter(cause=key.cause, subject=key.subject)
        context["under_way"] = same.first()
    if shown is not None and shown.of_campaigns and found.integration is not None:
        search = request.GET.get("find", "").replace("\x00", "")
        context |= {"choice": choice_of(found.integration, shown.key, search), "find": search}
    return render(request, f"{PAGE}#drawer" if request.htmx else PAGE, context, status=status)


def _answer(request: OrgRequest, found: Destination, made: Repair) -> HttpResponse:
    """Right after a fix: the drawer that watches, and the figures of the tab beneath it."""
    if not request.htmx:
        messages.success(request, f"{made.done} {_on_the_way(made)}")
        return redirect("reconciliation:repair", provider=found.provider.key, repair_id=made.pk)
    # The drawer says what a message would, and takes the focus.
    context = _repair_context(request, found, made.pk)
    if not context["alone"]:
        context |= _summary(request, found, made.integration, made)
    response = render(request, f"{PAGE}#fixed", context)
    if context["alone"]:
        response["HX-Push-Url"] = reverse("reconciliation:repair", args=[found.provider.key, made.pk])
    response["HX-Trigger-After-Swap"] = "leads-moved"
    return response


def _alone(request: OrgRequest, found: Destination) -> bool:
    """Whether it stands on a page of its own, not in a drawer beside the list."""
    asking = urlsplit(request.htmx.current_url or "").path if request.htmx else ""
    return not request.htmx or asking.startswith(reverse("reconciliation:fix", args=[found.provider.key]))


def _repair_context(request: OrgRequest, found: Destination, repair_id: int) -> dict[str, Any]:
    made = watched(repair_id)
    progress = progress_of(made, found.provider.name)
    key = key_from(QueryDict(made.origin))
    return page_context(
        found,
        "reconciliation",
        alone=_alone(request, found),
        repair=made,
        key=key,
        progress=progress,
        remaining=key.records(made.integration).count() if key and progress.over else 0,
        again=_again(made, progress),
    )


def _again(made: Repair, progress: Progress) -> int:
    """After how many seconds it is worth another look; 0: nothing moves by itself."""
    if progress.over or not (made.integration.is_connected or progress.running):
        return 0
    if made.action is not None:
        return OF_VERY_MANY
    age = (timezone.now() - made.started_at).total_seconds()
    return EVERY if age < WATCHED_SECONDS else NOW_AND_THEN


def _summary(request: OrgRequest, found: Destination, integration: Integration, made: Repair) -> dict[str, Any]:
    """The figures of the tab as the filters stand that the drawer was opened with."""
    query = QueryDict(mutable=True)
    key = key_from(QueryDict(made.origin))
    query.update({"list": "failed", **dict(key.kept if key else ())})
    request.GET = query  # type: ignore[assignment]  # the figures are drawn as if the tab had been asked for
    return board_context(request, integration, found.provider.name) | {"summary_oob": True}


def _on_the_way(made: Repair) -> str:
    if made.action is not None:
        return f"{made.action.counted:,} leads are sent some at a time. You can close this page."
    who = "1 lead is" if len(made.record_ids) == 1 else f"{len(made.record_ids):,} leads are"
    if made.integration.is_connected:
        return f"{who} on the way again."
    return f"{who} sent again as soon as the integration is connected."
