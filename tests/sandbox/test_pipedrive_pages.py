"""What people see of the simulated Pipedrive, and what tests put there."""

import requests

from integrations.sandbox.person import signed_in
from integrations.sandbox.pipedrive.vendor import Pipedrive
from integrations.sandbox.store import Store
from tests.sandbox.pipedrive_company import CompanyClient


def page(pipedrive, path):
    answer = requests.get(f"{pipedrive.base}{path}", timeout=5)
    return answer.status_code, answer.text


def test_the_link_of_a_record_opens_its_page(pipedrive):
    organization = pipedrive.organization()
    hot = pipedrive.options("Lead temperature")["Hot"]
    person = pipedrive.person(
        org_id=organization["id"],
        emails=[{"value": "ada@b.example"}],
        custom_fields={pipedrive.field("Lead temperature")["field_code"]: hot},
    )
    pipedrive.post("/api/v1/notes", {"content": "<p>Met at the booth</p>", "person_id": person["id"]})

    status, text = page(pipedrive, f"/halden-robotics/person/{person['id']}")

    assert status == 200
    for shown in ("Ada Lovelace", "ada@b.example (work, primary)", "Hot", "Brightforge", "Met at the booth"):
        assert shown in text
    assert "Ada Lovelace" in page(pipedrive, f"/halden-robotics/organization/{organization['id']}")[1]
    assert page(pipedrive, "/halden-robotics/person/99")[0] == 404
    assert page(pipedrive, "/nobody/person/1")[0] == 404


def test_the_pages_list_what_arrived(pipedrive):
    person = pipedrive.person(emails=[{"value": "ada@b.example"}])
    activity = pipedrive.post("/api/v2/activities", {"subject": "Booth visit"}).json()["data"]

    assert "Ada Lovelace" in page(pipedrive, "/_sandbox/")[1]
    assert "ada@b.example" in page(pipedrive, "/_sandbox/objects/persons?q=ada")[1]
    assert "Booth visit" in page(pipedrive, f"/_sandbox/objects/activities/{activity['id']}")[1]
    assert str(person["id"]) in page(pipedrive, "/_sandbox/objects/persons")[1]
    assert "Halden Sandbox Company" in page(pipedrive, "/_sandbox/objects/persons@halden-sandbox")[1]
    assert "Contact Sync" in page(pipedrive, "/_sandbox/panel")[1]


def test_the_consent_page_offers_both_companies_and_names_the_scopes(pipedrive):
    with requests.Session() as browser:
        text = signed_in(browser, pipedrive.authorize_url())[0].text

    for shown in ("Halden Robotics", "Halden Sandbox Company", "contact-fields:full", "Allow", "Deny"):
        assert shown in text


def test_a_sign_in_of_an_unknown_app_is_refused_in_words(pipedrive):
    answer = requests.get(pipedrive.authorize_url(client_id="nobody"), timeout=5)

    assert (answer.status_code, "There is no app with this client id." in answer.text) == (400, True)


def test_seeds_take_short_names_labels_and_field_names(pipedrive):
    pipedrive.control("POST", "recommended-fields")
    seed = {"name": "Ada", "email": "ada@b.example", "Mobly Lead ID": "L-1", "Lead temperature": "Warm"}

    made = pipedrive.control("POST", "records/persons", seed)

    assert made["emails"][0]["value"] == "ada@b.example"
    assert pipedrive.kept("persons", email="ADA@b.example")[0]["named"] == {
        "Lead temperature": "Warm", "Mobly Lead ID": "L-1",
    }  # fmt: skip
    assert pipedrive.kept("persons", email="other@b.example") == []


def test_notes_and_activities_are_found_by_the_e_mail_of_their_person(pipedrive):
    person = pipedrive.person(emails=[{"value": "ada@b.example"}])
    pipedrive.post("/api/v1/notes", {"content": "Hi", "person_id": person["id"]})
    pipedrive.post("/api/v2/activities", {"subject": "S", "participants": [{"person_id": person["id"]}]})

    assert [len(pipedrive.kept(kind, email="ada@b.example")) for kind in ("notes", "activities")] == [1, 1]


def test_control_calls_that_cannot_be_are_refused_in_words(pipedrive):
    def refused(method, path, body=None):
        answer = requests.request(method, f"{pipedrive.base}/_sandbox/{path}", json=body, timeout=5)
        return answer.status_code, answer.json()["error"]

    assert refused("GET", "records/shoes")[0] == 404
    assert refused("POST", "records/persons", {"Shoe size": 9}) == (400, "persons have no field “Shoe size”.")
    assert refused("POST", "delete", {"object": "persons", "id": 9})[0] == 404
    assert refused("POST", "merge", {"object": "notes", "keep": 1, "lose": 2})[0] == 400
    assert refused("PATCH", "schema/persons", {"remove": ["Name"]}) == (400, "persons have no custom field “Name”.")
    assert refused("POST", "uninstall")[0] == 400


def test_a_restart_keeps_records_fields_and_tokens(serve, clock, tmp_path):
    def started():
        return CompanyClient(serve(Pipedrive(Store(tmp_path / "p.sqlite3"), clock)), clock)

    before = started()
    token, code = before.signed_in()["access_token"], before.field("Lead temperature")["field_code"]
    person = before.person(emails=[{"value": "ada@b.example"}])
    before.server.stop()
    after = started()

    assert after.get(f"/api/v2/persons/{person['id']}", token=token).json()["data"] == person
    assert after.found(term="ada@b.example", fields="email", exact_match="true") == [person["id"]]
    assert after.field("Lead temperature")["field_code"] == code
    assert after.person()["id"] == person["id"] + 1
