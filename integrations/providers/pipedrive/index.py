"""Who is there: an index of an account's e-mails, own ids or names, made from its lists.

Search costs 20 tokens a value and is limited to ten in two seconds; a page of 500 records costs 10 and is not behind
the writes as the search index may be. The index is kept fresh by what changed since. It may still be wrong (a deleted
record, an e-mail that was taken away), so whoever finds an id here reads the record before believing it.

Keys are kept as short hashes: nobody's address book stands in our memory.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.providers.pipedrive.reply import Reply

PAGE = 500
# More keys than this are too many to keep; the account is searched instead.
MOST = 400_000
# What changed is read again this far back: long enough for a write under way, short enough for one page in a backfill.
OVERLAP = timedelta(seconds=10)
# More pages than this have changed: making the index anew is as cheap.
PAGES_OF_CHANGES = 40

# (what, value): ("email", ...), ("own", ...), ("name", ...), as `email_key` and its sisters make them.
Key = tuple[str, str]
List = Callable[[Mapping[str, Any]], Reply]


def email_key(said: Any) -> Key:
    return "email", str(said or "").strip().lower()


def own_key(said: Any) -> Key:
    return "own", str(said or "").strip()


def name_key(said: Any) -> Key:
    return "name", " ".join(str(said or "").split()).casefold()


def keys_of(kind: str, own_field: str, record: Mapping[str, Any]) -> set[Key]:
    """What a record can be found by."""
    if kind == "organizations":
        found = {name_key(record.get("name"))}
    else:
        found = {email_key(email) for email in emails_of(record)}
        custom = record.get("custom_fields")
        if own_field and isinstance(custom, dict):
            found.add(own_key(custom.get(own_field)))
    return {key for key in found if key[1]}


def emails_of(record: Mapping[str, Any]) -> list[str]:
    """The e-mails of a person, lower-cased, from a record or from a search hit."""
    rows = record.get("emails")
    values = [row.get("value") if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else []
    return [str(value).strip().lower() for value in values if value]


class Index:
    """One account's persons or organizations. Guarded by the lock of its `Memory`."""

    def __init__(self, kind: str, own_field: str = "") -> None:
        self.kind, self.own_field = kind, own_field
        self.complete = False
        self.too_large = False
        self._born = time.monotonic()
        self._cursor = ""
        self._since: datetime | None = None
        self._ids: dict[int, int | tuple[int, ...]] = {}

    @property
    def age(self) -> float:
        return time.monotonic() - self._born

    def ids(self, key: Key) -> list[int]:
        """The records that had this key when they were last seen, lowest id first."""
        found = self._ids.get(_hashed(key), ())
        return [found] if isinstance(found, int) else sorted(found)

    def learn(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            number = record.get("id")
            if isinstance(number, int) and not record.get("is_deleted"):
                for key in keys_of(self.kind, self.own_field, record):
                    self._put(_hashed(key), number)

    def bring_up(self, ask: List, pages: int) -> None:
        """List what is not known yet, at most so many pages of it; then what changed. Raises `ProviderError`."""
        if self.too_large:
            return
        listed = 0
        while not self.complete and listed < pages:
            listed += 1
            self._list(ask)
        if self.complete and not (listed == 1 and not self._cursor):
            self._catch_up(ask)
        self._cursor = "" if self.complete else self._cursor
        if len(self._ids) > MOST:
            self._ids.clear()
            self.complete, self.too_large = False, True

    def _list(self, ask: List) -> None:
        params: dict[str, Any] = {"sort_by": "id", "sort_direction": "asc"}
        began = self._cursor == ""
        reply = ask({**params, "cursor": self._cursor} if self._cursor else params)
        if began:
            self._since = _moment_of(reply)
        self.learn(reply.rows)
        self.complete = not reply.next_cursor
        self._cursor = reply.next_cursor or self._cursor

    def _catch_up(self, ask: List) -> None:
        since, upto, cursor = self._since or datetime.now(UTC) - timedelta(hours=1), None, ""
        for _ in range(PAGES_OF_CHANGES):
            params: dict[str, Any] = {"updated_since": stamp(since)}
            reply = ask({**params, "cursor": cursor} if cursor else params)
            upto = upto or _moment_of(reply)
            self.learn(reply.rows)
            cursor = reply.next_cursor
            if not cursor:
                self._since = upto
                return
        self._ids.clear()
        self.complete, self._cursor = False, ""

    def _put(self, key: int, number: int) -> None:
        known = self._ids.get(key)
        if known is None:
            self._ids[key] = number
        elif isinstance(known, int):
            self._ids[key] = known if known == number else (known, number)
        elif number not in known:
            self._ids[key] = (*known, number)


def stamp(moment: datetime) -> str:
    """RFC 3339 in whole seconds: Pipedrive refuses milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment_of(reply: Reply) -> datetime:
    """From when on to ask the next time, by Pipedrive's own clock."""
    return (reply.date or datetime.now(UTC) - timedelta(minutes=5)) - OVERLAP


def _hashed(key: Key) -> int:
    return int.from_bytes(hashlib.blake2b("\0".join(key).encode(), digest_size=8).digest(), "big")
