"""Persons: found by the strongest key, written several at once, never doubled."""

from integrations.contract import Cause, Step
from integrations.providers.pipedrive.dispatch import Ask
from tests.integrations.pipedrive.company import lead

ODD = "O'Brien \\ 100 % “quoted”, <b> \U0001f916 שלום"


def test_a_new_lead_becomes_a_person_with_a_link_people_can_open(company):
    result = company.one(lead("Ada@Acme.example", first_name="Ada"))

    (person,) = company.vendor.records("persons", email="ada@acme.example")
    assert (result.ok, result.created, result.person_written) == (True, True, True)
    assert result.person.url == f"{company.vendor.url}/halden-robotics/person/{person['id']}"
    assert company.persons("name", "emails") == [{"name": "Ada Meyer", "emails": ["Ada@Acme.example"]}]


def test_unusual_letters_arrive_as_they_are(recommended):
    code = recommended.code("Mobly Description")

    result = recommended.one(lead("ada@acme.example", first_name=ODD, values={code: ODD}))

    assert result.ok
    assert recommended.persons("name", "Mobly Description") == [{"name": f"{ODD} Meyer", "Mobly Description": ODD}]


def test_an_existing_person_is_updated_by_its_email(company):
    known = company.vendor.seed("persons", email="Ada@acme.example", first_name="A.", phone="1")

    result, *_ = company.deliver(lead("ada@acme.example", first_name="Ada"), lead("bo@acme.example"))

    assert (result.person.id, result.created) == (str(known["id"]), False)
    assert company.persons("name", "phones")[0] == {"name": "Ada Meyer", "phones": ["1"]}
    assert company.calls("search") == 0


def test_a_large_account_is_searched_until_its_index_is_there(crowded):
    known = crowded.vendor.seed("persons", email="Ada@acme.example", first_name="A.")

    results = [crowded.one(lead("ada@acme.example", first_name="Ada")) for _ in range(6)]

    assert {result.person.id for result in results} == {str(known["id"])}
    assert 0 < crowded.calls("search") < 6


def test_the_stored_id_comes_before_the_email(company):
    known = company.vendor.seed("persons", email="old@acme.example", name="A")
    company.vendor.seed("persons", email="ada@acme.example", name="B")

    result = company.one(lead("ada@acme.example", known=known["id"]))

    assert result.person.id == str(known["id"])
    assert company.persons("emails")[0] == {"emails": ["ada@acme.example", "old@acme.example"]}


def test_a_stored_id_that_is_gone_falls_through_to_the_email(company):
    gone = company.vendor.seed("persons", email="x@acme.example", name="X")
    company.vendor.delete("persons", str(gone["id"]))
    known = company.vendor.seed("persons", email="ada@acme.example", name="Ada")

    result = company.one(lead("ada@acme.example", known=gone["id"]))

    assert result.person.id == str(known["id"])


def test_our_own_id_finds_a_person_whose_email_changed(recommended):
    code = recommended.code("Mobly Lead ID")
    known = recommended.vendor.seed("persons", email="old@acme.example", name="Ada", **{"Mobly Lead ID": "m-1"})
    others = [lead(f"new{number}@acme.example", mobly_id=f"n-{number}", own_field=code) for number in range(5)]

    result, *_ = recommended.deliver(lead("ada@acme.example", mobly_id="m-1", own_field=code), *others)

    assert result.person.id == str(known["id"])


def test_our_own_id_is_searched_for_where_there_is_no_email(crowded):
    crowded.vendor.add_recommended_fields()
    code = crowded.code("Mobly Lead ID")
    known = crowded.vendor.seed("persons", name="Ada", **{"Mobly Lead ID": "m-1"})

    result = crowded.one(lead(mobly_id="m-1", own_field=code))

    assert (result.person.id, result.created) == (str(known["id"]), False)
    assert crowded.calls("itemSearch/field") == 1


def test_the_oldest_of_several_is_used_with_a_warning(company):
    oldest = company.vendor.seed("persons", email="ada@acme.example", name="A")
    company.vendor.seed("persons", email="ada@acme.example", name="B")

    result = company.one(lead("ada@acme.example"))

    assert result.person.id == str(oldest["id"])
    assert result.warnings == ["2 persons in Pipedrive have the e-mail ada@acme.example; the oldest one was used."]


