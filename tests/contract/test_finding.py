"""Where a lead would go, found by reading alone: the same record the delivery then takes, and not one write."""

from __future__ import annotations

from typing import Any

from integrations.contract import Delivery, Match
from integrations.planning import plan
from integrations.providers import provider_of
from integrations.setup import setup_of
from integrations.tokens import open_client
from leads.models import Lead
from reconciliation.models import SyncRecord
from reconciliation.snapshots import load_lead
from tests.contract.conftest import Crm


def test_a_person_nobody_knows_would_be_created(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    match = found(crm, lead)

    assert (match.person, match.person_object, match.fault) == (None, crm.persona, None)
    assert "Engineer" in map(str, match.sends[crm.persona].values())


def test_a_person_who_is_there_is_found_by_the_email(crm: Crm) -> None:
    lead = crm.capture()
    crm.cleared(lead)
    SyncRecord.objects.update(remote_id="", remote_object="", acknowledged="")

    match = found(crm, lead)
    assert match.person is not None
    assert match.person.id == crm.one(lead).id


def test_a_stored_record_that_is_gone_is_not_taken_for_granted(crm: Crm) -> None:
    lead = crm.capture()
    crm.cleared(lead)
    crm.vendor.remove(crm.one(lead))

    assert found(crm, lead).person is None


def test_a_person_whose_values_are_acknowledged_gets_none_again(crm: Crm) -> None:
    lead = crm.capture()
    crm.cleared(lead)

    match = found(crm, lead)
    assert match.person is not None
    assert match.sends == {match.person_object: {}}


def test_the_company_is_found_too(crm: Crm) -> None:
    crm.with_companies()
    lead = crm.capture(company_name="Brightforge", company_website="https://www.brightforge.example")
    assert found(crm, lead).company is None
    crm.cleared(lead)

    other = crm.capture("bea@brightforge.example", last_name="Bright", company_website="brightforge.example")
    match = found(crm, other)
    assert match.company is not None
    assert match.company.id == crm.record(lead).remote_company_id


def found(crm: Crm, lead: Lead) -> Match:
    """The match of the lead as planned now, after a look at the vendor's books: nothing was written."""
    crm.integration.refresh_from_db()
    load = load_lead(crm.integration, Lead.objects.get(pk=lead.pk))
    delivery = plan(load.lead, setup_of(crm.integration), load.standing)
    assert isinstance(delivery, Delivery)
    before = _written(crm)
    provider = provider_of(crm.integration.provider)
    match = provider.find(open_client(crm.integration), delivery, crm.integration.options)
    assert _written(crm) == before
    return match


def _written(crm: Crm) -> Any:
    stats = crm.vendor.stats()
    return stats["created"], stats["updated"]
