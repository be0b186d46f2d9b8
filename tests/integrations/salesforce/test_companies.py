"""Accounts and Contacts: which account a company is, and that it is never made twice."""

from __future__ import annotations

import pytest

from integrations.contract import Cause, Step
from integrations.providers.salesforce.companies import host_of, spellings
from tests.integrations.salesforce.org import CONTACTS_ONLY, Org, lead


def test_a_new_person_of_a_new_company_becomes_a_contact_in_a_new_account(org: Org) -> None:
    result = org.one(lead(company="Acme", domain="acme.com", account={"Website": "https://acme.com"}), **CONTACTS_ONLY)

    (account,) = org.sandbox.records("Account")
    assert result.ok
    assert result.company.id == account["Id"]
    assert (account["Name"], account["Website"]) == ("Acme", "https://acme.com")
    assert org.values("Contact", "LastName", "AccountId") == [("Ruiz", account["Id"])]
    assert [note.step for note in result.notes] == [Step.MATCH, Step.COMPANY, Step.COMPANY, Step.PERSON, Step.LINK]


def test_two_hundred_people_of_ten_new_companies_make_ten_accounts_in_three_calls(org: Org) -> None:
    batch = [
        lead(str(n), f"p{n}@c{n % 10}.com", company=f"Company {n % 10}", domain=f"c{n % 10}.com") for n in range(200)
    ]

    assert org.calls_of(*batch, **CONTACTS_ONLY) == 3
    assert len(org.sandbox.records("Account")) == 10
    assert len({record["AccountId"] for record in org.sandbox.records("Contact")}) == 10


@pytest.mark.parametrize(
    "website", ["acme.com", "www.acme.com", "http://acme.com", "https://www.ACME.com/", "HTTPS://acme.com"]
)
def test_the_account_is_found_however_its_website_is_written(org: Org, website: str) -> None:
    there = org.sandbox.seed("Account", Name="Something else", Website=website)

    result = org.one(lead(company="Acme", domain="acme.com"), **CONTACTS_ONLY)

    assert result.company.id == there["Id"]
    assert org.values("Contact", "AccountId") == [(there["Id"],)]


def test_the_website_goes_before_the_name(org: Org) -> None:
    org.sandbox.seed("Account", Name="Acme")
    by_website = org.sandbox.seed("Account", Name="Acme Holding", Website="acme.com")

    result = org.one(lead(company="Acme", domain="acme.com", account={"Industry": "Energy"}), **CONTACTS_ONLY)

    assert result.company.id == by_website["Id"]


def test_without_a_website_the_name_finds_the_account_whatever_its_case(org: Org) -> None:
    there = org.sandbox.seed("Account", Name="ACME gmbh")

    assert org.one(lead(company="Acme GmbH"), **CONTACTS_ONLY).company.id == there["Id"]


def test_a_company_with_an_apostrophe_is_found_by_its_name(org: Org) -> None:
    there = org.sandbox.seed("Account", Name="O'Brien \\ Söhne 100%")

    assert org.one(lead(company="O'Brien \\ Söhne 100%"), **CONTACTS_ONLY).company.id == there["Id"]


def test_one_who_tells_the_website_and_one_who_tells_the_name_share_the_new_account(org: Org) -> None:
    org.deliver(
        lead("1", "a@acme.com", company="Acme", domain="acme.com"),
        lead("2", "b@gmail.com", company="acme"),
        lead("3", "c@acme.com", company="Acme Inc.", domain="acme.com"),
        **CONTACTS_ONLY,
    )

    assert len(org.sandbox.records("Account")) == 1
    assert len({record["AccountId"] for record in org.sandbox.records("Contact")}) == 1


def test_a_contact_stays_in_its_account_and_the_other_company_is_not_written_to_it(org: Org) -> None:
    account = org.sandbox.seed("Account", Name="Globex", Website="globex.com")
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com", AccountId=account["Id"])

    result = org.one(lead(company="Acme", domain="acme.com", account={"Industry": "Energy"}), **CONTACTS_ONLY)

    assert result.ok
    assert result.company.id == account["Id"]
    assert org.values("Account", "Name", "Industry") == [("Globex", None)]
    assert result.warnings == [
        "The contact belongs to the account Globex in Salesforce, so the company Acme was not written to it."
    ]


