"""Associations (v4) of the simulated HubSpot."""

import pytest

V4 = "/crm/v4"


def typed(*numbers):
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number} for number in numbers]


def link(hubspot, *pairs, types=(279,), path="/crm/v4/associations/contacts/companies/batch/create"):
    inputs = [{"from": {"id": start}, "to": {"id": end}, "types": typed(*types)} for start, end in pairs]
    return hubspot.post(path, {"inputs": inputs})


def companies_of(hubspot, contact_id):
    answer = hubspot.get(f"{V4}/objects/contacts/{contact_id}/associations/companies")
    return {
        str(row["toObjectId"]): [kind["typeId"] for kind in row["associationTypes"]] for row in answer.json()["results"]
    }


@pytest.fixture
def contact(hubspot):
    return hubspot.contact(email="a@b.example")["id"]


@pytest.fixture
def company(hubspot):
    return hubspot.company(name="Brightforge")["id"]


@pytest.mark.parametrize("family", ["/crm/v4/associations", "/crm/associations/2026-03", "/crm/associations/2026-09"])
def test_a_batch_links_both_ways(hubspot, contact, company, family):
    answer = link(hubspot, (contact, company), path=f"{family}/contacts/companies/batch/create")

    assert answer.status_code == 201
    assert answer.json()["results"] == [
        {
            "fromObjectTypeId": "0-1",
            "fromObjectId": int(contact),
            "toObjectTypeId": "0-2",
            "toObjectId": int(company),
            "labels": [],
        }
    ]
    assert companies_of(hubspot, contact) == {company: [279]}
    back = hubspot.get(f"{V4}/objects/companies/{company}/associations/contacts").json()["results"]
    assert back == [
        {
            "toObjectId": int(contact),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None}],
        }
    ]


def test_bad_ids_are_named_and_the_rest_is_linked(hubspot, contact, company):
    answer = link(hubspot, (contact, company), ("X", company), (contact, "77"))

    assert answer.status_code == 207
    assert len(answer.json()["results"]) == 1
    assert answer.json()["numErrors"] == 2
    assert answer.json()["errors"][0] == {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "subCategory": "crm.associations.INVALID_IDENTIFIER",
        "message": "X is not a valid ID",
        "context": {"id": ["X"]},
    }
    assert answer.json()["errors"][1]["context"] == {"COMPANY": ["77"]}


def test_only_type_1_makes_a_company_the_primary_one(hubspot, contact, company):
    other = hubspot.company(name="Other")["id"]

    link(hubspot, (contact, company))
    assert hubspot.values("contacts", "associatedcompanyid") == [(None,)]
    link(hubspot, (contact, company), types=(1,))
    assert hubspot.values("contacts", "associatedcompanyid") == [(company,)]
    link(hubspot, (contact, other), types=(279, 1))
    assert hubspot.values("contacts", "associatedcompanyid") == [(other,)]
    assert companies_of(hubspot, contact) == {company: [279], other: [279, 1]}


def test_a_type_that_does_not_join_the_two_is_refused(hubspot, contact, company):
    answer = link(hubspot, (contact, company), types=(202,))

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_a_default_link_may_be_repeated(hubspot, contact, company):
    path = f"{V4}/objects/contacts/{contact}/associations/default/companies/{company}"

    first, again = hubspot.put(path), hubspot.put(path)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["results"] == [
        {"from": {"id": contact}, "to": {"id": company}, "associationSpec": typed(279)[0]},
        {"from": {"id": company}, "to": {"id": contact}, "associationSpec": typed(280)[0]},
    ]
    assert companies_of(hubspot, contact) == {company: [279]}


def test_default_links_come_in_batches_too(hubspot, contact, company):
    pair = {"from": {"id": contact}, "to": {"id": company}}
    path = "/crm/associations/2026-03/contacts/companies/batch/associate/default"

    assert hubspot.post(path, {"inputs": [pair]}).status_code == 200
    assert hubspot.post(path, {"inputs": [pair, {"from": {"id": "1"}, "to": {"id": company}}]}).status_code == 207
    assert companies_of(hubspot, contact) == {company: [279]}


