"""The Mapping tab."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations import mapping as services
from integrations import schema
from integrations.constant_rows import ConstantRow
from integrations.contract import ProviderError, WriteBehaviour
from integrations.destinations import Destination
from integrations.forms.connect import first_error
from integrations.forms.mapping import RowForm
from integrations.meanwhile import ChangedMeanwhile, MappingRefused
from integrations.models import Integration
from integrations.models.mapping import BEHAVIOURS
from integrations.sections import Page, Row, Section, Show, candidates, page_of
from integrations.views.page import answer, open_destination, open_integration, page_context
from leads.access import OrgRequest, org_admin_required


@org_admin_required
@require_safe
def mapping(request: OrgRequest, provider: str) -> HttpResponse:
    """The tab. `?show=` filters its rows; `?pick=<row>` opens one row's picker where there is no script; `?row=<row>`
    answers htmx that row alone, as it is now.
    """
    found = open_destination(request, provider)
    page = page_of(found.integration) if found.integration else Page()
    if request.htmx and "row" in request.GET:
        return _one_row(request, found, page, request.GET["row"])
    picked = next((row for row in page.rows() if row.id == request.GET.get("pick")), None)
    context = mapping_context(found, page, shown_rows(request), pick=picked)
    if picked and found.integration:
        remote = next(section.remote for section in page.sections if section.remote.name == picked.object)
        context["candidates"] = candidates(found.integration, remote, picked.source)
    return render(request, "integrations/mapping.html", context)


@org_admin_required
@require_safe
def fields(request: OrgRequest, provider: str, object_name: str, source: str) -> HttpResponse:
    """What the picker of one row offers, as JSON."""
    _, integration = open_integration(request, provider)
    section, row = _row(page_of(integration), object_name, source)
    found = candidates(integration, section.remote, row.source)
    return JsonResponse(
        {
            "object": section.remote.label,
            "fields": [
                {
                    "name": entry.remote.name,
                    "label": entry.remote.label,
                    "badge": entry.badge,
                    "required": entry.remote.required,
                    "note": entry.note,
                    "disabled": entry.disabled,
                }
                for entry in found
            ],
        }
    )


@org_admin_required
@require_POST
def save_row(request: OrgRequest, provider: str, object_name: str, source: str) -> HttpResponse:
    """Save one row. Returns the row's status cell, and by the way what depends on it; never the picker."""
    found, integration = open_integration(request, provider)
    form = RowForm(request.POST)
    try:
        if not form.is_valid():
            raise MappingRefused(first_error(form))
        _save(request, integration, object_name, source, form)
    except MappingRefused as refused:
        stale = isinstance(refused, ChangedMeanwhile)
        return _row_answer(request, found, object_name, source, refused.sentence, stale=stale)
    return _row_answer(request, found, object_name, source)


@org_admin_required
@require_POST
def defaults(request: OrgRequest, provider: str, object_name: str) -> HttpResponse:
    """Set Defaults of one object; its report stands in the section."""
    found, integration = open_integration(request, provider)
    try:
        report = services.set_defaults(integration=integration, object_name=object_name, by=request.user)
    except MappingRefused as refused:
        raise Http404(refused.sentence) from refused
    if not request.htmx:
        messages.success(
            request, f"Set Defaults filled {_rows(len(report.filled))}. {_rows(report.kept)} stayed as mapped before."
        )
    return _section_answer(request, found, integration, object_name, report=report)


@org_admin_required
@require_POST
def clear(request: OrgRequest, provider: str, object_name: str) -> HttpResponse:
    """Clear object mappings, after the dialog."""
    found, integration = open_integration(request, provider)
    seen = request.POST.getlist("seen") if "seen" in request.POST else None
    try:
        count = services.clear_object(integration=integration, object_name=object_name, by=request.user, seen=seen)
    except MappingRefused as refused:
        if not request.htmx:
            messages.error(request, refused.sentence)
        return _section_answer(request, found, integration, object_name, status=422, kept=refused.sentence)
    if not request.htmx:
        messages.success(request, f"{_rows(count)} cleared.")
    return _section_answer(request, found, integration, object_name, cleared=_rows(count))


