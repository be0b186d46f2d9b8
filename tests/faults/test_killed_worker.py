"""A worker process dies in the middle of a push; another one runs later. No lead is lost, none is doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from reconciliation import outbox
from reconciliation.models import SyncRecord
from tests.crm import CRMS
from tests.reconciliation.world import World, connected
from tests.vendors import SandboxVendor
from tests.workers import WorkerProcess, wait_for

LEADS = 30
# A vendor so slow that the first call is under way whenever the kill comes; and what the dead have asked for arrives
# before anybody else may ask.
LEASE, LATENCY_MS = 3, 1500


@pytest.fixture(params=CRMS)
def world(
    transactional_db: None, fresh_sandbox: Callable[[str], SandboxVendor], request: pytest.FixtureRequest
) -> Iterator[World]:
    vendor = CRMS[request.param](fresh_sandbox(request.param).url)
    vendor.open()
    yield connected(vendor)
    vendor.faults(latency_ms=0)


def test_leads_in_the_hands_of_a_killed_worker_arrive_exactly_once(world: World) -> None:
    leads = [world.capture(f"lead{number}@x.example", last_name=f"N{number}") for number in range(LEADS)]
    world.sandbox.faults(latency_ms=LATENCY_MS)
    before = world.sandbox.stats()["calls"]

    with WorkerProcess(world.sandbox, lease=LEASE) as first:
        outbox.hint(world.integration.pk)
        wait_for(lambda: world.sandbox.stats()["calls"] > before, "the first call to arrive at the vendor")
        first.kill()
    assert SyncRecord.objects.in_flight().count() == LEADS

    world.sandbox.faults(latency_ms=0)
    with WorkerProcess(world.sandbox):
        wait_for(lambda: _hinted(world), "every lead to be cleared")

    arrived = [person.email for person in CRMS[world.sandbox.name](world.sandbox.url).persons()]
    assert sorted(arrived) == sorted(lead.email for lead in leads)
    assert SyncRecord.objects.cleared().count() == LEADS


def _hinted(world: World) -> bool:
    """Done, or else hint as the sweep would."""
    if SyncRecord.objects.cleared().count() == LEADS:
        return True
    outbox.hint(world.integration.pk)
    return False
