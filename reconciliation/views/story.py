"""A lead's own page: where it stands at each destination, and each attempt with what was sent and what came back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from integrations.views.page import open_integration
from leads.access import OrgRequest, org_admin_required
from leads.models import Lead
from reconciliation import actions
from reconciliation.models import SyncAttempt
from reconciliation.story import standings_of, story_of

# As many leads as a page of the list holds, and some.
MOST_LEADS = 200


@org_admin_required
@require_safe
def destinations(request: OrgRequest, uid: str) -> HttpResponse:
    """The section of the lead page that belongs to this app."""
    lead = get_object_or_404(request.organization.leads, uid=uid)
    return _section(request, lead)


@org_admin_required
@require_safe
def states(request: OrgRequest) -> HttpResponse:
    """For the lead list: where each of `?lead=<uid>&lead=…` stands, as out-of-band cells."""
    wanted = [uid for uid in request.GET.getlist("lead")[:MOST_LEADS] if _is_uid(uid)]
    leads = request.organization.leads.filter(uid__in=wanted)
    return render(request, "reconciliation/states.html", {"standings": standings_of(leads)})


@org_admin_required
@require_POST
def push(request: OrgRequest, uid: str, provider: str) -> HttpResponse:
    """Send this lead now, even if nothing changed."""
    lead = get_object_or_404(request.organization.leads, uid=uid)
    found, integration = open_integration(request, provider)
    actions.push_lead(integration=integration, lead=lead)
    messages.success(request, f"{lead.name} is on the way to {found.provider.name}.")
    return _section(request, lead) if request.htmx else redirect("leads:lead_detail", uid=uid)


@org_admin_required
@require_safe
def attempt(request: OrgRequest, attempt_id: int) -> HttpResponse:
    """What was sent in one attempt and what the vendor answered; secrets were removed before it was stored."""
    found = get_object_or_404(SyncAttempt, pk=attempt_id, record__organization=request.organization)
    return render(
        request, "reconciliation/attempt.html", {"attempt": found, "lead": found.record.lead, "area": "leads"}
    )


def _is_uid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _section(request: OrgRequest, lead: Lead) -> HttpResponse:
    return render(request, "reconciliation/lead_story.html", {"lead": lead, "story": story_of(lead)})
