"""A lead as its page tells it: what is known and where each value came from, and what happened, newest first.

Pure: reads the objects it is given and asks no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from leads.fields import BY_KEY, MOBLY_FIELDS, Group, MoblyField
from leads.models import Capture, Engagement, Lead
from leads.provenance import CLEARED, NORMALISED


@dataclass(frozen=True, slots=True)
class Detail:
    """One value. `source` is the enrichment's name when it was found; `capture` is the meeting at which it was said,
    None when somebody corrected it on the lead's page. `normal` is its normal form: `e164`, or `iso` with `name`."""

    entry: MoblyField
    value: Any
    source: str = ""
    at: datetime | None = None
    capture: Capture | None = None
    normal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened: `kind` is capture, engagement or enrichment."""

    kind: str
    at: datetime
    capture: Capture | None = None
    engagement: Engagement | None = None
    found: list[Detail] = field(default_factory=list)


def details_of(lead: Lead, captures: Sequence[Capture], group: Group) -> list[Detail]:
    """Every known value of one group of fields. `captures` are the lead's, newest first."""
    return [_detail(lead, entry, captures) for entry in _fields(group) if entry.read(lead)]


def blank_in(lead: Lead, group: Group) -> list[MoblyField]:
    """The fields of one group about which nothing is known."""
    return [entry for entry in _fields(group) if not entry.read(lead)]


def _fields(group: Group) -> list[MoblyField]:
    return [entry for entry in MOBLY_FIELDS if entry.group is group and entry.editable]


def story_of(lead: Lead, captures: Iterable[Capture], engagements: Iterable[Engagement]) -> list[Entry]:
    entries = [Entry("capture", capture.captured_at, capture=capture) for capture in captures]
    entries += [Entry("engagement", engagement.happened_at, engagement=engagement) for engagement in engagements]
    entries += _enrichments(lead)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _detail(lead: Lead, entry: MoblyField, captures: Sequence[Capture]) -> Detail:
    value = entry.read(lead)
    mark = lead.provenance.get(entry.key)
    if mark:
        return Detail(entry, value, source=mark.get("source", ""), at=_moment(mark.get("at")))
    # The meeting at which it was first said like this; later ones only said it again.
    said = next((capture for capture in reversed(captures) if capture.said.get(entry.key) == value), None)
    normal = lead.provenance.get(NORMALISED, {}).get(entry.key, {})
    return Detail(entry, value, at=said.captured_at if said else None, capture=said, normal=normal)


def _enrichments(lead: Lead) -> list[Entry]:
    found = [
        Detail(BY_KEY[key], getattr(lead, key), source=mark.get("source", ""), at=_moment(mark.get("at")))
        for key, mark in lead.provenance.items()
        if key in BY_KEY and mark.get("source") != CLEARED
    ]
    dated = sorted((detail for detail in found if detail.at), key=_minute)
    return [Entry("enrichment", minute, found=list(group)) for minute, group in groupby(dated, key=_minute)]


def _minute(detail: Detail) -> datetime:
    return (detail.at or datetime.min.replace(tzinfo=UTC)).replace(second=0, microsecond=0)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
