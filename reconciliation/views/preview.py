"""Preview and "Test with one lead": the part of the Mapping tab that belongs to this app."""

from __future__ import annotations

import random
from typing import Any

from django.contrib import messages
from django.db.models import Max, Min
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.destinations import Destination
from integrations.models import Integration
from integrations.views.page import open_integration, page_context
from leads.access import OrgRequest, org_admin_required
from leads.models import Lead
from reconciliation import actions
from reconciliation.first_steps import MOVING
from reconciliation.models import SyncRecord
from reconciliation.preview import preview_of
from reconciliation.rows import Row, held_back, row_of

PARTS = {"drawer": "drawer", "preview-body": "body", "preview-leads": "leads"}
# As many leads as a search shows.
MOST = 8


@org_admin_required
@require_safe
def preview(request: OrgRequest, provider: str) -> HttpResponse:
    """Choose a lead: `?q=` searches by name or e-mail, `?pick=random` takes any."""
    found, integration = open_integration(request, provider)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if request.GET.get("pick") == "random" and (lead := _random_lead(request)) is not None:
        return _answer(request, found, **_previewed(integration, lead))
    leads = request.organization.leads.order_by("-last_captured_at", "-id")
    return _answer(request, found, leads=(leads.search(text) if text else leads)[:MOST], q=text)


@org_admin_required
@require_safe
def lead_preview(request: OrgRequest, provider: str, uid: str) -> HttpResponse:
    """What would be sent for this lead. Reads the vendor, writes nothing. `?quiet=`: nobody asked, a row was saved."""
    found, integration = open_integration(request, provider)
    lead = get_object_or_404(request.organization.leads, uid=uid)
    tested = _standing(integration, lead, found.provider.name) if request.GET.get("tested") else None
    return _answer(request, found, **_previewed(integration, lead), row=tested, quiet="quiet" in request.GET)


@org_admin_required
@require_POST
def test(request: OrgRequest, provider: str, uid: str) -> HttpResponse:
    """Send exactly this lead now."""
    found, integration = open_integration(request, provider)
    lead = get_object_or_404(request.organization.leads, uid=uid)
    url = reverse("reconciliation:lead_preview", args=[provider, uid])
    if integration.is_connected:
        actions.test_lead(integration=integration, lead=lead, by=request.user, place="the Mapping tab")
    elif not request.htmx:
        messages.error(request, f"{found.provider.name} is not connected, so nothing was sent.")
    if not request.htmx:
        return redirect(f"{url}?tested=1#preview-test")
    return _result(request, found, integration, lead)


@org_admin_required
@require_safe
def result(request: OrgRequest, provider: str, uid: str) -> HttpResponse:
    """How the test stands; nothing while it stands as `?seen=` says, so that nothing is announced twice."""
    found, integration = open_integration(request, provider)
    lead = get_object_or_404(request.organization.leads, uid=uid)
    row = _standing(integration, lead, found.provider.name)
    if row is not None and row.reason is not None and request.GET.get("seen") == row.reason:
        return HttpResponse(status=204)
    return _result(request, found, integration, lead)


def _result(request: OrgRequest, found: Destination, integration: Integration, lead: Lead) -> HttpResponse:
    row = _standing(integration, lead, found.provider.name)
    return render(request, "reconciliation/preview_test.html", _context(found, lead=lead, row=row))


def _standing(integration: Integration, lead: Lead, vendor: str) -> Row | None:
    record = SyncRecord.objects.filter(integration=integration, lead=lead).select_related("lead").first()
    return row_of(integration, record, vendor, held=held_back(integration, vendor)) if record else None


def _previewed(integration: Integration, lead: Lead) -> dict[str, Any]:
    return {"lead": lead, "preview": preview_of(integration=integration, lead=lead)}


def _random_lead(request: OrgRequest) -> Lead | None:
    """Any lead of the organization, found by two steps in an index however many there are."""
    ends = request.organization.leads.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return None
    start = random.randint(ends["first"], ends["last"])  # noqa: S311 -- nothing is kept secret by it
    return request.organization.leads.filter(pk__gte=start).order_by("pk").first()


def _context(found: Destination, **more: Any) -> dict[str, Any]:
    row = more.get("row")
    return page_context(found, "mapping", moving=row is not None and row.reason in MOVING, **more)


def _answer(request: OrgRequest, found: Destination, **more: Any) -> HttpResponse:
    """The drawer, its body or the list of leads for htmx, by target; the page for everybody else."""
    part = PARTS.get(request.htmx.target or "", "drawer") if request.htmx else ""
    template = f"reconciliation/preview.html#{part}" if part else "reconciliation/preview.html"
    return render(request, template, _context(found, **more))
