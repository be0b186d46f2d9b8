"""OAuth as Salesforce speaks it: consent page, token endpoint, revoke, introspect, userinfo, identity."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import pages, sign_in
from ..vendor import json_response
from .account import ACCOUNTS, CREDENTIALS

if TYPE_CHECKING:
    from .vendor import Salesforce

SESSION_SECONDS = 7200
CODE_SECONDS = 900
SCOPES = {
    "api": "Manage user data via APIs",
    "refresh_token": "Perform requests at any time",
    "offline_access": "Perform requests at any time",
    "full": "Full access",
    "web": "Manage user data via Web browsers",
    "openid": "Access unique user identifiers",
    "id": "Access the identity URL service",
    "profile": "Access the identity URL service",
    "email": "Access the identity URL service",
}
ON_MY_DOMAIN = "sandbox.on_my_domain"
LASTING = ("refresh_token", "offline_access")


class Denied(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status

    def response(self) -> Response:
        return json_response({"error": self.error, "error_description": self.description}, self.status)


# Authorize


def authorize(vendor: Salesforce, request: Request) -> Response:
    """GET shows the consent page, POST takes the answer and goes back to the client."""
    wanted = request.values.to_dict()
    problem = _problem(wanted)
    if problem:
        return pages.render(vendor, "refused.html", 400, code=problem[0], sentence=problem[1])
    stranger = sign_in.required(vendor, request)
    if stranger is not None:
        return stranger
    if request.method == "POST" and request.form.get("answer"):
        return _decided(vendor, wanted)
    hidden = [(name, value) for name, value in request.args.items()]
    scopes = [{"name": name, "words": SCOPES.get(name, "Access")} for name in scopes_of(wanted.get("scope", ""))]
    return pages.render(
        vendor,
        "account_consent.html",
        app="Mobly",
        action="/services/oauth2/authorize",
        hidden=hidden,
        not_you=sign_in.not_you("/services/oauth2/authorize", hidden),
        scopes=scopes,
        account="halden.my.salesforce.example",
        user=vendor.org.user["Username"],
        accounts=[{"id": org_id, "name": name} for org_id, name in ACCOUNTS.items()],
        note="To take the access back later: Setup, Connected Apps OAuth Usage.",
    )


def _problem(wanted: dict[str, str]) -> tuple[str, str] | None:
    """Faults that must not be sent to an unknown address: shown on a page, never redirected."""
    if wanted.get("client_id") != CREDENTIALS["client_id"]:
        return "invalid_client_id", "client identifier invalid"
    address = urlsplit(wanted.get("redirect_uri", ""))
    if address.scheme not in ("http", "https") or not address.netloc:
        return "redirect_uri_mismatch", "redirect_uri must match configuration"
    if address.scheme == "http" and address.hostname not in ("localhost", "127.0.0.1", "::1", "testserver"):
        return "redirect_uri_mismatch", "redirect_uri must be https outside of this machine"
    if wanted.get("response_type") != "code":
        return "unsupported_response_type", "response type must be code"
    if wanted.get("code_challenge_method", "S256") != "S256":
        return "invalid_request", "code challenge method must be S256"
    return None


def _decided(vendor: Salesforce, wanted: dict[str, str]) -> Response:
    state = {"state": wanted["state"]} if wanted.get("state") else {}
    if wanted["answer"] != "allow":
        answer = {"error": "access_denied", "error_description": "end-user denied authorization", **state}
        return redirect(_with_query(wanted["redirect_uri"], answer), 302)
    org_id = wanted["org"] if wanted.get("org") in ACCOUNTS else next(iter(ACCOUNTS))
    code = vendor.new_token(
        "code",
        "aPrx",
        CODE_SECONDS,
        redirect_uri=wanted["redirect_uri"],
        challenge=wanted.get("code_challenge", ""),
        scope=" ".join(scopes_of(wanted.get("scope", ""))),
        org=org_id,
    )
    return redirect(_with_query(wanted["redirect_uri"], {"code": code, **state}), 302)


def _with_query(address: str, values: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(values)}"


def scopes_of(text: str) -> list[str]:
    return text.split() or ["api", "refresh_token"]


# Token


def token(vendor: Salesforce, request: Request) -> Response:
    """POST /services/oauth2/token in its four ways."""
    form = {**request.args.to_dict(), **request.form.to_dict()}
    if request.authorization is not None and request.authorization.type == "basic":
        form.setdefault("client_id", request.authorization.username or "")
        form.setdefault("client_secret", request.authorization.password or "")
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh,
        "client_credentials": _by_client,
        "password": _by_password,
    }
    grant = grants.get(form.get("grant_type", ""))
    try:
        if grant is None:
            raise Denied("unsupported_grant_type", "grant type not supported")
        return json_response(grant(vendor, request, form), headers={"Cache-Control": "no-store"})
    except Denied as denied:
        return denied.response()


def _check_client(form: dict[str, str], *, secret: bool = True) -> None:
    if form.get("client_id") != CREDENTIALS["client_id"]:
        raise Denied("invalid_client_id", "client identifier invalid")
    if (secret or "client_secret" in form) and form.get("client_secret") != CREDENTIALS["client_secret"]:
        raise Denied("invalid_client", "invalid client credentials")


def _by_code(vendor: Salesforce, request: Request, form: dict[str, str]) -> dict[str, Any]:
    code = vendor.live_token(form.get("code", ""), "code")
    # A public client with PKCE has no secret.
    _check_client(form, secret=not (code and code["challenge"]))
    if code is None:
        known = vendor.store.get("_token", form.get("code", ""))
        raise Denied("invalid_grant", "expired authorization code" if known else "invalid authorization code")
    if code["redirect_uri"] != form.get("redirect_uri"):
        raise Denied("redirect_uri_mismatch", "redirect_uri must match configuration")
    _check_verifier(code["challenge"], form.get("code_verifier", ""))
    vendor.keep_token(code["token"], "code", 0.0, **{k: code[k] for k in ("redirect_uri", "challenge", "scope", "org")})
    answer = session(vendor, request, code["org"], code["scope"])
    if any(scope in code["scope"].split() for scope in LASTING):
        answer["refresh_token"] = vendor.new_token("refresh", "5Aep861", None, org=code["org"], scope=code["scope"])
    return answer


def _check_verifier(challenge: str, verifier: str) -> None:
    if not challenge:
        return
    if not verifier:
        raise Denied("invalid_grant", "missing required code verifier")
    digest = hashlib.sha256(verifier.encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge.rstrip("="):
        raise Denied("invalid_request", "invalid code verifier")


def _by_refresh(vendor: Salesforce, request: Request, form: dict[str, str]) -> dict[str, Any]:
    _check_client(form, secret=False)
    if vendor.faults.take("refresh_race"):
        vendor.save_faults()
        raise Denied("invalid_grant", "token request is already being processed")
    kept = vendor.live_token(form.get("refresh_token", ""), "refresh")
    if kept is None or vendor.faults.refresh_revoked:
        raise Denied("invalid_grant", "expired access/refresh token")
    answer = session(vendor, request, kept["org"], kept["scope"])
    if vendor.faults.refresh_rotation:
        vendor.store.remove("_token", kept["token"])
        answer["refresh_token"] = vendor.new_token("refresh", "5Aep861", None, org=kept["org"], scope=kept["scope"])
    return answer


def _by_client(vendor: Salesforce, request: Request, form: dict[str, str]) -> dict[str, Any]:
    if vendor.faults.my_domain_only and not request.environ.get(ON_MY_DOMAIN):
        raise Denied("invalid_grant", "request not supported on this domain")
    _check_client(form)
    if vendor.faults.client_credentials_off:
        raise Denied("invalid_grant", "no client credentials user enabled")
    answer = session(vendor, request, next(iter(ACCOUNTS)), "api", _run_as(vendor))
    return {**answer, "api_instance_url": answer["instance_url"], "token_format": "opaque"}


def _run_as(vendor: Salesforce) -> str:
    """The id of the user the app's policies name. Raises `Denied` when nobody active has that name."""
    name = vendor.faults.run_as
    if not name:
        return str(vendor.org.user["Id"])
    named = [user for user in vendor.store.all("User") if user.get("Username") == name]
    if not named:
        raise Denied("invalid_grant", "no client credentials user enabled")
    if named[0].get("IsActive") is False:
        raise Denied("invalid_grant", "inactive user")
    return str(named[0]["Id"])


