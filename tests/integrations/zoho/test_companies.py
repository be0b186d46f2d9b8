"""Accounts: one per company, found by stored id or name, written before their contacts and never renamed."""

from dataclasses import replace

import pytest

from integrations.contract import Cause, RecordWrite, RemoteRef, Step
from tests.integrations.zoho.org import AS_CONTACTS, lead, person


def acme(email="ada@acme.example", **more):
    return person(email, name=more.pop("name", "Acme"), **more)


def deliver(org, *deliveries, **options):
    return org.deliver(*deliveries, **{**AS_CONTACTS, **options})


def account_of(org, email):
    (contact,) = org.vendor.records("Contacts", email=email)
    return contact["Account_Name"]["id"]


def test_a_new_company_is_created_and_its_contact_belongs_to_it(org):
    (result,) = deliver(org, acme(company={"Account_Name": "Acme", "Website": "https://acme.example"}))

    (account,) = org.vendor.records("Accounts")
    assert (result.ok, result.company.id, account["Website"]) == (True, account["id"], "https://acme.example")
    assert result.company.url == f"{org.vendor.url}/crm/org60012345/tab/Accounts/{account['id']}"
    assert account_of(org, "ada@acme.example") == account["id"]


def test_leads_of_one_company_share_it(org):
    results = deliver(
        org, acme("a@acme.example"), acme("b@acme.example"), acme("c@acme.example", company={"Billing_City": "Oslo"})
    )

    assert len({result.company.id for result in results}) == 1
    assert org.accounts("Account_Name", "Billing_City") == [{"Account_Name": "Acme", "Billing_City": "Oslo"}]


def test_two_spellings_with_one_domain_are_one_company(org):
    deliver(
        org, acme("a@x.example", domain="acme.example"), acme("b@x.example", name="ACME Inc", domain="acme.example")
    )

    assert len(org.accounts("id")) == 1


def test_an_existing_account_is_found_by_its_name(org):
    there = org.vendor.seed("Accounts", Account_Name="O'Brien & Söhne", Billing_City="Cork")

    (result,) = deliver(org, acme(name="O'Brien & Söhne", company={"Phone": "7"}))

    assert result.company.id == there["id"]
    assert org.accounts("Phone", "Billing_City") == [{"Phone": "7", "Billing_City": "Cork"}]


def test_the_stored_account_goes_before_the_name_and_is_not_renamed(org):
    there = org.vendor.seed("Accounts", Account_Name="Acme Holding")

    (result,) = deliver(org, acme(known_company=there["id"], company={"Account_Name": "Acme", "Phone": "7"}))

    assert result.company.id == there["id"]
    assert org.accounts("Account_Name", "Phone") == [{"Account_Name": "Acme Holding", "Phone": "7"}]


@pytest.mark.parametrize("company", [{"Account_Name": "Acme"}, {"Account_Name": "Acme", "Phone": "7"}])
def test_a_stored_account_that_is_gone_is_looked_for_by_name(org, company):
    there = org.vendor.seed("Accounts", Account_Name="Acme")

    (result,) = deliver(org, acme(known_company="6172731000000099999", company=company))

    assert (result.fault, result.company.id) == (None, there["id"])
    assert account_of(org, "ada@acme.example") == there["id"]


def test_write_if_blank_fills_only_what_is_empty_in_an_account(org):
    org.vendor.seed("Accounts", Account_Name="Acme", Phone="1")
    write = RecordWrite("Accounts", {"Account_Name": "Acme"}, {"Phone": "7", "Billing_City": "Oslo"})

    deliver(org, replace(acme(), company=write), replace(acme("b@b.example", name="Beta"), company=write))

    accounts = {row["Account_Name"]: row for row in org.accounts("Account_Name", "Phone", "Billing_City")}
    assert accounts["Acme"] == {"Account_Name": "Acme", "Phone": "1", "Billing_City": "Oslo"}
    assert accounts["Beta"]["Phone"] == "7"


