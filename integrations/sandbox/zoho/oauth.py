"""Sign-in: consent at the first data centre, tokens at the one of the organisation, which say no with HTTP 200."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import pages, sign_in
from ..store import Record
from ..vendor import json_response
from .places import CLIENT_ID, CLIENT_SECRET, FIRST, PLACES, Place

if TYPE_CHECKING:
    from .vendor import Zoho

CODE_SECONDS = 180
ACCESS_SECONDS = 3600
MOST_ALIVE = 15
MOST_ISSUED = 10
ISSUED_SECONDS = 600
MOST_REFRESH = 20
SCOPE = re.compile(r"(ZohoCRM|ZohoSearch|ZohoFiles|ZohoBulk|aaaserver)\.[A-Za-z_.]+\.?[A-Z]+", re.IGNORECASE)
KEPT = ("response_type", "client_id", "scope", "redirect_uri", "access_type", "prompt", "state")
ALL_SCOPES = (
    "ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.users.ALL", "ZohoCRM.org.ALL", "ZohoCRM.coql.READ",
    "ZohoCRM.composite_requests.CUSTOM", "ZohoSearch.securesearch.READ", "ZohoCRM.bulk.ALL",
)  # fmt: skip


# Consent


def authorize(vendor: Zoho, request: Request) -> Response:
    """The consent page, on which a person chooses the organisation, and the way back."""
    asked = request.form if request.method == "POST" else request.args
    problem = _problem(asked)
    if problem:
        return pages.render(vendor, "refused.html", 400, code=problem[0], sentence=problem[1])
    stranger = sign_in.required(vendor, request)
    if stranger is not None:
        return stranger
    if request.method == "GET":
        return _consent_page(vendor, asked)
    place = PLACES.get(asked.get("org", ""), FIRST)
    state = {"state": asked["state"]} if asked.get("state") else {}
    if asked.get("answer") != "allow":
        return _back(asked["redirect_uri"], {"error": "access_denied", **state})
    code = vendor.new_token(
        "code",
        "1000.",
        CODE_SECONDS,
        org=place.key,
        redirect_uri=asked["redirect_uri"],
        scopes=_scopes(asked.get("scope", "")),
        lasting=asked.get("access_type") == "offline" and _gives_refresh(vendor, place, asked),
    )
    answer = {"code": code, "location": place.key, "accounts-server": vendor.accounts_server(place)}
    return _back(asked["redirect_uri"], {**answer, **state})


def _gives_refresh(vendor: Zoho, place: Place, asked: Mapping[str, str]) -> bool:
    """A repeated consent gives a refresh token only with `prompt=consent`."""
    return asked.get("prompt") == "consent" or not _refresh_tokens(vendor, place)


def _refresh_tokens(vendor: Zoho, place: Place) -> list[Record]:
    return [row for row in vendor.store.all("_token") if row["kind"] == "refresh" and row["org"] == place.key]


def _problem(asked: Mapping[str, str]) -> tuple[str, str] | None:
    if asked.get("client_id") != CLIENT_ID:
        return "invalid_client", "There is no app with this client id."
    target = urlsplit(asked.get("redirect_uri", ""))
    if target.scheme not in ("http", "https") or not target.netloc or target.fragment:
        return "invalid_redirect_uri", "The redirect URI must be one of those registered for the app."
    if asked.get("response_type") != "code":
        return "invalid_response_type", "The response type must be code."
    scopes = _scopes(asked.get("scope", ""))
    wrong = [scope for scope in scopes if not SCOPE.fullmatch(scope)]
    if not scopes or wrong:
        return "invalid_scope", f"Scope does not exist: {', '.join(wrong) or 'none named'}."
    return None


def _scopes(text: str) -> list[str]:
    """Comma-separated."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _back(address: str, values: dict[str, str]) -> Response:
    return redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}", 302)


def _consent_page(vendor: Zoho, asked: Mapping[str, str]) -> Response:
    places = [{"key": place.key, "name": place.company, "where": place.key.upper()} for place in PLACES.values()]
    hidden = [(name, asked[name]) for name in KEPT if name in asked]
    return pages.render(
        vendor,
        "zoho_consent.html",
        app="Mobly",
        action="/oauth/v2/auth",
        scopes=[{"name": scope, "words": _words(scope)} for scope in _scopes(asked.get("scope", ""))],
        hidden=hidden,
        not_you=sign_in.not_you("/oauth/v2/auth", hidden),
        user=FIRST.admin.email,
        account="accounts.zoho.example",
        places=places,
        note="To take the access back later: Zoho Accounts, Security, Connected Applications.",
    )


# What an area of the API is to the person who reads the consent page.
_AREAS = {
    "modules": "the records of every module",
    "settings fields": "fields",
    "settings modules": "the list of modules",
    "settings layouts": "layouts",
    "settings related lists": "related lists",
    "users": "the users of the organization",
    "org": "the name and details of the organization",
    "coql": "records by query",
}