def test_a_batch_read_names_records_without_links(hubspot, contact, company):
    alone = hubspot.contact(email="c@b.example")["id"]
    link(hubspot, (contact, company))

    answer = hubspot.post(
        "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": contact}, {"id": alone}]}
    )

    assert answer.status_code == 207
    assert [row["from"]["id"] for row in answer.json()["results"]] == [contact]
    assert answer.json()["errors"][0]["message"] == f"No company is associated with contact {alone}."


def test_a_record_cannot_be_linked_to_itself(hubspot, contact):
    other = hubspot.contact(email="c@b.example")["id"]

    answer = link(
        hubspot, (contact, contact), (contact, other), types=(449,), path=f"{V4}/associations/0-1/contacts/batch/create"
    )

    assert answer.status_code == 207
    assert [row["toObjectId"] for row in answer.json()["results"]] == [int(other)]
    assert answer.json()["errors"][0]["message"] == f"Object {contact} cannot be associated to itself ({contact})"


def test_links_can_be_taken_away(hubspot, contact, company):
    link(hubspot, (contact, company), types=(1,))

    answer = hubspot.post(
        "/crm/v4/associations/contacts/companies/batch/archive",
        {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]},
    )

    assert answer.status_code == 204
    assert companies_of(hubspot, contact) == {}
    assert hubspot.values("contacts", "associatedcompanyid") == [(None,)]


def test_one_typed_link_is_a_put(hubspot, contact, company):
    path = f"/crm/objects/2026-09/contacts/{contact}/associations/companies/{company}"

    assert hubspot.put(path, typed(1)).json()["labels"] == ["Primary"]
    assert companies_of(hubspot, contact) == {company: [1]}
    assert hubspot.delete(path).status_code == 204
    assert companies_of(hubspot, contact) == {}


def test_a_record_can_be_read_with_its_links(hubspot, contact, company):
    link(hubspot, (contact, company), types=(279, 1))

    record = hubspot.get(f"/crm/v3/objects/contacts/{contact}?associations=companies").json()

    assert record["associations"] == {
        "companies": {
            "results": [
                {"id": company, "type": "contact_to_company_unlabeled"},
                {"id": company, "type": "contact_to_company"},
            ]
        }
    }


@pytest.mark.parametrize(
    ("kind", "to_contact", "to_company"),
    [
        ("notes", 202, 190), ("tasks", 204, 192), ("calls", 194, 182), ("emails", 198, 186), ("meetings", 200, 188),
        ("communications", 81, 87),
    ],
)  # fmt: skip
def test_each_activity_has_its_types(hubspot, kind, to_contact, to_company):
    for end, number in (("contacts", to_contact), ("companies", to_company)):
        rows = hubspot.get(f"{V4}/associations/{kind}/{end}/labels").json()["results"]
        assert rows == [{"category": "HUBSPOT_DEFINED", "typeId": number, "label": None}]


def test_archiving_a_record_cuts_its_links(hubspot, contact, company):
    link(hubspot, (contact, company))

    hubspot.delete(f"/crm/v3/objects/companies/{company}")

    assert companies_of(hubspot, contact) == {}


def test_a_merge_carries_links_over(hubspot, contact, company):
    loser = hubspot.contact(email="c@b.example")["id"]
    link(hubspot, (loser, company))

    hubspot.post("/crm/v3/objects/contacts/merge", {"primaryObjectId": contact, "objectIdToMerge": loser})

    assert companies_of(hubspot, contact) == {company: [279]}


def test_two_thousand_links_are_one_call_and_one_more_is_too_many(hubspot, contact, company):
    assert link(hubspot, *[(contact, company)] * 2000).status_code == 201
    assert link(hubspot, *[(contact, company)] * 2001).status_code == 400
