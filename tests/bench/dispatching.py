"""(f) Finding work and claiming it, with ten thousand and with a million waiting records."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, reset_queries, transaction
from django.test.utils import CaptureQueriesContext

from integrations.models import Integration
from leads.models import Event, Lead, Organization
from mobly_sync.stack.stack import Stack
from reconciliation import claims, dispatch
from reconciliation.models import Lane, SyncRecord
from tests.bench.report import Bar, Report

SIZES = (10_000, 1_000_000)
INTEGRATIONS = 200
# As many as are due at one integration with the smaller number, so that both claims do the same.
BATCH = 20
TURNS = 60
# Equal, but for the noise of a machine that does other things.
RATIO = 2.0

# Every tenth integration is Manual with nothing pushed, every tenth rests until an hour has passed, every hundredth is
# paused; every fourth has fresh leads, the others a backfill. Half of all records are due, half wait for a later try.
_LANES = """
INSERT INTO reconciliation_lane (integration_id, closed_because, failures_in_a_row, calls, closed_until)
SELECT id, '', 0, 0, CASE WHEN id % 10 = 5 THEN now() + interval '1 hour' END FROM integrations_integration
"""
_LEADS = """
INSERT INTO leads_lead ({columns})
SELECT {values} FROM leads_lead, generate_series(1, %(count)s) AS n WHERE id = %(pattern)s
"""
_RECORDS = """
INSERT INTO reconciliation_syncrecord ({columns})
SELECT {values}
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM leads_lead) AS lead
CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM integrations_integration) AS integration
CROSS JOIN reconciliation_syncrecord AS pattern
WHERE pattern.id = %(pattern)s AND lead.id <> pattern.lead_id AND lead.place <= %(leads)s
"""


def measure(folder: Path, report: Report, *, sizes: tuple[int, ...], explain: bool, say: Callable[[str], None]) -> None:
    """On servers of its own: nobody works off what is measured."""
    rows = []
    with Stack(folder, workers=0, beat=False, sandbox_port=None):
        organization, lead = _ground()
        integration = Integration.objects.order_by("pk")[0]
        made = 0
        for size in sizes:
            _grow(organization, lead, made, size)
            made = size
            say(f"  {SyncRecord.objects.count():,} records are waiting")
            rows.append((size, _finding(), _claiming(integration), _claiming(_manual())))
            if explain:
                report.texts.append(_explained(size, integration))
    _tell(report, rows)


def _ground() -> tuple[Organization, Lead]:
    organization = Organization.objects.create(name="Dispatch", slug="dispatch")
    Event.objects.create(organization=organization, name="Automate Summit 2026")
    lead = Lead.objects.create(organization=organization, first_name="Ada", email="ada@pattern.example")
    Integration.objects.bulk_create(_integration(organization, number) for number in range(1, INTEGRATIONS + 1))
    with connection.cursor() as cursor:
        cursor.execute(_LANES)
    return organization, lead


def _integration(organization: Organization, number: int) -> Integration:
    """Of every hundred one is disabled, of every ten one Manual."""
    return Integration(
        organization=organization,
        provider=f"vendor{number}",
        category="crm",
        status=Integration.Status.DISABLED if number % 100 == 7 else Integration.Status.CONNECTED,
        sync_mode=Integration.Mode.MANUAL if number % 10 == 3 else Integration.Mode.AUTOMATIC,
    )


def _grow(organization: Organization, lead: Lead, made: int, size: int) -> None:
    """As many leads and records as it takes for `size` waiting records, spread over the integrations."""
    leads = max(1, size // INTEGRATIONS)
    first = Integration.objects.order_by("pk")[0]
    pattern, _ = SyncRecord.objects.get_or_create(
        lead=lead,
        integration=first,
        defaults={"organization": organization, "state": "cleared", "changed_at": organization.created_at},
    )
    known = Lead.objects.count()
    with connection.cursor() as cursor:
        own = {"uid": "gen_random_uuid()", "email": "'ada' || (%(known)s + n) || '@pattern.example'"}
        own["email_key"] = own["email"]
        cursor.execute(_copied(_LEADS, Lead, own), {"count": leads + 1 - known, "pattern": lead.pk, "known": known})
        if made:
            cursor.execute("DELETE FROM reconciliation_syncrecord WHERE id <> %s", [pattern.pk])
        spread = "(integration.place * 7 + lead.place * 13)"
        own = {
            "integration_id": "integration.id",
            "lead_id": "lead.id",
            "state": "'waiting'",
            "priority": "CASE WHEN integration.place %% 4 = 0 THEN 1 ELSE 2 END",
            "due_at": f"now() + (CASE WHEN {spread} %% 2 = 0 THEN -1 ELSE 1 END) * interval '1 day'",
        }
        cursor.execute(
            _copied(_RECORDS, SyncRecord, own, source="pattern."), {"pattern": pattern.pk, "leads": leads + 1}
        )
    # What autovacuum does by itself within a minute on a server that is left alone.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _copied(statement: str, model: Any, own: dict[str, str], source: str = "") -> str:
    """The statement with every column of the model, copied from a pattern row but for those given."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = [own.get(column, f"{source}{column}") for column in columns]
    return statement.format(columns=", ".join(columns), values=", ".join(values))


