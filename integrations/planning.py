"""What to send for one lead: a pure function over plain values. Preview, sync, tests and benchmark all call `plan`.

`Setup` is one consistent snapshot of an integration's mappings and remote schema, `LeadSnapshot` one of a lead,
`Standing` what is known to stand at the vendor. The answer is a `Delivery`, or a `Refusal` that settles the lead
without a call. Imports no Django.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from integrations.contract import (
    Cause,
    CompanyKeys,
    Delivery,
    EngagementKind,
    EngagementWrite,
    Membership,
    PersonKeys,
    RecordWrite,
    Refusal,
    RemoteField,
    RemoteObject,
    RemoteRef,
    Role,
    WriteBehaviour,
)
from integrations.values import Unfit, fit

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
    """One integration's configuration at one moment. `version` is `Integration.setup_version`."""

    vendor: str
    version: int
    objects: Mapping[str, RemoteObject]
    fields: tuple[FieldRule, ...] = ()
    qualifiers: tuple[QualifierRule, ...] = ()
    campaigns: tuple[CampaignRule, ...] = ()
    engagement_kinds: frozenset[EngagementKind] = frozenset(EngagementKind)

    @property
    def ready(self) -> bool:
        """No lead flows before at least one persona field is mapped."""
        return any(self.role(rule.object) is Role.PERSONA for rule in self.fields)

    def role(self, object_name: str) -> Role | None:
        remote = self.objects.get(object_name)
        return remote.role if remote else None


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
    logged.
    """

    person: RemoteRef | None = None
    company: RemoteRef | None = None
    acknowledged: str = ""
    memberships: Mapping[str, str] = field(default_factory=dict)
    engagements: frozenset[str] = frozenset()
    in_doubt: bool = False
    # The e-mail the send in doubt looked by; None when nothing ever left.
    tried_email: str | None = None
    forced: bool = False


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def plan(lead: LeadSnapshot, setup: Setup, standing: Standing = Standing()) -> Delivery | Refusal:
    """Everything `lead` needs at the vendor, or why nothing of it is sent."""
    try:
        writes = _writes(lead, setup)
    except _Refused as refused:
        return refused.refusal
    persons = {name: write for name, write in writes.items() if setup.objects[name].role is Role.PERSONA}
    if not any(not write.empty for write in persons.values()):
        return Refusal(
            Cause.REQUIRED_FIELD_MISSING,
            f"The lead has no value in any field that is mapped to {setup.vendor}.",
            subject="Mapping",
        )
    company = next((write for name, write in writes.items() if setup.objects[name].role is Role.COMPANY), None)
    keys = company_keys(lead.values)
    delivery = Delivery(
        key=lead.key,
        keys=PersonKeys(
            email=str(lead.values.get("email", "")).strip().lower(),
            mobly_id=lead.uid,
            mobly_field={
                rule.object: rule.remote_field for rule in setup.fields if rule.mobly_field == "mobly_lead_id"
            },
        ),
        persons=persons,
        company=company if company and not company.empty and not keys.empty else None,
        company_keys=keys,
        known=standing.person,
        known_company=standing.company,
        memberships=_memberships(lead, setup, standing),
        engagements=tuple(
            entry
            for entry in lead.engagements
            if entry.uid not in standing.engagements and entry.kind in setup.engagement_kinds
        ),
        in_doubt=standing.in_doubt,
        captured_by=lead.captured_by,
    )
    if _lost_its_key(delivery, standing):
        return Refusal(
            Cause.UNCONFIRMED,
            f"The line broke while the lead was being sent to {setup.vendor} with the e-mail “{standing.tried_email}”, "
            "which has changed since. It may have arrived under the old one.",
            subject="Email",
            value=standing.tried_email or "",
        )
    unchanged = bool(standing.acknowledged) and standing.acknowledged == payload_hash(delivery) and not standing.forced
    return replace(delivery, person_unchanged=unchanged)


def _lost_its_key(delivery: Delivery, standing: Standing) -> bool:
    """Whether a create may stand at the vendor under an e-mail that the lead no longer has, and no other key tells."""
    if not standing.in_doubt or standing.person is not None or standing.tried_email is None:
        return False
    return standing.tried_email != delivery.keys.email and not delivery.keys.mobly_field


def payload_hash(delivery: Delivery) -> str:
    """A hash of the values a delivery carries, stored only once the vendor acknowledged them."""
    payload = {
        name: [write.values, write.if_blank, write.on_create]
        for name, write in {**delivery.persons, **({"·company": delivery.company} if delivery.company else {})}.items()
    }
    text = json.dumps(payload, sort_keys=True, default=list, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def nothing_to_do(delivery: Delivery) -> bool:
    return delivery.person_unchanged and not delivery.memberships and not delivery.engagements


def company_keys(values: Mapping[str, Any]) -> CompanyKeys:
    return CompanyKeys(
        domain=domain_of(str(values.get("company_website", ""))), name=str(values.get("company_name", "")).strip()
    )


def domain_of(website: str) -> str:
    """`https://www.Acme.com/about` -> `acme.com`; empty when there is no host in it."""
    text = website.strip().lower()
    if not text:
        return ""
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = host.removeprefix("www.").strip(".")
    return host if re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) else ""


# --- Values ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    values: dict[str, Any] = field(default_factory=dict)
    if_blank: dict[str, Any] = field(default_factory=dict)

    def put(self, remote_field: str, behaviour: WriteBehaviour, value: Any) -> None:
        (self.values if behaviour is WriteBehaviour.OVERWRITE else self.if_blank)[remote_field] = value


def _writes(lead: LeadSnapshot, setup: Setup) -> dict[str, RecordWrite]:
    """The write of every remote object of the schema, in its order; empty where nothing is mapped."""
    drafts = {name: _Draft() for name in setup.objects}
    for rule in setup.fields:
        if rule.object not in drafts:
            continue
        value = lead.values.get(rule.mobly_field, "")
        if _blank(value):
            continue
        remote = _remote_field(setup, rule.object, rule.remote_field, rule.label)
        drafts[rule.object].put(remote.name, rule.behaviour, _fitted(setup, rule.object, rule.label, value, remote))
    for qualifier in setup.qualifiers:
        answered = lead.answers.get(qualifier.qualifier_id)
        if qualifier.object not in drafts or answered is None:
            continue
        remote = _remote_field(setup, qualifier.object, qualifier.remote_field, qualifier.name)
        value = _qualified(setup, qualifier, answered, remote)
        if not _blank(value):
            drafts[qualifier.object].put(remote.name, qualifier.behaviour, value)
    return {name: RecordWrite(name, draft.values, draft.if_blank) for name, draft in drafts.items()}


def _blank(value: Any) -> bool:
    return value is None or value == () or (isinstance(value, str) and not value.strip())


def _remote_field(setup: Setup, object_name: str, name: str, label: str) -> RemoteField:
    remote = setup.objects[object_name].fields.get(name)
    if remote is None:
        raise _Refused(
            Refusal(
                Cause.MISSING_REMOTE_FIELD,
                f"{label} is mapped to {name} of {setup.objects[object_name].label}, which {setup.vendor} no longer "
                "has, or no longer shows to the connected user.",
                subject=label,
                remote_field=name,
                object=object_name,
            )
        )
    if not remote.writable:
        raise _Refused(
            Refusal(
                Cause.MISSING_REMOTE_FIELD,
                f"{label} is mapped to “{remote.label}”, which is read-only for the connected user of {setup.vendor}.",
                subject=label,
                remote_field=name,
                object=object_name,
            )
        )
    return remote


def _fitted(setup: Setup, object_name: str, label: str, value: Any, remote: RemoteField) -> Any:
    try:
        return fit(value, remote)
    except Unfit as unfit:
        raise _Refused(
            Refusal(
                Cause.DATA_VALUE_VALIDATION,
                f"{label}: {unfit.sentence.format(vendor=setup.vendor)}",
                subject=label,
                value=str(value)[:1000],
                remote_field=remote.name,
                object=object_name,
            )
        ) from None


def _qualified(setup: Setup, rule: QualifierRule, answered: Answered, remote: RemoteField) -> Any:
    if not rule.picklist:
        return _fitted(setup, rule.object, rule.name, answered.text, remote) if answered.text.strip() else ""
    if not answered.values:
        return ""
    if not takes_options(remote):
        return _fitted(setup, rule.object, rule.name, "; ".join(answered.values.values()), remote)
    missing = [label for value_id, label in answered.values.items() if not rule.options.get(value_id)]
    if missing:
        raise _Refused(
            Refusal(
                Cause.NO_TAG_MAPPING,
                f"{_quoted(missing)} of {rule.name} {'has' if len(missing) == 1 else 'have'} no option in "
                f"{remote.label} in {setup.vendor}.",
                subject=rule.name,
                value=missing[0],
                remote_field=remote.name,
                object=rule.object,
            )
        )
    chosen = [rule.options[value_id] for value_id in answered.values]
    return _fitted(
        setup, rule.object, rule.name, tuple(dict.fromkeys(chosen)) if len(chosen) > 1 else chosen[0], remote
    )


def takes_options(remote: RemoteField) -> bool:
    """Whether a qualifier's values must be mapped to this field's options one by one; a text field takes the labels."""
    return remote.type.value in {"picklist", "multi_picklist", "boolean"}


def _quoted(labels: Iterable[str]) -> str:
    quoted = [f"“{label}”" for label in labels]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


# --- Memberships ----------------------------------------------------------------------------------------------------


def _memberships(lead: LeadSnapshot, setup: Setup, standing: Standing) -> tuple[Membership, ...]:
    open_ones = []
    for rule in setup.campaigns:
        met = [attendance for event_id, attendance in lead.events.items() if event_id in rule.events]
        if not met or sum(attendance.scans for attendance in met) < rule.threshold:
            continue
        membership = Membership(
            campaign_id=rule.campaign_id,
            kind=rule.kind,
            name=rule.name,
            status=_status(rule, lead),
            happened_at=min(attendance.first_at for attendance in met),
        )
        done = standing.memberships.get(membership.key)
        if done is None or (membership.status and done != membership.status):
            open_ones.append(membership)
    return tuple(open_ones)


def _status(rule: CampaignRule, lead: LeadSnapshot) -> str:
    """The status that a qualifier decides wins over the fixed one."""
    answered = lead.answers.get(rule.status_qualifier) if rule.status_qualifier is not None else None
    for value_id in answered.values if answered else ():
        if decided := rule.status_by_value.get(value_id):
            return decided
    return rule.status
