"""The search index lags behind the store by some seconds."""

from collections.abc import Iterable

from .store import Record


class Lag:
    """What the search index still shows of records written a moment ago: their state before, or nothing."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], list[tuple[float, Record | None]]] = {}

    def note(self, kind_name: str, record_id: str, before: Record | None, visible_at: float) -> None:
        """A write that search shows from `visible_at` on."""
        self._before.setdefault((kind_name, record_id), []).append((visible_at, before))

    def seen(self, kind_name: str, rows: Iterable[Record], now: float) -> list[Record]:
        """The records as search shows them now."""
        pending = self.pending(kind_name, now)
        if not pending:
            return list(rows)
        shown = [pending.pop(str(row["id"]), row) for row in rows]
        return [row for row in [*shown, *pending.values()] if row is not None]

    def pending(self, kind_name: str, now: float) -> dict[str, Record | None]:
        """By id: the state that search still shows of a record, None where it shows nothing yet."""
        found: dict[str, Record | None] = {}
        for key in [key for key in self._before if key[0] == kind_name]:
            waiting = [entry for entry in self._before[key] if entry[0] > now]
            if waiting:
                self._before[key] = waiting
                found[key[1]] = waiting[0][1]
            else:
                del self._before[key]
        return found