def _manual() -> Integration:
    return Integration.objects.filter(sync_mode=Integration.Mode.MANUAL, status="connected").order_by("pk")[0]


def _finding() -> float:
    return _fastest(dispatch.integrations_with_work)


def _claiming(integration: Integration) -> float:
    with _lane_of(integration) as hold:
        return _fastest(lambda: _rolled_back(lambda: claims.claim_batch(hold, integration, BATCH)))


@contextmanager
def _lane_of(integration: Integration) -> Iterator[claims.Hold]:
    hold = claims.Hold(integration.pk, uuid.uuid4())
    Lane.objects.filter(pk=integration.pk).update(
        holder=hold.holder, lease_until=claims.lease_end(integration.created_at), closed_until=None
    )
    try:
        yield hold
    finally:
        claims.release_lane(hold)


def _rolled_back(work: Callable[[], Any]) -> None:
    with transaction.atomic():
        work()
        transaction.set_rollback(True)


def _fastest(work: Callable[[], Any]) -> float:
    """Milliseconds of the fastest turn: what the machine does besides is left aside."""
    took = []
    for _ in range(TURNS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


# --- Telling ----------------------------------------------------------------------------------------------------------


def _tell(report: Report, rows: list[tuple[int, float, float, float]]) -> None:
    table = report.table(
        f"(f) Dispatching, {INTEGRATIONS:,} integrations, milliseconds", "waiting records", "", "find work",
        f"claim {BATCH}", "claim, Manual, nothing pushed",
    )  # fmt: skip
    for size, *took in rows:
        table.add_row(f"{size:,}", "", *(f"{one:.1f}" for one in took))
    names = ("find_work", "claim", "claim_manual")
    report.figures["dispatch"] = [{"waiting": size, **dict(zip(names, took, strict=True))} for size, *took in rows]
    if len(rows) > 1:
        for position, name in enumerate(names, start=1):
            ratio = rows[-1][position] / rows[0][position]
            report.bar(Bar(f"dispatcher, {name}: {rows[-1][0]:,} over {rows[0][0]:,} records", ratio, most=RATIO))


def _explained(size: int, integration: Integration) -> str:
    told = [f"== {size:,} waiting records: dispatch.integrations_with_work()", *_plans(dispatch.integrations_with_work)]
    with _lane_of(integration) as hold:
        told += [f"== {size:,} waiting records: claims.claim_batch()"]
        told += _plans(lambda: claims.claim_batch(hold, integration, BATCH))
    return "\n".join(told)


def _plans(work: Callable[[], Any]) -> list[str]:
    """How Postgres answers each SELECT of the work that reads sync records."""
    # The log of queries is bounded: what the turns before left in it would push this one's out.
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        _rolled_back(work)
    asked = [entry["sql"] for entry in captured if '"reconciliation_syncrecord"' in entry["sql"]]
    told = []
    for statement in (one for one in asked if one.startswith("SELECT")):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}".replace("%", "%%"))
            told += [row[0] for row in cursor.fetchall()] + [""]
    return told