def _words(scope: str) -> str:
    """“ZohoCRM.settings.fields.READ”: See fields."""
    _, *parts, action = scope.split(".")
    area = " ".join(parts).replace("_", " ")
    verb = {"READ": "See", "CREATE": "Create", "UPDATE": "Change", "DELETE": "Delete", "WRITE": "Create and change"}
    return f"{verb.get(action.upper(), 'See, create, change and delete')} {_AREAS.get(area, area)}".strip()


# Tokens


class Denied(Exception):
    """The token endpoint says no; most of it with HTTP 200."""

    def __init__(self, error: str, http_status: int = 200, **more: str) -> None:
        super().__init__(error)
        self.error, self.http_status, self.more = error, http_status, more

    def response(self) -> Response:
        return json_response({**self.more, "error": self.error}, self.http_status)


def token(vendor: Zoho, request: Request, place: Place) -> Response:
    """POST /oauth/v2/token, from the form or the query."""
    form = {**request.args.to_dict(), **request.form.to_dict()}
    try:
        _check_client(form)
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return json_response(_by_code(vendor, place, form))
        if grant == "refresh_token":
            return json_response(_by_refresh(vendor, place, form))
        raise Denied("invalid_request" if grant is None else "unsupported_grant_type")
    except Denied as denied:
        return denied.response()


def _check_client(form: Mapping[str, str]) -> None:
    if form.get("client_id") != CLIENT_ID:
        raise Denied("invalid_client")
    if not hmac.compare_digest(form.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
        raise Denied("invalid_client_secret")


def _by_code(vendor: Zoho, place: Place, form: Mapping[str, str]) -> dict[str, Any]:
    given = form.get("code", "")
    code = vendor.live_token(given, "code")
    if code is None or code["org"] != place.key:
        raise Denied("invalid_code")
    if form.get("redirect_uri") != code["redirect_uri"]:
        raise Denied("invalid_redirect_uri")
    vendor.store.remove("_token", given)
    refresh = ""
    if code["lasting"]:
        refresh = _new_refresh(vendor, place, code["scopes"])
    body = _issued(vendor, place, refresh, code["scopes"])
    first, *rest = body.items()
    return dict([first, *([("refresh_token", refresh)] if refresh else []), *rest])


def _new_refresh(vendor: Zoho, place: Place, scopes: list[str]) -> str:
    """The 21st of a user silently drops the oldest and its access tokens."""
    old = sorted(_refresh_tokens(vendor, place), key=lambda row: row["issued"])
    for row in old[: max(0, len(old) - MOST_REFRESH + 1)]:
        end(vendor, row["token"])
    return vendor.new_token("refresh", "1000.", org=place.key, scopes=scopes)


def _by_refresh(vendor: Zoho, place: Place, form: Mapping[str, str]) -> dict[str, Any]:
    refresh = vendor.live_token(form.get("refresh_token", ""), "refresh")
    if refresh is None or refresh["org"] != place.key or vendor.faults.refresh_revoked:
        raise Denied("invalid_code")
    return _issued(vendor, place, refresh["token"], refresh["scopes"])


def _issued(vendor: Zoho, place: Place, refresh: str, scopes: list[str]) -> dict[str, Any]:
    if refresh and vendor.faults.token_limits:
        _limit(vendor, refresh)
    access = vendor.new_token("access", "1000.", ACCESS_SECONDS, org=place.key, scopes=scopes, refresh=refresh)
    return {
        "access_token": access,
        "scope": " ".join(scopes),
        "api_domain": vendor.api_domain(place),
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
    }


def _limit(vendor: Zoho, refresh: str) -> None:
    """Ten tokens in ten minutes; of more than fifteen alive the oldest dies."""
    now = vendor.clock()
    issued = sorted(vendor.store.find("_token", "refresh", refresh), key=lambda row: row["issued"])
    if sum(row["issued"] > now - ISSUED_SECONDS for row in issued) >= MOST_ISSUED:
        description = "You have made too many requests continuously. Please try again after some time."
        raise Denied("Access Denied", vendor.faults.throttle_status, error_description=description, status="failure")
    alive = [row for row in issued if row["ends"] is None or row["ends"] > now]
    for row in alive[: max(0, len(alive) - MOST_ALIVE + 1)]:
        vendor.store.put("_token", row["token"], {**row, "ends": now})


def revoke(vendor: Zoho, request: Request, place: Place) -> Response:
    """POST /oauth/v2/token/revoke?token=."""
    given = request.values.get("token", "")
    row = vendor.store.get("_token", given)
    if row is None or row["kind"] not in ("access", "refresh") or row["org"] != place.key:
        return json_response({"error": "invalid_code"})
    end(vendor, given)
    return json_response({"status": "success"})


def end(vendor: Zoho, token: str) -> None:
    """A refresh token ends with the access tokens it gave."""
    for row in vendor.store.find("_token", "refresh", token):
        vendor.store.remove("_token", row["token"])
    vendor.store.remove("_token", token)


def server_info(vendor: Zoho) -> Response:
    """GET /oauth/serverinfo: location to accounts server."""
    locations = {place.key: vendor.accounts_server(place) for place in PLACES.values()}
    return json_response({"result": "success", "locations": locations})
