"""Constants and fallbacks of the Mapping tab."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import constants as services
from integrations.constant_rows import ConstantRow, constant_id, control_for
from integrations.contract import RemoteField, WriteBehaviour
from integrations.destinations import Destination
from integrations.forms.connect import first_error
from integrations.forms.mapping import ConstantForm
from integrations.meanwhile import ChangedMeanwhile, MappingRefused
from integrations.models import Integration
from integrations.sections import Page, Section, Show, page_of
from integrations.types import badge
from integrations.views.mapping import mapping_context, shown_parts, shown_rows
from integrations.views.page import answer, open_integration
from leads.access import OrgRequest, org_admin_required


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_constant(request: OrgRequest, provider: str, object_name: str) -> HttpResponse:
    """The drawer that adds a constant, the control for a chosen field (`?field=`), and the adding."""
    found, integration = open_integration(request, provider)
    problem, form = "", ConstantForm(request.POST) if request.method == "POST" else None
    field = (request.POST if form else request.GET).get("field", "")
    if form is not None:
        try:
            if not form.is_valid():
                raise MappingRefused(first_error(form))
            if not field:
                raise MappingRefused("Choose a field first.")
            _set(request, integration, object_name, field, form)
        except MappingRefused as refused:
            problem = refused.sentence
        else:
            return _added(request, found, integration, object_name, field)
    page = page_of(integration)
    section = _section(found, page, object_name)
    offered = _offered(section)
    picked = next((remote for remote in offered if remote.name == field), None)
    context = mapping_context(
        found,
        page,
        shown_rows(request),
        adding=section,
        offered=offered,
        picked=picked,
        control=control_for(picked, form.cleaned_data.get("value", "") if form else "") if picked else None,
        behaviour=request.POST.get("behaviour", ""),
        problem=problem,
    )
    part = {"drawer": "#drawer", "picked": "#picked"}.get(request.htmx.target or "", "#drawer")
    template = f"integrations/constant_drawer.html{part}" if request.htmx else "integrations/mapping.html"
    return render(request, template, context, status=422 if problem else 200)


@org_admin_required
@require_safe
def constant_fields(request: OrgRequest, provider: str, object_name: str) -> HttpResponse:
    """What the picker of a new constant offers, as JSON."""
    found, integration = open_integration(request, provider)
    section = _section(found, page_of(integration), object_name)
    return JsonResponse({"object": section.remote.label, "fields": [_plain(remote) for remote in _offered(section)]})


@org_admin_required
@require_POST
def save_constant(request: OrgRequest, provider: str, object_name: str, remote_field: str) -> HttpResponse:
    """Save or clear one constant or fallback. Returns its status cell; after a clear the list it stood in."""
    found, integration = open_integration(request, provider)
    form = ConstantForm(request.POST)
    problem, stale = "", False
    try:
        if not form.is_valid():
            raise MappingRefused(first_error(form))
        if form.cleaned_data["clear"]:
            services.clear_constant(
                integration=integration,
                object_name=object_name,
                remote_field=remote_field,
                by=request.user,
                seen=form.state,
            )
        else:
            _set(request, integration, object_name, remote_field, form)
    except MappingRefused as refused:
        problem, stale = refused.sentence, isinstance(refused, ChangedMeanwhile)
    page = page_of(integration)
    section = _section(found, page, object_name)
    fallback, cleared = bool(form.cleaned_data.get("fallback")), bool(form.cleaned_data.get("clear"))
    row = page.constant(object_name, remote_field, fallback=fallback)
    if problem and not request.htmx:
        messages.error(request, problem)
    if row is None and not cleared:
        # Somebody cleared it meanwhile: its row stands on the screen of this admin alone.
        remote = section.remote.fields.get(remote_field)
        row = ConstantRow(object_name, remote_field, remote, fallback=fallback)
    context = mapping_context(
        found,
        page,
        Show.ALL,
        section=section,
        row=row,
        problem=problem,
        stale=stale and not cleared,
        fallback=fallback,
        **shown_parts(section, shown_rows(request)),
    )
    part = "cleared" if cleared else "saved"
    url = f"{reverse('integrations:mapping', args=[provider])}#object-{section.id}"
    return answer(request, f"integrations/constants.html#{part}", context, url, 422 if problem else 200)


def _set(request: OrgRequest, integration: Integration, object_name: str, field: str, form: ConstantForm) -> None:
    """The value as the form has it; a behaviour that comes alone leaves the value as it is."""
    said, fallback = form.cleaned_data, form.cleaned_data["fallback"]
    value = said["value"]
    if "value" not in form.data and "options" not in form.data:
        standing = integration.constants.filter(object=object_name, remote_field=field, fallback=fallback).first()
        if standing is None:
            raise ChangedMeanwhile("Cleared meanwhile by another admin, or in another window.")
        value = standing.value
    services.set_constant(
        integration=integration,
        object_name=object_name,
        remote_field=field,
        value=value,
        behaviour=WriteBehaviour(said["behaviour"]) if said["behaviour"] else None,
        fallback=fallback,
        by=request.user,
        seen=form.state,
    )


def _added(
    request: OrgRequest, found: Destination, integration: Integration, object_name: str, field: str
) -> HttpResponse:
    page = page_of(integration)
    section = _section(found, page, object_name)
    row = page.constant(object_name, field, fallback=False)
    row_id = constant_id(object_name, field, fallback=False)
    if not request.htmx:
        messages.success(request, f"{row.label if row else field} has a constant now.")
        return redirect(f"{reverse('integrations:mapping', args=[found.provider.key])}#row-{row_id}")
    context: dict[str, Any] = mapping_context(
        found, page, Show.ALL, section=section, focus=row_id, **shown_parts(section, shown_rows(request))
    )
    return render(request, "integrations/constants.html#added", context)


def _section(found: Destination, page: Page, object_name: str) -> Section:
    section = page.section(object_name)
    if section is None:
        raise Http404(f"{found.provider.name} has no object {object_name}.")
    return section


def _offered(section: Section) -> list[RemoteField]:
    taken = {row.mapping.remote_field for row in section.rows if row.mapping}
    return services.free_fields(section.remote, taken | {row.name for row in section.constants})


def _plain(remote: RemoteField) -> dict[str, Any]:
    return {
        "name": remote.name,
        "label": remote.label,
        "badge": badge(remote),
        "required": remote.required,
        "note": "",
        "disabled": False,
    }
