"""One open connection to a Pipedrive company: its address, bearer, renewal, pace, and answers or errors."""

from __future__ import annotations

import json
import queue
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import App, ProviderError, Throttled, Tokens, TokenSource, Unavailable
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.dispatch import Ask, Dispatch, Outcome
from integrations.providers.pipedrive.memory import Memory, memory_of
from integrations.providers.pipedrive.pace import Pace
from integrations.providers.pipedrive.reply import DAILY, Reply
from mobly_sync.http import Failure, Session

# Access tokens live an hour; a call started with less than this is renewed first.
EXPIRES_SOON = timedelta(seconds=90)
V1 = "/api/v1"


class Client:
    """Speaks to one company. `calls` counts requests; for one thread, which may let several requests fly at once."""

    def __init__(self, session: Session, app: App, tokens: TokenSource) -> None:
        self.session = session
        self.app = app
        self.tokens = tokens
        self.at_once = max(1, app.rows_per_request)
        self.v2 = f"/api/{app.api_version}"
        self.pace = Pace(spare=self.at_once)
        self.calls = 0
        # In tokens, which is how Pipedrive counts a day.
        self.usage: tuple[int, int] | None = None
        # What a run reads once: activity types, users.
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self._memory: Memory | None = None
        self._held: Tokens | None = None
        self._sessions: queue.SimpleQueue[Session] = queue.SimpleQueue()
        self._sessions.put(session)

    @property
    def memory(self) -> Memory:
        if self._memory is None:
            self._memory = memory_of(self.fresh_tokens())
        return self._memory

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, gives: str = "record") -> Reply:
        return self.call(Ask("GET", path, params=params, gives=gives))

    def call(self, ask: Ask) -> Reply:
        """Send one request and give back its success.

        Raises `errors.Rejected` (a `Refused` with the answer), `AuthenticationFailed`, `Throttled`, `Unavailable`;
        the latter's fault is `ambiguous` only for a create.
        """
        (outcome,) = self.many([ask])
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    def many(self, asks: Sequence[Ask]) -> list[Outcome]:
        """Send them, some at once; a reply or an error for each, in their order."""
        return Dispatch(self, asks).run()

    def record_url(self, kind: str, record_id: Any) -> str:
        """Where a person opens a record."""
        page = {"persons": "person", "organizations": "organization"}.get(kind, kind)
        base = (self._held or self.fresh_tokens()).api_url.rstrip("/")
        return f"{base}/{page}/{record_id}" if base else ""

    # -- for Dispatch

    def fresh_tokens(self) -> Tokens:
        tokens = self.tokens.current()
        if tokens.expires_at is not None and tokens.expires_at - datetime.now(UTC) <= EXPIRES_SOON:
            try:
                tokens = self.tokens.renewed(tokens)
            except (Unavailable, Throttled):
                # The old one is good for some seconds more; if not, a 401 says so.
                if tokens.expires_at is None or tokens.expires_at <= datetime.now(UTC):
                    raise
        self._held = tokens
        return tokens

    def renew(self, rejected: Tokens) -> None:
        """After a 401. Others that flew with the same token find it renewed already."""
        if self._held is None or self._held.access_token == rejected.access_token:
            self._held = self.tokens.renewed(rejected)

    def counted(self, ask: Ask) -> None:
        self.calls += 1
        self.pace.sent(search=ask.search)

    def told(self, reply: Reply, ask: Ask) -> None:
        self.pace.told(reply, search=ask.search)
        allowed, left = reply.limits.get(f"{DAILY}limit"), reply.limits.get(f"{DAILY}remaining")
        if allowed is not None and left is not None:
            self.usage = (max(0, allowed - left), allowed)

    def send(self, ask: Ask, tokens: Tokens) -> Reply | Failure:
        """Runs in a thread, with a session of its own."""
        try:
            session = self._sessions.get_nowait()
        except queue.Empty:
            session = self.session.another()
        try:
            base = (tokens.api_url or self.app.api_url).rstrip("/")
            answer = session.request(
                ask.method, f"{base}{ask.path}", json=ask.json, params=ask.params, bearer=tokens.access_token
            )
        except Failure as failure:
            return failure
        finally:
            self._sessions.put(session)
        return errors.as_meant(Reply.of(answer))

    def outcome(self, ask: Ask, reply: Reply) -> Outcome:
        """What an answer means, once it is neither to be renewed nor to be slowed."""
        if reply.ok:
            return reply if _holds(reply, ask) else errors.incomplete(reply, creates=ask.creates)
        error = errors.error_of(reply, creates=ask.creates)
        if isinstance(error, Unavailable) and error.fault.code == errors.UNKNOWN and ask.writes:
            body = json.dumps([ask.method, ask.path, ask.json], sort_keys=True)
            return errors.stuck(error) if self.memory.failed(body) else error
        return error


def _holds(reply: Reply, ask: Ask) -> bool:
    if ask.gives == "record":
        return bool(reply.record) and ("id" in reply.record or not ask.writes)
    if ask.gives == "list":
        # v1 says null for an empty list.
        found = reply.data.get("items") if isinstance(reply.data, dict) else reply.data
        return isinstance(found, list) or (ask.path.startswith(V1) and "data" in reply.body and reply.data is None)
    return "data" in reply.body
