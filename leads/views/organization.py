"""The organization: its settings, and the switch between several."""

from __future__ import annotations

from django.conf import settings as project
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads.access import SESSION_KEY, OrgRequest, member_required, org_admin_required
from leads.forms.organization import OrganizationForm
from leads.organizations import save_organization


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: OrgRequest) -> HttpResponse:
    name = request.organization.name
    form = OrganizationForm(
        request.POST or None, instance=request.organization, default_patience=project.ENRICHMENT_PATIENCE_SECONDS
    )
    if request.method == "POST" and form.is_valid():
        save_organization(organization=request.organization, by=request.user, **form.cleaned_data)
        messages.success(request, "The organization’s settings are saved.")
        return redirect("leads:settings")
    request.organization.name = name
    context = {"area": "settings", "tab": "organization", "form": form}
    return render(request, "leads/settings.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def switch(request: OrgRequest) -> HttpResponse:
    """Go on in another organization of the same user."""
    chosen = request.POST.get("organization", "")
    places = request.user.memberships.select_related("organization")
    member = get_object_or_404(places, organization=chosen if chosen.isdecimal() and len(chosen) < 19 else None)
    request.session[SESSION_KEY] = member.organization_id
    messages.success(request, f"You are in {member.organization} now.")
    return redirect("leads:lead_list")
