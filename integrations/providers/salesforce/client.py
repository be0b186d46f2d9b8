"""An open connection to one Salesforce org: what one request costs, says and may end in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from integrations.contract import (
    App,
    AuthenticationFailed,
    Cause,
    Fault,
    ProviderError,
    Refused,
    RemoteRef,
    Step,
    Throttled,
    Tokens,
    TokenSource,
    Unavailable,
)
from integrations.providers.salesforce import errors
from mobly_sync.http import Answer, Failure, HostRefused, NotSent, Session, UnreadableAnswer

# Of a composite's 25 parts at most this many may be queries or collections.
PARTS = 5
COLLECTION_ROWS = 200
ROWS_AT_MOST = PARTS * COLLECTION_ROWS

CALLER = "mobly_sync"
HEADERS = {
    "Accept": "application/json",
    "Sforce-Call-Options": f"client={CALLER}",
    # Rules that only alert let the record pass; rules that block name the record they found.
    "Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true; runAsCurrentUser=true",
}
_USAGE = re.compile(r"(?:^|;)\s*api-usage=(\d+)/(\d+)")
# Too long, too large, not of a kind that is read there: whoever says so, the request is ours to get right.
OUR_REQUEST = frozenset({405, 413, 414, 415, 431})
# Several records have the key that was asked for.
SEVERAL = 300
_REQUEST_ID = ("X-SFDC-Request-Id", "X-Request-Id")


@dataclass(frozen=True, slots=True)
class Part:
    """One subrequest of a composite; `path` is relative to the version."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartAnswer:
    status: int
    body: Any
    request_id: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300 and self.body is not None


class SalesforceClient:
    """Speaks to one org with one user's tokens. `calls` counts requests as Salesforce does: a composite is one.

    `usage` is (used, allowed) of the org's rolling 24 hours as the last answer told it, None before the first.
    """

    def __init__(self, session: Session, app: App, tokens: TokenSource) -> None:
        self.session = session
        self.app = app
        self.tokens = tokens
        self.calls = 0
        self.usage: tuple[int, int] | None = None
        # E-mail of a rep -> id of the user, empty for one that is none: see `owners`.
        self.owners: dict[str, str] = {}

    @property
    def rows(self) -> int:
        """Rows one request writes at most."""
        return max(1, min(self.app.rows_per_request, ROWS_AT_MOST))

    @property
    def base(self) -> str:
        return f"/services/data/v{self.app.api_version}"

    @property
    def record_url(self) -> str:
        """Where a person opens a record: this and its id."""
        return f"{self.tokens.current().api_url.rstrip('/')}/"

    def ref(self, object_name: str, record_id: str) -> RemoteRef:
        return RemoteRef(object_name, record_id, f"{self.record_url}{record_id}")

    # One request

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Any:
        """The body of an answer. Raises `ProviderError`."""
        return self._body(self.request("GET", path, params=params), writes=False)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> Answer:
        """One request, again with fresh tokens when Salesforce no longer knows the old ones.

        `path` is relative to the version, or begins with `/services/`. `writes`: without an answer it may have
        happened. Raises `AuthenticationFailed`, `Throttled`, `Unavailable`, `Refused`.
        """
        tokens = self.tokens.current()
        answer = self._send(tokens, method, path, json, params, writes)
        if _unknown_session(answer):
            tokens = self.tokens.renewed(tokens)
            answer = self._send(tokens, method, path, json, params, writes)
            if _unknown_session(answer):
                raise AuthenticationFailed(self._fault(answer))
        self._read_usage(answer)
        if 200 <= answer.status < 300:
            return answer
        raise self._error(answer, writes)

    def _send(
        self, tokens: Tokens, method: str, path: str, json: Any, params: Mapping[str, str] | None, writes: bool
    ) -> Answer:
        whole = path if path.startswith("/services/") else f"{self.base}/{path}"
        self.calls += 1
        try:
            return self.session.request(
                method,
                f"{tokens.api_url.rstrip('/')}{whole}",
                json=json,
                params=params,
                headers=HEADERS,
                bearer=tokens.access_token,
            )
        except Failure as failure:
            raise failed(failure, writes=writes) from failure

    def _error(self, answer: Answer, writes: bool) -> ProviderError:
        fault = self._fault(answer)
        if fault.cause is Cause.RATE_LIMITED or answer.status == 429:
            return Throttled(replace(fault, cause=Cause.RATE_LIMITED, transient=True, wait=answer.retry_after))
        if answer.status in OUR_REQUEST:
            return Refused(replace(fault, cause=Cause.INTERNAL))
        if answer.status == SEVERAL:
            return Refused(fault)
        if answer.status >= 500 or answer.status < 400 or fault.cause is Cause.REMOTE_UNAVAILABLE or is_page(answer):
            return Unavailable(
                replace(
                    fault,
                    cause=Cause.REMOTE_UNAVAILABLE,
                    message=_outage(answer, fault),
                    transient=True,
                    ambiguous=writes,
                    wait=answer.retry_after,
                )
            )
        return Refused(fault)

    def _fault(self, answer: Answer) -> Fault:
        fault = errors.fault_of(
            error_body(answer),
            step=Step.MATCH,
            status=answer.status,
            request_id=request_id(answer),
            record_url=self.record_url,
        )
        return replace(fault, cause=Cause.AUTHENTICATION) if answer.status == 401 else fault

    def _body(self, answer: Answer, *, writes: bool) -> Any:
        try:
            return answer.json()
        except UnreadableAnswer as failure:
            fault = Fault(
                Cause.REMOTE_UNAVAILABLE,
                "Salesforce answered with something that is not JSON.",
                step=Step.MATCH,
                status=answer.status,
                request_id=request_id(answer),
                transient=True,
                ambiguous=writes,
            )
            raise Unavailable(fault) from failure

    def _read_usage(self, answer: Answer) -> None:
        said = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
        if said:
            self.usage = (int(said[1]), int(said[2]))

    # Composites

    def composite(self, parts: Sequence[Part], *, writes: bool = False) -> list[PartAnswer]:
        """Several subrequests as one API call; answers in the order of the parts.

        A part that failed is an answer like any other. Raises `ProviderError` when the call as a whole did.
        """
        body = {
            "allOrNone": False,
            "collateSubrequests": False,
            "compositeRequest": [self._subrequest(number, part) for number, part in enumerate(parts)],
        }
        answer = self.request("POST", "composite", json=body, writes=writes)
        said = self._body(answer, writes=writes)
        inner = said.get("compositeResponse") if isinstance(said, Mapping) else None
        if not isinstance(inner, list) or len(inner) != len(parts) or not all(isinstance(i, Mapping) for i in inner):
            fault = Fault(
                Cause.REMOTE_UNAVAILABLE,
                "Salesforce’s answer to a composite request is not complete.",
                step=Step.MATCH,
                status=answer.status,
                request_id=request_id(answer),
                transient=True,
                ambiguous=writes,
            )
            raise Unavailable(fault)
        number = request_id(answer)
        return [PartAnswer(_status(item.get("httpStatusCode")), item.get("body"), number) for item in inner]

    def _subrequest(self, number: int, part: Part) -> dict[str, Any]:
        request: dict[str, Any] = {
            "method": part.method,
            "url": f"{self.base}/{part.path}",
            "referenceId": f"part{number}",
        }
        if part.body is not None:
            request["body"] = part.body
        if part.headers:
            request["httpHeaders"] = dict(part.headers)
        return request

    # Queries

    def query(self, statements: Sequence[str]) -> list[list[dict[str, Any]] | Fault]:
        """The records of each statement, five statements to a call; a statement that was refused gives its fault."""
        found: list[list[dict[str, Any]] | Fault] = []
        for start in range(0, len(statements), PARTS):
            answers = self.composite([query_part(statement) for statement in statements[start : start + PARTS]])
            found.extend(self.records(answer) for answer in answers)
        return found

    def records(self, answer: PartAnswer) -> list[dict[str, Any]] | Fault:
        """All records of a query's answer, further pages fetched. Raises `ProviderError` for an outage."""
        body = answer.body
        if not answer.ok or not isinstance(body, Mapping) or not isinstance(body.get("records"), list):
            fault = errors.fault_of(body, step=Step.MATCH, status=answer.status, request_id=answer.request_id)
            if answer.status >= 500 or fault.cause is Cause.REMOTE_UNAVAILABLE or answer.ok:
                raise Unavailable(replace(fault, cause=Cause.REMOTE_UNAVAILABLE, transient=True))
            if fault.cause is Cause.RATE_LIMITED:
                raise Throttled(fault)
            return fault
        records = [record for record in body["records"] if isinstance(record, dict)]
        while body.get("done") is False and isinstance(body.get("nextRecordsUrl"), str):
            body = self.get(body["nextRecordsUrl"])
            if not isinstance(body, Mapping) or not isinstance(body.get("records"), list):
                message = "Salesforce cut a list of records off in the middle."
                raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, message, step=Step.MATCH, transient=True))
            records += [record for record in body["records"] if isinstance(record, dict)]
        return records


