"""An unmodified Python client against the simulated Pipedrive: only its addresses are set."""

import pytest
from pipedrive.client import Client
from pipedrive.exceptions import BadRequestError, NotFoundError, TooManyRequestsError

from integrations.sandbox.person import allow
from integrations.sandbox.pipedrive.oauth import API_TOKEN, CLIENT_ID, CLIENT_SECRET
from tests.sandbox.pipedrive_company import BACK


def client_at(address, **options):
    client = Client(**options)
    client.BASE_URL = address
    client.set_api_token(API_TOKEN)
    return client


@pytest.fixture
def v2(pipedrive):
    return client_at(f"{pipedrive.api}/api/v2/")


@pytest.fixture
def v1(pipedrive):
    client = Client(domain=pipedrive.api)
    client.set_api_token(API_TOKEN)
    return client


def test_the_client_signs_in_and_refreshes(pipedrive):
    client = Client(CLIENT_ID, CLIENT_SECRET)
    client.OAUTH_BASE_URL = f"{pipedrive.base}/oauth/"
    code = allow(client.authorization_url(BACK, "state"))["code"]

    tokens = client.exchange_code(BACK, code)
    again = client.refresh_token(tokens["refresh_token"])
    client.BASE_URL = f"{again['api_domain']}/api/v1/"
    client.set_access_token(again["access_token"])

    assert again["refresh_token"] == tokens["refresh_token"]
    assert client.users.get_me()["data"]["company_name"] == "Halden Robotics"


def test_the_client_describes(v2):
    names = [row["field_name"] for row in v2.persons.get_person_fields({"limit": 500})["data"]]

    assert {"Name", "Labels", "Events attended"} <= set(names)
    assert v2.organizations.get_organization_fields()["data"][0]["field_code"] == "name"


def test_the_client_creates_reads_lists_searches_and_deletes(v2):
    organization = v2.organizations.create_organization({"name": "Brightforge"})["data"]
    person = v2.persons.create_person(
        {"name": "Ada", "emails": [{"value": "ada@b.example"}], "org_id": organization["id"]}
    )["data"]

    found = v2.persons.search_persons({"term": "ADA@b.example", "fields": "email", "exact_match": "true"})["data"]
    listed = v2.persons.get_all_persons({"ids": person["id"]})["data"]
    v2.persons.delete_person(person["id"])

    assert found["items"][0]["item"]["organization"]["name"] == "Brightforge"
    assert [row["id"] for row in listed] == [person["id"]]
    assert v2.persons.get_person(person["id"])["data"]["is_deleted"] is True
    assert v2.organizations.search_organizations({"term": "bright"})["data"]["items"][0]["item"]["id"] == 1


def test_the_client_writes_activities_and_notes(v1, v2):
    person = v2.persons.create_person({"name": "Ada"})["data"]
    activity = v2.activities.create_activity({"subject": "Visit", "participants": [{"person_id": person["id"]}]})
    note = v1.notes.create_note({"content": "Hi", "person_id": person["id"]})["data"]
    v1.notes.update_note(note["id"], {"content": "Hello"})

    assert activity["data"]["person_id"] == person["id"]
    assert v1.notes.get_all_notes({"person_id": person["id"]})["data"][0]["content"] == "Hello"


def test_the_client_handles_leads(v1, v2):
    person = v2.persons.create_person({"name": "Ada"})["data"]
    lead = v1.leads.create_lead({"title": "Arms", "person_id": person["id"]})["data"]
    v1.leads.update_lead(lead["id"], {"title": "Grippers"})

    assert v1.leads.get_lead(lead["id"])["data"]["title"] == "Grippers"


def test_the_client_tells_refusals_apart(pipedrive, v1, v2):
    with pytest.raises(BadRequestError, match="is not allowed for this request"):
        v2.persons.create_person({"name": "Ada", "email": "ada@b.example"})
    with pytest.raises(NotFoundError, match="was not found"):
        v2.persons.get_person(99)
    with pytest.raises(NotFoundError):
        v1.persons.get_all_persons()
    pipedrive.switch(rate_limit_next=1)
    with pytest.raises(TooManyRequestsError, match="Request over limit"):
        v2.persons.get_all_persons()