@org_admin_required
@require_POST
def refresh_fields(request: OrgRequest, provider: str) -> HttpResponse:
    """Read the remote fields again."""
    found, integration = open_integration(request, provider)
    try:
        refreshed = schema.refresh(integration=integration, by=request.user)
    except ProviderError as error:
        messages.error(request, f"The fields were not read: {error.fault.message}")
    else:
        what = "Something changed: look at the rows that are marked." if refreshed.changed else "Nothing changed."
        messages.success(request, f"The fields were read from {found.provider.name}. {what}")
    return redirect("integrations:mapping", provider=provider)


def _save(request: OrgRequest, integration: Integration, object_name: str, source: str, form: RowForm) -> None:
    remote_field, behaviour = form.cleaned_data["remote_field"], form.cleaned_data["behaviour"]
    if form.picks and not remote_field:
        services.clear_field(
            integration=integration, object_name=object_name, source_key=source, by=request.user, seen=form.state
        )
        return
    if form.picks:
        services.map_field(
            integration=integration,
            object_name=object_name,
            source_key=source,
            remote_field=remote_field,
            behaviour=WriteBehaviour(behaviour) if behaviour else None,
            by=request.user,
            seen=form.state,
        )
    elif behaviour:
        services.set_behaviour(
            integration=integration,
            object_name=object_name,
            source_key=source,
            behaviour=WriteBehaviour(behaviour),
            by=request.user,
            seen=form.state,
        )


def _one_row(request: OrgRequest, found: Destination, page: Page, row_id: str) -> HttpResponse:
    for section in page.sections:
        rows: list[Row | ConstantRow] = [*section.rows, *section.constants, *section.fallbacks]
        for row in rows:
            if row.id == row_id:
                context = mapping_context(found, page, Show.ALL, section=section, row=row, reloaded=True)
                part = "row" if isinstance(row, Row) else "constant_row"
                return render(request, f"integrations/{part}.html", context)
    # What was there is cleared: its row goes.
    return HttpResponse("")


def _row_answer(
    request: OrgRequest, found: Destination, object_name: str, source: str, problem: str = "", *, stale: bool = False
) -> HttpResponse:
    _, integration = open_integration(request, found.provider.key)
    page = page_of(integration)
    section, row = _row(page, object_name, source)
    if problem and not request.htmx:
        messages.error(request, problem)
    context = mapping_context(found, page, Show.ALL, row=row, section=section, problem=problem, stale=stale)
    url = f"{_url(found.provider.key)}#row-{row.id}"
    return answer(request, "integrations/mapping.html#saved", context, url, 422 if problem else 200)


def _section_answer(
    request: OrgRequest, found: Destination, integration: Integration, object_name: str, status: int = 200, **more: Any
) -> HttpResponse:
    page = page_of(integration)
    section = page.section(object_name)
    if section is None:
        raise Http404(f"{found.provider.name} has no object {object_name}.")
    show = shown_rows(request)
    context = mapping_context(found, page, show, section=section, **shown_parts(section, show), **more)
    url = f"{_url(found.provider.key)}#object-{section.id}"
    return answer(request, "integrations/mapping.html#swapped", context, url, status)


def _row(page: Page, object_name: str, source: str) -> tuple[Section, Row]:
    section = page.section(object_name)
    row = section.row(source) if section else None
    if section is None or row is None:
        raise Http404("There is no such row.")
    return section, row


def mapping_context(found: Destination, page: Page, show: Show, **more: Any) -> dict[str, Any]:
    counts = page.counts()
    return page_context(
        found,
        "mapping",
        page=page,
        show=show,
        filters=[(each, label, counts[each]) for each, label in LABELS.items()],
        shown=[(section, *shown_parts(section, show).values()) for section in page.sections],
        mapping_count=counts[Show.PROBLEMS],
        behaviours=BEHAVIOURS,
        **more,
    )


def shown_parts(section: Section, show: Show) -> dict[str, Any]:
    """What the filter leaves of a section, for its template."""
    return {
        "groups": section.groups(show),
        "constants": section.constants_shown(show),
        "states_hidden": section.states_hidden(show),
    }


LABELS = {Show.ALL: "All", Show.MAPPED: "Mapped", Show.NOT_MAPPED: "Not mapped", Show.PROBLEMS: "Problems"}


def shown_rows(request: OrgRequest) -> Show:
    said = request.GET.get("show", "")
    return Show(said) if said in set(Show) else Show.ALL


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _url(provider: str) -> str:
    return reverse("integrations:mapping", args=[provider])
