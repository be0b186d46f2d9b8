"""What a worker process remembers of the accounts it works for: their fields, who is there, bodies that always fail.

Kept per authorisation, because what an account shows depends on the user who gave it. Bounded in number and age; losing
it costs some calls, never a lead.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from integrations.contract import Tokens
from integrations.providers.pipedrive.index import Index

ACCOUNTS = 8
FIELDS_AGE = 3600.0
# Seconds; the index lists only what changed, so now and then it is made anew.
INDEX_AGE = 6 * 3600.0
# So often the same body may end in Pipedrive's own error before we take it for the body's.
FAILURES = 5
BODIES = 1000


class Memory:
    """One authorisation's. `lock` is held while an index is brought up to date."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._fields: dict[str, tuple[float, dict[str, dict[str, Any]]]] = {}
        self._indexes: dict[tuple[str, str], Index] = {}
        self._failures: OrderedDict[str, int] = OrderedDict()

    def fields(self, kind: str) -> dict[str, dict[str, Any]] | None:
        """The definitions by our field name; None when they are not known or too old."""
        read_at, found = self._fields.get(kind, (0.0, {}))
        return found if found and time.monotonic() - read_at < FIELDS_AGE else None

    def keep_fields(self, kind: str, found: dict[str, dict[str, Any]]) -> None:
        self._fields[kind] = (time.monotonic(), found)

    def forget_fields(self, kind: str) -> None:
        self._fields.pop(kind, None)

    def index(self, kind: str, own_field: str = "") -> Index:
        """The index of one object; another one for each field our own id may be mapped to."""
        with self.lock:
            found = self._indexes.get((kind, own_field))
            if found is None or found.age > INDEX_AGE:
                for key in [key for key in self._indexes if key[0] == kind]:
                    del self._indexes[key]
                found = self._indexes[kind, own_field] = Index(kind, own_field)
            return found

    def learn(self, kind: str, record: Mapping[str, Any]) -> None:
        """What we wrote ourselves is known at once."""
        with self.lock:
            for (known, _), index in self._indexes.items():
                if known == kind:
                    index.learn([record])

    def failed(self, body: str) -> bool:
        """Note one more failure of this body; True when it has failed too often to be an outage."""
        key = hashlib.sha256(body.encode()).hexdigest()
        with self.lock:
            self._failures[key] = self._failures.pop(key, 0) + 1
            while len(self._failures) > BODIES:
                self._failures.popitem(last=False)
            return self._failures[key] >= FAILURES


_lock = threading.Lock()
_memories: OrderedDict[str, Memory] = OrderedDict()


def memory_of(tokens: Tokens) -> Memory:
    """What this process knows of the account these tokens belong to."""
    secret = f"{tokens.api_url} {tokens.refresh_token or tokens.access_token}"
    key = hashlib.sha256(secret.encode()).hexdigest()
    with _lock:
        memory = _memories.pop(key, None) or Memory()
        _memories[key] = memory
        while len(_memories) > ACCOUNTS:
            _memories.popitem(last=False)
        return memory
