"""Salesforce as a vendor of the sandbox: HTTP around the account."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import control
from ..store import Store
from ..vendor import Vendor, json_response, sent_json
from . import account, auth, rest, shown, soap
from .calls import Answer, Call, Refused, missing
from .faults import SalesforceFaults
from .records import Org
from .schema import OBJECTS, RECOMMENDED, RECOMMENDED_ON, patched_fields

DATA_PATH = re.compile(r"/services/data/v(\d+\.\d)(/.*)?$")
MY_DOMAIN = "/my-domain"
MAX_REQUEST_LINE = 16_384
EXPIRED = Refused("INVALID_SESSION_ID", "Session expired or invalid", status=401)
OVER_LIMIT = Refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
CONCURRENT = Refused(
    "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", status=403
)
DISABLED = Refused("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", status=403)
BROKEN = Refused(
    "UNKNOWN_EXCEPTION",
    "An unexpected error occurred. Please include this ErrorId if you contact support: 1126842-97344 (-1434722346)",
    status=500,
)


class Salesforce(Vendor):
    name = "salesforce"
    label = "Salesforce"
    faults_class = SalesforceFaults
    faults: SalesforceFaults
    objects = ("Lead", "Contact", "Account", "Campaign", "CampaignMember", "Task", "Event", "Booth_Visit__c")
    routes = Map(
        [
            Rule("/services/oauth2/authorize", endpoint="authorize", methods=["GET", "POST"]),
            Rule("/services/oauth2/token", endpoint="token", methods=["POST"]),
            Rule("/services/oauth2/revoke", endpoint="revoke", methods=["GET", "POST"]),
            Rule("/services/oauth2/introspect", endpoint="introspect", methods=["POST"]),
            Rule("/services/oauth2/userinfo", endpoint="identity", methods=["GET", "POST"]),
            Rule("/id/<org_id>/<user_id>", endpoint="identity", methods=["GET", "POST"]),
            Rule("/.well-known/openid-configuration", endpoint="discovery", methods=["GET"]),
            Rule("/services/Soap/u/<version>", endpoint="soap", methods=["POST"]),
            Rule("/services/Soap/u/<version>/<org_id>", endpoint="soap", methods=["POST"]),
            Rule("/services/data", endpoint="versions", methods=["GET"]),
            Rule("/services/data/", endpoint="versions", methods=["GET"]),
            Rule("/lightning/r/<object_name>/<record_id>/view", endpoint="record_link", methods=["GET"]),
            Rule("/<record_id>", endpoint="record_link", methods=["GET"]),
        ],
        strict_slashes=False,
    )

    def __init__(self, store: Store, **options: Any) -> None:
        self._org: Org | None = None
        super().__init__(store, **options)

    @property
    def org(self) -> Org:
        """The account; it sees the switches as they are now."""
        if self._org is None:
            self._org = Org(self.store, self.faults, self.clock)
        if self._org.faults is not self.faults:
            self._org.faults = self._org.schema.faults = self.faults
        return self._org

    # What a vendor says

    def register_indexes(self) -> None:
        self.org.index()

    def seed(self) -> None:
        self.org.schema.forget()
        self.org.cursors.clear()
        account.seed(self.org)
        self.keep_fixed_token()

    def facts_kept_on_reset(self) -> list[str]:
        # An id that was given must never lead to another record, whoever still remembers it.
        return [f"id:{name}" for name in OBJECTS]

    def keep_fixed_token(self) -> None:
        """The long-lived token for clients that skip OAuth."""
        self.keep_token(account.FIXED_TOKEN, "access", None, org=next(iter(account.ACCOUNTS)), scope="api")

    def user(self) -> str:
        return account.CREDENTIALS["username"]

    def credentials(self) -> dict[str, str]:
        return {**account.CREDENTIALS, "access_token": account.FIXED_TOKEN}

    def is_api_call(self, request: Request) -> bool:
        return DATA_PATH.match(request.path) is not None

    def delay(self, request: Request) -> float:
        writes = self.is_api_call(request) and request.method in ("POST", "PATCH", "PUT", "DELETE")
        return super().delay(request) + (self.faults.apex_seconds if writes else 0.0)

    def too_many(self, request: Request, retry_after: int) -> Response:
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        return self.answered(OVER_LIMIT.answer(), headers)

    def server_error(self, request: Request) -> Response:
        return self.answered(BROKEN.answer())

    def not_found(self, request: Request, error: HTTPException) -> Response:
        if error.code == 405:
            return self.answered(
                Refused("METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed.", status=405).answer()
            )
        return self.answered(missing().answer())

    def refuse_early(self, request: Request) -> Response | None:
        if len(request.full_path) > MAX_REQUEST_LINE:
            return Response("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", 414, content_type="text/html")
        if not self.is_api_call(request):
            return None
        today = int(self.clock() // 86_400)
        used = self.store.fact("usage", 0) + 1 if self.store.fact("usage_day") == today else 1
        self.store.set_fact("usage_day", today)
        if self.faults.daily_limit_reached or used > self.faults.daily_limit:
            return self.answered(OVER_LIMIT.answer())
        self.store.set_fact("usage", used)
        if self.faults.take("long_call_limit"):
            self.save_faults()
            return self.answered(CONCURRENT.answer())
        if self.live_token(self.bearer(request), "access") is None:
            return self.answered(EXPIRED.answer())
        return self.answered(DISABLED.answer()) if self.faults.api_disabled else None

    def finish(self, request: Request, response: Response) -> Response:
        if self.is_api_call(request):
            most = self.faults.daily_limit
            used = most if self.faults.daily_limit_reached else self.store.fact("usage", 0)
            response.headers["Sforce-Limit-Info"] = f"api-usage={used}/{most}"
        if request.path.startswith("/services/") and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-cache,must-revalidate,max-age=0,no-store,private"
        return response

    def expire_access_tokens(self) -> None:
        self.kill_tokens("access", keep_row=True)

    def revoke_app(self) -> None:
        self.kill_tokens("access", "refresh", "code")

    # The calls

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The org answers at the sign-in host, and under a path that stands for its My Domain host."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(f"{MY_DOMAIN}/"):
            environ = {**environ, "PATH_INFO": path.removeprefix(MY_DOMAIN), auth.ON_MY_DOMAIN: True}
        return super().__call__(environ, start_response)

    def dispatch(self, request: Request) -> Response:
        match = DATA_PATH.match(request.path)
        if match is None:
            return super().dispatch(request)
        headers = dict(request.headers)
        call = Call(request.method, match[2] or "/", float(match[1]), request.args.to_dict(), headers)
        if request.method in ("POST", "PATCH", "PUT"):
            try:
                call.body = sent_json(request)
            except ValueError as error:
                place = f"[line:{getattr(error, 'lineno', 1)}, column:{getattr(error, 'colno', 1)}]"
                message = f"Unexpected character or end of input at {place}"
                return self.answered(Refused("JSON_PARSER_ERROR", message).answer())
        answer = rest.dispatch(self.org, call)
        return self.answered(answer)

    def answered(self, answer: Answer, headers: dict[str, str] | None = None) -> Response:
        """The HTTP form of an answer; 204 and 304 have no body."""
        if answer.body is None:
            return Response(status=answer.status, headers={**answer.headers, **(headers or {})})
        return json_response(answer.body, answer.status, {**answer.headers, **(headers or {})})

    def versions(self, request: Request) -> Response:
        return json_response(rest.versions())

    def authorize(self, request: Request) -> Response:
        return auth.authorize(self, request)

    def token(self, request: Request) -> Response:
        return auth.token(self, request)

    def revoke(self, request: Request) -> Response:
        return auth.revoke(self, request)

    def introspect(self, request: Request) -> Response:
        return auth.introspect(self, request)

    def identity(self, request: Request, org_id: str = "", user_id: str = "") -> Response:
        return auth.identity(self, request, org_id, user_id)

    def discovery(self, request: Request) -> Response:
        return auth.discovery(self, request)

    def soap(self, request: Request, version: str, org_id: str = "") -> Response:
        return soap.answer(self, request, version)

    def record_link(self, request: Request, record_id: str, object_name: str = "") -> Response:
        """The address a person would open in the CRM shows the record's page."""
        kind = self.org.object_of(record_id)
        if kind not in self.objects:
            return self.answered(missing().answer())
        return redirect(f"{control.PREFIX}/objects/{kind}/{record_id}")

    # Control and pages

    def control_routes(self) -> dict[tuple[str, str], Any]:
        return {("POST", "convert"): self._convert, ("POST", "merge"): self._merge, ("POST", "delete"): self._delete}

    def _convert(self, request: Request) -> Response:
        sent = control.sent_object(request)
        return control.answered(account.convert(self.org, str(sent.get("lead", "")), account_id=sent.get("account")))

    def convert_record(self, object_name: str, record_id: str) -> tuple[str, str]:
        return "Contact", account.convert(self.org, record_id)["contact"]

    def _merge(self, request: Request) -> Response:
        sent = control.sent_object(request)
        merged = sent.get("merged")
        if not isinstance(merged, list):
            raise ValueError("“merged” is a list of ids.")
        return control.answered(account.merge(self.org, str(sent.get("master", "")), merged))

    def merge_record(self, object_name: str, record_id: str, into: str) -> None:
        account.merge(self.org, into, [record_id])

    def _delete(self, request: Request) -> Response:
        record_id = str(control.sent_object(request).get("id", ""))
        self.delete_record(self.org.object_of(record_id) or "", record_id)
        return control.answered({"deleted": record_id})

    def delete_record(self, object_name: str, record_id: str) -> None:
        record, view = self.org.find(record_id), self.org.schema.view(object_name)
        if record is None or view is None or record.get("IsDeleted"):
            raise ValueError(f"There is no record {record_id}.")
        try:
            self.org.delete(view, record)
        except Refused as refused:
            raise ValueError(f"{record_id} stays: {refused.message}.") from refused

    def find_records(self, object_name: str, email: str = "", text: str = "") -> list[dict[str, Any]]:
        view = self.org.schema.view(object_name)
        if view is None:
            raise KeyError(f"object “{object_name}”")
        indexed = email and self.store.indexed(view.name, "Email")
        records = self.store.find(view.name, "Email", email) if indexed else self.store.all(view.name)
        rows = [self.org.shown(view, record, "") for record in records if not record.get("IsDeleted")]
        if email and not indexed:
            rows = [row for row in rows if str(row.get("Email") or "").casefold() == email.casefold()]
        return [row for row in rows if shown.holds(row, text)]

    def newest(self, object_name: str, text: str, start: int, count: int) -> tuple[list[dict[str, Any]], int]:
        view = self.org.schema.view(object_name)
        if view is None:
            return [], 0
        found = [r for r in reversed(self.store.all(view.name)) if not r.get("IsDeleted") and shown.holds(r, text)]
        return [self.org.shown(view, record, "") for record in found[start : start + count]], len(found)

    def seed_record(self, object_name: str, values: dict[str, Any]) -> dict[str, Any]:
        return account.seed_record(self.org, object_name, values)

    def patch_schema(self, object_name: str, change: dict[str, Any]) -> dict[str, Any]:
        known = self.org.schema.object(object_name)
        if change:
            self.org.schema.save(object_name, patched_fields(known["fields"], change))
            for old, new in change.get("rename", {}).items():
                self._rename_values(object_name, old, new)
        return self.org.schema.object(object_name)

    def _rename_values(self, object_name: str, old: str, new: str) -> None:
        for record in self.store.all(object_name):
            if old in record:
                self.store.put(object_name, record["Id"], {new if k == old else k: v for k, v in record.items()})

    def add_recommended_fields(self) -> list[str]:
        return account.add_fields(self.org, RECOMMENDED, RECOMMENDED_ON)

    def plural(self, object_name: str) -> str:
        return str(self.org.schema.object(object_name)["labelPlural"])

    def usage(self) -> str:
        return f"API calls today {self.store.fact('usage', 0):,} of {self.faults.daily_limit:,}"

    def list_row(self, object_name: str, record: dict[str, Any]) -> dict[str, str]:
        return shown.list_row(record)

    def record_page(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        return shown.record_page(self.org, object_name, record_id)
