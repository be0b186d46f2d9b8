"""A whole run, held call by call against the vendors' OpenAPI files, where they publish one (rewritten small).

Connect, the check, the description, fields made, leads with companies, qualifiers, a campaign and engagements, a change
of each: both what the provider asks and what the simulated vendor answers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integrations import check
from integrations.contract import EngagementKind, Role
from integrations.schema import remote_objects
from leads.capture import edit_lead
from leads.engagements import log_engagement
from mobly_sync import http
from tests.contract.conftest import Crm
from tests.openapi import Contract

FILES = Path(__file__).parents[1] / "sandbox" / "openapi"
# Everything before the path that the file knows: a company or a data centre of the simulated vendor.
ROOTS = {"pipedrive": "/api/", "zoho": "/crm/"}

Call = tuple[str, str, str, Any, int, Any]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Every request of ours: method, path, query, body, status, answer."""
    kept: list[Call] = []
    send = http.Session._send

    def overheard(self: http.Session, prepared: Any, *rest: Any) -> Any:
        answer = send(self, prepared, *rest)
        parts = urlsplit(prepared.url)
        body = json.loads(prepared.body) if prepared.body and _is_json(prepared) else None
        kept.append((prepared.method, parts.path, parts.query, body, answer.status, _parsed(answer)))
        return answer

    monkeypatch.setattr(http.Session, "_send", overheard)
    return kept


def _is_json(prepared: Any) -> bool:
    return "json" in str(prepared.headers.get("Content-Type", ""))


def _parsed(answer: http.Answer) -> Any:
    return json.loads(answer.body) if answer.body else None


@pytest.mark.parametrize("crm", ROOTS, indirect=True)
def test_a_whole_run_is_valid_against_the_vendors_openapi_file(calls: list[Call], crm: Crm) -> None:
    _everything(crm)

    contract = Contract(
        FILES / f"{crm.integration.provider}.json", strict_bodies=crm.integration.provider == "pipedrive"
    )
    root, held = ROOTS[crm.integration.provider], 0
    for method, whole, query, body, status, answer in calls:
        if root not in whole:
            continue  # the sign-in has no file
        path = whole[whole.index(root) :]
        contract.check_request(method, path, query, body)
        contract.check_response(method, path, status, answer)
        held += 1
    assert held > 20


def _everything(crm: Crm) -> None:
    crm.connect_again()
    check.run(integration=crm.integration)
    crm.with_companies()
    for name, remote in remote_objects(crm.integration).items():
        if remote.role in (Role.PERSONA, Role.COMPANY):
            crm.make_recommended_fields(name)
    labels = [option.label for option in crm.fields()[crm.vendor.picklist].options if option.active][:2]
    qualifier = crm.qualify(*labels)
    crm.join(crm.campaign())
    leads = [crm.capture(f"p{n}@acme.example", last_name=f"Person{n}", company_name=f"Acme {n % 3}") for n in range(12)]
    for lead, kind in zip(leads, EngagementKind, strict=False):
        crm.answers(lead, qualifier, labels[0])
        log_engagement(lead=lead, kind=kind, notes="Talked about 40 robots.", by=crm.admin)
    crm.cleared(*leads)
    crm.cleared(*[edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin) for lead in leads[:3]])
    # A lost answer, and what is looked at after it.
    doubtful = crm.capture("doubt@acme.example", last_name="Doubt", company_name="Acme 1")
    log_engagement(lead=doubtful, kind=EngagementKind.CALL, notes="Call me.", by=crm.admin)
    crm.vendor.faults(path=crm.vendor.writes_person, cut_after_commit=1)
    for _ in range(3):
        crm.send(doubtful)
    assert crm.record(doubtful).state == "cleared", crm.why(doubtful)
