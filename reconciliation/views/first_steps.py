"""First steps: the panel of the Integrations page and the line under the tabs, and the two steps they take at once."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import get_text_list
from django.views.decorators.http import require_POST, require_safe

from integrations.mapping import DefaultsReport
from integrations.views.page import open_integration
from leads.access import OrgRequest, org_admin_required
from leads.models import Lead
from reconciliation import first_steps as services

# The panel, and the line under the tabs of one integration.
PARTS = {"first-steps": "panel", "next-step": "line"}


@org_admin_required
@require_safe
def steps(request: OrgRequest) -> HttpResponse:
    """The part that asks, as it stands now; nothing while it stands as `?seen=` says. Its page without htmx."""
    if not request.htmx:
        return redirect("integrations:list")
    found = services.first_steps(request.organization)
    if found is not None and request.GET.get("seen") == found.seen:
        return HttpResponse(status=204)
    return _part(request, found, request.GET.get("at", ""))


@org_admin_required
@require_POST
def defaults(request: OrgRequest, provider: str) -> HttpResponse:
    """Set Defaults of every person and company object at once."""
    _, integration = open_integration(request, provider)
    reports = services.set_all_defaults(integration=integration, by=request.user)
    messages.success(request, _words(reports))
    if request.htmx.target == "next-step":
        # The rows of the page it was pressed on are older now.
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("integrations:mapping", args=[provider])
        return response
    return _answer(request, provider)


@org_admin_required
@require_POST
def test(request: OrgRequest, provider: str) -> HttpResponse:
    """Send one lead now: the one the form names, else the admin's own person."""
    found, integration = open_integration(request, provider)
    lead = _lead(request, request.POST.get("lead", ""))
    if integration.is_connected:
        services.send_test(integration=integration, lead=lead, by=request.user)
    else:
        messages.error(request, f"{found.provider.name} is not connected, so nothing was sent.")
    return _answer(request, provider)


def _lead(request: OrgRequest, uid: str) -> Lead | None:
    if not uid:
        return None
    try:
        return get_object_or_404(request.organization.leads, uid=UUID(uid))
    except ValueError as malformed:
        raise Http404("There is no such lead.") from malformed


def _answer(request: OrgRequest, provider: str) -> HttpResponse:
    if not request.htmx:
        return redirect("integrations:list")
    return _part(request, services.first_steps(request.organization), provider)


def _part(request: OrgRequest, found: services.FirstSteps | None, at: str) -> HttpResponse:
    """`at`: the integration whose page asks."""
    part = PARTS.get(request.htmx.target or "", "panel")
    context = {
        "first": found,
        "admin": request.user,
        "at": at,
        "tab": request.GET.get("tab", ""),
        "swapped": True,
        "pressed": request.method == "POST",
    }
    return render(request, f"reconciliation/first_steps.html#{part}", context)


def _words(reports: list[tuple[str, DefaultsReport]]) -> str:
    filled = [f"{len(report.filled)} of {label}" for label, report in reports if report.filled]
    total = sum(len(report.filled) for _, report in reports)
    said = f"Set Defaults filled {total} row{'' if total == 1 else 's'}"
    return f"{said}: {get_text_list(filled, 'and')}." if filled else f"{said}. What stood there is kept."
