"""The HubSpot server: the way from a request to an endpoint, with scopes, limits and the account's switches."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import control, pages
from ..faults import Faults
from ..store import Record
from ..vendor import Refusal as Refused
from ..vendor import Vendor, body_bytes, json_response
from . import directory, display, limits, oauth, records
from .account import APP_ID, HUBS, PORTAL_ID, USER_EMAIL, Account
from .calls import Call
from .faults import HubSpotFaults
from .kinds import Kind, kind_called
from .refusals import Refusal, error
from .routes import ROUTES, Target
from .seed import seed
from .validation import iso_of

NOT_FOUND_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Page not found</title></head>'
    "<body><h1>404</h1><p>The page you are looking for does not exist.</p></body></html>\n"
)
NO_CREDENTIALS = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
CORRELATION = "hubspot.correlation_id"
TARGET = "hubspot.target"
HOLDER = "hubspot.holder"


class HubSpot(Vendor):
    """One account, `PORTAL_ID`, with one OAuth app and one private app."""

    name = "hubspot"
    label = "HubSpot"
    faults_class: ClassVar[type[Faults]] = HubSpotFaults
    faults: HubSpotFaults
    routes = ROUTES
    objects = directory.OBJECTS

    def register_indexes(self) -> None:
        self.account = Account(self.store, self.clock)
        self.limits = limits.Limits(self.clock)

    def seed(self) -> None:
        seed(self.account)
        self.limits.forget()
        self.account.index_at_once()
        self.keep_token(oauth.PRIVATE_TOKEN, "private", scopes=list(oauth.SCOPES))

    def user(self) -> str:
        return USER_EMAIL

    def credentials(self) -> dict[str, str]:
        return {
            "client_id": oauth.CLIENT_ID,
            "client_secret": oauth.CLIENT_SECRET,
            "access_token": oauth.PRIVATE_TOKEN,
        }

    # The way in

    def is_api_call(self, request: Request) -> bool:
        """The API proper; sign-in calls are spoiled only by switches whose path pattern names them."""
        if request.path.startswith("/oauth/"):
            return bool(self.faults.path) and self.faults.applies_to(request.method, request.path)
        return request.path.startswith(("/crm/", "/marketing/", "/account-info/"))

    def refuse_early(self, request: Request) -> Response | None:
        if request.path.startswith("/contacts/"):
            return None
        path = request.path.rstrip("/") or "/"
        target, values = ROUTES.bind("localhost").match(path, request.method)
        request.environ[TARGET] = target, values
        if not isinstance(target, Target):
            return None
        try:
            self._spoil(request, target)
            holder = self._holder(request)
            request.environ[HOLDER] = holder
            self._check_limits(request, target, holder)
            self._check_scope(target, values, holder)
        except Refusal as refusal:
            return self._refusal(request, refusal)
        return None

    def _spoil(self, request: Request, target: Target) -> None:
        """The switches that only HubSpot has."""
        faults = self.faults
        if not faults.applies_to(request.method, request.full_path.rstrip("?")):
            return
        refusal = None
        if faults.take("empty_500"):
            refusal = Refusal(500, "")
        elif faults.take("account_moving"):
            refusal = error(477, "This account is being moved to another data center. Try again later.", None)
            refusal.headers["Retry-After"] = str(faults.rate_limit_retry_after or 3600)
        elif target.writes and faults.take("locked"):
            refusal = error(423, "This record is locked by another write. Wait at least 2 seconds.", "LOCKED")
        elif faults.daily_limit_reached:
            raise limits.refused("DAILY", is_search=target.is_search, correlation_id=_correlation(request))
        if refusal:
            self.save_faults()
            raise refusal

    def _holder(self, request: Request) -> Record:
        """What is kept with the bearer token. Raises `Refusal` 401."""
        token = self.bearer(request)
        for kind in ("private", "access"):
            holder = self.live_token(token, kind)
            if holder:
                return holder
        ended = self.store.get("_token", token) if token else None
        if ended and ended["kind"] == "access":
            seconds = max(0, int(self.clock() - ended["ends"]))
            raise error(
                401,
                f"The OAuth token used to make this call expired {seconds} second(s) ago.",
                "EXPIRED_AUTHENTICATION",
                context={"expire time": [iso_of(ended["ends"])]},
            )
        refusal = error(401, NO_CREDENTIALS, "INVALID_AUTHENTICATION")
        refusal.headers["x-hubspot-auth-failure"] = "401 Unauthorized"
        raise refusal

    def _check_limits(self, request: Request, target: Target, holder: Record) -> None:
        if not self.faults.real_limits:
            return
        kind = _app_kind(holder)
        policy = self.limits.used_up(kind, limits.ALLOWANCES[kind], is_search=target.is_search)
        if policy:
            raise limits.refused(policy, is_search=target.is_search, correlation_id=_correlation(request))

    def _check_scope(self, target: Target, values: Mapping[str, Any], holder: Record) -> None:
        scope = target.scope(values)
        if scope is None or (scope in holder["scopes"] and scope != self.faults.missing_scope.strip()):
            return
        links = ["https://developers.hubspot.com/scopes"]
        if target.area == "properties":
            raise error(
                403,
                "One or more of the following scopes are required.",
                "MISSING_SCOPES",
                context={"requiredGranularScopes": [scope], "links": links},
            )
        raise error(
            403,
            "This app hasn't been granted all required scopes to make this call. "
            f"Read more about required scopes here: {links[0]}.",
            "MISSING_SCOPES",
            errors=[
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": [scope]},
                }
            ],
        )

    # The work

    def dispatch(self, request: Request) -> Response:
        if request.path.startswith("/contacts/"):
            return self._record_page(request)
        target, values = request.environ[TARGET]
        try:
            if isinstance(target, Target):
                return self._called(request, target, values)
            return target(self, request, **values)
        except Refusal as refusal:
            raise Refused(self._refusal(request, refusal)) from refusal

    def _called(self, request: Request, target: Target, values: dict[str, Any]) -> Response:
        version = target.version or values.pop("version")
        try:
            raw = body_bytes(request)
        except ValueError as broken:
            raise error(400, f"Invalid input JSON on line 1, column 1: {broken}") from broken
        call = Call(
            version=version,
            args=request.args,
            raw=raw,
            app_id=APP_ID,
            faults=self.faults,
            lists=dict(request.args.lists()),
            base_url=request.host_url.rstrip("/"),
            portal_id=request.environ[HOLDER].get("hub", PORTAL_ID),
        )
        self.account.lag_seconds = self.faults.search_lag
        answer = target.endpoint(self.account, call, **values)
        if answer.body is None:
            return Response(status=answer.status, headers=dict(answer.headers))
        return json_response(answer.body, answer.status, dict(answer.headers))

    def _refusal(self, request: Request, refusal: Refusal) -> Response:
        if isinstance(refusal.body, str):
            return Response(refusal.body, refusal.status, refusal.headers, content_type="text/html;charset=utf-8")
        body = {**refusal.body, "correlationId": _correlation(request)}
        return json_response(body, refusal.status, refusal.headers)

    def _record_page(self, request: Request) -> Response:
        """/contacts/{portal}/record/{type}/{id}, and the older /contact/{id} and /company/{id}."""
        parts = request.path.strip("/").split("/")
        if parts[1] in map(str, HUBS):
            if len(parts) == 5 and parts[2] == "record" and (kind := kind_called(parts[3])):
                return pages.record(self, kind.name, parts[4])
            if len(parts) == 4 and (kind := kind_called(parts[2])):
                return pages.record(self, kind.name, parts[3])
            return redirect("/_sandbox/objects/contacts")
        return pages.not_there(self, f"This account is {PORTAL_ID}.")

    # Answers every vendor has

    def too_many(self, request: Request, retry_after: int) -> Response:
        is_search = request.path.endswith("/search")
        refusal = limits.refused(
            self.faults.rate_limit_policy,
            is_search=is_search,
            correlation_id=_correlation(request),
            retry_after=retry_after,
        )
        return self._refusal(request, refusal)

    def server_error(self, request: Request) -> Response:
        return self._refusal(request, error(500, "internal error", None))

    def not_found(self, request: Request, error: HTTPException) -> Response:
        """An unknown path is an HTML page, a method that a path does not take an empty 405."""
        if isinstance(error, MethodNotAllowed):
            return Response(status=405)
        return Response(NOT_FOUND_PAGE, error.code, content_type="text/html;charset=utf-8")

    def finish(self, request: Request, response: Response) -> Response:
        response.headers.setdefault("X-HubSpot-Correlation-Id", _correlation(request))
        target, _ = request.environ.get(TARGET, (None, None))
        holder = request.environ.get(HOLDER)
        if isinstance(target, Target) and holder:
            kind = _app_kind(holder)
            shown = self.limits.headers(kind, limits.ALLOWANCES[kind], is_search=target.is_search)
            response.headers.update(shown)
        return response

    def expire_access_tokens(self) -> None:
        """OAuth tokens expire; the private app's token has no end."""
        self.kill_tokens("access", keep_row=True)

    def revoke_app(self) -> None:
        self.kill_tokens("access", "refresh", "code")

    # Control and pages

    def control_routes(self) -> dict[tuple[str, str], Callable[[Request], Response]]:
        return {("POST", "delete"): self._delete, ("POST", "merge"): self._merge}

    def _delete(self, request: Request) -> Response:
        sent = control.sent_object(request)
        kind, record_id = self._standing(str(sent.get("object", "contacts")), str(sent.get("id", "")))
        self.delete_record(kind.name, record_id)
        return control.answered({"deleted": record_id})

    def delete_record(self, object_name: str, record_id: str) -> None:
        records.archive(self.account, *self._standing(object_name, record_id))

    def _merge(self, request: Request) -> Response:
        sent = control.sent_object(request)
        name, keep, lose = str(sent.get("object", "contacts")), str(sent.get("keep", "")), str(sent.get("lose", ""))
        self.merge_record(name, lose, keep)
        kind, keep = self._standing(name, keep)
        merged = self.account.find(kind, keep) or {}
        return control.answered(records.shown(kind, merged, ui_url=self.base_url, every=True))

    def merge_record(self, object_name: str, record_id: str, into: str) -> None:
        (kind, keep), (_, lose) = self._standing(object_name, into), self._standing(object_name, record_id)
        if keep == lose:
            raise ValueError("“keep” and “lose” are the same record.")
        records.merge(self.account, kind, keep, lose)

    def _standing(self, object_name: str, record_id: str) -> tuple[Kind, str]:
        """The kind, and the id of the living record that this id leads to. Raises ValueError."""
        kind = kind_called(object_name)
        if kind is None:
            raise ValueError(f"HubSpot has no {object_name}.")
        record = self.account.find(kind, record_id)
        if record is None:
            raise ValueError(f"There is no record {record_id} among the {kind.name}.")
        return kind, str(record["id"])

    def find_records(self, object_name: str, email: str = "", text: str = "") -> list[Record]:
        return directory.find(self.account, object_name, email=email, text=text)

    def seed_record(self, object_name: str, values: dict[str, Any]) -> Record:
        return directory.seed_record(self.account, object_name, values)

    def patch_schema(self, object_name: str, change: dict[str, Any]) -> dict[str, Any]:
        return directory.patch_schema(self.account, object_name, change)

    def add_recommended_fields(self) -> list[str]:
        return directory.add_recommended_fields(self.account)

    def record_page(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        return display.record_page(self.account, object_name, record_id)

    def list_row(self, object_name: str, record: Record) -> dict[str, str]:
        return display.list_row(object_name, record)

    def plural(self, object_name: str) -> str:
        return object_name.replace("_", " ").capitalize()

    def usage(self) -> str:
        allowed = limits.ALLOWANCES["private"].daily
        return f"API calls today {self.limits.today:,} of {allowed:,}"


def _correlation(request: Request) -> str:
    """One id per call, in the header and in the body."""
    return request.environ.setdefault(CORRELATION, str(uuid.uuid4()))


def _app_kind(holder: Record) -> str:
    return "private" if holder["kind"] == "private" else "oauth"
