"""A worker process dies in the middle of a bulk action's bite; another one goes on where the last commit stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from integrations.models import Integration
from leads.models import Lead, Organization
from reconciliation import bulk, figures
from reconciliation.choice import Choice
from reconciliation.models import BulkAction, SyncRecord
from reconciliation.records import Filters
from tests.faults.bites_app import BITE
from tests.workers import WorkerProcess, wait_for

LEADS = 3 * BITE
APP = "tests.faults.bites_app"
# How often each record was written, counted where it is stored.
COUNTING = """
CREATE TABLE moved (record bigint);
CREATE FUNCTION count_move() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO moved VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER count_moves AFTER UPDATE ON reconciliation_syncrecord FOR EACH ROW EXECUTE FUNCTION count_move();
"""
FORGETTING = "DROP FUNCTION count_move CASCADE; DROP TABLE moved;"


@pytest.fixture
def failed(transactional_db: None) -> Iterator[list[SyncRecord]]:
    """Leads that failed at an integration which is disabled: nobody sends what is retried."""
    organization = Organization.objects.create(name="Halden Robotics", slug="halden-robotics")
    integration = Integration.objects.create(
        organization=organization, provider="salesforce", category="crm", status=Integration.Status.DISABLED
    )
    people = [Lead(organization=organization, email=f"{n}@x.example", enrichment="done") for n in range(LEADS)]
    said = {"organization": organization, "state": "failed", "cause": "REMOTE_RULE", "changed_at": timezone.now()}
    records = [SyncRecord(integration=integration, lead=lead, **said) for lead in Lead.objects.bulk_create(people)]
    with connection.cursor() as cursor:
        SyncRecord.objects.bulk_create(records)
        cursor.execute(COUNTING)
        yield sorted(records, key=lambda record: record.pk)
        cursor.execute(FORGETTING)


@contextmanager
def held(record: SyncRecord) -> Iterator[int]:
    """Who writes this record waits until the end of the block, for the backend that is given."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_backend_pid() FROM reconciliation_syncrecord WHERE id = %s FOR UPDATE", [record.pk]
            )
            [backend] = cursor.fetchone()
        yield backend
    finally:
        other.close()


def waiting_for(backend: int) -> list[str]:
    """The names of those who do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT application_name FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [backend])
        return [name for (name,) in cursor.fetchall()]


def over(action: BulkAction) -> bool:
    """It is, or else hint as the sweep would."""
    action.refresh_from_db()
    if action.running:
        bulk.hint(action.pk)
    return not action.running


def test_a_bite_in_the_hands_of_a_killed_worker_is_taken_once_by_another(failed: list[SyncRecord]) -> None:
    integration = failed[0].integration
    everything = Choice(list="failed", all_matching=True)
    both = [WorkerProcess(app=APP), WorkerProcess(app=APP)]
    with both[0], both[1]:
        with held(failed[BITE + BITE // 2]) as backend:
            action = bulk.start(integration=integration, kind="retry", choice=everything, by=None, always=True)
            assert action is not None
            wait_for(lambda: waiting_for(backend), "the second bite to be under way")
            [doomed] = [worker for worker in both if worker.name in waiting_for(backend)]
            doomed.kill()
            action.refresh_from_db()
            assert (action.done, action.last_id, action.running) == (BITE, failed[BITE - 1].pk, True)
        wait_for(lambda: over(action), "the other worker to finish it")

    assert (action.done, action.counted) == (LEADS, LEADS)
    tally = figures.tally(integration, Filters())
    assert (tally["waiting"], tally["failed"]) == (LEADS, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT record FROM moved ORDER BY record")
        assert [pk for (pk,) in cursor.fetchall()] == [record.pk for record in failed]
