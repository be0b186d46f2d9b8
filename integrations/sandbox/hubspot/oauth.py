"""Sign-in: consent, codes, tokens that live 1,800 seconds, introspection, revocation. All three path versions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import pages, sign_in
from ..store import Record
from ..vendor import json_response
from .account import APP_ID, HUBS, PORTAL_ID, USER_EMAIL, USER_ID
from .refusals import Refusal, error

if TYPE_CHECKING:
    from .vendor import HubSpot

CLIENT_ID = "sandbox-hubspot-client-id"
CLIENT_SECRET = "sandbox-hubspot-client-secret"
PRIVATE_TOKEN = "pat-na1-sandbox-hubspot-access-token"
LIFETIME = 1800
CODE_LIFETIME = 600
APP_NAME = "Mobly"

SCOPES = {
    "oauth": "Know which account this is",
    "crm.objects.contacts.read": "See contacts and their activities",
    "crm.objects.contacts.write": "Create and change contacts and their activities",
    "crm.objects.companies.read": "See companies",
    "crm.objects.companies.write": "Create and change companies",
    "crm.schemas.contacts.read": "See the properties of contacts",
    "crm.schemas.contacts.write": "Create properties of contacts",
    "crm.schemas.companies.read": "See the properties of companies",
    "crm.schemas.companies.write": "Create properties of companies",
    "crm.lists.read": "See lists and their members",
    "crm.lists.write": "Create lists and change their members",
    "crm.objects.marketing_events.read": "See marketing events",
    "crm.objects.marketing_events.write": "Create marketing events and their attendance",
    "crm.objects.owners.read": "See the users records belong to",
    "marketing.campaigns.read": "See campaigns",
}


# Consent


def authorize(vendor: HubSpot, request: Request) -> Response:
    """The consent page, and the way back with a code or a refusal."""
    asked = request.form if request.method == "POST" else request.args
    wrong = _refused_start(asked)
    if wrong:
        return pages.render(vendor, "refused.html", 400, code=wrong[0], sentence=wrong[1])
    stranger = sign_in.required(vendor, request)
    if stranger is not None:
        return stranger
    if request.method == "GET":
        return _consent_page(vendor, asked)
    target = asked["redirect_uri"]
    answer = {"state": asked["state"]} if asked.get("state") else {}
    if asked.get("answer") != "allow":
        answer = {"error": "access_denied", "error_description": "User denied the authorization request"} | answer
    else:
        code = vendor.new_token(
            "code",
            lifetime=CODE_LIFETIME,
            redirect_uri=target,
            scopes=_granted(asked),
            hub=_chosen(asked),
            challenge=asked.get("code_challenge", ""),
            method=asked.get("code_challenge_method", "plain"),
        )
        answer = {"code": code} | answer
    return redirect(f"{target}{'&' if urlsplit(target).query else '?'}{urlencode(answer)}", 302)


def _refused_start(asked) -> tuple[str, str] | None:
    if asked.get("client_id") != CLIENT_ID:
        return "BAD_CLIENT_ID", "There is no app with this client id."
    target = urlsplit(asked.get("redirect_uri", ""))
    if target.scheme not in ("http", "https") or not target.netloc or target.fragment:
        return "BAD_REDIRECT_URI", "The redirect URL must be an absolute one without a fragment."
    wanted = asked.get("scope", "").split()
    if not wanted:
        return "MISSING_SCOPE", "The app must ask for at least one scope."
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        return "BAD_SCOPE", f"These scopes do not exist: {', '.join(unknown)}."
    if asked.get("code_challenge") and asked.get("code_challenge_method", "plain") not in ("S256", "plain"):
        return "BAD_CODE_CHALLENGE_METHOD", "The code challenge method must be S256 or plain."
    return None


def _granted(asked) -> list[str]:
    optional = [scope for scope in asked.get("optional_scope", "").split() if scope in SCOPES]
    return list(dict.fromkeys([*asked.get("scope", "").split(), *optional]))


def _chosen(asked) -> int:
    """The account that was chosen on the page; the first where none was."""
    said = asked.get("org", "")
    return next((portal for portal in HUBS if str(portal) == said), PORTAL_ID)


def _consent_page(vendor: HubSpot, asked) -> Response:
    kept = ("client_id", "redirect_uri", "scope", "optional_scope", "state", "code_challenge", "code_challenge_method")
    hidden = [(name, asked[name]) for name in kept if name in asked]
    return pages.render(
        vendor,
        "account_consent.html",
        app=APP_NAME,
        action="/oauth/authorize",
        scopes=[{"name": scope, "words": SCOPES[scope]} for scope in _granted(asked)],
        hidden=hidden,
        not_you=sign_in.not_you("/oauth/authorize", hidden),
        user=USER_EMAIL,
        account=HUBS[PORTAL_ID][1],
        accounts=[{"id": portal, "name": name} for portal, (name, _) in HUBS.items()],
        note="To take the access back later: Settings, Integrations, Connected Apps.",
    )


# Tokens


def refusal(code: str, message: str, version: str) -> Refusal:
    """v1 as recorded; later versions add the category and the fields of RFC 6749."""
    body: Record = {"status": code, "message": message}
    if version != "v1":
        body |= {"category": "BAD_REQUEST", "error": _RFC.get(code, "invalid_request"), "error_description": message}
    return Refusal(400, body)


_RFC = {
    "BAD_CLIENT_ID": "invalid_client",
    "BAD_CLIENT_SECRET": "invalid_client",
    "BAD_GRANT_TYPE": "unsupported_grant_type",
    "BAD_AUTH_CODE": "invalid_grant",
    "EXPIRED_AUTH_CODE": "invalid_grant",
    "BAD_REFRESH_TOKEN": "invalid_grant",
    "MISMATCH_REDIRECT_URI_AUTH_CODE": "invalid_grant",
    "BAD_CODE_VERIFIER": "invalid_grant",
}


def token(vendor: HubSpot, request: Request, version: str) -> Response:
    """POST token. v1 also takes its parameters from the query; later versions only from the body."""
    form = request.values if version == "v1" else request.form
    _check_client(form, version)
    grant = form.get("grant_type")
    if grant == "authorization_code":
        refresh = _from_code(vendor, form, version)
    elif grant == "refresh_token":
        found = vendor.live_token(form.get("refresh_token", ""), "refresh")
        if found is None or vendor.faults.refresh_revoked:
            raise refusal("BAD_REFRESH_TOKEN", "missing or invalid refresh token", version)
        refresh = found
    else:
        raise refusal("BAD_GRANT_TYPE", "missing or unknown grant type", version)
    return json_response(_issued(vendor, refresh, version))


def _check_client(form, version: str) -> None:
    if form.get("client_id") != CLIENT_ID:
        raise refusal("BAD_CLIENT_ID", "missing or unknown client id", version)
    if not hmac.compare_digest(form.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
        raise refusal("BAD_CLIENT_SECRET", "missing or invalid client secret", version)


def _from_code(vendor: HubSpot, form, version: str) -> Record:
    """The refresh token for a code, which works once."""
    given = form.get("code", "")
    known = vendor.store.get("_token", given)
    if known is None or known["kind"] != "code":
        raise refusal("BAD_AUTH_CODE", "missing or unknown auth code", version)
    if vendor.live_token(given, "code") is None:
        raise refusal("EXPIRED_AUTH_CODE", "the auth code has expired", version)
    if form.get("redirect_uri") != known["redirect_uri"]:
        sentence = "the redirect URI does not match the one used to get the auth code"
        raise refusal("MISMATCH_REDIRECT_URI_AUTH_CODE", sentence, version)
    if not _verified(known, form.get("code_verifier", "")):
        raise refusal("BAD_CODE_VERIFIER", "missing or invalid code verifier", version)
    vendor.store.remove("_token", given)
    made = vendor.new_token("refresh", "na1-sandbox-", scopes=known["scopes"], hub=known["hub"])
    return vendor.store.get("_token", made) or {}


def _verified(code: Record, verifier: str) -> bool:
    if not code["challenge"]:
        return True
    if code["method"] == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(verifier.encode(), code["challenge"].encode())


def _issued(vendor: HubSpot, refresh: Record, version: str) -> Record:
    # Real tokens reach about 300 characters.
    prefix = f"CJSandbox{secrets.token_urlsafe(186)}"
    access = vendor.new_token(
        "access", prefix, LIFETIME, scopes=refresh["scopes"], refresh=refresh["token"], hub=_hub_of(refresh)
    )
    body: Record = {
        "token_type": "bearer",
        "refresh_token": refresh["token"],
        "access_token": access,
        "expires_in": LIFETIME,
    }
    if version != "v1":
        body |= {"token_use": "access_token", "hub_id": _hub_of(refresh), "user_id": USER_ID}
        body["scopes"] = refresh["scopes"]
    return body


# Who is connected, and the end of it


def introspect(vendor: HubSpot, request: Request, version: str) -> Response:
    _check_client(request.form, version)
    given = request.form.get("token", "")
    found = next((row for kind in ("access", "refresh") if (row := vendor.live_token(given, kind))), None)
    if found is None:
        return json_response({"active": False})
    return json_response({"active": True, "token_use": f"{found['kind']}_token"} | _holder(vendor, found))


def _hub_of(token: Record) -> int:
    """The account a token is for; one that was kept before there were two is for the first."""
    return token.get("hub") or PORTAL_ID


def _holder(vendor: HubSpot, found: Record) -> Record:
    body: Record = {
        "token": found["token"],
        "user": USER_EMAIL,
        "hub_domain": HUBS[_hub_of(found)][1],
        "scopes": [scope for scope in found["scopes"] if scope != vendor.faults.missing_scope.strip()],
        "hub_id": _hub_of(found),
        "app_id": int(APP_ID),
        "user_id": USER_ID,
        "client_id": CLIENT_ID,
        "token_type": found["kind"],
    }
    if found["ends"] is not None:
        body["expires_in"] = max(0, round(found["ends"] - vendor.clock()))
    return body


def access_info(vendor: HubSpot, request: Request, token: str) -> Response:
    """GET /oauth/v1/access-tokens/{token}."""
    found = vendor.live_token(token, "access")
    if found is None:
        raise error(404, "access token not found", "OBJECT_NOT_FOUND")
    return json_response(_holder(vendor, found))


def refresh_info(vendor: HubSpot, request: Request, token: str) -> Response:
    found = vendor.live_token(token, "refresh")
    if found is None or vendor.faults.refresh_revoked:
        raise refusal("BAD_REFRESH_TOKEN", "missing or invalid refresh token", "v1")
    return json_response(_holder(vendor, found))


def revoke(vendor: HubSpot, request: Request, version: str) -> Response:
    """POST token/revoke: 200, also for a token that is not known."""
    _check_client(request.form, version)
    _end(vendor, request.form.get("token", ""))
    return json_response({})


def revoke_v1(vendor: HubSpot, request: Request, token: str) -> Response:
    """DELETE /oauth/v1/refresh-tokens/{token}: 204; access tokens live on to their end."""
    if vendor.live_token(token, "refresh") is None:
        raise refusal("BAD_REFRESH_TOKEN", "missing or invalid refresh token", "v1")
    vendor.store.remove("_token", token)
    return Response(status=204)


def _end(vendor: HubSpot, token: str) -> None:
    row = vendor.store.get("_token", token)
    if row is None or row["kind"] not in ("access", "refresh"):
        return
    vendor.store.remove("_token", token)
    if row["kind"] == "refresh":
        for other in vendor.store.all("_token"):
            if other.get("refresh") == token:
                vendor.store.remove("_token", other["token"])