def test_a_contact_in_the_company_it_names_updates_that_account(org: Org) -> None:
    account = org.sandbox.seed("Account", Name="Acme Holding", Website="https://www.acme.com/en/start")
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com", AccountId=account["Id"])

    result = org.one(
        lead(company="Acme", domain="acme.com", account={"Industry": "Energy"}, account_if_blank={"Phone": "1"}),
        **CONTACTS_ONLY,
    )

    assert result.warnings == []
    assert org.values("Account", "Id", "Industry", "Phone") == [(account["Id"], "Energy", "1")]


def test_a_contact_without_an_account_is_linked(org: Org) -> None:
    account = org.sandbox.seed("Account", Name="Acme", Website="acme.com")
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com")

    org.one(lead(company="Acme", domain="acme.com"), **CONTACTS_ONLY)

    assert org.values("Contact", "AccountId") == [(account["Id"],)]


def test_a_person_without_a_company_becomes_a_contact_without_an_account(org: Org) -> None:
    result = org.one(lead(objects=("Contact",)), **CONTACTS_ONLY)

    assert result.ok
    assert result.company is None
    assert org.values("Contact", "AccountId") == [(None,)]


def test_write_if_blank_fills_the_account_and_keeps_what_is_there(org: Org) -> None:
    org.sandbox.seed("Account", Name="Acme", Website="acme.com", Industry="Energy")

    org.one(
        lead(company="Acme", domain="acme.com", account={}, account_if_blank={"Industry": "Banking", "Phone": "1"}),
        **CONTACTS_ONLY,
    )

    assert org.values("Account", "Industry", "Phone") == [("Energy", "1")]


def test_a_stored_account_that_was_deleted_is_matched_again_in_the_same_delivery(org: Org) -> None:
    first = org.one(lead(company="Acme", domain="acme.com"), **CONTACTS_ONLY)
    org.delete(first.company.id)
    there = org.sandbox.seed("Account", Name="Acme", Website="acme.com")

    result = org.one(
        lead(email="ben@acme.com", company="Acme", domain="acme.com", known_account=first.company.id), **CONTACTS_ONLY
    )

    assert result.ok
    assert result.company.id == there["Id"]


def test_a_stored_person_and_account_cost_two_writes_and_no_look(org: Org) -> None:
    first = org.one(lead(company="Acme", domain="acme.com"), **CONTACTS_ONLY)
    again = lead(
        company="Acme", domain="acme.com", known=("Contact", first.person.id), known_account=first.company.id,
        account={"Industry": "Energy"},
    )  # fmt: skip

    assert org.calls_of(again, **CONTACTS_ONLY) == 2
    assert org.values("Account", "Industry") == [("Energy",)]


def test_several_accounts_of_one_name_take_the_oldest_with_a_warning(org: Org) -> None:
    org.sandbox.seed("Account", Name="Acme", CreatedDate="2026-03-01T00:00:00.000+0000")
    older = org.sandbox.seed("Account", Name="Acme", CreatedDate="2026-01-01T00:00:00.000+0000")

    result = org.one(lead(company="Acme"), **CONTACTS_ONLY)

    assert result.company.id == older["Id"]
    assert "2 records in Salesforce match by name" in result.warnings[0]


def test_several_accounts_are_a_question_where_the_admin_wants_to_be_asked(org: Org) -> None:
    for _ in range(2):
        org.sandbox.seed("Account", Name="Acme")

    result = org.one(lead(company="Acme"), **CONTACTS_ONLY, several_matches="ask")

    assert (result.fault.cause, result.fault.step) == (Cause.AMBIGUOUS_MATCH, Step.COMPANY)
    assert org.sandbox.records("Contact") == []


