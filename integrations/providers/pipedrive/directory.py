"""Finding records by their keys, and reading them by their ids.

Two ways to find. The account's index, made from lists and brought up to date by what changed: to make it, as many pages
are listed as there are keys to find, so a small account is known at once and a large one after some batches. Until then
one exact search a key, and beside it the list of what changed in the last minutes, because the search index may be
behind the writes. Both see what was written a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import ProviderError
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.dispatch import Ask
from integrations.providers.pipedrive.index import PAGE, Index, Key, keys_of, stamp
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.run import Record, Run

IDS = 100
# A search index is seconds behind; whatever is older than this stands in it. After a lost answer we look further back.
BEHIND, BEHIND_IN_DOUBT = timedelta(minutes=2), timedelta(minutes=15)
PAGES_BEHIND = 20


@dataclass(slots=True)
class Found:
    """The ids for each key, lowest first, or why it could not be asked. `sure`: what was written a moment ago was
    seen too.
    """

    ids: dict[Key, list[int]] = field(default_factory=dict)
    failed: dict[Key, ProviderError] = field(default_factory=dict)
    sure: bool = True


def find(
    run: Run,
    kind: str,
    keys: Iterable[Key],
    *,
    own_field: str = "",
    worth: Callable[[Key], bool] = lambda key: True,
) -> Found:
    """The records with these keys. Those that are not `worth` a search are looked for only in the index.

    Raises `ProviderError` when nothing could be asked.
    """
    wanted = list(dict.fromkeys(key for key in keys if key[1]))
    if not wanted:
        return Found()
    memory = run.client.memory
    with memory.lock:
        index = memory.index(kind, own_field)
        index.bring_up(lambda params: _list(run, kind, own_field, params), pages=len(wanted))
        if index.complete:
            return Found({key: index.ids(key) for key in wanted})
    return _searched(run, kind, [key for key in wanted if worth(key)], index)


def _list(run: Run, kind: str, own_field: str, params: Mapping[str, Any]) -> Reply:
    only = {"custom_fields": own_field} if own_field else {}
    return run.one(Ask("GET", f"{run.v2}/{kind}", params={"limit": PAGE, **only, **params}, gives="list"))


def _searched(run: Run, kind: str, keys: Sequence[Key], index: Index) -> Found:
    behind = BEHIND_IN_DOUBT if any(work.delivery.in_doubt for work in run.works) else BEHIND
    since = {"updated_since": stamp(datetime.now(UTC) - behind), "limit": PAGE}
    recent = Ask("GET", f"{run.v2}/{kind}", params=since, gives="list")
    first, *outcomes = run.all([recent, *(_search(run, kind, key, index.own_field) for key in keys)])
    if isinstance(first, ProviderError):
        raise first
    found = Found()
    found.sure = _learn_recent(run, kind, index, first, since)
    for key, outcome in zip(keys, outcomes, strict=True):
        if isinstance(outcome, ProviderError):
            found.failed[key] = outcome
            continue
        hits = {row["id"] for row in outcome.rows if isinstance(row.get("id"), int) and _is(kind, key, row)}
        found.ids[key] = sorted(hits | set(index.ids(key)))
    return found


def _learn_recent(run: Run, kind: str, index: Index, reply: Reply, params: Mapping[str, Any]) -> bool:
    for _ in range(PAGES_BEHIND):
        index.learn(reply.rows)
        if not reply.next_cursor:
            return True
        path = f"{run.v2}/{kind}"
        reply = run.one(Ask("GET", path, params={**params, "cursor": reply.next_cursor}, gives="list"))
    return False


def _search(run: Run, kind: str, key: Key, own_field: str) -> Ask:
    what, term = key
    if what == "own":
        params = {"term": term, "entity_type": "person", "field": own_field, "match": "exact"}
        return Ask("GET", f"{run.v2}/itemSearch/field", params=params, search=True, gives="list")
    params = {"term": term, "fields": what, "exact_match": "true"}
    return Ask("GET", f"{run.v2}/{kind}/search", params=params, search=True, gives="list")


def _is(kind: str, key: Key, row: Mapping[str, Any]) -> bool:
    """Compared again: near hits come back ranked. A hit by own id shows only its name."""
    return key[0] == "own" or key in keys_of(kind, "", row)


def read(run: Run, kind: str, ids: Iterable[Any]) -> tuple[dict[str, Record], dict[str, ProviderError]]:
    """The records by id as they are in the store, a hundred a call; and those that could not be asked.

    Whoever is in neither is deleted, or hidden from the connected user. Raises `ProviderError` when nothing was
    written yet and the connection failed.
    """
    wanted = list(dict.fromkeys(str(one) for one in ids if str(one).isdigit()))
    chunks = [wanted[start : start + IDS] for start in range(0, len(wanted), IDS)]
    asks = [Ask("GET", f"{run.v2}/{kind}", params={"ids": ",".join(c), "limit": IDS}, gives="list") for c in chunks]
    records: dict[str, Record] = {}
    failed: dict[str, ProviderError] = {}
    for chunk, outcome in zip(chunks, run.all(asks), strict=True):
        if isinstance(outcome, ProviderError):
            failed |= dict.fromkeys(chunk, outcome)
        else:
            rows = (row for row in outcome.rows if row.get("id") is not None and not row.get("is_deleted"))
            records |= {str(row["id"]): row for row in rows}
    return records, failed


def read_one(run: Run, kind: str, record_id: str) -> Record | None:
    """One record, None when it is gone. Raises `ProviderError`."""
    try:
        record = run.one(Ask("GET", f"{run.v2}/{kind}/{record_id}", gives="record")).record
    except errors.Rejected as rejected:
        if rejected.gone:
            return None
        raise
    return None if record.get("is_deleted") else record
