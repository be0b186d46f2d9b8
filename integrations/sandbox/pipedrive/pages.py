"""Pages of v2, by cursor, and of v1, by start."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from ..store import Record
from .calls import Call
from .refusals import invalid

SORTS = ("id", "add_time", "update_time")


def cursor_of(place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()


def place_of(cursor: str) -> Any:
    """What `cursor_of` put into the cursor. Raises `Refusal` 400 for one of somebody else."""
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError) as broken:
        raise invalid(["cursor: Invalid cursor"]) from broken


def page_of(rows: Sequence[Record], call: Call, key: Callable[[Record], Any]) -> tuple[list[Record], str | None]:
    """A page of a short list, and the cursor of the next."""
    after = place_of(call.args["cursor"]) if call.args.get("cursor") else None
    places = [key(row) for row in rows]
    if after is not None and after not in places:
        raise invalid(["cursor: Invalid cursor"])
    start = places.index(after) + 1 if after is not None else 0
    page = list(rows[start : start + call.limit()])
    more = start + len(page) < len(rows)
    return page, cursor_of(key(page[-1])) if more else None


def sorted_page(rows: list[Record], call: Call, matches: Callable[[Record], bool]) -> tuple[list[Record], str | None]:
    """A page of records that match, in the order the query asks for. `rows` come in the order of their ids."""
    name = call.args.get("sort_by") or "id"
    down = call.args.get("sort_direction", "asc") == "desc"
    if name not in SORTS:
        raise invalid([f"sort_by: Expected one of {', '.join(SORTS)}, received '{name}'"])
    if name != "id" or down:
        rows = sorted(rows, key=lambda row: (row[name], row["id"]), reverse=down)
    start = 0
    if call.args.get("cursor"):
        start = _start_after(rows, place_of(call.args["cursor"]), name, down)
    found = list(islice(filter(matches, islice(rows, start, None)), call.limit() + 1))
    page = found[: call.limit()]
    more = len(found) > len(page)
    return page, cursor_of([page[-1][name], page[-1]["id"]]) if more else None


def _start_after(rows: list[Record], place: Any, name: str, down: bool) -> int:
    if not isinstance(place, list) or len(place) != 2 or not isinstance(place[1], int):
        raise invalid(["cursor: Invalid cursor"])
    try:
        if name == "id" and not down:
            return bisect_right(rows, place[1], key=lambda row: row["id"])
        return sum((row[name], row["id"]) >= tuple(place) if down else (row[name], row["id"]) <= tuple(place)
                   for row in rows)  # fmt: skip
    except TypeError as strange:
        raise invalid(["cursor: Invalid cursor"]) from strange


def v1_page(rows: Iterable[Record], call: Call) -> tuple[list[Record], Record]:
    """A page by `start` and `limit`, and its `pagination`."""
    start, limit = call.start(), call.limit()
    found = list(islice(rows, start, start + limit + 1))
    more = len(found) > limit
    paging = {"start": start, "limit": limit, "more_items_in_collection": more}
    return found[:limit], paging | ({"next_start": start + limit} if more else {})
