"""Companies: one per domain, found before one is made, linked to their contacts, never doubled by a lagging search."""

from dataclasses import replace

import pytest

from integrations.contract import Cause, RecordWrite, RemoteRef, Step
from integrations.providers.hubspot.companies import ASK, OLDEST, SEVERAL_MATCHES
from tests.integrations.hubspot.account import deliver_to, lead
from tests.integrations.hubspot.scripted import Says

PRIMARY = {279, 1}


def acme(email="ada@acme.example", **more):
    return lead(email, domain="acme.example", name="Acme", **more)


def test_a_new_company_is_created_and_is_the_primary_one_of_its_new_contact(portal):
    result = portal.one(acme())

    (company,) = portal.vendor.records("companies")
    assert result.ok
    assert (result.company.id, company["properties"]["domain"]) == (result.company.id, "acme.example")
    assert result.company.url == f"{portal.vendor.url}/contacts/44556677/record/0-2/{company['id']}"
    assert portal.linked(result.person.id) == [(company["id"], PRIMARY)]


def test_leads_of_one_company_share_it(portal):
    results = portal.deliver(
        acme("a@acme.example"), acme("b@acme.example"), acme("c@acme.example", company={"city": "Oslo"})
    )

    assert len({result.company.id for result in results}) == 1
    assert portal.companies("name", "city") == [{"name": "Acme", "city": "Oslo"}]
    assert all(portal.linked(result.person.id)[0][1] == PRIMARY for result in results)


def test_the_story_of_a_shared_company_does_not_list_the_other_contacts(portal):
    ada, _ = portal.deliver(acme("a@acme.example"), acme("b@acme.example"))

    (created,) = [note for note in ada.notes if note.step is Step.COMPANY and note.summary.startswith("Created")]
    assert created.sent == {"properties": {"domain": "acme.example", "name": "Acme"}}


def test_an_existing_company_is_found_by_its_domain_and_updated(portal):
    there = portal.vendor.seed("companies", name="ACME Inc.", domain="acme.example", city="Rome")

    result = portal.one(acme(company={"phone": "7"}))

    assert result.company.id == there["id"]
    assert portal.companies("name", "city", "phone") == [{"name": "ACME Inc.", "city": "Rome", "phone": "7"}]
    assert portal.linked(result.person.id) == [(there["id"], PRIMARY)]


def test_without_a_domain_the_exact_name_finds_the_company(portal):
    there = portal.vendor.seed("companies", name="O'Brien & Söhne")
    portal.vendor.seed("companies", name="O'Brien & Söhne International")

    result = portal.one(lead("a@b.example", name="o'brien & söhne", company={"city": "Cork"}))

    assert result.company.id == there["id"]


def test_a_domain_decides_even_if_the_name_is_taken(portal):
    portal.vendor.seed("companies", name="Acme", domain="acme.other")

    portal.one(acme())

    assert sorted(row["domain"] for row in portal.companies("domain")) == ["acme.example", "acme.other"]


def test_of_several_companies_the_oldest_is_used_with_a_warning(portal):
    oldest = portal.vendor.seed("companies", name="First", domain="acme.example")
    portal.vendor.seed("companies", name="Second", domain="acme.example")

    result = portal.one(acme(), **{SEVERAL_MATCHES: OLDEST})

    assert result.company.id == oldest["id"]
    assert result.warnings == ["2 companies in HubSpot have the domain acme.example; the oldest one was used."]


def test_of_several_companies_the_admin_is_asked_if_he_said_so(portal):
    two = [portal.vendor.seed("companies", name=name, domain="acme.example")["id"] for name in ("First", "Second")]

    result = portal.one(acme(), **{SEVERAL_MATCHES: ASK})

    assert (result.fault.cause, result.fault.step) == (Cause.AMBIGUOUS_MATCH, Step.COMPANY)
    assert [ref.id for ref in result.fault.candidates] == two
    assert (result.person.object, result.person_written) == ("contacts", False)
    assert len(portal.vendor.records("companies")) == 2


