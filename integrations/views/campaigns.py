"""The Campaigns tab, and the campaigns of one event on the event's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import campaigns as services
from integrations.campaigns import CampaignRefused
from integrations.contract import Campaign, ProviderError
from integrations.destinations import Destination, destinations
from integrations.exporting import campaign_lines
from integrations.forms.campaigns import CampaignForm
from integrations.meanwhile import ChangedMeanwhile
from integrations.models import CampaignMapping, Integration
from integrations.views.page import answer, open_destination, open_integration, page_context
from leads.access import OrgRequest, org_admin_required

PAGE = "integrations/campaigns.html"


@org_admin_required
@require_safe
def campaigns(request: OrgRequest, provider: str) -> HttpResponse:
    """The tab."""
    return render(request, PAGE, _context(open_destination(request, provider)))


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: OrgRequest, provider: str) -> HttpResponse:
    """New Campaign: the drawer, and what it makes. `?event=<id>` ticks an event."""
    found, integration = open_integration(request, provider)
    if request.method == "POST":
        return _save(request, found, integration, CampaignForm(request.POST, integration=integration))
    # Without scripts a search sends the whole form along: what was chosen stays chosen.
    said = request.GET if "searched" in request.GET else None
    form = CampaignForm(said, integration=integration, event=request.GET.get("event", ""), judged=False)
    return _drawer(request, found, form)


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request: OrgRequest, provider: str, pk: int) -> HttpResponse:
    """Change one: the drawer, and its saving."""
    found, integration = open_integration(request, provider)
    mapping = get_object_or_404(integration.campaign_mappings, pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = CampaignForm(posted, integration=integration, mapping=mapping)
    if posted is not None:
        return _save(request, found, integration, form)
    return _drawer(request, found, form)


@org_admin_required
@require_safe
def campaigns_found(request: OrgRequest, provider: str) -> HttpResponse:
    """The part of the drawer that lists what a search found at the vendor; the chosen campaign stays among it."""
    found, integration = open_integration(request, provider)
    form = CampaignForm(request.GET, integration=integration, judged=False)
    context = page_context(found, "campaigns", form=form, **_results(integration, form, request.GET.get("q", "")))
    return render(request, f"{PAGE}#results", context)


@org_admin_required
@require_safe
def campaigns_statuses(request: OrgRequest, provider: str) -> HttpResponse:
    """The part of the drawer that says who gets which status in the chosen campaign."""
    found, integration = open_integration(request, provider)
    mapping = _mapping_of(integration, request.GET)
    form = CampaignForm(request.GET, integration=integration, mapping=mapping, judged=False)
    context = page_context(found, "campaigns", form=form, **_chosen(integration, form))
    return render(request, f"{PAGE}#statuses", context)


@org_admin_required
@require_POST
def campaign_remove(request: OrgRequest, provider: str, pk: int) -> HttpResponse:
    """Take a campaign off the list, after the dialog."""
    found, integration = open_integration(request, provider)
    mapping = get_object_or_404(integration.campaign_mappings, pk=pk)
    services.remove_campaign(mapping=mapping, by=request.user)
    messages.success(request, f"{mapping.name} is removed. Who joined it in {found.provider.name} stays in it.")
    return answer(request, f"{PAGE}#done", _context(found), _url(provider))


@org_admin_required
@require_POST
def campaigns_refresh(request: OrgRequest, provider: str) -> HttpResponse:
    """Ask the vendor which campaigns are archived."""
    found, integration = open_integration(request, provider)
    try:
        report = services.refresh_campaigns(integration=integration, by=request.user)
    except ProviderError as error:
        messages.error(request, f"The campaigns were not checked: “{error.fault.message}”")
    else:
        messages.success(request, _words(report, found.provider.name))
    return redirect(_url(provider))


@org_admin_required
@require_safe
def campaigns_export(request: OrgRequest, provider: str) -> HttpResponse:
    """The table as a spreadsheet."""
    _, integration = open_integration(request, provider)
    lines = campaign_lines(integration.campaign_mappings.for_table())
    response = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{provider}-campaigns.csv"'
    return response


@org_admin_required
@require_safe
def event_campaigns(request: OrgRequest, uid: str) -> HttpResponse:
    """Which campaigns people met at one event join, for the event's own page."""
    event = get_object_or_404(request.organization.events, uid=uid)
    mappings = list(
        CampaignMapping.objects.at(event)
        .filter(integration__organization=request.organization)
        .select_related("status_qualifier")
    )
    places = [
        (entry, [mapping for mapping in mappings if mapping.integration_id == entry.integration.pk])
        for entry in destinations(request.organization)
        if entry.integration
    ]
    shown = [(entry, joined) for entry, joined in places if joined or entry.holds_connection]
    return render(request, "integrations/event_campaigns.html", {"event": event, "places": shown})


# --- The drawer -------------------------------------------------------------------------------------------------------


