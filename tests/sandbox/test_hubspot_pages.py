"""What a person and the control API see of the simulated HubSpot."""

import pytest
import requests

from integrations.sandbox.server import build_vendor


def page(hubspot, path):
    return requests.get(f"{hubspot.base}{path}", timeout=5)


@pytest.fixture
def contact(hubspot):
    """A contact with a company, a note, a list and an event."""
    made = hubspot.contact(email="priya@b.example", firstname="Priya", lastname="Raman <b>")
    company = hubspot.company(name="Brightforge", domain="b.example")
    hubspot.put(f"/crm/v4/objects/contacts/{made['id']}/associations/default/companies/{company['id']}")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    hubspot.post(
        "/crm/v3/objects/notes",
        {
            "properties": {"hs_note_body": "Wants two cobots", "hs_timestamp": "1795291200000"},
            "associations": [{"to": {"id": made["id"]}, "types": types}],
        },
    )
    hubspot.put("/crm/v3/lists/1/memberships/add", [made["id"]])
    hubspot.post(
        "/marketing/v3/marketing-events/555442000001/attendance/attend/email-create",
        {"inputs": [{"email": "priya@b.example", "interactionDateTime": 1795291200000}]},
    )
    return made


@pytest.mark.parametrize("path", ["record/0-1", "contact"])
def test_the_link_of_a_record_opens_its_page(hubspot, contact, path):
    shown = page(hubspot, f"/contacts/44556677/{path}/{contact['id']}")

    assert shown.status_code == 200
    for words in ("Priya Raman &lt;b&gt;", "priya@b.example", "Email", "Wants two cobots", "Brightforge", "Attended",
                  "Automate Summit 2026 visitors"):  # fmt: skip
        assert words in shown.text


def test_the_url_in_an_answer_is_that_link(hubspot, contact):
    assert requests.get(contact["url"], timeout=5).status_code == 200


def test_a_merged_id_opens_the_survivor(hubspot, contact):
    loser = hubspot.contact(email="old@b.example")
    hubspot.post("/crm/v3/objects/contacts/merge", {"primaryObjectId": contact["id"], "objectIdToMerge": loser["id"]})

    assert "Priya Raman" in page(hubspot, f"/contacts/44556677/record/0-1/{loser['id']}").text


@pytest.mark.parametrize("path", ["/contacts/44556677/record/0-1/1", "/contacts/1/record/0-1/1"])
def test_a_record_that_is_not_there_has_a_page_that_says_so(hubspot, path):
    assert page(hubspot, path).status_code == 404


def test_the_root_shows_what_arrived(hubspot, contact):
    home = page(hubspot, "/")

    assert home.url.endswith("/_sandbox/")
    assert "Priya Raman" in home.text
    assert "Simulated HubSpot" in home.text
    assert "API calls today" in home.text


@pytest.mark.parametrize("name", ["contacts", "companies", "notes", "calls", "emails", "meetings", "communications",
                                  "tasks", "lists", "marketing_events"])  # fmt: skip
def test_every_object_has_a_searchable_list(hubspot, contact, name):
    assert page(hubspot, f"/_sandbox/objects/{name}").status_code == 200
    assert page(hubspot, f"/_sandbox/objects/{name}?q=zzz").status_code == 200


@pytest.mark.parametrize("path", ["lists/1", "marketing_events/555442000001"])
def test_a_list_and_an_event_show_their_people(hubspot, contact, path):
    assert "Priya Raman" in page(hubspot, f"/_sandbox/objects/{path}").text


def test_the_panel_offers_the_switches_of_hubspot(hubspot):
    panel = page(hubspot, "/_sandbox/panel").text

    for words in ("Search lag", "Record locked", "Account is moving", "Missing scope", "Create companies"):
        assert words in panel


def test_records_are_told_by_email_and_by_text(hubspot, contact):
    hubspot.contact(email="other@b.example")

    assert [row["id"] for row in hubspot.kept("contacts", email="PRIYA@b.example")] == [contact["id"]]
    assert [row["id"] for row in hubspot.kept("contacts", q="raman")] == [contact["id"]]
    assert hubspot.kept("lists", q="summit")[0]["members"] == [contact["id"]]
    assert page(hubspot, "/_sandbox/records/moons").status_code == 404


def test_a_seeded_record_stands_in_the_account(hubspot):
    seeded = requests.post(
        f"{hubspot.base}/_sandbox/records/contacts",
        json={"email": "Old@b.example", "hs_additional_emails": "older@b.example", "lifecyclestage": "customer"},
        timeout=5,
    )

    found = hubspot.get("/crm/v3/objects/contacts/older@b.example?idProperty=email")

    assert seeded.status_code == 201
    assert found.json()["properties"]["email"] == "old@b.example"


def test_lists_and_events_can_be_seeded(hubspot):
    base = f"{hubspot.base}/_sandbox/records"
    event = {"eventName": "E", "eventOrganizer": "O", "externalAccountId": "a", "externalEventId": "e"}

    assert requests.post(f"{base}/lists", json={"name": "New"}, timeout=5).json()["name"] == "New"
    assert requests.post(f"{base}/marketing_events", json=event, timeout=5).json()["eventName"] == "E"
    assert requests.post(f"{base}/marketing_events", json={}, timeout=5).status_code == 400


def test_statistics_count_calls_and_what_they_made(hubspot, contact):
    stats = page(hubspot, "/_sandbox/stats").json()

    assert stats["calls"] == 6
    assert stats["by_path"]["POST /crm/v3/objects/contacts"] == 1
    assert stats["created"] == {"contacts": 1, "companies": 1, "notes": 1}


def test_a_reset_makes_a_fresh_account(hubspot, contact):
    requests.post(f"{hubspot.base}/_sandbox/reset", timeout=5)

    assert hubspot.kept("contacts") == []
    assert len(hubspot.kept("lists")) == 4
    assert hubspot.get("/crm/v3/objects/contacts").json() == {"results": []}


def test_the_server_finds_the_vendor_by_its_name():
    vendor = build_vendor("hubspot")

    assert vendor.credentials() == {
        "client_id": "sandbox-hubspot-client-id",
        "client_secret": "sandbox-hubspot-client-secret",
        "access_token": "pat-na1-sandbox-hubspot-access-token",
    }
    vendor.store.close()


def test_contacts_are_merged_and_deleted_behind_our_back(hubspot, contact):
    """What the other vendors' control calls do, under the same names."""
    loser = hubspot.contact(email="old@b.example")["id"]

    merged = hubspot.post("/_sandbox/merge", {"keep": contact["id"], "lose": loser})

    assert merged.json()["properties"]["hs_additional_emails"] == "old@b.example"
    assert hubspot.get(f"/crm/v3/objects/contacts/{loser}").json()["id"] == contact["id"]
    again = hubspot.post("/_sandbox/merge", {"keep": contact["id"], "lose": loser})
    assert (again.status_code, again.json()["error"]) == (400, "“keep” and “lose” are the same record.")

    assert hubspot.post("/_sandbox/delete", {"object": "contacts", "id": contact["id"]}).status_code == 200
    assert hubspot.get(f"/crm/v3/objects/contacts/{contact['id']}").status_code == 404
    gone = hubspot.post("/_sandbox/delete", {"id": contact["id"]}).json()["error"]
    assert gone == f"There is no record {contact['id']} among the contacts."
