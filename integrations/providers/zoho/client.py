"""One open connection to a Zoho organization: token, one renewal, and answers or errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import App, Throttled, Tokens, TokenSource, Unavailable
from integrations.providers.zoho import errors, places
from integrations.providers.zoho.reply import Reply, refusal_of
from mobly_sync.http import Failure, Session

# Access tokens live an hour; a call started with less than this is renewed first.
EXPIRES_SOON = timedelta(seconds=90)
# The most records a request may carry, by Zoho.
MOST_ROWS = 100
# The answers of a write that tell of each record.
TELLING = (200, 201, 202, 207, 400)


class Client:
    """Speaks to one organization. `calls` counts requests; not for use by several threads at once."""

    def __init__(self, session: Session, app: App, tokens: TokenSource) -> None:
        self.session = session
        self.app = app
        self.tokens = tokens
        self.calls = 0
        # Zoho tells what is left of the credits only after half of them are used; how many there are, never. That is
        # reckoned from the organization's edition; 0 where that says nothing.
        self.credits_left: int | None = None
        self.credits_allowed: int | None = None
        self.usage: tuple[int, int] | None = None
        self.rows = max(1, min(MOST_ROWS, app.rows_per_request))
        # Fields that turned out not to be unique: no key to upsert by.
        self.not_unique: set[str] = set()
        # Read once per connection, by whoever needs them.
        self.users: dict[str, str] | None = None
        self.campaigns: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] | None = None
        self._extra: Mapping[str, str] = {}

    def tell_usage(self) -> None:
        if self.credits_left is not None and self.credits_allowed:
            self.usage = max(0, self.credits_allowed - self.credits_left), self.credits_allowed

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Reply:
        return self.call("GET", path, params=params)

    def query(self, statement: str) -> Reply:
        return self.call("POST", "coql", json={"select_query": statement})

    def write(self, method: str, path: str, body: Any, *, key: str = "data") -> Reply:
        """Send records. An answer that tells of each record is no error, whatever its status."""
        return self.call(method, path, json=body, results=(key, len(body[key])))

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        results: tuple[str, int] | None = None,
    ) -> Reply:
        """Send one request and give back its success. `results`: it writes, and its answer tells of so many records.

        Raises `errors.Rejected` (a `Refused` with the answer), `AuthenticationFailed`, `Throttled`, `Unavailable`; the
        latter's fault is `ambiguous` only for a write.
        """
        tokens = self._fresh()
        write = results is not None
        reply = self._send(method, path, tokens, json, params, write)
        if reply.status == 401 and errors.code_of(refusal_of(reply.body)) != "OAUTH_SCOPE_MISMATCH":
            reply = self._send(method, path, self.tokens.renewed(tokens), json, params, write)
        if results and reply.status in TELLING and reply.results(*results):
            return reply
        if not reply.ok or (not reply.readable and reply.status != 204):
            raise errors.error_of(reply, write=write)
        return reply

    def record_url(self, module: str, record_id: str) -> str:
        """Where a person opens a record."""
        extra = self._extra or self.tokens.current().extra
        server = extra.get("accounts_server", "")
        org = f"/org{extra['zgid']}" if extra.get("zgid") else ""
        return f"{places.web_address(server)}/crm{org}/tab/{module}/{record_id}" if server else ""

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
        url = f"{tokens.api_url.rstrip('/')}/crm/{self.app.api_version}/{path}"
        # Zoho wants its own word here, although its token answers say “Bearer”.
        headers = {"Authorization": f"Zoho-oauthtoken {tokens.access_token}"}
        self.calls += 1
        try:
            reply = Reply.of(self.session.request(method, url, json=json, params=params, headers=headers))
        except Failure as failure:
            raise errors.failed(failure, write=write) from failure
        if reply.credits_left is not None:
            self.credits_left = reply.credits_left
            self.tell_usage()
        return reply
