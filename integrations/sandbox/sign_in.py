"""A vendor's sign-in page: before its consent page, for whoever has no session there yet. A cookie remembers
who came in.

Each simulated vendor has one user, whose rights every token has; user and password are filled in already.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from . import pages

if TYPE_CHECKING:
    from .vendor import Vendor

ADDRESS = f"{pages.ROOT}/sign-in"
WAY_OUT = f"{pages.ROOT}/sign-out"
SESSION_SECONDS = 12 * 3600
# What a consent page asks its reader; everything else in a form of it came with the address.
_ANSWERS = ("answer", "org")


def password(vendor: Vendor) -> str:
    return f"sandbox-{vendor.name}-password"


def required(vendor: Vendor, request: Request) -> Response | None:
    """The sign-in page in the place of this one; None for somebody who is signed in."""
    if vendor.live_token(request.cookies.get(_cookie(vendor), ""), "session"):
        return None
    asked = {name: value for name, value in request.values.items() if name not in _ANSWERS}
    return _page(vendor, f"{request.path}?{urlencode(asked)}")


def sign_in(vendor: Vendor, request: Request, rest: str) -> Response:
    """POST the form of the page: a session and on to where one wanted to go, or the page again with why not."""
    user, given = request.form.get("user", "").strip(), request.form.get("password", "")
    target = _inside(request.form.get("next", ""))
    if user.casefold() != vendor.user().casefold():
        return _page(
            vendor, target, user, f"There is no user “{user}” here. The one of this account is {vendor.user()}."
        )
    if not hmac.compare_digest(given.encode(), password(vendor).encode()):
        return _page(vendor, target, user, f"The password is wrong. That of {vendor.user()} is {password(vendor)}.")
    answer = redirect(target, 303)
    token = vendor.new_token("session", lifetime=SESSION_SECONDS)
    answer.set_cookie(_cookie(vendor), token, max_age=SESSION_SECONDS, httponly=True, samesite="Lax")
    return answer


def sign_out(vendor: Vendor, request: Request, rest: str) -> Response:
    """End the session; the page one came from asks who is there."""
    token = request.cookies.get(_cookie(vendor), "")
    if vendor.live_token(token, "session"):
        vendor.store.remove("_token", token)
    answer = redirect(_inside(request.args.get("next", "")), 303)
    answer.delete_cookie(_cookie(vendor))
    return answer


def not_you(action: str, hidden: list[tuple[str, str]]) -> str:
    """The address that signs out and comes back to the consent page with this form."""
    return f"{WAY_OUT}?{urlencode({'next': f'{action}?{urlencode(hidden)}'})}"


def _page(vendor: Vendor, target: str, user: str | None = None, problem: str = "") -> Response:
    values = {"user": vendor.user() if user is None else user, "password": password(vendor), "next": target}
    return pages.render(vendor, "sign_in.html", 400 if problem else 200, action=ADDRESS, problem=problem, **values)


def _inside(target: str) -> str:
    """An address of this very server; its first page for any other."""
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if inside else f"{pages.ROOT}/"


def _cookie(vendor: Vendor) -> str:
    # Cookies know hosts, not ports: each vendor has a name of its own.
    return f"sandbox_{vendor.name}"
