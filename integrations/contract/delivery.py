"""What the engine asks for, and what a provider answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from integrations.contract.words import Cause, EngagementKind, Step


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """One remote record."""

    object: str
    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """The values for one remote object, by remote field name, already in the kind the vendor's field takes
    (str, int, float, bool, `YYYY-MM-DD` strings; multi picklists as a tuple of option values).

    `values` overwrite; `if_blank` are written only where the remote value is empty; `on_create` only into a new record
    (fallbacks for required fields). A blank value never appears here: blank never clears.
    """

    object: str
    values: Mapping[str, Any] = field(default_factory=dict)
    if_blank: Mapping[str, Any] = field(default_factory=dict)
    on_create: Mapping[str, Any] = field(default_factory=dict)

    def for_create(self) -> dict[str, Any]:
        return {**self.on_create, **self.if_blank, **self.values}

    @property
    def empty(self) -> bool:
        return not self.values and not self.if_blank


def new_record(writes: Iterable[RecordWrite | None]) -> dict[str, Any]:
    """The values of a new record that several leads share: real ones over Write if Blank over fallbacks, later over
    earlier, so that one lead's fallback never hides what another one says.
    """
    given = [write for write in writes if write]
    fallbacks = {name: value for write in given for name, value in write.on_create.items()}
    blanks = {name: value for write in given for name, value in write.if_blank.items()}
    return {**fallbacks, **blanks, **{name: value for write in given for name, value in write.values.items()}}


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """What a person is looked up by, besides the stored id. `email` is trimmed and lower-cased; may be empty.

    `mobly_id` is our own stable id, `mobly_field` the remote field it is mapped to per object (empty: not mapped)."""

    email: str = ""
    mobly_id: str = ""
    mobly_field: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """What a company is looked up by: `domain` is the bare lower-case host without www, `name` the trimmed name."""

    domain: str = ""
    name: str = ""

    @property
    def empty(self) -> bool:
        return not self.domain and not self.name

    @property
    def identity(self) -> str:
        """Two leads with the same identity belong to the same company, also when it is new in this batch."""
        return self.domain or self.name.casefold()


@dataclass(frozen=True, slots=True)
class Membership:
    """One campaign the person shall join. `kind` is the provider's own word (campaign, list, marketing_event)."""

    campaign_id: str
    kind: str
    name: str = ""
    status: str = ""
    happened_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.campaign_id}"


@dataclass(frozen=True, slots=True)
class EngagementWrite:
    """One logged interaction for the person's timeline. `uid` is our stable id of it; times are aware, `ends_at` for
    invites.
    """

    uid: str
    kind: EngagementKind
    subject: str
    body: str
    happened_at: datetime
    ends_at: datetime | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class FurtherWrite:
    """The lead's one record of a further object, which hangs on the person or, where there is no lookup for that, on
    the company.

    `ties` is as in `FurtherObject`; those in `fixed` can be set only when the record is made. `known` is the stored
    record. `unchanged`: values and ties are acknowledged, for the person we know.
    """

    write: RecordWrite
    label: str
    ties: Mapping[str, str]
    fixed: frozenset[str] = frozenset()
    known: RemoteRef | None = None
    unchanged: bool = False

    @property
    def object(self) -> str:
        return self.write.object


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything one lead needs at one vendor, planned from one snapshot of mappings and schema.

    `persons` holds a write per persona object the provider may choose (Salesforce: Lead and Contact; HubSpot: one).
    `known` and `known_company` are the stored remote records. `memberships` and `engagements` are those not yet done.
    """

    key: str
    keys: PersonKeys
    persons: Mapping[str, RecordWrite]
    company: RecordWrite | None = None
    company_keys: CompanyKeys = CompanyKeys()
    known: RemoteRef | None = None
    known_company: RemoteRef | None = None
    memberships: tuple[Membership, ...] = ()
    engagements: tuple[EngagementWrite, ...] = ()
    further: tuple[FurtherWrite, ...] = ()
    # The last try ended without an answer: look by a strongly consistent read before creating anything.
    in_doubt: bool = False
    # A create of this company left a moment ago, and what became of it is not known: for so many seconds it is created
    # only by a provider that sees whatever stands at the vendor by a strongly consistent read.
    company_in_doubt: float = 0.0
    # The person's and company's values are acknowledged already: only memberships and engagements are open.
    person_unchanged: bool = False
    # E-mail of the rep who met the lead first; empty for uploads and the like. For the record's owner.
    captured_by: str = ""
    warnings: tuple[str, ...] = ()
    # Why a further record is left out, where planning says no to it: the rest of the lead is sent all the same.
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Planning says no: nothing is sent. `subject` is the field or qualifier's label, `value` the lead's value in
    it.
    """

    cause: Cause
    message: str
    subject: str = ""
    value: str = ""
    remote_field: str = ""
    object: str = ""


# --- Results: what a provider answers ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one step of one lead did not work, in the vendor's own words plus our classification.

    `message` is the vendor's text, unescaped. `field` is the remote API name and `value` what we sent in it, where
    known. `ambiguous`: the write may have happened. `transient`: trying again may help. `wait` is how long, in
    seconds, if told. `collides_with` is the record a duplicate rule named; `candidates` are the records an ambiguous
    match found.
    """

    cause: Cause
    message: str
    step: Step = Step.PERSON
    code: str = ""
    field: str = ""
    value: str = ""
    object: str = ""
    status: int | None = None
    request_id: str = ""
    ambiguous: bool = False
    transient: bool = False
    wait: float | None = None
    # No fault of this lead: it goes again after `wait`, and no try is used up.
    held: bool = False
    collides_with: RemoteRef | None = None
    candidates: tuple[RemoteRef, ...] = ()

    def at(self, step: Step) -> Fault:
        return replace(self, step=step)


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a lead's story: what was sent for this lead in one step and what the vendor answered, redacted."""

    step: Step
    summary: str
    sent: Any = None
    answer: Any = None
    status: int | None = None
    request_id: str = ""


@dataclass(slots=True)
class Result:
    """What became of one delivery. Done parts stay done even when a later step has a `fault`."""

    key: str
    person: RemoteRef | None = None
    company: RemoteRef | None = None
    created: bool = False
    person_written: bool = False
    memberships: dict[str, str] = field(default_factory=dict)  # Membership.key -> remote id or ""
    engagements: dict[str, str] = field(default_factory=dict)  # EngagementWrite.uid -> remote id or ""
    # FurtherWrite.object -> remote id; "" where the person has no lookup for it and none is made.
    further: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    warnings: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Match:
    """What one delivery would be written to, found by reading alone.

    Without a `person` a new `person_object` is made; the same goes for the company, whose object is empty where none is
    written. `sends` is object -> remote field -> value that would be sent, after the vendor's own rules (Write if
    Blank, what is never overwritten). `fault` says why the lead would go no further, as `deliver` would say it.
    """

    person_object: str
    person: RemoteRef | None = None
    company_object: str = ""
    company: RemoteRef | None = None
    sends: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: Fault | None = None
    warnings: tuple[str, ...] = ()
    # Further object -> the record that is there, None where one would be made; those left out are not in it.
    further: Mapping[str, RemoteRef | None] = field(default_factory=dict)


# --- Campaigns --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Campaign:
    """A remote campaign people can join. `statuses` is empty where membership has none."""

    id: str
    name: str
    kind: str
    active: bool = True
    statuses: tuple[str, ...] = ()
    default_status: str = ""
    url: str = ""