def test_the_company_a_person_chose_is_used(portal):
    _, second = [portal.vendor.seed("companies", name=name, domain="acme.example") for name in ("First", "Second")]

    result = portal.one(acme(known_company=second["id"]), **{SEVERAL_MATCHES: ASK})

    assert (result.ok, result.company.id) == (True, second["id"])
    assert portal.linked(result.person.id) == [(second["id"], PRIMARY)]


def test_a_stored_company_that_is_gone_is_looked_for_anew(portal):
    there = portal.vendor.seed("companies", name="Acme", domain="acme.example")

    result = portal.one(acme(known_company="999"))

    assert (result.ok, result.company.id) == (True, there["id"])


def test_a_stored_company_that_is_gone_and_unfindable_is_made_anew(portal):
    result = portal.one(acme(known_company="999"))

    assert result.ok
    assert portal.companies("name", "domain") == [{"name": "Acme", "domain": "acme.example"}]


def test_write_if_blank_fills_only_what_is_empty_in_a_company(portal):
    portal.vendor.seed("companies", name="Acme", domain="acme.example", city="Rome")
    delivery = acme()
    write = RecordWrite("companies", {"name": "Acme GmbH"}, {"city": "Oslo", "zip": "0150"})

    portal.one(replace(delivery, company=write))

    assert portal.companies("name", "city", "zip") == [{"name": "Acme GmbH", "city": "Rome", "zip": "0150"}]


def test_a_domain_is_written_as_a_bare_host_whatever_is_mapped_to_it(portal):
    portal.one(acme(company={"domain": "https://www.Acme.example/about", "website": "https://www.Acme.example/about"}))

    assert portal.companies("domain", "website") == [
        {"domain": "acme.example", "website": "https://www.Acme.example/about"}
    ]


def test_another_primary_company_keeps_its_place(portal):
    first = portal.one(lead("ada@acme.example", domain="old.example", name="Old"))

    second = portal.one(acme(known=first.person.id))

    links = dict(portal.linked(first.person.id))
    assert links[first.company.id] == PRIMARY
    assert links[second.company.id] == {279}


def test_a_link_that_is_there_is_not_made_again(portal):
    first = portal.one(acme())
    portal.vendor.forget_stats()

    again = portal.one(acme(known=first.person.id, known_company=first.company.id))

    assert again.ok
    assert [path for path in portal.vendor.stats()["by_path"] if path.endswith("contacts/companies/batch/create")] == []


def test_a_company_hubspot_made_by_itself_is_used_in_spite_of_the_lag(portal):
    portal.vendor.faults(company_auto_creation=True, search_lag=60)

    result = portal.one(acme())

    assert result.ok
    assert portal.companies("name", "domain") == [{"name": "Acme", "domain": "acme.example"}]


def test_the_next_batch_of_the_same_connection_knows_the_company_in_spite_of_the_lag(portal):
    portal.vendor.faults(search_lag=60)

    first, second = portal.one(acme("a@acme.example")), portal.one(acme("b@acme.example"))

    assert first.company.id == second.company.id
    assert len(portal.vendor.records("companies")) == 1


@pytest.mark.parametrize(
    "fault", ["cut_after_commit", "cut_before_commit", "truncate_body", "server_error", "empty_500"]
)
def test_a_lost_answer_to_a_company_makes_no_double_in_spite_of_the_lag(portal, fault):
    portal.vendor.faults(search_lag=60, path="companies/batch/create", **{fault: 1})
    first = portal.one(acme())
    portal.vendor.faults(path="")
    portal.anew()

    again = portal.one(acme(known=first.person.id, in_doubt=True))

    assert (first.fault.cause, first.fault.step, first.fault.ambiguous) == (
        Cause.REMOTE_UNAVAILABLE,
        Step.COMPANY,
        True,
    )
    assert (first.person is not None, first.person_written) == (True, False)
    assert again.ok
    assert portal.companies("domain") == [{"domain": "acme.example"}]
    assert portal.linked(again.person.id) == [(again.company.id, PRIMARY)]


