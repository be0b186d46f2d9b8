"""Search of the simulated Pipedrive: exact without case, ranked otherwise, behind the writes when switched."""

import pytest

from tests.sandbox.pipedrive_company import error_of

BY_EMAIL = {"term": "ada@b.example", "fields": "email", "exact_match": "true"}


def test_exact_search_reads_e_mails_without_case_and_only_whole(pipedrive):
    ada = pipedrive.person(emails=[{"value": "x@b.example"}, {"value": "Ada@B.example"}])
    pipedrive.person(emails=[{"value": "not-ada@b.example"}])

    assert pipedrive.found(**BY_EMAIL) == [ada["id"]]
    assert pipedrive.found(term="ada", fields="email", exact_match="true") == []


def test_search_without_exact_finds_near_ones_ranked(pipedrive):
    near, exact = pipedrive.organization(name="Brightforge Holding GmbH"), pipedrive.organization(name="Brightforge")
    answer = pipedrive.get("/api/v2/organizations/search?term=brightforge&fields=name").json()["data"]["items"]

    assert [row["item"]["id"] for row in answer] == [exact["id"], near["id"]]
    assert answer[0]["result_score"] > answer[1]["result_score"]
    assert pipedrive.found("organizations", term="BRIGHTFORGE", fields="name", exact_match="true") == [exact["id"]]


def test_deleted_persons_are_not_found(pipedrive):
    person = pipedrive.person(emails=[{"value": "ada@b.example"}])
    pipedrive.control("POST", "delete", {"object": "persons", "id": person["id"]})

    assert pipedrive.found(**BY_EMAIL) == []


def test_search_trails_writes_while_lists_do_not(pipedrive, clock):
    pipedrive.switch(search_lag=10)
    person = pipedrive.person(emails=[{"value": "ada@b.example"}])
    at_once, listed = pipedrive.found(**BY_EMAIL), pipedrive.get("/api/v2/persons").json()["data"]
    clock.advance(11)
    later = pipedrive.found(**BY_EMAIL)
    pipedrive.patch(f"/api/v2/persons/{person['id']}", {"emails": [{"value": "new@b.example"}]})
    still = pipedrive.found(**BY_EMAIL)
    clock.advance(11)

    assert (at_once, len(listed), later, still) == ([], 1, [person["id"]], [person["id"]])
    assert pipedrive.found(**BY_EMAIL) == []


def test_one_field_is_searched_with_regard_to_case(pipedrive):
    pipedrive.control("POST", "recommended-fields")
    code = pipedrive.field("Mobly Lead ID")["field_code"]
    person = pipedrive.person(custom_fields={code: "Lead-7"})
    asked = {"entity_type": "person", "field": code}

    def found(**more):
        return pipedrive.get("/api/v2/itemSearch/field", params=asked | more).json()["data"]

    assert found(term="Lead-7", match="exact") == [{"id": person["id"], "name": "Ada Lovelace"}]
    assert found(term="lead-7", match="exact") == []
    assert found(term="ead", match="middle") == [{"id": person["id"], "name": "Ada Lovelace"}]
    pipedrive.patch(f"/api/v2/persons/{person['id']}", {"custom_fields": {code: "Lead-8"}})
    assert found(term="Lead-7", match="exact") == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/persons/search?fields=email", 400),
        ("/api/v2/persons/search?term=a", 400),
        ("/api/v2/persons/search?term=a&exact_match=true&fields=email", 200),
        ("/api/v2/persons/search?term=ab&fields=shoe", 400),
        ("/api/v2/itemSearch/field?term=ab&entity_type=shoe&field=x", 400),
        ("/api/v2/itemSearch/field?term=ab&entity_type=person&field=x", 400),
    ],
)
def test_a_search_must_make_sense(pipedrive, path, status):
    assert pipedrive.get(path).status_code == status


def test_a_field_of_options_cannot_be_searched(pipedrive):
    code = pipedrive.field("Lead temperature")["field_code"]

    assert error_of(pipedrive.get(f"/api/v2/itemSearch/field?term=ab&entity_type=person&field={code}"))[0] == 400


def test_items_of_all_kinds_are_found_together(pipedrive):
    organization = pipedrive.organization(name="Ada Works")
    person = pipedrive.person(name="Ada", org_id=organization["id"])

    items = pipedrive.get("/api/v2/itemSearch?term=ada&fields=name").json()["data"]["items"]

    assert {(row["item"]["type"], row["item"]["id"]) for row in items} == {
        ("organization", organization["id"]), ("person", person["id"]),
    }  # fmt: skip