def query_part(statement: str) -> Part:
    return Part("GET", f"query?q={quote(statement, safe='')}")


def failed(failure: Failure, *, writes: bool) -> ProviderError:
    """A call without an answer, as the engine understands it."""
    message = str(failure)
    if isinstance(failure, HostRefused):
        return Refused(Fault(Cause.INTERNAL, message, step=Step.MATCH))
    ambiguous = writes and not isinstance(failure, NotSent)
    return Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, message, step=Step.MATCH, transient=True, ambiguous=ambiguous))


def error_body(answer: Answer) -> Any:
    """The error's body in whichever shape it came, XML too; a page of HTML is no error text."""
    try:
        return answer.json()
    except UnreadableAnswer:
        return "" if is_page(answer) else answer.text[:1000]


def request_id(answer: Answer) -> str:
    return next((answer.headers[name] for name in _REQUEST_ID if name in answer.headers), "")


def _unknown_session(answer: Answer) -> bool:
    """401, or the code of a dead session under another status. 403 of a user without the right is neither."""
    if answer.status == 401:
        return True
    if answer.status not in (400, 403):
        return False
    return any(refusal.code in errors.AUTH_CODES for refusal in errors.refusals(error_body(answer)))


def is_page(answer: Answer) -> bool:
    """Whether this is a page for people, of a gateway or of maintenance, and not the API's own answer."""
    kind = answer.headers.get("Content-Type", "")
    starts = answer.body[:200].lstrip()
    return b"<errorCode>" not in answer.body[:1000] and ("html" in kind or starts[:1] == b"<")


def _outage(answer: Answer, fault: Fault) -> str:
    if refused := [entry for entry in errors.refusals(error_body(answer)) if entry.message]:
        return refused[0].message
    return f"Salesforce is not available: it answered {answer.status}."


def _status(said: Any) -> int:
    return said if isinstance(said, int) else 500
