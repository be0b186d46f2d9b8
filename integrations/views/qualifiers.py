"""The Qualifiers tab."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import mapping
from integrations import qualifiers as services
from integrations.destinations import Destination
from integrations.forms.connect import first_error
from integrations.forms.qualifiers import NewQualifierForm, TargetForm, ValueForm
from integrations.mapping import MappingRefused
from integrations.meanwhile import ChangedMeanwhile
from integrations.models import Integration
from integrations.planning import QUALIFIER_PREFIX
from integrations.qualifier_page import QualifierPage, QualifierSection, page_of
from integrations.views.page import answer, open_destination, open_integration, page_context
from leads.access import OrgRequest, org_admin_required


@org_admin_required
@require_safe
def qualifiers(request: OrgRequest, provider: str) -> HttpResponse:
    """The tab; `?row=<row>` answers htmx that row of a value or of a field alone, as it is now."""
    found = open_destination(request, provider)
    context = _context(found)
    if request.htmx and "row" in request.GET:
        return _one_row(request, context, request.GET["row"])
    return render(request, "integrations/qualifiers.html", context)


@org_admin_required
@require_POST
def save_target(request: OrgRequest, provider: str, object_name: str, pk: int) -> HttpResponse:
    """Save which field a qualifier goes to. Returns the State cell, and by the way the rows of its values."""
    found, integration = _open(request, provider, pk)
    form = TargetForm(request.POST)
    problem, stale = "" if form.is_valid() else first_error(form), False
    try:
        if not problem:
            _put(request, integration, object_name, pk, form)
    except MappingRefused as refused:
        problem, stale = refused.sentence, isinstance(refused, ChangedMeanwhile)
    context = _context(found)
    section = _section(context["page"], pk)
    target = section.target(object_name)
    if target is None:
        raise Http404("The qualifier cannot go to this object.")
    context |= {"section": section, "target": target, "problem": problem, "stale": stale}
    return _answer(request, "integrations/qualifiers.html#saved_target", context, problem, section.id)


@org_admin_required
@require_POST
def save_value(request: OrgRequest, provider: str, object_name: str, pk: int, value_id: int) -> HttpResponse:
    """Save which option a value goes to. Returns its State cell; its select only when a suggestion was accepted."""
    found, integration = _open(request, provider, pk)
    form = ValueForm(request.POST)
    problem, stale = "" if form.is_valid() else first_error(form), False
    place: dict[str, Any] = {"object_name": object_name, "qualifier_id": pk, "value_id": value_id}
    try:
        if not problem:
            place |= {"integration": integration, "by": request.user, "seen": form.state}
            option = form.cleaned_data["option"]
            services.map_value(option=option, **place) if option else services.clear_value(**place)
    except MappingRefused as refused:
        problem, stale = refused.sentence, isinstance(refused, ChangedMeanwhile)
    context = _context(found)
    row = context["page"].row(object_name, pk, value_id)
    if row is None:
        raise Http404("There is no such value here.")
    section = _section(context["page"], pk)
    accepted = "accept" in request.POST and not problem
    context |= {
        "section": section,
        "target": section.target(object_name),
        "row": row,
        "problem": problem,
        "stale": stale,
        "saved": True,
        "accepted": accepted,
    }
    return _answer(request, "integrations/qualifiers.html#saved_value", context, problem, f"row-{row.id}")


@org_admin_required
@require_POST
def accept(request: OrgRequest, provider: str, pk: int) -> HttpResponse:
    """Accept N exact matches. Returns the section."""
    found, integration = _open(request, provider, pk)
    count = services.accept_exact(integration=integration, qualifier_id=pk, by=request.user)
    if not request.htmx:
        messages.success(request, f"{count} value{'' if count == 1 else 's'} mapped.")
    context = _context(found)
    context |= {"section": _section(context["page"], pk), "accepted_count": count}
    return _answer(request, "integrations/qualifiers.html#accepted", context, "", context["section"].id)


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def qualifier_from_remote(request: OrgRequest, provider: str) -> HttpResponse:
    """Auto Create from CRM: the drawer, what a chosen field would become (`?field=`), and the making of it."""
    found, integration = open_integration(request, provider)
    form = NewQualifierForm(request.POST) if request.method == "POST" else None
    problem = ""
    if form is not None:
        if form.is_valid():
            try:
                return _created(request, integration, form)
            except MappingRefused as refused:
                problem = refused.sentence
        else:
            problem = first_error(form)
    context = _context(found) | _drawer(request, integration) | {"problem": problem}
    part = {"drawer": "#drawer", "picked": "#picked"}.get(request.htmx.target or "", "") if request.htmx else ""
    return render(request, f"integrations/qualifiers.html{part}", context, status=422 if problem else 200)


def _created(request: OrgRequest, integration: Integration, form: NewQualifierForm) -> HttpResponse:
    object_name, remote_field = form.place
    made = services.create_from_remote(
        integration=integration,
        object_name=object_name,
        remote_field=remote_field,
        name=form.cleaned_data["name"],
        by=request.user,
    )
    count = made.values.count()
    messages.success(request, f"{made.name} is made with {count} value{'' if count == 1 else 's'}, all mapped.")
    address = f"{_url(integration.provider)}#qualifier-{made.pk}"
    if not request.htmx:
        return redirect(address)
    # The page is loaded anew: an address that differs by its fragment alone would only scroll.
    response = HttpResponse(status=204)
    response["HX-Redirect"] = f"{_url(integration.provider)}?made={made.pk}#qualifier-{made.pk}"
    return response


def _drawer(request: OrgRequest, integration: Integration) -> dict[str, Any]:
    offered = services.sources_for_new(integration)
    said = request.POST if request.method == "POST" else request.GET
    chosen = next(
        (
            (remote_object, remote)
            for remote_object, fields in offered
            for remote in fields
            if f"{remote_object.name}:{remote.name}" == said.get("field")
        ),
        None,
    )
    picked: dict[str, Any] = {}
    if chosen:
        remote_object, remote = chosen
        picked = {"remote_object": remote_object, "remote": remote, "options": services.options_for(remote)}
    return {
        "creating": True,
        "offered": offered,
        "field": said.get("field", ""),
        "name": said.get("name"),
        "picked": picked,
    }


def _one_row(request: OrgRequest, context: dict[str, Any], row_id: str) -> HttpResponse:
    for section in context["page"].sections:
        for target in section.targets:
            shown = context | {"section": section, "target": target, "reloaded": True}
            if target.id == row_id:
                return render(request, "integrations/qualifiers.html#target", shown)
            for row in target.rows:
                if row.id == row_id:
                    return render(request, "integrations/qualifier_row.html", shown | {"row": row, "focus": True})
    return HttpResponse("")


def _put(request: OrgRequest, integration: Integration, object_name: str, pk: int, form: TargetForm) -> None:
    place: dict[str, Any] = {
        "integration": integration,
        "object_name": object_name,
        "source_key": f"{QUALIFIER_PREFIX}{pk}",
        "by": request.user,
        "seen": form.state,
    }
    remote_field = form.cleaned_data["remote_field"]
    mapping.map_field(remote_field=remote_field, **place) if remote_field else mapping.clear_field(**place)


def _open(request: OrgRequest, provider: str, pk: int) -> tuple[Destination, Integration]:
    found, integration = open_integration(request, provider)
    get_object_or_404(request.organization.qualifiers.active(), pk=pk)
    return found, integration


def _section(page: QualifierPage, pk: int) -> QualifierSection:
    section = page.section(pk)
    if section is None:
        raise Http404("There is no such qualifier.")
    return section


def _answer(request: OrgRequest, template: str, context: dict[str, Any], problem: str, anchor: str) -> HttpResponse:
    if problem and not request.htmx:
        messages.error(request, problem)
    url = f"{_url(context['provider'].key)}#{anchor}"
    response = answer(request, template, context, url, 422 if problem else 200)
    if not problem:
        # Whether there is something to retry now is the upper app's to say; its slot listens for this.
        response["HX-Trigger"] = "qualifier-saved"
    return response


def _context(found: Destination) -> dict[str, Any]:
    page = page_of(found.integration) if found.integration else QualifierPage()
    joiner = found.provider.multi_value(("a", "b"))[1:-1]  # what stands between two options of a multi-select
    return page_context(found, "qualifiers", page=page, qualifiers_count=page.open, joiner=joiner)


def _url(provider: str) -> str:
    return reverse("integrations:qualifiers", args=[provider])
