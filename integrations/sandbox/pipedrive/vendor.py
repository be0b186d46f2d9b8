"""The Pipedrive server: one OAuth host, and under a path of its own the API of each company."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from .. import control, pages
from ..faults import Faults
from ..store import Record
from ..vendor import Refusal as Refused
from ..vendor import Vendor, body_bytes, json_response
from . import contacts, directory, display, limits, oauth, uninstall
from .calls import Call
from .company import KINDS, PROFILES, Company
from .faults import PipedriveFaults
from .refusals import CHECK, Refusal, error, scope_mismatch, unauthorized, unknown
from .routes import ROUTES, Retired, Target
from .seed import seed

API = re.compile(r"/(?!api/)[^/]+/(api/v[12]|v1)(/|$)")
RECORD = re.compile(r"/(?P<domain>[^/]+)/(?P<kind>person|organization)/(?P<id>\d+)(/.*)?")
NOT_FOUND_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>404</title></head>'
    "<body><h1>Page not found</h1></body></html>\n"
)
CORRELATION, TARGET, HOLDER, BROKEN = (f"pipedrive.{name}" for name in ("id", "target", "holder", "broken"))


class Pipedrive(Vendor):
    """Two companies, one OAuth app, and a personal API token for each company."""

    name = "pipedrive"
    label = "Pipedrive"
    faults_class: ClassVar[type[Faults]] = PipedriveFaults
    faults: PipedriveFaults
    routes = ROUTES
    objects = (*KINDS, *(f"{kind}{PROFILES[1].suffix}" for kind in ("persons", "organizations")))

    def register_indexes(self) -> None:
        self.companies = {profile.domain: Company(profile, self.store, self.clock) for profile in PROFILES}
        self.limits = limits.Limits(self.clock)
        self.notices: list[Record] = []

    def seed(self) -> None:
        self.limits.forget()
        self.notices.clear()
        tokens = (oauth.API_TOKEN, oauth.OTHER_API_TOKEN)
        for company, token in zip(self.companies.values(), tokens, strict=True):
            company.index_at_once()
            seed(company)
            self.keep_token(token, "personal", company=company.profile.domain)

    def facts_kept_on_reset(self) -> list[str]:
        return ["callback"]

    def user(self) -> str:
        return PROFILES[0].users[0][2]

    def credentials(self) -> dict[str, str]:
        return {
            "client_id": oauth.CLIENT_ID,
            "client_secret": oauth.CLIENT_SECRET,
            "access_token": oauth.API_TOKEN,
            "api_domain": f"{self.base_url}/{PROFILES[0].domain}",
        }

    # The way in

    def is_api_call(self, request: Request) -> bool:
        """The API proper; sign-in calls are spoiled only by switches whose path pattern names them."""
        if request.path.startswith("/oauth/"):
            return bool(self.faults.path) and self.faults.applies_to(request.method, request.path)
        return API.match(request.path) is not None

    def refuse_early(self, request: Request) -> Response | None:
        if RECORD.fullmatch(request.path):
            return None
        target, matched = ROUTES.bind("localhost").match(request.path.rstrip("/") or "/", request.method)
        values = dict(matched)
        request.environ[TARGET] = target, values
        if not isinstance(target, (Target, Retired)):
            return None
        domain = values.pop("domain")
        if domain not in self.companies:
            raise NotFound
        try:
            holder = self._holder(request, domain)
            request.environ[HOLDER] = holder
            if isinstance(target, Retired):
                raise self._retired()
            self._spoil(request, target, one="record_id" in values)
            self._check_limits(request, target, holder)
            self._check_scope(target)
        except Refusal as refusal:
            return self._refusal(refusal)
        return None

    def _holder(self, request: Request, domain: str) -> Record:
        """What is kept with the token. Raises `Refusal` 401, and 403 for the API of another company."""
        personal = request.headers.get("x-api-token") or request.args.get("api_token", "")
        bearer = self.bearer(request)
        holder = self.live_token(personal, "personal") or self.live_token(bearer, "access")
        if holder is None:
            raise unauthorized("Invalid token: access_token is invalid" if bearer else "unauthorized access")
        if holder["company"] != domain:
            raise scope_mismatch()
        return holder

    def _retired(self) -> Refusal:
        status = int(self.faults.retired_v1)
        return error(status, "Unknown method." if status == 404 else "This endpoint is no longer available.")

    def _spoil(self, request: Request, target: Target, *, one: bool) -> None:
        """The switches that only Pipedrive has; `one`: the path names a record."""
        faults = self.faults
        if not faults.applies_to(request.method, request.full_path.rstrip("?")):
            return
        refusal = None
        if faults.unpaid:
            raise error(402, "Payment required: the company's account is not open.", errorCode=402)
        if faults.budget_spent:
            request.environ[BROKEN] = "budget"
            raise limits.refused()
        if faults.take("html_403"):
            refusal = Refusal(403, limits.BLOCKED_PAGE)
        elif faults.take("html_200"):
            refusal = Refusal(200, NOT_FOUND_PAGE)
        elif faults.take("without_data"):
            refusal = Refusal(200, {"success": True})
        elif faults.take("no_permission"):
            refusal = error(403, "You do not have permissions to do this.", code="ERR_FORBIDDEN")
        elif target.writes and faults.take("plan_limit"):
            refusal = error(403, "The limit of your plan is reached.", code="feature_capping_custom_fields_limit")
        elif one and faults.take("gone"):
            refusal = error(410, "Entity is gone", info="The object was deleted.", code="ERR_GONE")
        if refusal:
            self.save_faults()
            raise refusal

    def _allowance(self, holder: Record) -> dict[str, int]:
        plan = limits.PLANS[self.faults.plan]
        return {
            "allowed": plan.personal if holder["kind"] == "personal" else plan.oauth,
            "budget": self.faults.budget,
        }

    def _check_limits(self, request: Request, target: Target, holder: Record) -> None:
        if not self.faults.real_limits:
            return
        if self.limits.blocked(holder["token"]):
            raise Refusal(403, limits.BLOCKED_PAGE)
        broken = self.limits.broken(
            holder["token"], holder["company"], cost=target.cost, is_search=target.is_search, **self._allowance(holder)
        )
        if broken:
            request.environ[BROKEN] = broken
            self.limits.note_refusal(holder["token"], self.faults.block_after)
            raise limits.refused()

    def _check_scope(self, target: Target) -> None:
        granted = set(oauth.SCOPES) - {self.faults.missing_scope.strip()}
        if target.scopes and not granted & set(target.scopes):
            raise scope_mismatch()

    # The work

    def dispatch(self, request: Request) -> Response:
        opened = RECORD.fullmatch(request.path)
        if opened:
            return self._record_page(opened)
        target, values = request.environ[TARGET]
        try:
            if isinstance(target, Target):
                return self._called(request, target, values)
            return target(self, request, **values)
        except Refusal as refusal:
            raise Refused(self._refusal(refusal)) from refusal

    def _called(self, request: Request, target: Target, values: dict[str, Any]) -> Response:
        company = self.companies[request.environ[HOLDER]["company"]]
        company.lag_seconds, company.contact_sync = self.faults.search_lag, self.faults.contact_sync
        try:
            raw = body_bytes(request)
        except ValueError as broken:
            raise unknown() from broken
        call = Call(company, company.profile.users[0][0], request.args, raw, self.faults)
        answer = target.endpoint(call, **values)
        return json_response(answer.body, answer.status, mimetype="application/json")

    def _refusal(self, refusal: Refusal) -> Response:
        if isinstance(refusal.body, str):
            return Response(refusal.body, refusal.status, content_type="text/html; charset=UTF-8")
        return json_response(refusal.body, refusal.status, mimetype="application/json")

    def _record_page(self, opened: re.Match[str]) -> Response:
        company = self.companies.get(opened["domain"])
        if company is None:
            return pages.not_there(self, f"There is no company {opened['domain']}.")
        return pages.record(self, company.table(f"{opened['kind']}s"), opened["id"])

    # Answers every vendor has

    def too_many(self, request: Request, retry_after: int) -> Response:
        request.environ[BROKEN] = self.faults.rate_limit_kind
        holder = self._token_of(request)
        if holder is not None:
            self.limits.note_refusal(holder["token"], self.faults.block_after)
        response = self._refusal(limits.refused())
        if retry_after:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def server_error(self, request: Request) -> Response:
        return self._refusal(unknown())

    def not_found(self, request: Request, error: HTTPException) -> Response:
        if not API.match(request.path):
            return Response(NOT_FOUND_PAGE, error.code, content_type="text/html; charset=UTF-8")
        status = 405 if isinstance(error, MethodNotAllowed) else 404
        body = {
            "success": False,
            "error": "Unknown method.",
            "error_info": CHECK,
            "data": None,
            "additional_data": None,
        }
        return json_response(body, status, mimetype="application/json")

    def finish(self, request: Request, response: Response) -> Response:
        """Headers of the API: a correlation id, and what is left of the limits."""
        if not API.match(request.path) or response.mimetype != "application/json":
            return response
        response.headers["x-correlation-id"] = request.environ.setdefault(CORRELATION, str(uuid.uuid4()))
        holder = request.environ.get(HOLDER) or self._token_of(request)
        if holder is None:
            return response
        target, _ = request.environ.get(TARGET, (None, None))
        broken = request.environ.get(BROKEN, "")
        shown = self.limits.headers(holder["token"], holder["company"], broken=broken, **self._allowance(holder))
        response.headers.update(shown)
        if holder["kind"] == "personal" and isinstance(target, Target) and target.writes:
            response.headers["x-daily-requests-left"] = str(self.limits.count_write(holder["token"]))
        return response

    def _token_of(self, request: Request) -> Record | None:
        """Whose call was refused before it was looked at."""
        personal = request.headers.get("x-api-token") or request.args.get("api_token", "")
        return self.live_token(personal, "personal") or self.live_token(self.bearer(request), "access")

    def expire_access_tokens(self) -> None:
        """OAuth tokens expire; a personal token has no end."""
        self.kill_tokens("access", keep_row=True)

    def revoke_app(self) -> None:
        self.kill_tokens("access", "refresh", "code")

    # Control and pages

    def control_routes(self) -> dict[tuple[str, str], Callable[[Request], Response]]:
        return {
            ("POST", "delete"): self._delete,
            ("POST", "merge"): self._merge,
            ("POST", "uninstall"): self._uninstall,
            ("GET", "uninstall"): lambda request: control.answered({"notices": self.notices}),
        }

    def _delete(self, request: Request) -> Response:
        sent = control.sent_object(request)
        self.delete_record(str(sent.get("object", "persons")), str(sent.get("id")))
        return control.answered({"deleted": sent.get("id")})

    def delete_record(self, object_name: str, record_id: str) -> None:
        """Raises also KeyError when it is not there."""
        directory.delete(*self._place(object_name), record_id)

    def _merge(self, request: Request) -> Response:
        sent = control.sent_object(request)
        name, keep = str(sent.get("object", "persons")), str(sent.get("keep"))
        self.merge_record(name, str(sent.get("lose")), keep)
        company, kind = self._place(name)
        return control.answered(directory.shown(company, kind, company.living(kind, keep) or {}))

    def merge_record(self, object_name: str, record_id: str, into: str) -> None:
        """Raises also KeyError when one of the two is not there."""
        company, kind = self._place(object_name)
        if kind not in ("persons", "organizations"):
            raise ValueError("Only persons and organizations can be merged.")
        contacts.unite(company, kind, into, record_id)

    def _uninstall(self, request: Request) -> Response:
        """The user takes the app off in the Marketplace: its tokens die, and the app is told."""
        return control.answered(uninstall.uninstall(self, control.sent_object(request)))

    def _place(self, object_name: str) -> tuple[Company, str]:
        """The company and kind of an object name such as `persons` or `persons@halden-sandbox`. Raises KeyError."""
        kind = directory.kind_in(object_name)
        company = next((one for one in self.companies.values() if one.table(kind) == object_name), None)
        if company is None:
            raise KeyError(f"company “{object_name.partition('@')[2]}”")
        company.contact_sync = self.faults.contact_sync
        company.lag_seconds = self.faults.search_lag
        return company, kind

    def find_records(self, object_name: str, email: str = "", text: str = "") -> list[Record]:
        company, kind = self._place(object_name)
        return directory.find(company, kind, email=email, text=text)

    def newest(self, object_name: str, text: str, start: int, count: int) -> tuple[list[Record], int]:
        company, kind = self._place(object_name)
        return directory.newest(company, kind, text, start, count)

    def seed_record(self, object_name: str, values: dict[str, Any]) -> Record:
        company, kind = self._place(object_name)
        return directory.seed_record(company, kind, values)

    def patch_schema(self, object_name: str, change: dict[str, Any]) -> dict[str, Any]:
        company, kind = self._place(object_name)
        return directory.patch_schema(company, kind, change)

    def add_recommended_fields(self) -> list[str]:
        return directory.add_recommended_fields(self.companies[PROFILES[0].domain])

    def record_page(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        company, kind = self._place(object_name)
        return display.record_page(company, kind, record_id)

    def list_row(self, object_name: str, record: Record) -> dict[str, str]:
        return display.list_row(directory.kind_in(object_name), record)

    def plural(self, object_name: str) -> str:
        kind, _, other = object_name.partition("@")
        return f"{kind.capitalize()} ({PROFILES[1].name})" if other else kind.capitalize()

    def usage(self) -> str:
        return f"API tokens today {self.limits.spent(PROFILES[0].domain):,} of {self.faults.budget:,}"
