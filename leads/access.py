"""Who may see a page: every view wears exactly one of these decorators, and a test says so.

`member_required` and `org_admin_required` put `request.member` and `request.organization` in place; everything a view
reads hangs off that organization. A stranger is sent to the sign-in page, a Rep or another organization's Admin gets
404: what is not theirs is not there.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from leads.models import Member, Organization, User

SESSION_KEY = "organization"

type_of_view = Callable[..., HttpResponseBase]


class Access(enum.StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"
    ORG_ADMIN = "org_admin"


class OrgRequest(HttpRequest):
    """The request as views behind `member_required` see it (for type checking only)."""

    user: User
    member: Member
    organization: Organization
    htmx: Any


def members_of(request: HttpRequest) -> list[Member]:
    """The places of the signed-in user, by organization name; one query a request."""
    if not hasattr(request, "_memberships"):
        request._memberships = list(Member.objects.of(request.user))  # type: ignore[attr-defined, arg-type]
    return request._memberships  # type: ignore[attr-defined]


def current_member(request: HttpRequest) -> Member | None:
    """The place the user chose last, else the first by name."""
    members = members_of(request)
    chosen = request.session.get(SESSION_KEY)
    return next((member for member in members if member.organization_id == chosen), members[0] if members else None)


def _guard(view: type_of_view, access: Access, admits: Callable[[Member], bool]) -> type_of_view:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            if request.htmx:  # type: ignore[attr-defined]
                # A redirect would put the sign-in page where a list was; the page keeps what it shows and says why.
                return HttpResponse(status=401)
            return redirect_to_login(request.get_full_path())
        member = current_member(request)
        if member is None:
            return render(request, "leads/no_organization.html", status=403)
        if not admits(member):
            raise Http404("This page is for admins of the organization.")
        request.member = member  # type: ignore[attr-defined]
        request.organization = member.organization  # type: ignore[attr-defined]
        with timezone.override(member.organization.zone):
            return _kept_apart(request, view(request, *args, **kwargs))

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def _kept_apart(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """A page and a part of it have one address: a browser that goes back must not show the part it has in store."""
    patch_vary_headers(answer, ["HX-Request"])
    if request.htmx:  # type: ignore[attr-defined]
        patch_cache_control(answer, no_store=True)
    return answer


def member_required(view: type_of_view) -> type_of_view:
    """For every Admin and Rep of an organization."""
    return _guard(view, Access.MEMBER, lambda member: True)


def org_admin_required(view: type_of_view) -> type_of_view:
    """For Admins only; to a Rep the page does not exist."""
    return _guard(view, Access.ORG_ADMIN, lambda member: member.is_admin)


def public(view: type_of_view) -> type_of_view:
    """For everybody, signed in or not."""
    open_view = login_not_required(view)
    open_view.access = Access.PUBLIC  # type: ignore[attr-defined]
    return open_view


def member_behind(request: HttpRequest) -> Member | None:
    """Whose page this is. Pages that are not ours but stand in the same frame (two-step sign-in, password) have no
    guard; theirs is looked up here.
    """
    member = getattr(request, "member", None)
    if (
        member is None
        and request.path.startswith(reverse("account_login").removesuffix("login/"))
        and request.user.is_authenticated
    ):
        member = current_member(request)
    return member


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the member behind the page and the other organizations to switch to."""
    member = member_behind(request)
    if member is None:
        return {}
    others = [other for other in members_of(request) if other.pk != member.pk]
    return {"member": member, "organization": member.organization, "other_memberships": others}
