"""Organizations: found by stored id or exact name, one for all who share it, linked in the person's own write."""

import pytest

from integrations.contract import Cause, Step
from tests.integrations.pipedrive.company import lead


def test_a_new_organization_is_created_and_linked(company):
    result = company.one(lead("ada@acme.example", company={"name": "Acme", "address": "Main Street 1"}, name="Acme"))

    (organization,) = company.vendor.records("organizations")
    assert (organization["name"], organization["address"]["value"]) == ("Acme", "Main Street 1")
    assert result.company.url == f"{company.vendor.url}/halden-robotics/organization/{organization['id']}"
    assert company.persons("org_id") == [{"org_id": organization["id"]}]
    assert company.calls("PATCH") == 0


@pytest.mark.parametrize("lag", [0, 60])
def test_leads_of_one_new_company_share_one_organization(company, lag):
    company.vendor.faults(search_lag=lag)
    company.deliver(
        *(lead(f"p{number}@acme.example", name="Acme" if number % 2 else " ACME") for number in range(6)),
        lead("q@acme.example", name="Acme Robotics", domain="acme.example"),
        lead("r@acme.example", name="Acme", domain="acme.example"),
    )
    company.anew()
    company.one(lead("s@acme.example", name="acme"))

    assert len(company.vendor.records("organizations")) <= 2
    assert sum(row["name"].strip().lower() == "acme" for row in company.vendor.records("organizations")) == 1


@pytest.mark.parametrize("size", ["company", "crowded"])
def test_an_organization_is_found_by_its_exact_name_only(request, size):
    company = request.getfixturevalue(size)
    company.vendor.seed("organizations", name="Acme Robotics")
    known = company.vendor.seed("organizations", name="ACME")

    result = company.one(lead("ada@acme.example", name="Acme"))

    assert result.company.id == str(known["id"])
    assert company.organizations("name")[-2:] == [{"name": "Acme Robotics"}, {"name": "ACME"}]


def test_the_stored_organization_comes_first_and_is_updated(company):
    known = company.vendor.seed("organizations", name="Acme Inc.")

    result = company.one(lead("ada@acme.example", name="Acme", known_company=known["id"]))

    assert result.company.id == str(known["id"])
    assert company.organizations("name") == [{"name": "Acme"}]


def test_a_stored_organization_that_is_gone_is_looked_for_by_name(company):
    gone = company.vendor.seed("organizations", name="Acme")
    company.vendor.delete("organizations", str(gone["id"]))

    result = company.one(lead("ada@acme.example", name="Acme", known_company=gone["id"]))

    assert result.company.id != str(gone["id"])
    assert company.persons("org_id") == [{"org_id": int(result.company.id)}]


def test_a_person_of_another_organization_stays_there(company):
    other = company.vendor.seed("organizations", name="Globex")
    company.vendor.seed("persons", email="ada@acme.example", name="Ada", org_id=other["id"])

    result = company.one(lead("ada@acme.example", name="Acme"))

    assert result.ok
    assert len(result.warnings) == 1
    assert company.persons("org_id") == [{"org_id": other["id"]}]
    assert company.organizations("name") == [{"name": "Globex"}]


def test_a_company_known_only_by_its_website_is_called_by_it(company):
    result = company.one(lead("ada@acme.example", company={"address": "Main Street 1"}, domain="acme.example"))

    assert result.ok
    assert company.organizations("name") == [{"name": "acme.example"}]


def test_a_refused_organization_keeps_nobody_from_being_written(company):
    result = company.one(lead("ada@acme.example", company={"name": "Acme", "owner_id": "99"}, name="Acme"))

    assert (result.fault.step, result.fault.cause) == (Step.COMPANY, Cause.DATA_VALUE_VALIDATION)
    assert (result.fault.field, result.fault.value) == ("owner_id", "99")
    # The engine sends person and company again, once the value is right.
    assert result.person is not None
    assert not result.person_written
    assert company.persons("org_id") == [{"org_id": None}]


def test_a_lead_that_spoils_an_organization_fails_alone(company):
    good, bad = company.deliver(
        lead("ada@acme.example", name="Acme"),
        lead("bo@acme.example", company={"name": "Acme", "owner_id": "99"}, name="Acme"),
    )

    assert (good.ok, bad.fault.step) == (True, Step.COMPANY)
    assert company.organizations("name") == [{"name": "Acme"}]


def test_an_organization_that_stands_as_it_should_costs_no_write(company):
    first = company.one(lead("ada@acme.example", name="Acme"))
    company.vendor.forget_stats()

    company.one(lead("ada@acme.example", name="Acme", known=first.person.id, known_company=first.company.id))

    assert company.calls("PATCH") + company.calls("POST") == 0
