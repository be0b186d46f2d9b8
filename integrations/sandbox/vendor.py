"""What every vendor server shares: one way through for each call, with counting, bearer check and faults."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import secrets
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map
from werkzeug.wrappers import Request, Response

from . import control
from .faults import Faults
from .store import Record, Store

logger = logging.getLogger(__name__)

KEPT_ON_RESET = ("_token", "_code")


class ConnectionCut(Exception):
    """Drop the connection without an answer."""


class Refusal(Exception):
    """A refusal found deep inside; carries the finished answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None, mimetype: str = "") -> Response:
    """A compact JSON answer; mimetype defaults to `application/json;charset=UTF-8`."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    content_type = mimetype or "application/json;charset=UTF-8"
    return Response(text.encode("utf-8", "surrogatepass"), status, headers, content_type=content_type)


class Vendor:
    """Base of a vendor server; a WSGI application.

    A vendor sets the class attributes and `routes` (werkzeug `Map` whose endpoints are method names called with
    `(request, **path_values) -> Response`), and writes the hooks below. All of a call's work happens in one
    transaction, under the vendor's lock; `Refusal` and `HTTPException` raised there take its writes back.
    """

    name: ClassVar[str]  # "salesforce": folder, database file, key of the --json object
    label: ClassVar[str]  # "Salesforce", for people
    faults_class: ClassVar[type[Faults]] = Faults
    routes: ClassVar[Map]
    objects: ClassVar[tuple[str, ...]] = ()  # shown on the pages, in this order

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.clock = clock
        self.base_url = ""
        self.faults = self.faults_class()
        self.calls = 0
        self.by_path: Counter[str] = Counter()
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.requests: deque[dict[str, Any]] = deque(maxlen=200)
        self._matching = 0
        self.register_indexes()
        with store.transaction():
            saved = store.fact("faults", {})
            with contextlib.suppress(ValueError):
                self.faults.patch(saved)
            if store.fact("seeded") is None:
                self.seed()
                store.set_fact("seeded", True)

    # What a vendor says

    def register_indexes(self) -> None:
        """Tell the store its keys; also runs before `seed` and after a restart."""

    def seed(self) -> None:
        """Fill a fresh account; runs in a transaction."""

    def facts_kept_on_reset(self) -> list[str]:
        """Names of facts that outlive a reset, such as the counters of ids."""
        return []

    def credentials(self) -> dict[str, str]:
        """client_id, client_secret and, where the vendor has them, username, password, security_token, access_token."""
        raise AssertionError(f"{self.name} must say its credentials.")

    def user(self) -> str:
        """Who signs in to the account; every token has this user's rights."""
        raise AssertionError(f"{self.name} must say who its user is.")

    def is_api_call(self, request: Request) -> bool:
        """Whether the vendor would count this call, and line faults may spoil it."""
        return True

    def too_many(self, request: Request, retry_after: int) -> Response:
        """The vendor's answer to a call over its limit; `retry_after` 0 means no such header."""
        raise AssertionError(f"{self.name} must say how it throttles.")

    def server_error(self, request: Request) -> Response:
        """The vendor's 500."""
        raise AssertionError(f"{self.name} must say how it fails.")

    def not_found(self, request: Request, error: HTTPException) -> Response:
        """The vendor's answer to a path or method it does not know."""
        raise AssertionError(f"{self.name} must say what it does not know.")

    def refuse_early(self, request: Request) -> Response | None:
        """Limits and access checks of the vendor, before any work. None lets the call through."""
        return None

    def delay(self, request: Request) -> float:
        """Seconds before the work begins; slept without the lock."""
        return self.faults.latency_ms / 1000

    def finish(self, request: Request, response: Response) -> Response:
        """Headers that every answer of the vendor carries."""
        return response

    def expire_access_tokens(self) -> None:
        """Every access token dies now."""

    def revoke_app(self) -> None:
        """Access and refresh tokens die now."""

    # What the control API and the pages ask

    def control_routes(self) -> dict[tuple[str, str], Callable[[Request], Response]]:
        """Further control calls of the vendor: (method, path under /_sandbox/) -> handler."""
        return {}

    def find_records(self, object_name: str, email: str = "", text: str = "") -> list[Record]:
        """Records as the vendor's API would show them, oldest first. Raises KeyError for an unknown object."""
        raise AssertionError(f"{self.name} must find records.")

    def newest(self, object_name: str, text: str, start: int, count: int) -> tuple[list[Record], int]:
        """A page of `find_records`, newest first, and how many match in all."""
        found = self.find_records(object_name, text=text)[::-1]
        return found[start : start + count], len(found)

    def seed_record(self, object_name: str, values: dict[str, Any]) -> Record:
        """Put one record there without any check. Raises KeyError for an unknown object."""
        raise AssertionError(f"{self.name} must take seeds.")

    def patch_schema(self, object_name: str, change: dict[str, Any]) -> dict[str, Any]:
        """Apply {"add": [...], "rename": {...}, "remove": [...], "picklist": {...}}; returns the schema after it.

        Raises KeyError for an unknown object, ValueError with a sentence for a change that cannot be.
        """
        raise AssertionError(f"{self.name} must change its schema.")

    def add_recommended_fields(self) -> list[str]:
        """Create the recommended `mobly_*` fields; returns the names that were new."""
        raise AssertionError(f"{self.name} must offer the recommended fields.")

    def record_page(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        """One record for people: {"title", "kind", "id", "fields": [{label, name, value}], "related": [{kind, record,
        state, url}], "deeds": those of "convert", "merge", "delete" that its page offers}. None when it is not there.
        """
        raise AssertionError(f"{self.name} must show records.")

    def delete_record(self, object_name: str, record_id: str) -> None:
        """As a user of the vendor would, rules of the API aside. Raises ValueError with a sentence."""
        raise ValueError(f"{self.label} deletes no {self.plural(object_name)} here.")

    def merge_record(self, object_name: str, record_id: str, into: str) -> None:
        """Fold the record into another one of its object. Raises ValueError with a sentence."""
        raise ValueError(f"{self.label} merges no {self.plural(object_name)}.")

    def convert_record(self, object_name: str, record_id: str) -> tuple[str, str]:
        """Make a contact of the lead; the contact's object and id. Raises ValueError with a sentence."""
        raise ValueError(f"{self.label} converts no {self.plural(object_name)}.")

    def list_row(self, object_name: str, record: Record) -> dict[str, str]:
        """One line of a list for people: {"id", "title", "detail", "when"}."""
        raise AssertionError(f"{self.name} must show records.")

    def plural(self, object_name: str) -> str:
        """The object's name in the navigation."""
        return object_name

    def usage(self) -> str:
        """The sentence in the bar about calls used."""
        return f"{self.calls:,} API calls since the start"

    # The way through

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = control.respond(self, request)
        if response is None:
            response = self.respond(request)
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        """One call of the vendor's own URL space, faults included. Raises `ConnectionCut`."""
        started = time.monotonic()
        counted = self.is_api_call(request)
        # A pattern may also name what is not counted, such as the token endpoint.
        spoiled = (counted or self.faults.path != "") and self.faults.applies_to(
            request.method, request.full_path.rstrip("?")
        )
        time.sleep(self.delay(request) if spoiled else 0)
        cut = False
        with self.store.lock:
            if counted:
                self.calls += 1
                self.by_path[f"{request.method} {request.path}"] += 1
            response = self._spoiled(request) if spoiled else None
            if response is None:
                response, cut = self._answered(request, spoiled)
            response = self.finish(request, response)
            self._note(request, response, started, cut)
            shape = self._shape() if spoiled else ""
        if cut:
            raise ConnectionCut
        return self._sent(request, response, shape)

    def _spoiled(self, request: Request) -> Response | None:
        faults = self.faults
        self._matching += 1
        every = faults.rate_limit_every
        response = None
        if faults.take("rate_limit_next") or (every and self._matching % every == 0):
            response = self.too_many(request, faults.rate_limit_retry_after)
        elif faults.take("server_error"):
            response = self.server_error(request)
        elif faults.take("html_503"):
            response = Response(OUTAGE, 503, content_type="text/html; charset=UTF-8")
        if response is not None:
            self.save_faults()
        return response

    def _answered(self, request: Request, spoiled: bool) -> tuple[Response, bool]:
        """The answer, and whether the line is to be cut instead of sending it."""
        with self.store.transaction() as changes:
            mark = self.store.savepoint()
            try:
                response = self.refuse_early(request) or self.dispatch(request)
            except Refusal as refusal:
                self.store.rollback_to(mark)
                response = refusal.response
            except HTTPException as error:
                self.store.rollback_to(mark)
                response = self.not_found(request, error)
            except Exception:
                logger.exception("%s failed at %s %s", self.label, request.method, request.path)
                self.store.rollback_to(mark)
                response = self.server_error(request)
            cut = self._cut(request, changes.any, mark) if spoiled else False
            self.created.update(changes.created)
            self.updated.update(changes.updated)
        return response, cut

    def dispatch(self, request: Request) -> Response:
        """Route the call to its method."""
        endpoint, values = self.routes.bind_to_environ(request.environ).match()
        return getattr(self, endpoint)(request, **values)

    def _cut(self, request: Request, wrote: bool, mark: int) -> bool:
        if not wrote and not self.faults.path:
            return False
        if self.faults.take("cut_before_commit"):
            self.store.rollback_to(mark)
        elif not self.faults.take("cut_after_commit"):
            return False
        self.save_faults()
        return True

    def _shape(self) -> str:
        for name in ("truncate_body", "slow_drip"):
            if self.faults.take(name):
                self.save_faults()
                return name
        return ""

    def _sent(self, request: Request, response: Response, shape: str) -> Response:
        data = response.get_data()
        if len(data) > 2048 and "gzip" in request.headers.get("Accept-Encoding", "") and not shape:
            data = gzip.compress(data, compresslevel=1, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Vary"] = "Accept-Encoding"
            response.set_data(data)
        if shape == "truncate_body" and data:
            response.response = [data[: len(data) // 2]]
            response.headers["Content-Length"] = str(len(data))
        elif shape == "slow_drip" and data:
            response.response = dripped(data)
            response.headers["Content-Length"] = str(len(data))
        return response

    def _note(self, request: Request, response: Response, started: float, cut: bool) -> None:
        self.requests.appendleft(
            {
                "method": request.method,
                "path": request.full_path.rstrip("?")[:2000],
                "status": "cut" if cut else response.status_code,
                "ms": round((time.monotonic() - started) * 1000, 1),
                "at": time.strftime("%H:%M:%S", time.gmtime(self.clock())),
            }
        )

    # Small things vendors need

    def save_faults(self) -> None:
        """Keep the switches over a restart; call after changing one outside the control API."""
        self.store.set_fact("faults", self.faults.as_dict())

    def reset_stats(self) -> None:
        self.calls = 0
        for counter in (self.by_path, self.created, self.updated):
            counter.clear()

    def reset(self) -> None:
        """A fresh account: records, schema, switches and statistics anew; issued tokens stay valid."""
        with self.store.transaction():
            self.store.clear(keep=KEPT_ON_RESET, keep_facts=self.facts_kept_on_reset())
            self.faults = self.faults_class()
            self.seed()
            self.store.set_fact("seeded", True)
        self.reset_stats()
        self.requests.clear()

    def bearer(self, request: Request) -> str:
        """The token of the Authorization header, or an empty text."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else ""

    def new_token(self, kind: str, prefix: str = "", lifetime: float | None = None, **facts: Any) -> str:
        """Make and keep a token (`kind`: "access", "refresh", "code" ...); `lifetime` in seconds, None for ever."""
        token = prefix + secrets.token_urlsafe(32)
        self.keep_token(token, kind, lifetime, **facts)
        return token

    def keep_token(self, token: str, kind: str, lifetime: float | None = None, **facts: Any) -> None:
        """Keep a token of one's own making, for example the fixed long-lived one of the seed."""
        now = self.clock()
        ends = None if lifetime is None else now + lifetime
        self.store.put("_token", token, {"token": token, "kind": kind, "issued": now, "ends": ends, **facts})

    def live_token(self, token: str, kind: str) -> Record | None:
        """What was kept with the token while it lives, else None."""
        record = self.store.get("_token", token) if token else None
        if record is None or record["kind"] != kind:
            return None
        return None if record["ends"] is not None and record["ends"] <= self.clock() else record

    def kill_tokens(self, *kinds: str, keep_row: bool = False) -> None:
        """End every token of these kinds; with `keep_row` they stay known as expired."""
        for record in self.store.all("_token"):
            if record["kind"] in kinds:
                if keep_row:
                    self.store.put(
                        "_token", record["token"], {**record, "ends": min(record["ends"] or 1e18, self.clock())}
                    )
                else:
                    self.store.remove("_token", record["token"])


def body_bytes(request: Request) -> bytes:
    """The request's body, unpacked when it came gzipped. Raises `ValueError` when it cannot be unpacked."""
    data = request.get_data()
    if request.headers.get("Content-Encoding", "").lower() != "gzip":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("The body is not valid gzip.") from error


def sent_json(request: Request) -> Any:
    """The JSON of the body, None when it is blank. Raises `ValueError` also for text that is no Unicode."""
    data = body_bytes(request)
    if not data.strip():
        return None
    body = json.loads(data)
    if b"\\u" in data:
        # Half of a surrogate pair can be written in JSON, but not in any other encoding.
        json.dumps(body, ensure_ascii=False).encode()
    return body


def dripped(data: bytes, pieces: int = 20, pause: float = 0.05) -> Iterator[bytes]:
    """The bytes in about twenty pieces, over about a second."""
    size = max(1, len(data) // pieces)
    for start in range(0, len(data), size):
        time.sleep(pause)
        yield data[start : start + size]


OUTAGE = (
    "<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head>"
    "<body><h1>We are down for maintenance.</h1>"
    "<p>Sorry for the inconvenience. We'll be back shortly.</p></body></html>\n"
)