def _drawer(
    request: OrgRequest,
    found: Destination,
    form: CampaignForm,
    status: int = 200,
    silent: str = "",
    *,
    stale: bool = False,
) -> HttpResponse:
    """`silent`: the vendor just did not answer, with its sentence; then it is not asked again for the page. `stale`:
    somebody changed the campaign since the form was opened."""
    said = request.POST if request.method == "POST" else request.GET
    context = _context(found) | {"form": form, "q": said.get("q", ""), "drawer": True, "stale": stale}
    if silent:
        results = [(form.remembered, _kind_words(form.remembered), False)] if form.remembered else []
        context |= {"campaign": None, "campaign_problem": silent, "results": results}
    elif found.integration:
        context |= _chosen(found.integration, form)
        if form.mapping is None:
            context |= _results(found.integration, form, context["q"], context["campaign"])
    return render(request, f"{PAGE}#drawer" if request.htmx else PAGE, context, status=status)


def _save(request: OrgRequest, found: Destination, integration: Integration, form: CampaignForm) -> HttpResponse:
    if not form.is_valid():
        return _drawer(request, found, form, 422)
    kind, remote_id = form.chosen
    try:
        campaign = services.look_up(integration=integration, kind=kind, remote_id=remote_id)
        if campaign is None:
            raise CampaignRefused("campaign", f"{found.provider.name} has no such campaign any more, or hides it.")
        saved = services.save_campaign(
            integration=integration,
            campaign=campaign,
            events=form.cleaned_data["events"],
            threshold=form.cleaned_data["threshold"],
            status=form.decided(),
            mapping=form.mapping,
            by=request.user,
            seen=form.state,
        )
    except ProviderError as error:
        said = error.fault.message
        form.add_error(None, f"{found.provider.name} did not confirm the campaign: “{said}” Nothing is saved yet.")
        return _drawer(request, found, form, 422, silent=said)
    except CampaignRefused as refused:
        form.add_error(refused.field, refused.sentence)
        return _drawer(request, found, form, 422)
    except ChangedMeanwhile as refused:
        form.add_error(None, f"Not saved. {refused.sentence}")
        return _drawer(request, found, form, 422, stale=True)
    count = len(form.cleaned_data["events"])
    messages.success(request, f"{saved.name} is joined to {count} event{'' if count == 1 else 's'}.")
    return answer(request, f"{PAGE}#done", _context(found) | {"focus": saved.pk}, f"{_url(found.provider.key)}")


def _results(
    integration: Integration, form: CampaignForm, query: str, chosen: Campaign | None = None
) -> dict[str, Any]:
    """What a search found. A failed one gives its sentence; then the chosen campaign is all there is."""
    problem, results = "", []
    kind, remote_id = form.chosen
    try:
        results = services.search(integration=integration, query=query[:100])
        if remote_id and not any((entry.kind, entry.id) == (kind, remote_id) for entry in results):
            chosen = chosen or services.look_up(integration=integration, kind=kind, remote_id=remote_id)
            results = [*([chosen] if chosen else []), *results]
    except ProviderError as error:
        known = chosen or form.remembered
        problem, results = error.fault.message, [known] if known else []
    mapped = set(integration.campaign_mappings.values_list("kind", "remote_id"))
    return {
        "q": query,
        "results": [(entry, _kind_words(entry), (entry.kind, entry.id) in mapped) for entry in results],
        "results_problem": problem,
        "more": len(results) >= services.FOUND,
    }


def _chosen(integration: Integration, form: CampaignForm) -> dict[str, Any]:
    """The chosen campaign as the vendor has it now, or the sentence why it cannot be shown."""
    kind, remote_id = form.chosen
    if not remote_id:
        return {"campaign": None, "campaign_problem": ""}
    try:
        campaign = services.look_up(integration=integration, kind=kind, remote_id=remote_id)
    except ProviderError as error:
        return {"campaign": None, "campaign_problem": error.fault.message}
    return {"campaign": campaign, "campaign_problem": "" if campaign else "It is gone, or the user may not see it."}


def _kind_words(campaign: Campaign) -> str:
    """Tells apart what a vendor has besides campaigns: `marketing_event` -> `Marketing event`."""
    return "" if campaign.kind == "campaign" else campaign.kind.replace("_", " ").capitalize()


def _mapping_of(integration: Integration, said: QueryDict) -> CampaignMapping | None:
    """The mapping that is being changed, None for a new one."""
    pk = said.get("mapping", "")
    return get_object_or_404(integration.campaign_mappings, pk=pk) if pk.isdecimal() else None


# --- The page ---------------------------------------------------------------------------------------------------------


def _context(found: Destination) -> dict[str, Any]:
    mappings = list(found.integration.campaign_mappings.for_table()) if found.integration else []
    return page_context(found, "campaigns", mappings=mappings)


def _words(report: services.Refreshed, vendor: str) -> str:
    parts = [
        f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} {what}."
        for names, what in (
            (report.gone, f"gone in {vendor}, or hidden from the connected user"),
            (report.archived, f"archived in {vendor} now"),
            (report.reopened, f"open again in {vendor}"),
        )
        if names
    ]
    checked = f"{report.checked} campaign{'' if report.checked == 1 else 's'} checked in {vendor}."
    return " ".join([checked, *(parts or ["Nothing changed."])])


def _url(provider: str) -> str:
    return reverse("integrations:campaigns", args=[provider])
