"""Writing down what became of a batch: records, effects, companies and attempts in one transaction, fenced by the
claim.

A record that another worker took over meanwhile is left alone: its result is discarded quietly, whoever has it now
will look first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.contract import Cause, Delivery, Fault, Note, Refusal, Result
from integrations.planning import further_hash
from leads.bulk import rewrite
from leads.models import Lead
from mobly_sync.http import redact
from reconciliation import claims, companies, policy
from reconciliation.models import Effect, RemoteCompany, SyncAttempt, SyncRecord
from reconciliation.policy import Jitter, Kind, Next, Outcome
from reconciliation.snapshots import Load

# A note longer than this, as JSON, is cut: the story is for people.
NOTE_CHARACTERS = 20_000

_WRITTEN = [
    "state", "due_at", "tries", "version_sent", "setup_sent", "claim_id", "lease_until", "pushed", "forced", "in_doubt",
    "acknowledged", "remote_object", "remote_id", "remote_url", "remote_company_object", "remote_company_id",
    "cause", "refused_by_us", "message", "subject", "remote_field", "value", "code", "request_id", "collides_with",
    "warnings", "changed_at", "cleared_at", "occasion",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one record in this try. `acknowledged` is the payload hash when the vendor took the person's
    values.
    """

    load: Load
    outcome: Outcome
    setup_version: int
    started_at: datetime
    delivery: Delivery | None = None
    result: Result | None = None
    refusal: Refusal | None = None
    acknowledged: str = ""
    # Nobody knows whether its company was created.
    company_in_doubt: bool = False
    # The label of the field at fault, as people know it in the CRM.
    subject: str = ""


def settle(*, claim: claims.Claim, settlements: Sequence[Settlement], jitter: Jitter) -> int:
    """Store the outcome of each record that is still ours. Answers how many were."""
    by_record = {entry.load.record.pk: entry for entry in settlements}
    now = timezone.now()
    with claims.mine(claim) as held:
        records = [record for record in held if record.pk in by_record]
        versions = dict(Lead.objects.filter(pk__in=[record.lead_id for record in records]).values_list("pk", "version"))
        attempts: list[SyncAttempt] = []
        effects: list[Effect] = []
        made: dict[str, RemoteCompany] = {}
        for record in records:
            entry = by_record[record.pk]
            moved_on = versions.get(record.lead_id, 0) != entry.load.lead.version or _asked_again(record, entry)
            next_ = policy.next_state(
                outcome=entry.outcome,
                tries=record.tries,
                now=now,
                moved_on=moved_on,
                jitter=jitter,
                in_doubt=entry.load.standing.in_doubt,
            )
            _remember_remote(record, entry)
            _move(record, entry, next_, now)
            attempts += _attempt(record, entry, next_, claim, now)
            effects += _effects(record, entry)
            made |= _company(record, entry)
        rewrite(records, _WRITTEN)
        SyncAttempt.objects.bulk_create(attempts)
        Effect.objects.bulk_create(
            effects,
            update_conflicts=True,
            unique_fields=["record", "kind", "key"],
            update_fields=["status", "remote_id"],
        )
        RemoteCompany.objects.bulk_create(
            [made[identity] for identity in sorted(made)],
            update_conflicts=True,
            unique_fields=["integration", "identity"],
            update_fields=["object", "remote_id", "seen_at"],
        )
        companies.forget(integration_id=claim.integration_id, identities=_not_created(settlements) - made.keys())
    return len(records)


def _asked_again(record: SyncRecord, entry: Settlement) -> bool:
    """Whether somebody pushed or retried it while it was in flight: whoever makes a record due sets its time anew."""
    return record.due_at != entry.load.record.due_at


def _remember_remote(record: SyncRecord, entry: Settlement) -> None:
    """What the vendor acknowledged stays true whatever came after it."""
    result = entry.result
    if result is None:
        return
    if result.person is not None:
        record.remote_object, record.remote_id = result.person.object, result.person.id
        record.remote_url = result.person.url or record.remote_url
    if result.company is not None:
        record.remote_company_object, record.remote_company_id = result.company.object, result.company.id
    if entry.acknowledged:
        record.acknowledged = entry.acknowledged
    record.warnings = list(dict.fromkeys([*(entry.delivery.warnings if entry.delivery else ()), *result.warnings]))


def _move(record: SyncRecord, entry: Settlement, next_: Next, now: datetime) -> None:
    forced = record.forced and _asked_again(record, entry)
    if record.state != next_.state.value:
        record.changed_at = now
    record.state, record.due_at, record.tries, record.in_doubt = (
        next_.state.value,
        next_.due_at,
        next_.tries,
        next_.in_doubt,
    )
    record.claim_id = record.lease_until = None
    if entry.outcome.kind in (Kind.DELIVERED, Kind.UNCHANGED):
        record.version_sent, record.setup_sent, record.forced = entry.load.lead.version, entry.setup_version, forced
    elif entry.outcome.kind is Kind.REFUSED and entry.result is not None:
        record.forced = forced  # all but what planning refused was sent
    if next_.state is not policy.State.WAITING:
        record.pushed, record.occasion = False, ""
    if next_.state is policy.State.CLEARED:
        record.cleared_at = now
    _explain(record, entry, next_.cause)


