"""Records of one vendor account: a working copy in memory, the truth in SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Reader = Callable[[Record], Any]

TABLES = """
CREATE TABLE IF NOT EXISTS records (
    object TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (object, id)
);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


def folded(value: Any) -> str:
    """How vendors compare keys: as text, without regard to case."""
    return str(value).casefold()


class Changes:
    """What one transaction did, per object. Objects whose name begins with `_` (tokens and such) are not counted."""

    def __init__(self) -> None:
        self.created: Counter[str] = Counter()
        self.updated: Counter[str] = Counter()
        self.removed: Counter[str] = Counter()

    @property
    def any(self) -> bool:
        return bool(self.created or self.updated or self.removed)

    def _count(self, counter: Counter[str], object_name: str) -> None:
        if not object_name.startswith("_"):
            counter[object_name] += 1

    def _count_back(self, counter: Counter[str], object_name: str) -> None:
        if not object_name.startswith("_"):
            counter[object_name] -= 1
            if counter[object_name] <= 0:
                del counter[object_name]


class Index:
    """One key of one object: folded value -> ids."""

    def __init__(self, read: Reader) -> None:
        self.read = read
        self.ids: dict[str, dict[str, None]] = {}

    def _keys(self, record: Record | None) -> list[str]:
        value = None if record is None else self.read(record)
        if value is None or value == "":
            return []
        return [folded(one) for one in value] if isinstance(value, (list, tuple, set)) else [folded(value)]

    def move(self, record_id: str, before: Record | None, after: Record | None) -> None:
        """Follow a record from one state to the next; None is "not there"."""
        old, new = self._keys(before), self._keys(after)
        if old == new:
            return
        for key in old:
            ids = self.ids.get(key, {})
            ids.pop(record_id, None)
            if not ids:
                self.ids.pop(key, None)
        for key in new:
            self.ids.setdefault(key, {})[record_id] = None