def test_a_lead_without_a_company_makes_none(portal):
    result = portal.one(lead("ada@acme.example"))

    assert (result.ok, result.company) == (True, None)
    assert portal.vendor.records("companies") == []


def test_a_lead_whose_contact_failed_makes_no_company(portal):
    result = portal.one(acme("not an address"))

    assert result.fault.cause is Cause.DATA_VALUE_VALIDATION
    assert portal.vendor.records("companies") == []


def test_a_bad_company_value_fails_only_the_lead_that_brought_it(portal):
    good, bad = portal.deliver(
        acme("a@acme.example", company={"city": "Oslo"}), acme("b@acme.example", company={"numberofemployees": "many"})
    )

    assert (good.ok, bad.fault.cause, bad.fault.step) == (True, Cause.DATA_VALUE_VALIDATION, Step.COMPANY)
    assert (bad.fault.field, bad.fault.value, bad.fault.object) == ("numberofemployees", "many", "companies")
    assert portal.companies("city") == [{"city": "Oslo"}]


def test_a_bad_value_for_a_known_company_fails_at_the_company_step(portal):
    there = portal.vendor.seed("companies", name="Acme", domain="acme.example")

    result = portal.one(acme(known_company=there["id"], company={"industry": "Robots"}))

    assert (result.fault.cause, result.fault.code) == (Cause.DATA_VALUE_VALIDATION, "INVALID_OPTION")
    assert (result.fault.step, result.fault.field, result.fault.value) == (Step.COMPANY, "industry", "Robots")
    assert result.person_written is False


def test_a_refused_search_is_the_fault_of_the_company_step(portal):
    portal.vendor.faults(rate_limit_next=1, rate_limit_policy="SECONDLY", path="companies/search")

    result = portal.one(acme())

    assert (result.fault.cause, result.fault.step, result.fault.wait) == (Cause.RATE_LIMITED, Step.COMPANY, 1.0)
    assert (result.fault.ambiguous, result.person_written) == (False, False)
    assert result.person is not None


def test_a_refused_link_is_told_with_the_ids(scripted, client_of):
    def answer(asked):
        if asked.path.endswith("/upsert"):
            return Says(200, {"results": [{"id": "1", "objectWriteTraceId": "0", "new": True, "properties": {}}]})
        if asked.path.endswith("/contacts/companies/batch/create"):
            error = {
                "status": "error",
                "category": "VALIDATION_ERROR",
                "subCategory": "crm.associations.INVALID_IDENTIFIER",
                "message": "X is not a valid ID",
                "context": {"id": ["5"]},
            }
            return Says(207, {"results": [], "errors": [error], "numErrors": 1})
        return Says(200, {"results": []})

    server = scripted(answer)
    delivery = lead("a@acme.example", known_company="5", domain="acme.example", company={})

    (result,) = deliver_to(client_of(server), delivery)

    assert (result.fault.step, result.fault.message, result.fault.cause) == (
        Step.LINK,
        "X is not a valid ID",
        Cause.REMOTE_RULE,
    )
    assert result.company == RemoteRef("companies", "5", "")
    assert result.person_written is False


def test_domains_are_searched_a_hundred_at_a_time(portal):
    leads = [lead(f"a@d{number}.example", domain=f"d{number}.example", name=f"D{number}") for number in range(120)]

    results = portal.deliver(*leads)

    by_path = portal.vendor.stats()["by_path"]
    assert all(result.ok for result in results)
    assert by_path["POST /crm/objects/2026-03/companies/search"] == 2
    assert by_path["POST /crm/objects/2026-03/companies/batch/create"] == 2
    assert len(portal.vendor.records("companies")) == 120