def _explain(record: SyncRecord, entry: Settlement, cause: Cause | None) -> None:
    fault, refusal = entry.result.fault if entry.result else None, entry.refusal
    record.cause = cause.value if cause else ""
    record.refused_by_us = bool(cause and refusal)
    record.message = record.subject = record.remote_field = record.value = record.code = record.request_id = ""
    record.collides_with = []
    if cause is None:
        return
    if refusal is not None:
        record.message, record.subject = refusal.message, refusal.subject[:200]
        record.remote_field, record.value = refusal.remote_field[:200], refusal.value[:1000]
    elif fault is not None:
        record.message, record.subject = fault.message[:5000], _subject(fault, entry.subject)
        record.remote_field, record.value = fault.field[:200], fault.value[:1000]
        record.code, record.request_id = fault.code[:100], fault.request_id[:100]
        others = ((fault.collides_with,) if fault.collides_with else ()) + fault.candidates
        record.collides_with = [{"object": ref.object, "id": ref.id, "url": ref.url} for ref in others]


def _subject(fault: Fault, label: str) -> str:
    """What a group is grouped by: the field at fault, else the vendor's own rule text, which is the same for all it
    stopped.
    """
    if label or fault.field:
        return (label or fault.field)[:200]
    return fault.message[:200] if fault.cause is Cause.REMOTE_RULE else ""


def _attempt(
    record: SyncRecord, entry: Settlement, next_: Next, claim: claims.Claim, now: datetime
) -> list[SyncAttempt]:
    """One line of the lead's story. A hold is none: it says nothing about this lead and would repeat for every one
    of them.
    """
    if entry.outcome.kind is Kind.HELD and not (entry.result and entry.result.notes):
        return []
    fault, refusal = entry.result.fault if entry.result else None, entry.refusal
    return [
        SyncAttempt(
            record=record,
            claim_id=claim.claim_id,
            started_at=entry.started_at,
            ended_at=now,
            outcome=_told(entry, next_),
            version=entry.load.lead.version,
            occasion=entry.load.record.occasion,
            cause=(fault.cause if fault else refusal.cause if refusal else "") or "",
            message=(fault.message if fault else refusal.message if refusal else "")[:5000],
            request_id=(fault.request_id if fault else "")[:100],
            notes=[_note(note) for note in entry.result.notes] if entry.result else [],
        )
    ]


def _told(entry: Settlement, next_: Next) -> str:
    match entry.outcome.kind:
        case Kind.DELIVERED:
            return SyncAttempt.Outcome.CREATED if entry.result and entry.result.created else SyncAttempt.Outcome.UPDATED
        case Kind.UNCHANGED:
            return SyncAttempt.Outcome.UNCHANGED
        case Kind.REFUSED:
            return SyncAttempt.Outcome.REFUSED
        case _:
            return SyncAttempt.Outcome.RETRYING if next_.state is policy.State.WAITING else SyncAttempt.Outcome.REJECTED


def _note(note: Note) -> dict[str, Any]:
    return {
        "step": note.step.value,
        "summary": note.summary,
        "sent": _shortened(redact(note.sent)),
        "answer": _shortened(redact(note.answer)),
        "status": note.status,
        "request_id": note.request_id,
    }


def _shortened(value: Any) -> Any:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return json.loads(text) if len(text) <= NOTE_CHARACTERS else f"{text[:NOTE_CHARACTERS]}… ({len(text):,} characters)"


def _effects(record: SyncRecord, entry: Settlement) -> list[Effect]:
    if entry.result is None or entry.delivery is None:
        return []
    statuses = {membership.key: membership.status for membership in entry.delivery.memberships}
    memberships = [
        Effect(
            record=record,
            kind=Effect.Kind.MEMBERSHIP,
            key=key[:150],
            status=statuses.get(key, "")[:100],
            remote_id=remote_id[:100],
        )
        for key, remote_id in entry.result.memberships.items()
    ]
    engagements = [
        Effect(record=record, kind=Effect.Kind.ENGAGEMENT, key=uid, remote_id=remote_id[:100])
        for uid, remote_id in entry.result.engagements.items()
    ]
    further = [
        Effect(
            record=record,
            kind=Effect.Kind.FURTHER,
            key=one.object[:150],
            status=further_hash(one, entry.result.person),
            remote_id=entry.result.further[one.object][:100],
        )
        for one in entry.delivery.further
        if one.object in entry.result.further
    ]
    return [*memberships, *engagements, *further]


def _company(record: SyncRecord, entry: Settlement) -> dict[str, RemoteCompany]:
    if entry.result is None or entry.result.company is None or entry.delivery is None:
        return {}
    identity = companies.identity_of(entry.delivery)
    ref = entry.result.company
    if not identity:
        return {}
    return {
        identity: RemoteCompany(
            integration_id=record.integration_id, identity=identity, object=ref.object, remote_id=ref.id
        )
    }


def _not_created(settlements: Sequence[Settlement]) -> set[str]:
    """The companies of this try that are certainly not there because of it."""
    tried: dict[bool, set[str]] = {False: set(), True: set()}
    for entry in settlements:
        if entry.result and entry.delivery:
            tried[entry.company_in_doubt].add(companies.identity_of(entry.delivery))
    return tried[False] - tried[True]
