"""Two people at the same rows: a save says which state of its row it was made from, and is refused from an older one.

A row's state is what stands in it, so that every way of changing a row counts, and doing the same thing twice (a double
click, the back button) harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from integrations.models import CampaignMapping, Constant, FieldMapping, QualifierMapping
from leads.models import Change, User

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


def state_of_value(remote_field: str, remote_value: str) -> str:
    """The same of a qualifier's value: the option it goes to, which only means something in its field."""
    return f"{remote_field} {remote_value}"


def state_of_campaign(mapping: CampaignMapping) -> str:
    """The same of a campaign: what an admin decides of it. One query."""
    events = ",".join(map(str, sorted(mapping.events.values_list("pk", flat=True))))
    by_value = ",".join(f"{value}={said}" for value, said in sorted(mapping.status_by_value.items()))
    return f"{events} {mapping.scan_threshold} {mapping.status} {mapping.status_qualifier_id or ''} {by_value}"


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
    raise ChangedMeanwhile(f"Changed meanwhile by {_who(row.updated_by, by)}: {holds}.")


def refuse_older_state(now: str, seen: str | None, *, last: Change | None, by: User, holds: str) -> None:
    """The same for what does not know who changed it; `last` is the last change that was written down of it."""
    if seen is not None and seen != now:
        raise ChangedMeanwhile(f"Changed meanwhile by {_who(last.actor if last else None, by)}: {holds}.")


def _who(changed_by: User | None, by: User | None) -> str:
    if changed_by is None:
        return "another admin"
    return "you, in another window" if by is not None and changed_by.pk == by.pk else str(changed_by)