def test_an_admin_may_decide_between_several(company):
    first = company.vendor.seed("persons", email="ada@acme.example", name="A")
    second = company.vendor.seed("persons", email="ada@acme.example", name="B")

    result = company.one(lead("ada@acme.example"), several_matches="ask")

    assert (result.fault.cause, result.fault.value) == (Cause.AMBIGUOUS_MATCH, "ada@acme.example")
    assert [ref.id for ref in result.fault.candidates] == [str(first["id"]), str(second["id"])]


def test_two_leads_that_are_one_person_become_one(company):
    first, second = company.deliver(
        lead("ada@acme.example", first_name="Ada"), lead("ADA@acme.example", phones="+41 44 1")
    )

    assert first.person.id == second.person.id
    assert (first.created, second.created) == (True, False)
    assert company.persons("name", "phones") == [{"name": "Ada Meyer", "phones": ["+41 44 1"]}]


def test_a_person_written_a_moment_ago_is_found_though_search_lags(crowded):
    crowded.vendor.faults(search_lag=60)
    first = crowded.one(lead("ada@acme.example"))
    crowded.anew()

    second = crowded.one(lead("ada@acme.example", first_name="Ada"))

    assert second.person.id == first.person.id
    assert crowded.calls("search") == 2
    assert len(crowded.vendor.records("persons", email="ada@acme.example")) == 1


def test_what_others_added_since_is_seen_by_the_index(company):
    company.deliver(*(lead(f"new{number}@acme.example") for number in range(5)))
    known = company.vendor.seed("persons", email="late@acme.example", name="Late")

    result = company.one(lead("late@acme.example"))

    assert result.person.id == str(known["id"])


def test_an_email_that_was_taken_away_does_not_mislead_the_index(company):
    first, *_ = company.deliver(*(lead(f"new{number}@acme.example") for number in range(5)))
    company.client.call(_patch(company, first.person.id, emails=[{"value": "other@acme.example"}]))

    result = company.one(lead("new0@acme.example"))

    assert result.created
    assert result.person.id != first.person.id


def _patch(company, person_id, **body):
    return Ask("PATCH", f"{company.client.v2}/persons/{person_id}", json=body)


def test_a_person_deleted_at_the_vendor_is_created_anew(company):
    first, *_ = company.deliver(*(lead(f"new{number}@acme.example") for number in range(5)))
    company.vendor.delete("persons", first.person.id)

    result = company.one(lead("new0@acme.example", known=first.person.id))

    assert result.created
    assert result.person.id != first.person.id


def test_what_stands_already_costs_no_write(company):
    result = company.one(lead("ada@acme.example", first_name="Ada"))
    company.vendor.forget_stats()

    again = company.one(lead("ada@acme.example", first_name="Ada", known=result.person.id))

    assert (again.ok, again.person_written) == (True, True)
    assert company.calls("PATCH") + company.calls("POST") == 0


def test_a_lead_without_a_name_says_so(company):
    result = company.one(lead("ada@acme.example", last_name=None))

    assert (result.fault.cause, result.fault.field) == (Cause.REQUIRED_FIELD_MISSING, "last_name")
    assert company.vendor.records("persons") == []


def test_new_persons_may_belong_to_the_rep_who_met_them(company):
    company.deliver(lead("ada@acme.example", captured_by="Tom@halden.example"), lead("bo@acme.example"), owner="rep")

    owners = {row["emails"][0]: row["owner_id"] for row in company.persons("emails", "owner_id")}
    assert owners == {"ada@acme.example": 2000002, "bo@acme.example": 2000001}


def test_one_bad_lead_leaves_the_others_alone(company):
    good, bad = company.deliver(lead("ada@acme.example"), lead("bo@acme.example", owner_id="99"))

    assert (good.ok, bad.fault.step, bad.fault.cause) == (True, Step.PERSON, Cause.DATA_VALUE_VALIDATION)
    assert (bad.fault.field, bad.fault.value) == ("owner_id", "99")
    assert company.persons("emails") == [{"emails": ["ada@acme.example"]}]