def test_an_account_that_is_refused_stops_its_people_and_nobody_else(org: Org) -> None:
    first, second = org.deliver(
        lead("1", "a@acme.com", company="Acme", account={"Industry": "x" * 300}),
        lead("2", "b@globex.com", company="Globex"),
        **CONTACTS_ONLY,
    )

    assert (first.fault.cause, first.fault.step, first.fault.object) == (
        Cause.DATA_VALUE_VALIDATION,
        Step.COMPANY,
        "Account",
    )
    assert second.ok
    assert org.values("Contact", "Email") == [("b@globex.com",)]


@pytest.mark.parametrize(
    ("website", "host"),
    [
        ("https://www.Acme.com/en?x=1", "acme.com"),
        ("acme.com", "acme.com"),
        ("http://acme.com:8080", "acme.com"),
        (" WWW.acme.co.uk ", "acme.co.uk"),
        ("http://[broken", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_host_of_a_website_is_read_out_of_what_people_type(website: str | None, host: str) -> None:
    assert host_of(website) == host


def test_a_domain_is_asked_for_in_all_its_usual_spellings() -> None:
    assert len(spellings("acme.com")) == len(set(spellings("acme.com"))) == 10
    assert all(host_of(spelling) == "acme.com" for spelling in spellings("acme.com"))


def test_four_hundred_people_of_as_many_new_companies_cost_three_calls(org: Org) -> None:
    batch = [lead(str(n), f"p{n}@c.com", company=f"Company {n}", domain=f"company{n}.com") for n in range(400)]

    assert org.calls_of(*batch, **CONTACTS_ONLY) == 3
    assert len(org.sandbox.records("Account")) == 400


def test_one_who_names_another_company_does_not_keep_a_colleague_from_updating_theirs(org: Org) -> None:
    account = org.sandbox.seed("Account", Name="Globex", Website="globex.com")
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com", AccountId=account["Id"])

    org.deliver(
        lead("1", company="Acme", domain="acme.com", account={"Phone": "1"}),
        lead("2", "ben@globex.com", company="Globex", domain="globex.com", account={"Industry": "Energy"}),
        **CONTACTS_ONLY,
    )

    assert org.values("Account", "Name", "Phone", "Industry") == [("Globex", None, "Energy")]


def test_an_account_known_by_id_to_one_and_found_by_another_is_filled_where_blank(org: Org) -> None:
    account = org.sandbox.seed("Account", Name="Acme", Website="acme.com", Phone="1")

    org.deliver(
        lead("1", company="Acme", domain="acme.com", known_account=account["Id"]),
        lead(
            "2",
            "ben@acme.com",
            company="Acme",
            domain="acme.com",
            account_if_blank={"Phone": "2", "Industry": "Energy"},
        ),
        **CONTACTS_ONLY,
    )

    assert org.values("Account", "Phone", "Industry") == [("1", "Energy")]


def test_a_field_of_the_account_that_is_gone_is_the_fault_of_the_leads_that_have_it(org: Org) -> None:
    org.sandbox.change_schema("Account", remove=["Industry"])

    first, second = org.deliver(
        lead("1", company="Acme", account_if_blank={"Industry": "Energy"}),
        lead("2", "ben@globex.com", company="Globex"),
        **CONTACTS_ONLY,
    )

    assert (first.fault.cause, first.fault.object, first.fault.field) == (
        Cause.MISSING_REMOTE_FIELD, "Account", "Industry",
    )  # fmt: skip
    assert second.ok
    assert [note.step for note in second.notes] == [Step.MATCH, Step.COMPANY, Step.COMPANY, Step.PERSON, Step.LINK]


def test_an_account_refused_for_one_leaves_the_contact_who_only_belongs_to_it_written(org: Org) -> None:
    account = org.sandbox.seed("Account", Name="Globex", Website="globex.com")
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com", AccountId=account["Id"])

    first, second = org.deliver(
        lead("1", company="Acme", domain="acme.com"),
        lead("2", "ben@globex.com", company="Globex", domain="globex.com", account={"Industry": "x" * 300}),
        **CONTACTS_ONLY,
    )

    assert first.ok
    assert first.company.id == account["Id"]
    assert second.fault.step is Step.COMPANY
