"""One open connection to a HubSpot account: bearer, one renewal, the pace of searches, and answers or errors."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import App, Throttled, Tokens, TokenSource, Unavailable
from integrations.providers.hubspot import errors
from integrations.providers.hubspot.paths import Paths
from integrations.providers.hubspot.reply import Reply
from mobly_sync.http import Failure, Session

# Access tokens live 30 minutes; a call started with less than this is renewed first.
EXPIRES_SOON = timedelta(seconds=90)
SEARCHES = 5
# The account's limit counts a second; the margin is for clocks.
SEARCH_WINDOW = 1.05


class Client:
    """Speaks to one account. `calls` counts requests as HubSpot does; not for use by several threads at once."""

    def __init__(self, session: Session, app: App, tokens: TokenSource) -> None:
        self.session = session
        self.app = app
        self.tokens = tokens
        self.paths = Paths(app.api_version)
        self.calls = 0
        self.daily_left: int | None = None
        # OAuth apps are told no daily pair; private apps are.
        self.usage: tuple[int, int] | None = None
        # Search lags behind writes: what this client created is remembered by CompanyKeys.identity.
        self.companies: dict[str, str] = {}
        # Marketing events, and whether they were cancelled; asked once per connection.
        self.cancelled: dict[str, bool] = {}
        # Contact properties that turned out not to be unique: no key to look by.
        self.not_unique: set[str] = set()
        # What the tokens in use say of the account: portal, addresses, zone.
        self._extra: Mapping[str, str] = {}
        self._searches: deque[float] = deque(maxlen=SEARCHES)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Reply:
        return self.call("GET", path, params=params)

    def read(self, path: str, body: Any) -> Reply:
        """A POST that changes nothing."""
        return self.call("POST", path, json=body)

    def search(self, path: str, body: Any) -> Reply:
        """A read of the search index, at no more than five a second."""
        if len(self._searches) == SEARCHES:
            wait = self._searches[0] + SEARCH_WINDOW - time.monotonic()
            if wait > 0:
                time.sleep(wait)
        try:
            return self.call("POST", path, json=body)
        finally:
            # Counted from the answer: HubSpot counts from the arrival, which was before, however slow the line is.
            self._searches.append(time.monotonic())

    def write(self, method: str, path: str, body: Any) -> Reply:
        return self.call(method, path, json=body, write=True)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        write: bool = False,
    ) -> Reply:
        """Send one request and give back its success.

        Raises `errors.Rejected` (a `Refused` with the answer), `AuthenticationFailed`, `Throttled`, `Unavailable`;
        the latter's fault is `ambiguous` only for a write.
        """
        tokens = self._fresh()
        reply = self._send(method, path, tokens, json, params, write)
        if reply.status == 401:
            reply = self._send(method, path, self.tokens.renewed(tokens), json, params, write)
        if not reply.ok or (not reply.readable and reply.status != 204):
            raise errors.error_of(reply, write=write, utc_offset=self.utc_offset)
        return reply

    @property
    def utc_offset(self) -> timedelta | None:
        said = self._extra.get("utc_offset_ms", "")
        return timedelta(milliseconds=int(said)) if said.lstrip("-").isdigit() else None

    def record_url(self, type_id: str, record_id: str, said: Any = None) -> str:
        """Where a person opens a record: the address HubSpot gave with it, else one made of what the account told."""
        if isinstance(said, str) and said.startswith(("https://", "http://")):
            return said
        base, portal = self._extra.get("ui_url") or self.app.login_url, self._extra.get("portal_id", "")
        return f"{base.rstrip('/')}/contacts/{portal}/record/{type_id}/{record_id}" if base and portal else ""

    def _fresh(self) -> Tokens:
        tokens = self.tokens.current()
        self._extra = tokens.extra
        if tokens.expires_at is None or tokens.expires_at - datetime.now(UTC) > EXPIRES_SOON:
            return tokens
        try:
            return self.tokens.renewed(tokens)
        except (Unavailable, Throttled):
            # The old one is good for some seconds more; if not, a 401 says so.
            if tokens.expires_at > datetime.now(UTC):
                return tokens
            raise

    def _send(
        self, method: str, path: str, tokens: Tokens, json: Any, params: Mapping[str, Any] | None, write: bool
    ) -> Reply:
        base = (tokens.api_url or self.app.api_url).rstrip("/")
        self.calls += 1
        try:
            answer = self.session.request(method, f"{base}{path}", json=json, params=params, bearer=tokens.access_token)
        except Failure as failure:
            raise errors.failed(failure, write=write) from failure
        reply = Reply.of(answer)
        left, allowed = reply.limits.get("daily-remaining", ""), reply.limits.get("daily", "")
        if left.isdigit():
            self.daily_left = int(left)
        if left.isdigit() and allowed.isdigit():
            self.usage = (int(allowed) - int(left), int(allowed))
        return reply
