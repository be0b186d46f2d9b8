"""Zoho CRM as a vendor of the sandbox: accounts servers, APIs and record pages of two data centres on one port."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .. import control
from ..faults import Faults
from ..store import Record, Store
from ..vendor import Refusal, Vendor, json_response, sent_json
from . import bulk, deeds, display, oauth
from .calls import Answer, Call
from .faults import ZohoFaults
from .fields import MODULES, described
from .limits import Credits, Running
from .org import MEMBERS, Org, common_indexes
from .places import CLIENT_ID, CLIENT_SECRET, FIRST, FIXED_TOKEN, PLACES, Place
from .refusals import INTERNAL, INVALID_TOKEN, WRONG_METHOD, WRONG_URL, Refused, no_permission
from .routes import answer, credits, is_heavy

API_PATH = re.compile(r"/(?:api|content)-(us|eu)/crm/(?:bulk/)?v8(/.*)$")
PLAIN_PATH = re.compile(r"/api-\w+/crm/v8/")
BULK_PATH = re.compile(r"/(content-\w+/crm/v8/upload|api-\w+/crm/bulk/v8/write(?:/(\d+))?)$")
ACCOUNTS_PATH = re.compile(r"(?:/(eu))?/oauth/(.+)$")
RECORD_PATH = re.compile(r"(?:/(?:api-)?(us|eu))?/crm/org(\d+)/tab/(\w+)(?:/(\d+))?/?$")
CALL = "zoho.call"
RUNNING = "zoho.running"
HOLDER = "zoho.holder"
NO_JSON = Refused("INVALID_DATA", "body", {"expected_data_type": "jsonobject"})


class Zoho(Vendor):
    """One organisation in each of two data centres."""

    name = "zoho"
    label = "Zoho CRM"
    faults_class: ClassVar[type[Faults]] = ZohoFaults
    faults: ZohoFaults
    objects = (*MODULES, MEMBERS)
    routes = Map([])

    def __init__(self, store: Store, **options: Any) -> None:
        self.orgs: dict[str, Org] = {}
        self.running = Running()
        super().__init__(store, **options)

    # Addresses

    def accounts_server(self, place: Place) -> str:
        return f"{self.base_url}{place.accounts_path}"

    def api_domain(self, place: Place) -> str:
        return f"{self.base_url}{place.api_path}"

    # What a vendor says

    def register_indexes(self) -> None:
        common_indexes(self.store)
        self.credits = Credits(self.clock)
        self.orgs = {key: Org(place, self.store, lambda: self.faults, self.clock) for key, place in PLACES.items()}
        for org in self.orgs.values():
            for module in MODULES:
                org.index(module)

    def seed(self) -> None:
        self.credits.clear()
        for org in self.orgs.values():
            org.begin_anew()
            deeds.seed(org)
        self.keep_token(FIXED_TOKEN, "access", None, org=FIRST.key, scopes=list(oauth.ALL_SCOPES), refresh="")

    def facts_kept_on_reset(self) -> list[str]:
        # An id that was given must never lead to another record, whoever still remembers it.
        return [f"id:{key}" for key in PLACES]

    def user(self) -> str:
        return FIRST.admin.email

    def credentials(self) -> dict[str, str]:
        return {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "access_token": FIXED_TOKEN}

    def is_api_call(self, request: Request) -> bool:
        return API_PATH.match(request.path) is not None

    def too_many(self, request: Request, retry_after: int) -> Response:
        code = self.faults.rate_limit_code
        refused = Refused(code, "too many requests. please try again after some time", status=429)
        response = self.refusal(refused)
        if retry_after:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def server_error(self, request: Request) -> Response:
        return self.refusal(INTERNAL)

    def not_found(self, request: Request, error: HTTPException) -> Response:
        return self.refusal(WRONG_METHOD if error.code == 405 else WRONG_URL)

    def expire_access_tokens(self) -> None:
        self.kill_tokens("access", keep_row=True)

    def revoke_app(self) -> None:
        self.kill_tokens("access", "refresh", "code")

    # The way in

    def respond(self, request: Request) -> Response:
        """As every vendor, with the calls that run at the same moment counted from outside the lock."""
        match = API_PATH.match(request.path)
        if match is None:
            return super().respond(request)
        call = Call(request.method, match[2], request.args.to_dict(), dict(request.headers))
        try:
            if not request.path.startswith("/content-"):
                call.body = sent_json(request)
        except ValueError:
            request.environ[CALL] = None
        else:
            request.environ[CALL] = call
        heavy = request.environ[CALL] is not None and is_heavy(call)
        with self.running.enter(heavy=heavy) as now:
            request.environ[RUNNING] = now
            return super().respond(request)

    def refuse_early(self, request: Request) -> Response | None:
        match = API_PATH.match(request.path)
        if match is None:
            return None
        try:
            self._count_down()
            request.environ[HOLDER] = self._holder(request, match[1])
            if self.faults.api_disabled:
                raise no_permission("Crm_Implied_Api_Access")
            call = request.environ[CALL]
            if call is None:
                raise NO_JSON
            spent = bulk.START_COST if request.path.endswith("/crm/bulk/v8/write") else credits(call)
        except Refused as refused:
            return self.refusal(refused)
        running, heavy = request.environ[RUNNING]
        too_many = running > self.faults.concurrency or (is_heavy(call) and heavy > self.faults.heavy_concurrency)
        if too_many or self.faults.credits_spent or self.credits.left(self.faults.daily_credits) < spent:
            return self.too_many(request, 0)
        self.credits.spend(spent)
        return None

    def _count_down(self) -> None:
        if self.faults.take("expire_in_calls"):
            if not self.faults.expire_in_calls:
                self.expire_access_tokens()
            self.save_faults()

    def _holder(self, request: Request, key: str) -> Record:
        """What is kept with the token. Raises `Refused`."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in ("zoho-oauthtoken", "bearer"):
            raise Refused("AUTHENTICATION_FAILURE", "Authentication failed", status=401)
        holder = self.live_token(token.strip(), "access")
        if holder is None or holder["org"] != key:
            raise INVALID_TOKEN
        return holder

    def dispatch(self, request: Request) -> Response:
        api = API_PATH.match(request.path)
        if api:
            holder = request.environ[HOLDER]
            try:
                if not PLAIN_PATH.match(request.path):
                    return self.answered(self._bulk(request, self.orgs[api[1]], holder["scopes"]))
                return self.answered(answer(self.orgs[api[1]], request.environ[CALL], holder["scopes"]))
            except Refused as refused:
                raise Refusal(self.refusal(refused)) from refused
        accounts = ACCOUNTS_PATH.match(request.path)
        if accounts:
            return self._accounts(request, PLACES[accounts[1] or FIRST.key], accounts[2].rstrip("/"))
        page = RECORD_PATH.match(request.path)
        return self._record_link(page[2], page[3], page[4]) if page else self.refusal(WRONG_URL)

    def _bulk(self, request: Request, org: Org, scopes: list[str]) -> Answer:
        """The content host's upload, and the jobs that work through the file. Raises `Refused`."""
        path = BULK_PATH.match(request.path)
        if path is None:
            raise WRONG_URL
        bulk.check_scopes(org, request.method, scopes)
        if path[2] and request.method == "GET":
            return bulk.state(org, path[2])
        if request.method != "POST":
            raise WRONG_METHOD
        if request.path.startswith("/content-"):
            headers = request.headers
            return bulk.upload(org, request.files.get("file"), headers.get("feature", ""), headers.get("X-CRM-ORG", ""))
        return bulk.start(org, request.environ[CALL])

    def _accounts(self, request: Request, place: Place, path: str) -> Response:
        if path == "v2/auth" and place is FIRST:
            return oauth.authorize(self, request)
        if path == "v2/token" and request.method == "POST":
            return oauth.token(self, request, place)
        if path == "v2/token/revoke" and request.method == "POST":
            return oauth.revoke(self, request, place)
        return oauth.server_info(self) if path == "serverinfo" else self.refusal(WRONG_URL)

    def _record_link(self, zgid: str, module: str, record_id: str | None) -> Response:
        """The address a person would open in the CRM."""
        known = next((name for name in MODULES if name.casefold() == module.casefold()), None)
        if known is None or zgid not in {place.zgid for place in PLACES.values()}:
            return self.refusal(WRONG_URL)
        return redirect(f"{control.PREFIX}/objects/{known}{f'/{record_id}' if record_id else ''}")

    # The way out

    def answered(self, done: Answer) -> Response:
        if done.body is None:
            # The vendor's own client takes an answer of any other type for a file.
            return Response(status=done.status, headers=done.headers, content_type="application/json;charset=UTF-8")
        return json_response(done.body, done.status, done.headers)

    def refusal(self, refused: Refused) -> Response:
        """Flat, or inside `data[]` where the vendor or the switch wraps it."""
        wrapped = refused.wrapped or self.faults.wrapped_errors
        return json_response({"data": [refused.item()]} if wrapped else refused.item(), refused.status)

    def finish(self, request: Request, response: Response) -> Response:
        if not self.is_api_call(request):
            return response
        holder = request.environ.get(HOLDER)
        if holder and holder["ends"] is not None:
            response.headers["X-ACCESSTOKEN-RESET"] = PLACES[holder["org"]].moment(holder["ends"])
        left = self.credits.left(self.faults.daily_credits)
        if left * 2 <= self.faults.daily_credits:
            response.headers["X-API-CREDITS-REMAINING"] = str(left)
        return response

    # Control and pages

    def control_routes(self) -> dict[tuple[str, str], Any]:
        return {("POST", "convert"): self._convert, ("POST", "merge"): self._merge, ("POST", "delete"): self._delete}

    def _org_of(self, module: str, record_id: str) -> Org:
        found = next((org for org in self.orgs.values() if module in MODULES and org.get(module, record_id)), None)
        return found or self.orgs[FIRST.key]

    def _convert(self, request: Request) -> Response:
        return control.answered(self._converted(str(control.sent_object(request).get("id", ""))))

    def _converted(self, lead_id: str) -> dict[str, str]:
        return deeds.convert(self._org_of("Leads", lead_id), lead_id)

    def convert_record(self, object_name: str, record_id: str) -> tuple[str, str]:
        return "Contacts", self._converted(record_id)["contact"]

    def _merge(self, request: Request) -> Response:
        sent = control.sent_object(request)
        module, keep, lose = (str(sent.get(name, "")) for name in ("module", "keep", "lose"))
        return control.answered(self._merged(module, keep, lose))

    def _merged(self, module: str, keep: str, lose: str) -> dict[str, str]:
        return deeds.merge(self._org_of(module, keep), module, keep, lose)

    def merge_record(self, object_name: str, record_id: str, into: str) -> None:
        self._merged(object_name, into, record_id)

    def _delete(self, request: Request) -> Response:
        sent = control.sent_object(request)
        module, record_id = str(sent.get("module", "")), str(sent.get("id", ""))
        return control.answered(self._deleted(module, record_id))

    def _deleted(self, module: str, record_id: str) -> dict[str, str]:
        return deeds.delete(self._org_of(module, record_id), module, record_id)

    def delete_record(self, object_name: str, record_id: str) -> None:
        self._deleted(object_name, record_id)

    def _row(self, module: str, record: Record) -> Record:
        return display.row(self.orgs[record["$org"]], module, record)

    def find_records(self, object_name: str, email: str = "", text: str = "") -> list[Record]:
        if object_name not in self.objects:
            raise KeyError(f"object “{object_name}”")
        if email and object_name in ("Leads", "Contacts"):
            found = [row for org in self.orgs.values() for row in org.find_all(object_name, "Email", email)]
        else:
            found = self.store.all(object_name)
        rows = [self._row(object_name, record) for record in found]
        if email and object_name == MEMBERS:
            rows = [row for row in rows if str(row["email"] or "").casefold() == email.casefold()]
        return [row for row in rows if display.holds(row, text)] if text else rows

    def newest(self, object_name: str, text: str, start: int, count: int) -> tuple[list[Record], int]:
        if text:
            return super().newest(object_name, text, start, count)
        found = self.store.all(object_name)[::-1]
        return [self._row(object_name, record) for record in found[start : start + count]], len(found)

    def seed_record(self, object_name: str, values: dict[str, Any]) -> Record:
        return deeds.seed_record(self.orgs.get(values.get("$org", ""), self.orgs[FIRST.key]), object_name, values)

    def patch_schema(self, object_name: str, change: dict[str, Any]) -> dict[str, Any]:
        for org in self.orgs.values():
            deeds.patch_schema(org, object_name, change)
        first = self.orgs[FIRST.key]
        return {"fields": [described(first.place, object_name, field) for field in first.fields(object_name).values()]}

    def add_recommended_fields(self) -> list[str]:
        added = [org.add_recommended() for org in self.orgs.values()]
        return added[0]

    def record_page(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        pages = (display.record_page(org, object_name, record_id) for org in self.orgs.values())
        return next((page for page in pages if page), None)

    def list_row(self, object_name: str, record: Record) -> dict[str, str]:
        return display.list_row(object_name, record)

    def plural(self, object_name: str) -> str:
        return "Campaign members" if object_name == MEMBERS else object_name

    def usage(self) -> str:
        return f"API credits today {self.credits.used:,} of {self.faults.daily_credits:,}"
