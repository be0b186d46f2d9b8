"""Sign-in: consent for one of the user's companies, codes of five minutes, refresh tokens that stay the same."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import pages, sign_in
from ..store import Record
from ..vendor import json_response
from .company import PROFILES, Profile
from .refusals import Refusal

if TYPE_CHECKING:
    from .vendor import Pipedrive

CLIENT_ID = "sandbox-pipedrive-client-id"
CLIENT_SECRET = "sandbox-pipedrive-client-secret"
API_TOKEN = "sandbox-pipedrive-api-token"
OTHER_API_TOKEN = "sandbox-pipedrive-api-token-of-the-other-company"
LIFETIME = 3599
CODE_LIFETIME = 300
REFRESH_LIFETIME = 60 * 86_400
APP_NAME = "Mobly"

# Scopes belong to the registered app: the user takes all of them or none.
SCOPES = {
    "base": "Know which account this is",
    "contacts:full": "See, create and change people and organizations",
    "contact-fields:full": "Create fields of people and organizations",
    "activities:full": "See, create and change activities",
    "leads:full": "See, create and change leads",
    "deals:read": "See deals",
    "search:read": "Search all data",
    "users:read": "See the users of the company",
}


def refusal(code: str, message: str, status: int = 400) -> Refusal:
    return Refusal(status, {"success": False, "message": message, "error": code})


def profile_of(domain: str) -> Profile | None:
    return next((profile for profile in PROFILES if profile.domain == domain), None)


# Consent


def authorize(vendor: Pipedrive, request: Request) -> Response:
    """The consent page, and the way back with a code or a refusal."""
    asked = request.form if request.method == "POST" else request.args
    wrong = _refused_start(asked)
    if wrong:
        return pages.render(vendor, "refused.html", 400, code="invalid_request", sentence=wrong)
    stranger = sign_in.required(vendor, request)
    if stranger is not None:
        return stranger
    if request.method == "GET":
        return _consent_page(vendor, asked)
    target = asked["redirect_uri"]
    answer = {"state": asked["state"]} if asked.get("state") else {}
    if asked.get("answer") != "allow":
        answer = {"error": "user_denied"} | answer
    else:
        profile = profile_of(asked.get("org", "")) or PROFILES[0]
        code = vendor.new_token("code", lifetime=CODE_LIFETIME, redirect_uri=target, company=profile.domain)
        vendor.store.set_fact("callback", target)
        answer = {"code": code} | answer
    return redirect(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(answer)}", 302)


def _refused_start(asked: Any) -> str:
    if asked.get("client_id") != CLIENT_ID:
        return "There is no app with this client id."
    target = urlsplit(asked.get("redirect_uri", ""))
    if target.scheme not in ("http", "https") or not target.netloc or target.fragment:
        return "The callback URL must be an absolute one without a fragment."
    return ""


def _consent_page(vendor: Pipedrive, asked: Any) -> Response:
    kept = ("client_id", "redirect_uri", "state")
    _, user, email, _ = PROFILES[0].users[0]
    hidden = [(name, asked[name]) for name in kept if name in asked]
    return pages.render(
        vendor,
        "account_consent.html",
        app=APP_NAME,
        action="/oauth/authorize",
        scopes=[{"name": scope, "words": words} for scope, words in SCOPES.items()],
        hidden=hidden,
        not_you=sign_in.not_you("/oauth/authorize", hidden),
        user=f"{user}, {email}",
        accounts=[{"id": profile.domain, "name": profile.name} for profile in PROFILES],
        note="To take the access back later: Tools and apps, Marketplace apps, Uninstall.",
    )


# Tokens


def token(vendor: Pipedrive, request: Request) -> Response:
    """POST token, a form with HTTP Basic of the app."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise refusal("invalid_request", "Invalid request: content must be application/x-www-form-urlencoded")
    _check_client(request)
    grant = request.form.get("grant_type")
    if not grant:
        raise refusal("invalid_request", "Missing parameter: grant_type")
    if grant == "authorization_code":
        return json_response(_issued(vendor, request, _from_code(vendor, request.form)))
    if grant == "refresh_token":
        given = request.form.get("refresh_token", "")
        if not given:
            raise refusal("invalid_request", "Missing parameter: refresh_token")
        refresh = vendor.live_token(given, "refresh")
        if refresh is None:
            raise refusal("invalid_grant", "Invalid grant: refresh token is invalid")
        # Every use gives the same token sixty days more.
        vendor.keep_token(given, "refresh", REFRESH_LIFETIME, company=refresh["company"])
        return json_response(_issued(vendor, request, refresh))
    raise refusal("unsupported_grant_type", "Unsupported grant type: grant_type is invalid")


def basic_of(request: Request) -> tuple[str, str] | None:
    """User and password of the header, None without one that can be read."""
    scheme, _, packed = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote(user), unquote(password)) if colon else None


def _check_client(request: Request) -> None:
    given = basic_of(request)
    if given is None:
        raise refusal("invalid_client", "Invalid client: cannot retrieve client credentials")
    right = hmac.compare_digest(given[1].encode(), CLIENT_SECRET.encode())
    if given[0] != CLIENT_ID or not right:
        raise refusal("invalid_client", "Invalid client: client is invalid")


def _from_code(vendor: Pipedrive, form: Any) -> Record:
    """The refresh token for a code, which works once."""
    given = form.get("code", "")
    if not given:
        raise refusal("invalid_request", "Missing parameter: code")
    known = vendor.store.get("_token", given)
    if known is None or known["kind"] != "code":
        raise refusal("invalid_grant", "Invalid grant: authorization_code is invalid")
    if vendor.live_token(given, "code") is None:
        raise refusal("invalid_grant", "Invalid grant: authorization_code has expired")
    if form.get("redirect_uri") != known["redirect_uri"]:
        raise refusal("invalid_request", "Invalid request: redirect_uri is invalid")
    vendor.store.remove("_token", given)
    made = vendor.new_token("refresh", "1:1:", REFRESH_LIFETIME, company=known["company"])
    return vendor.store.get("_token", made) or {}


def _issued(vendor: Pipedrive, request: Request, refresh: Record) -> Record:
    # Real access tokens have 768 characters and more.
    prefix = f"v1u:{secrets.token_urlsafe(564)}"
    access = vendor.new_token("access", prefix, LIFETIME, company=refresh["company"], refresh=refresh["token"])
    return {
        "access_token": access,
        "token_type": "Bearer",
        "refresh_token": refresh["token"],
        "scope": ",".join(SCOPES),
        "expires_in": LIFETIME,
        "api_domain": f"{request.host_url.rstrip('/')}/{refresh['company']}",
    }


def revoke(vendor: Pipedrive, request: Request) -> Response:
    """POST revoke: 200, also for a token that is not known. A refresh token takes its access tokens along."""
    _check_client(request)
    given = request.form.get("token", "")
    if not given:
        raise refusal("invalid_request", "Missing parameter: token")
    for row in vendor.store.all("_token"):
        if row["kind"] in ("access", "refresh") and given in (row["token"], row.get("refresh")):
            vendor.store.remove("_token", row["token"])
    return json_response({"success": True})
