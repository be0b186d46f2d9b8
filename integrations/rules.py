"""What planning works on, as plain values: an integration's configuration, a lead, and what stands at the vendor.

Imports no Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.contract import (
    EngagementKind,
    EngagementWrite,
    FurtherObject,
    RemoteObject,
    RemoteRef,
    Role,
    WriteBehaviour,
)

QUALIFIER_PREFIX = "qualifier:"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One mapped Mobly field: where its value goes and how."""

    object: str
    mobly_field: str
    label: str
    remote_field: str
    behaviour: WriteBehaviour = WriteBehaviour.OVERWRITE


@dataclass(frozen=True, slots=True)
class QualifierRule:
    """One mapped qualifier. `picklist` tells whether its answers are values (mapped one by one by `options`, value id
    -> remote option) or free text. `takes_options` is False for a remote text field: the labels themselves are sent.
    """

    object: str
    qualifier_id: int
    name: str
    remote_field: str
    picklist: bool = True
    options: Mapping[int, str] = field(default_factory=dict)
    behaviour: WriteBehaviour = WriteBehaviour.OVERWRITE


@dataclass(frozen=True, slots=True)
class ConstantRule:
    """A value that stands in the setup. A `fallback` goes only into new records, for leads that have no value there."""

    object: str
    remote_field: str
    value: str
    fallback: bool = False
    behaviour: WriteBehaviour = WriteBehaviour.OVERWRITE

    @property
    def label(self) -> str:
        """`Constant “Event”`, as a refusal names it."""
        shown = self.value if len(self.value) <= 80 else f"{self.value[:77]}…"
        return f"{'Fallback' if self.fallback else 'Constant'} “{shown}”"


@dataclass(frozen=True, slots=True)
class CampaignRule:
    """One campaign mapping: leads met at `events` join from their `threshold`-th scan there on (0: every captured
    lead).
    """

    campaign_id: str
    kind: str
    name: str
    events: frozenset[int]
    status: str = ""
    status_qualifier: int | None = None
    status_by_value: Mapping[int, str] = field(default_factory=dict)
    threshold: int = 0
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """One integration's configuration at one moment. `version` is `Integration.setup_version`; `required_known` says
    whether the vendor tells what a new record may not lack.
    """

    vendor: str
    version: int
    objects: Mapping[str, RemoteObject]
    fields: tuple[FieldRule, ...] = ()
    qualifiers: tuple[QualifierRule, ...] = ()
    constants: tuple[ConstantRule, ...] = ()
    campaigns: tuple[CampaignRule, ...] = ()
    further: tuple[FurtherObject, ...] = ()
    required_known: bool = False
    engagement_kinds: frozenset[EngagementKind] = frozenset(EngagementKind)

    @property
    def ready(self) -> bool:
        """No lead flows before at least one persona field is mapped."""
        return any(self.role(rule.object) is Role.PERSONA for rule in self.fields)

    def role(self, object_name: str) -> Role | None:
        remote = self.objects.get(object_name)
        return remote.role if remote else None

    @property
    def made(self) -> RemoteObject | None:
        """What a new person becomes: the first of the person objects."""
        return next((remote for remote in self.objects.values() if remote.role is Role.PERSONA), None)

    @property
    def main(self) -> tuple[str, ...]:
        """The person and company objects."""
        return tuple(name for name, remote in self.objects.items() if remote.role is not Role.OTHER)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a lead carries for one qualifier: picked values (id -> label), or text."""

    qualifier_id: int
    values: Mapping[int, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How a lead was met at one event: how many scans (uploads and manual entries do not count) and when first."""

    scans: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class LeadSnapshot:
    """One lead as it was at `version`: `values` by Mobly field key, `answers` by qualifier id, `events` by event id."""

    key: str
    uid: str
    version: int
    values: Mapping[str, Any]
    answers: Mapping[int, Answered] = field(default_factory=dict)
    events: Mapping[int, Attendance] = field(default_factory=dict)
    engagements: tuple[EngagementWrite, ...] = ()
    captured_by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What we know to stand at the vendor for a lead. `memberships` is key -> status, `engagements` the uids already
    logged, `further` object -> (remote id, the hash acknowledged); an empty id: there is none, for want of a lookup.
    """

    person: RemoteRef | None = None
    company: RemoteRef | None = None
    acknowledged: str = ""
    memberships: Mapping[str, str] = field(default_factory=dict)
    engagements: frozenset[str] = frozenset()
    further: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    in_doubt: bool = False
    # The e-mail the send in doubt looked by; None when nothing ever left.
    tried_email: str | None = None
    forced: bool = False
