"""Whether each row can become a lead, what keeps it from that, and which rows are the same person. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from leads.identity import CaptureRefused, Identity, cleaned, faults, identity_of
from leads.uploads.matching import Columns, person_of

# The key of a problem that is the row's as a whole, not a column's.
WHOLE = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """`problems`: column position as text, or `WHOLE` -> sentence. `identity` is None when there are problems."""

    problems: Mapping[str, str] = field(default_factory=dict)
    identity: Identity | None = None


def check_row(cells: Sequence[str], columns: Columns, width: int) -> Checked:
    """`width` is how many columns the header has."""
    problems: dict[str, str] = {}
    surplus = [cell for cell in cells[width:] if cell.strip()]
    if surplus:
        problems[WHOLE] = (
            f"The row has {len(cells)} values for {width} columns. A comma within a value may lack its quotation marks."
        )
    try:
        values = cleaned(person_of(cells, columns))
    except CaptureRefused as refused:
        return Checked({**problems, WHOLE: refused.sentence})
    at = {key: str(position) for position, key in columns.items()}
    problems |= {at.get(key, WHOLE): sentence for key, sentence in faults(values).items() if key or not problems}
    return Checked(problems) if problems else Checked(identity=identity_of(values))


def people(identities: Iterable[Identity], is_known: Callable[[Identity], bool]) -> tuple[int, int]:
    """How many of them are leads already, and how many stand before them in the file; the rest are new."""
    seen: set[str] = set()
    known = repeated = 0
    for identity in identities:
        key = identity.email or identity.name
        if key and key in seen:
            repeated += 1
        elif is_known(identity):
            known += 1
        seen.add(key)
    return known, repeated


def meeting_key(event_id: int | None, cells: Sequence[str], columns: Columns) -> str:
    """Names the meeting of a row: the same values for the same event are the same meeting, in whatever file they
    come."""
    said = cleaned(person_of(cells, columns))
    told = json.dumps([event_id, sorted(said.items())], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()
