"""`make demo` without its stack: a file is carried to each simulated vendor, counted there, and carried once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integrations.providers import PROVIDERS
from reconciliation.demo import DemoFailed, Outcome, carry_file
from tests.crm import CRMS
from tests.vendors import SandboxVendor
from tests.workers import WorkerProcess

FILE = """First Name,Last Name,Email,Company,Phone,Zip
Zoë,O'Brien,zoe@isarwerk.example,"Isarwerk, GmbH",+49 89 555 0100,02110
Rui,"d""Almeida",rui@fabrica.example,Fábrica 東京,,
Ana,Lopes,ana@fabrica.example,Fábrica 東京,,
"""


@pytest.fixture(scope="module")
def worker(django_db_setup: None, serve: Callable[[str], SandboxVendor]) -> Iterator[WorkerProcess]:
    with WorkerProcess(*map(serve, PROVIDERS), beat=True) as worker:
        yield worker


@pytest.mark.parametrize("vendor", PROVIDERS)
def test_a_file_arrives_whole_and_a_second_time_costs_nothing(
    vendor: str,
    fresh_sandbox: Callable[[str], SandboxVendor],
    transactional_db: None,
    worker: WorkerProcess,
    tmp_path: Path,
) -> None:
    crm = CRMS[vendor](fresh_sandbox(vendor).url)
    path = tmp_path / "leads.csv"
    path.write_text(FILE, "utf-8")
    said: list[str] = []

    first = carry_file(path=path, provider_key=vendor, say=said.append)
    again = carry_file(path=path, provider_key=vendor, say=said.append)

    assert (first.cleared, first.failed, first.waiting, first.complete) == (3, 0, 0, True), said
    people = {"zoe@isarwerk.example": "O'Brien", "rui@fabrica.example": 'd"Almeida', "ana@fabrica.example": "Lopes"}
    assert {person.email: person.last_name for person in crm.persons()} == people
    assert len(crm.persons()) == 3
    assert replace(again, seconds=0.0) == Outcome(vendor, 3, 3, 0, 0, calls=0, seconds=0.0, created=0, updated=0)
    assert any(line.endswith("every field has its place") for line in said)


def test_a_lead_that_did_not_arrive_makes_the_demo_incomplete() -> None:
    whole = Outcome("zoho", 3, 3, 0, 0, calls=9, seconds=1.25, created=3, updated=0)

    assert whole.complete
    assert whole.line() == "zoho cleared=3 failed=0 waiting=0 calls=9 seconds=1.2"
    lost = [replace(whole, leads=4), replace(whole, cleared=2, failed=1), replace(whole, cleared=2, waiting=1)]
    assert not any(outcome.complete for outcome in [*lost, replace(whole, leads=0, cleared=0)])


def test_a_vendor_that_is_not_there_is_named(settings: Any, tmp_path: Path) -> None:
    settings.PROVIDERS = {
        **settings.PROVIDERS,
        "zoho": {**settings.PROVIDERS["zoho"], "login_url": "http://127.0.0.1:9"},
    }

    with pytest.raises(DemoFailed, match=r"needs the simulated vendor at http://127\.0\.0\.1:9, which does not answer"):
        carry_file(path=tmp_path / "leads.csv", provider_key="zoho", say=print)
