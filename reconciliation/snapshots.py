"""A claimed batch as plain values: each lead's snapshot and what is known to stand at the vendor, in a constant
number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Min, Q

from integrations.contract import EngagementKind, EngagementWrite, RemoteRef
from integrations.models import Integration
from integrations.planning import Answered, Attendance, LeadSnapshot, Standing, company_keys
from leads.fields import values_of
from leads.models import Answer, Capture, Engagement, Lead
from reconciliation.models import Effect, RemoteCompany, SyncRecord


@dataclass(frozen=True, slots=True)
class Load:
    """One record of a batch, ready to be planned."""

    record: SyncRecord
    lead: LeadSnapshot
    standing: Standing


def load_batch(record_ids: Collection[int], *, in_doubt: frozenset[int] = frozenset()) -> list[Load]:
    """The records in the order to send, with their leads as they are now; eight queries for any number of records."""
    records = list(SyncRecord.objects.filter(id__in=record_ids).select_related("lead").in_the_order_to_send())
    return _loads(records, in_doubt)


def load_lead(integration: Integration, lead: Lead) -> Load:
    """One lead as a worker would load it now. Without a record yet, the one it would get, which is not saved."""
    known = SyncRecord.objects.filter(integration=integration, lead=lead).select_related("lead").first()
    unsent = SyncRecord(organization_id=integration.organization_id, integration=integration, lead=lead)
    return _loads([known or unsent], frozenset())[0]


def _loads(records: Sequence[SyncRecord], in_doubt: frozenset[int]) -> list[Load]:
    leads = lead_snapshots([record.lead for record in records])
    effects = _effects([record.pk for record in records if record.pk])
    companies = _companies(records)
    return [
        Load(
            record,
            leads[record.lead_id],
            Standing(
                person=_ref(record.remote_object, record.remote_id, record.remote_url),
                company=_ref(record.remote_company_object, record.remote_company_id)
                or companies.get((record.integration_id, company_keys(leads[record.lead_id].values).identity)),
                acknowledged=record.acknowledged,
                memberships={key: status for key, (_, status) in effects[record.pk][Effect.Kind.MEMBERSHIP].items()},
                engagements=frozenset(effects[record.pk][Effect.Kind.ENGAGEMENT]),
                further=effects[record.pk][Effect.Kind.FURTHER],
                in_doubt=record.in_doubt or record.pk in in_doubt,
                tried_email=record.tried_email,
                forced=record.forced,
            ),
        )
        for record in records
    ]


def lead_snapshots(leads: Sequence[Lead]) -> dict[int, LeadSnapshot]:
    """Snapshot by lead id; four queries besides the leads themselves. The snapshot's key is the lead id."""
    ids = [lead.pk for lead in leads]
    answers = _answers(ids)
    events = _attendances(ids)
    engagements = _engagements(ids)
    captured_by = _captured_by(ids)
    return {
        lead.pk: LeadSnapshot(
            key=str(lead.pk),
            uid=str(lead.uid),
            version=lead.version,
            values=values_of(lead),
            answers=answers[lead.pk],
            events=events[lead.pk],
            engagements=tuple(engagements[lead.pk]),
            captured_by=captured_by.get(lead.pk, ""),
        )
        for lead in leads
    }


def _ref(object_name: str, remote_id: str, url: str = "") -> RemoteRef | None:
    return RemoteRef(object_name, remote_id, url) if remote_id else None


def _effects(record_ids: Collection[int]) -> dict[int, dict[str, dict[str, tuple[str, str]]]]:
    """Record -> kind -> key -> (remote id, status)."""
    effects: dict[int, dict[str, dict[str, tuple[str, str]]]] = defaultdict(lambda: defaultdict(dict))
    for record_id, kind, key, remote_id, status in Effect.objects.filter(record_id__in=record_ids).values_list(
        "record_id", "kind", "key", "remote_id", "status"
    ):
        effects[record_id][kind][key] = (remote_id, status)
    return effects


def _companies(records: Sequence[SyncRecord]) -> dict[tuple[int, str], RemoteRef]:
    identities = {company_keys(values_of(record.lead)).identity for record in records} - {""}
    integrations = {record.integration_id for record in records}
    found = RemoteCompany.objects.filter(integration_id__in=integrations, identity__in=identities).exclude(remote_id="")
    return {(row.integration_id, row.identity): RemoteRef(row.object, row.remote_id) for row in found}


def _answers(lead_ids: Sequence[int]) -> dict[int, dict[int, Answered]]:
    values: dict[int, dict[int, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    answered: dict[int, dict[int, Answered]] = defaultdict(dict)
    rows = Answer.objects.filter(lead_id__in=lead_ids).values_list(
        "lead_id", "qualifier_id", "value_id", "value__label", "text"
    )
    for lead_id, qualifier_id, value_id, label, text in rows.order_by("value__position", "id"):
        if value_id is not None:
            values[lead_id][qualifier_id][value_id] = label or ""
        answered[lead_id][qualifier_id] = Answered(qualifier_id, values[lead_id][qualifier_id], text)
    return answered


def _attendances(lead_ids: Sequence[int]) -> dict[int, dict[int, Attendance]]:
    rows = (
        Capture.objects.filter(lead_id__in=lead_ids, event__isnull=False)
        .values("lead_id", "event_id")
        .annotate(scans=Count("id", filter=Q(source__in=Capture.SCANS)), first_at=Min("captured_at"))
        .order_by()
    )
    events: dict[int, dict[int, Attendance]] = defaultdict(dict)
    for row in rows:
        events[row["lead_id"]][row["event_id"]] = Attendance(row["scans"], row["first_at"])
    return events


def _captured_by(lead_ids: Sequence[int]) -> dict[int, str]:
    """E-mail of the person who met each lead first."""
    rows = Capture.objects.filter(lead_id__in=lead_ids).exclude(captured_by_email="")
    first = rows.order_by("lead_id", "captured_at", "id").distinct("lead_id")
    return dict(first.values_list("lead_id", "captured_by_email"))


def _engagements(lead_ids: Sequence[int]) -> dict[int, list[EngagementWrite]]:
    engagements: dict[int, list[EngagementWrite]] = defaultdict(list)
    for entry in (
        Engagement.objects.filter(lead_id__in=lead_ids).select_related("logged_by").order_by("happened_at", "id")
    ):
        engagements[entry.lead_id].append(
            EngagementWrite(
                uid=str(entry.uid),
                kind=EngagementKind(entry.kind),
                subject=entry.get_kind_display(),
                body=entry.notes,
                happened_at=entry.happened_at,
                ends_at=entry.ends_at,
                author=entry.logged_by.email if entry.logged_by else "",
            )
        )
    return engagements
