"""Two people at the same rows: a save says which state of its row it was made from, and is refused from an older one.

A row's state is what stands in it, so that every way of changing a row counts, and doing the same thing twice (a double
click, the back button) harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from integrations.models import Constant, FieldMapping, QualifierMapping
from leads.models import User

Saved = FieldMapping | QualifierMapping | Constant


class MappingRefused(Exception):
    """The row was not saved; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ChangedMeanwhile(MappingRefused):
    """The row is no longer as it was shown."""


def state_of(row: Saved | None) -> str:
    """What a form carries to say which state of the row it shows; empty for an empty row."""
    if row is None:
        return ""
    if isinstance(row, Constant):
        return f"{'fallback' if row.fallback else 'constant'} {row.behaviour} {row.value}"
    return f"{row.behaviour} {row.remote_field}"


def differ(rows: Iterable[Saved], seen: Iterable[str]) -> bool:
    """Whether many rows together are other than as they were seen, in any order."""
    return sorted(map(state_of, rows)) != sorted(filter(None, seen))


def refuse_older(row: Saved | None, seen: str | None, *, by: User | None, holds: str) -> None:
    """Raise `ChangedMeanwhile` when `row` (locked) is not as `seen` says; None asks for no check.

    `holds` is what stands in the row now, in words: `it goes to “Work Email”, Overwrite`.
    """
    if seen is None or seen == state_of(row):
        return
    if row is None:
        raise ChangedMeanwhile("Cleared meanwhile by another admin, or in another window.")
    if row.updated_by is None:
        who = "another admin"
    elif by is not None and row.updated_by_id == by.pk:
        who = "you, in another window"
    else:
        who = str(row.updated_by)
    raise ChangedMeanwhile(f"Changed meanwhile by {who}: {holds}.")