@pytest.mark.parametrize("if_blank", [{}, {"Billing_City": "Oslo"}])
def test_of_several_accounts_the_oldest_is_used_with_a_warning(org, if_blank):
    oldest = org.vendor.seed("Accounts", Account_Name="Acme")
    org.vendor.seed("Accounts", Account_Name="Acme")
    delivery = replace(acme(), company=RecordWrite("Accounts", {"Account_Name": "Acme", "Phone": "7"}, if_blank))

    (result,) = deliver(org, delivery)

    assert (result.fault, result.company.id) == (None, oldest["id"])
    assert "2 accounts" in result.warnings[0]
    assert {row["id"]: row["Phone"] for row in org.accounts("id", "Phone")}[oldest["id"]] == "7"


def test_of_several_accounts_the_admin_is_asked_if_he_said_so(org):
    ids = [org.vendor.seed("Accounts", Account_Name="Acme")["id"] for _ in range(2)]

    (result,) = deliver(org, acme(), several_matches="ask")

    assert (result.fault.cause, result.fault.step) == (Cause.AMBIGUOUS_MATCH, Step.COMPANY)
    assert [ref.id for ref in result.fault.candidates] == ids
    assert (result.person, org.contacts("id")) == (None, [])


def test_a_bad_company_value_fails_only_the_lead_that_brought_it(org):
    good, bad = deliver(
        org,
        acme("a@acme.example", company={"Billing_City": "Oslo"}),
        acme("b@acme.example", company={"Employees": "many"}),
    )

    assert (good.ok, bad.fault.cause, bad.fault.step) == (True, Cause.DATA_VALUE_VALIDATION, Step.COMPANY)
    assert (bad.fault.field, bad.fault.value, bad.fault.object) == ("Employees", "many", "Accounts")
    assert org.accounts("Billing_City") == [{"Billing_City": "Oslo"}]


@pytest.mark.parametrize("fault", ["cut_after_commit", "cut_before_commit", "truncate_body", "server_error"])
def test_a_lost_answer_to_an_account_makes_no_double(org, fault):
    org.vendor.faults(path="Accounts/upsert", **{fault: 1})
    (first,) = deliver(org, acme())
    org.anew()

    (again,) = deliver(org, acme(in_doubt=True))

    assert (first.fault.cause, first.fault.step, first.person_written) == (
        Cause.REMOTE_UNAVAILABLE,
        Step.COMPANY,
        False,
    )
    assert again.ok
    assert (len(org.accounts("id")), len(org.contacts("id"))) == (1, 1)


def test_a_lead_without_a_company_makes_none(org):
    (result,) = deliver(org, person("ada@x.example"))

    assert (result.ok, result.company, org.accounts("id")) == (True, None, [])


def test_in_leads_mode_no_account_is_made(org):
    result = org.one(lead("ada@x.example", name="Acme"))

    assert (result.ok, result.company, org.accounts("id")) == (True, None, [])


def test_a_contact_whose_account_vanished_in_between_gets_another(org):
    there = org.vendor.seed("Accounts", Account_Name="Acme")
    delivery = acme(known_company=there["id"])
    org.vendor._call("POST", "delete", json={"module": "Accounts", "id": there["id"]})

    (result,) = deliver(org, delivery)

    assert result.fault is None
    assert [row["Account_Name"] for row in org.accounts("Account_Name")] == ["Acme"]
    assert result.company != RemoteRef("Accounts", there["id"])


def test_a_thousand_leads_of_a_thousand_companies_are_twenty_calls(org):
    leads = [person(f"a{number}@x.example", name=f"Company {number}") for number in range(1000)]

    results = deliver(org, *leads)

    assert all(result.ok and result.company for result in results)
    assert org.paths() == {"POST /Accounts/upsert": 10, "POST /Contacts/upsert": 10}