def _by_password(vendor: Salesforce, request: Request, form: dict[str, str]) -> dict[str, Any]:
    _check_client(form)
    if vendor.faults.password_flow_off:
        raise Denied("unsupported_grant_type", "grant type not supported")
    check_password(form.get("username", ""), form.get("password", ""))
    return session(vendor, request, next(iter(ACCOUNTS)), "api")


def check_password(username: str, password: str) -> None:
    """Password and security token in one. Raises `Denied`."""
    if username != CREDENTIALS["username"]:
        raise Denied("invalid_grant", "authentication failure")
    if not hmac.compare_digest(password.encode(), (CREDENTIALS["password"] + CREDENTIALS["security_token"]).encode()):
        raise Denied("invalid_grant", "authentication failure - Invalid Password")


def session(vendor: Salesforce, request: Request, org_id: str, scope: str, user_id: str = "") -> dict[str, Any]:
    """A new access token and what is said with it; there is no expires_in."""
    access = vendor.new_token("access", f"{org_id[:15]}!AQEA", SESSION_SECONDS, org=org_id, scope=scope)
    base = request.host_url.rstrip("/")
    identity = f"{base}/id/{org_id}/{user_id or vendor.org.user['Id']}"
    issued = str(int(time.time() * 1000))
    secret = CREDENTIALS["client_secret"].encode()
    signature = base64.b64encode(hmac.new(secret, (identity + issued).encode(), hashlib.sha256).digest()).decode()
    return {
        "access_token": access,
        "signature": signature,
        "scope": scope,
        "instance_url": base,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }


