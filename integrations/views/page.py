"""What the five tabs of an integration's page share: the destination, the tab bar and how a form answers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from integrations.destinations import Destination, destination
from integrations.models import Integration
from leads.access import OrgRequest


def open_destination(request: OrgRequest, provider: str) -> Destination:
    """The destination of this provider in the request's organization; 404 for a provider nobody offers."""
    found = destination(request.organization, provider)
    if found is None:
        raise Http404(f"There is no destination {provider}.")
    return found


def open_integration(request: OrgRequest, provider: str) -> tuple[Destination, Integration]:
    """As `open_destination`, for what only an integration that was connected once has; else 404."""
    found = open_destination(request, provider)
    if found.integration is None:
        raise Http404(f"{found.provider.name} was never connected.")
    return found, found.integration


def page_context(found: Destination, tab: str, **more: Any) -> dict[str, Any]:
    """`tab`: connect, mapping, qualifiers, campaigns or reconciliation. A tab's count is given as `<tab>_count`."""
    return {
        "area": "integrations",
        "destination": found,
        "provider": found.provider,
        "integration": found.integration,
        "tab": tab,
        **more,
    }


def answer(request: OrgRequest, template: str, context: dict[str, Any], url: str, status: int = 200) -> HttpResponse:
    """The part for htmx, a redirect to the page for everybody else; messages tell both what happened."""
    if not request.htmx:
        return redirect(url)
    response = render(request, template, context, status=status)
    if status == 200:
        # What else on the page follows from the setup asks again: the step to do next, an open Preview.
        response["HX-Trigger"] = "setup-changed"
    return response
