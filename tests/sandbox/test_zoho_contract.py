"""A representative set of requests and answers of the simulated Zoho, held against the vendor's OpenAPI file."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.openapi import Contract
from tests.sandbox.zoho_org import Organization

CONTRACT = Contract(Path(__file__).with_name("openapi") / "zoho.json", strict_bodies=True)
NEW = {"Last_Name": "Raman", "Company": "Brightforge"}


class Checked:
    """Calls whose requests and answers must be what the file says."""

    def __init__(self, zoho: Organization) -> None:
        self.zoho = zoho

    def __call__(self, method, path, body=None, *, status, **options):
        answer = self.zoho.call(method, path, body, **options)
        assert answer.status_code == status, answer.text
        sent = urlsplit(answer.request.url)
        path = sent.path.removeprefix("/api-us")
        CONTRACT.check_request(method, path, sent.query, body)
        if status != 204:
            CONTRACT.check_response(method, path, status, answer.json())
        return answer.json() if answer.content else None


@pytest.fixture
def call(zoho):
    return Checked(zoho)


@pytest.fixture
def person(zoho):
    zoho.control("POST", "recommended-fields")
    return zoho.lead(Email="a@b.example", Mobly_Lead_ID="L-1", Product_Interest=["Gripper"], Tag=[{"name": "Hot"}])


@pytest.mark.parametrize(
    "path",
    [
        "org",
        "users?type=CurrentUser",
        "users/6172731000000001002",
        "settings/modules",
        "settings/modules/Leads",
        "settings/layouts?module=Leads",
        "settings/related_lists?module=Campaigns",
        "settings/tags?module=Leads",
        "settings/fields/Lead_Status/pick_list_values?module=Leads",
        *(f"settings/fields?module={name}" for name in ("Leads", "Contacts", "Accounts", "Campaigns", "Notes")),
    ],
)
def test_metadata(call, person, path):
    assert call("GET", path, status=200)


def test_new_fields(call):
    rows = [
        {"field_label": "Badge", "data_type": "text", "length": 100, "unique": {"case_sensitive": False}},
        {"field_label": "Far too long a label for Zoho", "data_type": "text"},
    ]
    options = [{"display_value": "Big", "actual_value": "Big"}]
    hall = {"field_label": "Hall", "data_type": "picklist", "pick_list_values": options}

    call("POST", "settings/fields?module=Leads", {"fields": rows}, status=207)
    call("POST", "settings/fields?module=Leads", {"fields": [hall]}, status=201)
    call("DELETE", "settings/fields/Badge?module=Leads", status=200)
    assert call("GET", "settings/fields/Hall?module=Leads", status=200)["fields"][0]["custom_field"] is True


def test_writes(call, zoho, person):
    good, wrong = {**NEW, "Email": "b@b.example"}, {**NEW, "Email": "wrong", "$append_values": {"Tag": True}}
    twice = {**NEW, "Mobly_Lead_ID": "L-1"}
    rules = {"trigger": [], "apply_feature_execution": [{"name": "layout_rules"}]}
    keys = {"duplicate_check_fields": ["Email"], "skip_feature_execution": [{"name": "cadences"}]}

    call("POST", "Leads", {"data": [good], **rules}, status=201)
    call("POST", "Leads", {"data": [NEW, wrong, twice]}, status=207)
    call("POST", "Leads", {"data": [good] * 101}, status=400)
    call("POST", "Leads/upsert", {"data": [good, wrong], **keys}, status=207)
    call("PUT", "Leads", {"data": [{"id": person, "City": "Graz"}, {"id": "1"}]}, status=207)
    call("PUT", f"Leads/{person}", {"data": [{"City": "Linz"}]}, status=200)
    zoho.switch(all_errors=True)
    call("POST", "Leads", {"data": [{}]}, status=400)
    call("DELETE", f"Leads?ids={person},1", status=207)
    assert call("GET", "Leads/deleted", status=200)["data"][0]["id"] == person


def test_reads(call, person):
    call("GET", "Leads?fields=Email,Owner,Tag&per_page=10", status=200)
    call("GET", f"Leads?fields=Email&ids={person}&converted=both", status=200)
    call("GET", "Leads?fields=Email&page=2", status=204)
    call("GET", f"Leads/{person}", status=200)
    call("GET", "Leads/1", status=400)
    call("GET", "Leads/search?email=a@b.example", status=200)
    call("GET", "Leads/search", status=400)
    call("POST", "coql", {"select_query": "select Email, Owner from Leads where Email = 'a@b.example'"}, status=200)
    call("POST", "coql", {"select_query": "select Gone from Leads where id is not null"}, status=400)
    assert call("GET", "Deals?fields=id", status=400)["code"] == "INVALID_MODULE"


def test_membership_and_notes(call, zoho, person):
    campaign = zoho.campaign()
    rows = [{"id": person, "Member_Status": "Sent"}, {"id": "1"}, {"id": person, "Member_Status": "Danced"}]
    parent = {"Parent_Id": {"module": {"api_name": "Leads"}, "id": person}}
    note = {"Note_Title": "Call", "Note_Content": "Wants a demo.", **parent}

    call("PUT", f"Campaigns/{campaign}/Leads", {"data": rows}, status=207)
    call("PUT", "Campaigns/1/Leads", {"data": rows[:1]}, status=400)
    call("PUT", f"Campaigns/{campaign}/Leads/{person}", {"data": [{"Member_Status": "Opened"}]}, status=200)
    call("GET", f"Campaigns/{campaign}/Leads?fields=Email,Member_Status", status=200)
    call("GET", f"Leads/{person}/Campaigns?fields=Campaign_Name", status=200)
    call("POST", "Notes", {"data": [note, {"Note_Title": "Call"}]}, status=207)
    made = call("POST", "Notes", {"data": [note]}, status=201)["data"][0]["details"]["id"]
    call("GET", f"Leads/{person}/Notes?fields=Note_Title,Parent_Id,Created_Time", status=200)
    call("GET", f"Notes/{made}?fields=Note_Title", status=200)
    assert call("DELETE", f"Campaigns/{campaign}/Leads?ids={person}", status=200)["data"][0]["status"] == "success"


@pytest.mark.parametrize(
    ("switch", "status"),
    [
        ({"rate_limit_next": 1}, 429),
        ({"server_error": 1}, 500),
        ({"api_disabled": True}, 403),
        ({"missing_scope": "ZohoCRM.modules.ALL"}, 401),
    ],
)
def test_refusals(call, zoho, switch, status):
    zoho.switch(**switch)

    assert call("GET", "Leads?fields=Email", status=status)["status"] == "error"


def test_the_check_finds_what_is_wrong(zoho):
    """A file that lets everything pass would prove nothing."""
    body = zoho.post("Leads", {"data": [NEW]}).json()
    broken = json.loads(json.dumps(body))
    del broken["data"][0]["code"]
    broken["data"][0]["duplicate_field"] = 7

    with pytest.raises(AssertionError):
        CONTRACT.check_response("POST", "/crm/v8/Leads", 201, broken)
    with pytest.raises(AssertionError):
        CONTRACT.check_request("POST", "/crm/v8/Leads", {}, {"data": [NEW], "duplicate_check": ["Email"]})
    with pytest.raises(AssertionError):
        CONTRACT.check_request("GET", "/crm/v8/settings/fields", {})