class Store:
    """JSON records by object and id, with indexes, undo, and named facts (counters, settings).

    `path` is the SQLite file, or None for memory only. A record handed out is shared: never change it in place,
    `put` a new one. `lock` is the one lock of the vendor; `transaction` holds it from the first read to the commit.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.lock = threading.RLock()
        self._records: dict[str, dict[str, Record]] = {}
        self._indexes: dict[str, dict[str, Index]] = {}
        self._facts: dict[str, Any] = {}
        self._seq: dict[tuple[str, str], int] = {}
        self._next_seq = 1
        self._depth = 0
        self._undo: list[tuple[str, str, Record | None]] = []
        self._dirty_facts: set[str] = set()
        self._changes = Changes()
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path) if path is not None else ":memory:", check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(TABLES)
        self._load()

    def _load(self) -> None:
        for object_name, record_id, seq, body in self._db.execute(
            "SELECT object, id, seq, body FROM records ORDER BY seq"
        ):
            self._records.setdefault(object_name, {})[record_id] = json.loads(body)
            self._seq[object_name, record_id] = seq
            self._next_seq = seq + 1
        self._facts = {name: json.loads(body) for name, body in self._db.execute("SELECT name, body FROM facts")}

    # Reading

    def get(self, object_name: str, record_id: str) -> Record | None:
        """The record with exactly this id, or None."""
        return self._records.get(object_name, {}).get(record_id)

    def all(self, object_name: str) -> list[Record]:
        """Every record of the object, oldest first."""
        with self.lock:
            return list(self._records.get(object_name, {}).values())

    def find(self, object_name: str, key: str, value: Any) -> list[Record]:
        """The records whose indexed `key` equals the value (case aside), oldest first. The key must be indexed."""
        with self.lock:
            records = self._records.get(object_name, {})
            ids = self._indexes[object_name][key].ids.get(folded(value), ())
            return [records[i] for i in sorted(ids, key=lambda i: self._seq[object_name, i])]

    def count(self, object_name: str) -> int:
        return len(self._records.get(object_name, {}))

    def indexed(self, object_name: str, key: str) -> bool:
        return key in self._indexes.get(object_name, {})

    def objects(self) -> list[str]:
        """Names of the objects that hold records, internal ones aside."""
        return sorted(name for name, records in self._records.items() if records and not name.startswith("_"))

    # Writing

    def index(self, object_name: str, key: str, read: Reader | None = None) -> None:
        """Keep an index under `key`; `read` takes the value or list of values from a record, default `record[key]`."""
        with self.lock:
            index = Index(read or (lambda record: record.get(key)))
            for record_id, record in self._records.get(object_name, {}).items():
                index.move(record_id, None, record)
            self._indexes.setdefault(object_name, {})[key] = index

    def put(self, object_name: str, record_id: str, record: Record) -> None:
        """Create or replace one record."""
        with self.transaction() as changes:
            previous = self._place(object_name, record_id, record)
            self._undo.append((object_name, record_id, previous))
            changes._count(changes.updated if previous is not None else changes.created, object_name)

    def remove(self, object_name: str, record_id: str) -> None:
        """Take one record away; nothing happens when it is not there."""
        with self.transaction() as changes:
            previous = self._place(object_name, record_id, None)
            if previous is not None:
                self._undo.append((object_name, record_id, previous))
                changes._count(changes.removed, object_name)

    def _place(self, object_name: str, record_id: str, record: Record | None) -> Record | None:
        records = self._records.setdefault(object_name, {})
        previous = records.get(record_id)
        for index in self._indexes.get(object_name, {}).values():
            index.move(record_id, previous, record)
        if record is None:
            records.pop(record_id, None)
        else:
            records[record_id] = record
            if previous is None:
                self._seq[object_name, record_id] = self._next_seq
                self._next_seq += 1
        return previous

    @contextmanager
    def transaction(self) -> Iterator[Changes]:
        """Hold the lock, then commit all at once; an exception takes everything back. May be nested."""
        with self.lock:
            self._depth += 1
            try:
                yield self._changes
            except BaseException:
                if self._depth == 1:
                    self.rollback_to(0)
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._commit()

    def savepoint(self) -> int:
        """A mark inside a transaction, for `rollback_to`."""
        return len(self._undo)

    def rollback_to(self, mark: int) -> None:
        """Take back every change to records since the mark. Facts (counters) stay."""
        while len(self._undo) > mark:
            object_name, record_id, previous = self._undo.pop()
            current = self.get(object_name, record_id)
            self._place(object_name, record_id, previous)
            changed = self._changes
            if previous is None:
                changed._count_back(changed.created, object_name)
            elif current is None:
                changed._count_back(changed.removed, object_name)
            else:
                changed._count_back(changed.updated, object_name)

    def _commit(self) -> None:
        touched = {(object_name, record_id) for object_name, record_id, _ in self._undo}
        self._undo.clear()
        self._changes = Changes()
        if not touched and not self._dirty_facts:
            return
        rows, gone = [], []
        for key in touched:
            record = self.get(*key)
            if record is None:
                gone.append(key)
                self._seq.pop(key, None)
            else:
                rows.append((*key, self._seq[key], json.dumps(record, separators=(",", ":"))))
        facts = [(name, json.dumps(self._facts[name])) for name in self._dirty_facts if name in self._facts]
        lost = [(name,) for name in self._dirty_facts if name not in self._facts]
        self._dirty_facts = set()
        with self._db:
            self._db.executemany(
                "INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", rows
            )
            self._db.executemany("DELETE FROM records WHERE object = ? AND id = ?", gone)
            self._db.executemany(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", facts
            )
            self._db.executemany("DELETE FROM facts WHERE name = ?", lost)

    # Named facts

    def fact(self, name: str, default: Any = None) -> Any:
        """A small named JSON value: a counter, the fault switches, the schema."""
        return self._facts.get(name, default)

    def set_fact(self, name: str, value: Any) -> None:
        with self.transaction():
            self._facts[name] = value
            self._dirty_facts.add(name)

    def next_number(self, name: str) -> int:
        """1, 2, 3 ... under this name; never given twice, not even after a rollback or a restart."""
        with self.transaction():
            number = int(self._facts.get(name, 0)) + 1
            self.set_fact(name, number)
            return number

    def clear(self, *, keep: Iterable[str] = (), keep_facts: Iterable[str] = ()) -> None:
        """Forget all records but those of the objects in `keep`, and all facts but `keep_facts`."""
        with self.transaction():
            for object_name in [name for name in self._records if name not in set(keep)]:
                for record_id in list(self._records[object_name]):
                    self.remove(object_name, record_id)
            for name in [name for name in self._facts if name not in set(keep_facts)]:
                del self._facts[name]
                self._dirty_facts.add(name)

    def close(self) -> None:
        with self.lock:
            self._db.close()
