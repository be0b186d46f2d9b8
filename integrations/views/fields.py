"""Create recommended fields, from the Mapping tab: the drawer that lists them, and the making."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations import fields as services
from integrations.contract import NewField
from integrations.destinations import Destination
from integrations.fields import FieldsRefused, FieldsReport
from integrations.forms.connect import first_error
from integrations.forms.fields import NewFieldsForm
from integrations.models import Integration
from integrations.sections import page_of
from integrations.views.mapping import mapping_context, shown_parts, shown_rows
from integrations.views.page import open_integration
from leads.access import OrgRequest, org_admin_required


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_fields(request: OrgRequest, provider: str, object_name: str) -> HttpResponse:
    """The drawer, and what came of it: what was made leaves it, what was not stays chosen with its reason."""
    found, integration = open_integration(request, provider)
    if not found.provider.capabilities.create_fields:
        raise Http404(f"{found.provider.name} lets nobody make fields from outside.")
    if request.method != "POST":
        return _drawer(request, found, integration, object_name)
    recommended = found.provider.recommended_fields(object_name)
    form = NewFieldsForm(request.POST, recommended=recommended)
    chosen = request.POST.getlist("fields_to_make")
    if not form.is_valid():
        return _drawer(request, found, integration, object_name, chosen=chosen, problem=first_error(form))
    keys = form.cleaned_data["fields_to_make"]
    try:
        report = services.create_fields(integration=integration, object_name=object_name, keys=keys, by=request.user)
    except FieldsRefused as refused:
        return _drawer(request, found, integration, object_name, chosen=chosen, problem=refused.sentence)
    return _made(request, found, integration, object_name, report)


def _made(
    request: OrgRequest, found: Destination, integration: Integration, object_name: str, report: FieldsReport
) -> HttpResponse:
    if request.htmx or report.failed:
        chosen = [outcome.field.mobly_field for outcome in report.failed]
        return _drawer(request, found, integration, object_name, chosen=chosen, report=report)
    rows = "1 row was" if len(report.filled) == 1 else f"{len(report.filled)} rows were"
    names = ", ".join(outcome.field.label for outcome in report.made)
    messages.success(request, f"{found.provider.name} has these fields now: {names}. {rows} filled.")
    return redirect(f"{reverse('integrations:mapping', args=[found.provider.key])}#object-{object_name.lower()}")


def _drawer(
    request: OrgRequest,
    found: Destination,
    integration: Integration,
    object_name: str,
    *,
    chosen: list[str] | None = None,
    problem: str = "",
    report: FieldsReport | None = None,
) -> HttpResponse:
    """The drawer for htmx, the whole tab with it for everybody else. `chosen` is None before anybody chose."""
    page = page_of(integration)
    section = page.section(object_name)
    if section is None:
        raise Http404(f"{found.provider.name} has no object {object_name}.")
    show = shown_rows(request)
    problems = {outcome.field.mobly_field: outcome.problem for outcome in report.failed} if report else {}
    offered = _offered(section.new_fields, report)
    context: dict[str, Any] = mapping_context(
        found,
        page,
        show,
        creating=section,
        section=section,
        **shown_parts(section, show),
        new_fields=[
            (new, chosen is None or new.mobly_field in chosen, problems.get(new.mobly_field, "")) for new in offered
        ],
        problem=problem,
        fields_report=report,
    )
    refused = bool(problem or problems)
    part = "#new_fields" if request.htmx else ""
    return render(request, f"integrations/mapping.html{part}", context, status=422 if refused else 200)


def _offered(missing: list[NewField], report: FieldsReport | None) -> list[NewField]:
    """What the drawer lists: what is missing, and after a try only what did not work."""
    return [outcome.field for outcome in report.failed] if report else missing