# After the token


def revoke(vendor: Salesforce, request: Request) -> Response:
    """POST or GET revoke?token=: a refresh token takes all access tokens with it."""
    value = request.values.get("token", "")
    kept = vendor.store.get("_token", value)
    if kept is None or kept["kind"] not in ("access", "refresh"):
        return Denied("unsupported_token_type", "this token type is not supported").response()
    vendor.store.remove("_token", value)
    if kept["kind"] == "refresh":
        vendor.kill_tokens("access")
        vendor.keep_fixed_token()
    return Response(status=200)


def introspect(vendor: Salesforce, request: Request) -> Response:
    """POST introspect: what a token is, or only that it is dead."""
    form = request.form.to_dict()
    if request.authorization is not None and request.authorization.type == "basic":
        form["client_id"] = request.authorization.username or ""
        form["client_secret"] = request.authorization.password or ""
    try:
        _check_client(form)
    except Denied as denied:
        return denied.response()
    value = form.get("token", "")
    kept = vendor.live_token(value, "access") or vendor.live_token(value, "refresh")
    if kept is None:
        return json_response({"active": False})
    user = vendor.org.user
    body = {
        "active": True,
        "scope": kept.get("scope", "api"),
        "client_id": CREDENTIALS["client_id"],
        "username": user["Username"],
        "sub": f"{request.host_url.rstrip('/')}/id/{kept['org']}/{user['Id']}",
        "token_type": kept["kind"] + "_token",
        "iat": int(kept["issued"]),
        "nbf": int(kept["issued"]),
    }
    if kept["ends"] is not None:
        body["exp"] = int(kept["ends"])
    return json_response(body)


def identity(vendor: Salesforce, request: Request, org_id: str = "", user_id: str = "") -> Response:
    """GET /id/<org>/<user> and /services/oauth2/userinfo: who is connected to which account."""
    value = vendor.bearer(request) or request.values.get("oauth_token", "") or request.values.get("access_token", "")
    kept = vendor.live_token(value, "access")
    if kept is None:
        return Response("Bad_OAuth_Token", 403, content_type="text/html;charset=UTF-8")
    if org_id and org_id[:15] != kept["org"][:15]:
        return Response("Wrong_Org", 403, content_type="text/html;charset=UTF-8")
    user, base = vendor.org.user, request.host_url.rstrip("/")
    address = f"{base}/id/{kept['org']}/{user['Id']}"
    name = f"{user['FirstName']} {user['LastName']}"
    urls = {
        "enterprise": f"{base}/services/Soap/c/{{version}}/{kept['org']}",
        "partner": f"{base}/services/Soap/u/{{version}}/{kept['org']}",
        "rest": f"{base}/services/data/v{{version}}/",
        "sobjects": f"{base}/services/data/v{{version}}/sobjects/",
        "query": f"{base}/services/data/v{{version}}/query/",
        "profile": f"{base}/{user['Id']}",
    }
    body = {
        "user_id": user["Id"],
        "organization_id": kept["org"],
        "email": user["Email"],
        "email_verified": True,
        "active": True,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": -28800000,
        "urls": urls,
    }
    if org_id:
        body |= {"id": address, "asserted_user": True, "username": user["Username"], "display_name": name}
        body |= {"first_name": user["FirstName"], "last_name": user["LastName"], "timezone": "America/Los_Angeles"}
    else:
        body |= {"sub": address, "preferred_username": user["Username"], "nickname": user["Alias"], "name": name}
        body |= {"given_name": user["FirstName"], "family_name": user["LastName"], "zoneinfo": "America/Los_Angeles"}
    return json_response(body)


def discovery(vendor: Salesforce, request: Request) -> Response:
    """GET /.well-known/openid-configuration."""
    base = request.host_url.rstrip("/")
    paths = {
        "authorization_endpoint": "authorize",
        "token_endpoint": "token",
        "revocation_endpoint": "revoke",
        "userinfo_endpoint": "userinfo",
        "introspection_endpoint": "introspect",
    }
    body: dict[str, Any] = {"issuer": base, **{k: f"{base}/services/oauth2/{v}" for k, v in paths.items()}}
    body |= {"scopes_supported": list(SCOPES), "response_types_supported": ["code"]}
    return json_response(body | {"code_challenge_methods_supported": ["S256"]})
