"""What to send for one lead: a pure function over plain values. Preview, sync, tests and benchmark all call `plan`.

`Setup` is one consistent snapshot of an integration's mappings and remote schema, `LeadSnapshot` one of a lead,
`Standing` what is known to stand at the vendor. The answer is a `Delivery`, or a `Refusal` that settles the lead
without a call. Imports no Django.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from integrations.contract import (
    Cause,
    CompanyKeys,
    Delivery,
    FurtherWrite,
    Membership,
    PersonKeys,
    RecordWrite,
    Refusal,
    RemoteRef,
    Role,
)
from integrations.drafting import (
    Refused,
    drafts_of,
    further_draft,
    give,
    nothing_said,
    refuse_lacking,
    takes_options,
)
from integrations.rules import (
    QUALIFIER_PREFIX,
    Answered,
    Attendance,
    CampaignRule,
    ConstantRule,
    FieldRule,
    LeadSnapshot,
    QualifierRule,
    Setup,
    Standing,
)

__all__ = [
    "QUALIFIER_PREFIX",
    "Answered",
    "Attendance",
    "CampaignRule",
    "ConstantRule",
    "FieldRule",
    "LeadSnapshot",
    "QualifierRule",
    "Setup",
    "Standing",
    "company_keys",
    "domain_of",
    "further_hash",
    "nothing_to_do",
    "payload_hash",
    "plan",
    "takes_options",
]


NOTHING_STANDS = Standing()


def plan(lead: LeadSnapshot, setup: Setup, standing: Standing = NOTHING_STANDS) -> Delivery | Refusal:
    """Everything `lead` needs at the vendor, or why nothing of it is sent."""
    try:
        drafts = drafts_of(lead, setup, setup.main)
        said = {name for name, draft in drafts.items() if draft.values or draft.if_blank}
        if not any(setup.role(name) is Role.PERSONA for name in said):
            raise Refused(nothing_said(setup))
        give(drafts, setup, new=standing.person is None)
        refuse_lacking(drafts, setup, standing)
    except Refused as refused:
        return refused.refusal
    writes = {name: draft.write(name) for name, draft in drafts.items()}
    persons = {name: write for name, write in writes.items() if setup.role(name) is Role.PERSONA}
    # Constants alone make no company.
    company = next((write for name, write in writes.items() if setup.role(name) is Role.COMPANY and name in said), None)
    keys = company_keys(lead.values)
    further, refusal = _further(lead, setup, standing)
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
        company=company if company and not keys.empty else None,
        company_keys=keys,
        known=standing.person,
        known_company=standing.company,
        memberships=_memberships(lead, setup, standing),
        engagements=tuple(
            entry
            for entry in lead.engagements
            if entry.uid not in standing.engagements and entry.kind in setup.engagement_kinds
        ),
        further=further,
        in_doubt=standing.in_doubt,
        captured_by=lead.captured_by,
        refusal=refusal,
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
    writes = {**delivery.persons, **({"·company": delivery.company} if delivery.company else {})}
    return _hash({name: _plain(write) for name, write in writes.items()})


def further_hash(further: FurtherWrite, person: RemoteRef | None) -> str:
    """As `payload_hash`, of one further record: whose it is belongs to it."""
    whose = [person.object, person.id] if person else []
    return _hash([dict(further.ties), whose, _plain(further.write)])


def _plain(write: RecordWrite) -> list[Any]:
    return [write.values, write.if_blank, write.on_create]


def _hash(payload: Any) -> str:
    text = json.dumps(payload, sort_keys=True, default=list, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def nothing_to_do(delivery: Delivery) -> bool:
    if not delivery.person_unchanged or delivery.memberships or delivery.engagements:
        return False
    return all(further.unchanged for further in delivery.further)


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


# --- Further objects ------------------------------------------------------------------------------------------------


def _further(lead: LeadSnapshot, setup: Setup, standing: Standing) -> tuple[tuple[FurtherWrite, ...], Refusal | None]:
    """The lead's record of each further object, and the first reason why one of them is left out."""
    writes: list[FurtherWrite] = []
    refusal: Refusal | None = None
    for added in setup.further:
        remote = setup.objects.get(added.name)
        if remote is None:
            continue
        remote_id, acknowledged = standing.further.get(added.name, ("", ""))
        try:
            draft = further_draft(lead, setup, added.name, new=not remote_id)
        except Refused as refused:
            refusal = refusal or refused.refusal
            continue
        if draft is None:
            continue
        fields = [remote.fields[name] for name in added.ties.values() if name in remote.fields]
        further = FurtherWrite(
            draft.write(added.name),
            remote.label,
            added.ties,
            frozenset(one.name for one in fields if not one.updatable),
            RemoteRef(added.name, remote_id) if remote_id else None,
        )
        same = acknowledged == further_hash(further, standing.person)
        writes.append(replace(further, unchanged=same and not standing.forced))
    return tuple(writes), refusal


# --- Memberships ----------------------------------------------------------------------------------------------------


def memberships(lead: LeadSnapshot, setup: Setup) -> tuple[Membership, ...]:
    """Every membership the lead is to have, those it has already too."""
    wanted = []
    for rule in setup.campaigns:
        met = [attendance for event_id, attendance in lead.events.items() if event_id in rule.events]
        if not met or sum(attendance.scans for attendance in met) < rule.threshold:
            continue
        wanted.append(
            Membership(
                campaign_id=rule.campaign_id,
                kind=rule.kind,
                name=rule.name,
                status=_status(rule, lead),
                happened_at=min(attendance.first_at for attendance in met),
            )
        )
    return tuple(wanted)


def _memberships(lead: LeadSnapshot, setup: Setup, standing: Standing) -> tuple[Membership, ...]:
    wanted = ((membership, standing.memberships.get(membership.key)) for membership in memberships(lead, setup))
    return tuple(one for one, done in wanted if done is None or (one.status and done != one.status))


def _status(rule: CampaignRule, lead: LeadSnapshot) -> str:
    """The status that a qualifier decides wins over the fixed one."""
    answered = lead.answers.get(rule.status_qualifier) if rule.status_qualifier is not None else None
    for value_id in answered.values if answered else ():
        if decided := rule.status_by_value.get(value_id):
            return decided
    return rule.status
