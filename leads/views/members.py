"""Who belongs to the organization."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads.access import OrgRequest, org_admin_required
from leads.forms.organization import InvitationForm, RoleForm
from leads.members import MemberRefused, change_role, invite, remove, send_invitation
from leads.models import Member


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_list(request: OrgRequest) -> HttpResponse:
    """GET lists the members, POST invites one."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = invite(organization=request.organization, by=request.user, **form.cleaned_data)
        except MemberRefused as refused:
            form.add_error("email", refused.sentence)
        else:
            messages.success(request, f"{member.user.email} is invited. The mail with the link is on its way.")
            return redirect("leads:member_list")
    context = {
        "area": "settings",
        "tab": "members",
        "form": form,
        "members": request.organization.members.by_name(),
        "roles": Member.Role.choices,
    }
    return render(request, "leads/member_list.html", context, status=422 if form.errors else 200)


@org_admin_required
@require_POST
def member_role(request: OrgRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "This role does not exist.")
    else:
        try:
            member = change_role(member=member, role=form.cleaned_data["role"], by=request.user)
        except MemberRefused as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, f"{member.user} is {member.get_role_display()} now.")
    return redirect("leads:member_list")


@org_admin_required
@require_POST
def member_invite_again(request: OrgRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    send_invitation(member=member, by=request.user)
    messages.success(request, f"The invitation for {member.user.email} is on its way again.")
    return redirect("leads:member_list")


@org_admin_required
@require_POST
def member_remove(request: OrgRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    try:
        remove(member=member, by=request.user)
    except MemberRefused as refused:
        messages.error(request, refused.sentence)
        return redirect("leads:member_list")
    messages.success(request, f"{member.user} is no longer a member of {request.organization}.")
    # Whoever removed themselves has no page here any more.
    return redirect("leads:home" if member.user_id == request.user.pk else "leads:member_list")


def _member(request: OrgRequest, pk: int) -> Member:
    return get_object_or_404(request.organization.members.select_related("user", "organization"), pk=pk)
