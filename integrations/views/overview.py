"""The Integrations list, and the page that compares what is on it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.comparison import comparison as compared
from integrations.destinations import by_category
from leads.access import OrgRequest, org_admin_required


@org_admin_required
@require_safe
def integration_list(request: OrgRequest) -> HttpResponse:
    """One card per destination under its category."""
    return render(
        request, "integrations/list.html", {"area": "integrations", "categories": by_category(request.organization)}
    )


@org_admin_required
@require_safe
def comparison(request: OrgRequest) -> HttpResponse:
    """What each CRM integration can do, side by side."""
    return render(request, "integrations/comparison.html", {"area": "integrations", "tables": compared()})
