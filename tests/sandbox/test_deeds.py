"""What a person does to a record from its page, behind our back: delete, merge, convert."""

import pytest

OBJECTS = {
    "salesforce": ("Lead", {"LastName": "Raman", "Company": "Brightforge"}),
    "hubspot": ("contacts", {"lastname": "Raman"}),
    "pipedrive": ("persons", {"name": "Raman"}),
    "zoho": ("Leads", {"Last_Name": "Raman", "Company": "Brightforge"}),
}
CONTACTS = {"salesforce": "Contact", "zoho": "Contacts"}


class Pages:
    """The pages of one object of a vendor, in front of a person."""

    def __init__(self, http, vendor, base):
        self.http = http
        self.root = f"{base}/_sandbox"
        self.object, self.values = OBJECTS[vendor]

    def url(self, record_id, name=""):
        return f"{self.root}/objects/{name or self.object}/{record_id}"

    def put(self):
        made = self.http.post(f"{self.root}/records/{self.object}", json=self.values, timeout=5).json()
        return str(made.get("Id") or made["id"])

    def ids(self, name=""):
        rows = self.http.get(f"{self.root}/records/{name or self.object}", timeout=5).json()["records"]
        return [str(row.get("Id") or row["id"]) for row in rows]

    def press(self, record_id, deed, into=""):
        return self.http.post(self.url(record_id), data={"deed": deed, "into": into}, timeout=5)


@pytest.fixture
def pages(request, http):
    return Pages(http, request.param, request.getfixturevalue(request.param).base)


every_vendor = pytest.mark.parametrize("pages", OBJECTS, indirect=True)
converting_vendor = pytest.mark.parametrize("pages", CONTACTS, indirect=True)


@every_vendor
def test_a_record_is_deleted_from_its_page(pages):
    gone, stays = pages.put(), pages.put()
    assert 'value="delete">Delete this record' in pages.http.get(pages.url(gone), timeout=5).text

    after = pages.press(gone, "delete")

    assert after.url.split("?")[0] == f"{pages.root}/objects/{pages.object}"
    assert f"The record {gone} was deleted." in after.text
    assert pages.ids() == [stays]
    assert 'name="deed"' not in pages.press(gone, "delete").text


@every_vendor
def test_a_record_is_merged_into_another_and_leads_there(pages):
    gone, stays = pages.put(), pages.put()

    after = pages.press(gone, "merge", f" {stays} ")

    assert after.url.split("?")[0] == pages.url(stays)
    assert f"The record {gone} was merged into this one." in after.text
    assert pages.ids() == [stays]


@every_vendor
def test_an_id_that_nothing_can_be_merged_into_is_said(pages):
    record = pages.put()
    problems = {
        "": "Give the id of the record that remains.",
        "<nobody>": "have no record with the id “&lt;nobody&gt;”.",
        record: f"“{record}” is this record itself. Give the id of another one.",
    }

    for into, sentence in problems.items():
        answer = pages.press(record, "merge", into)
        assert (answer.status_code, sentence in answer.text) == (400, True), (into, answer.text[-900:])
    assert pages.ids() == [record]


@converting_vendor
def test_a_lead_is_converted_once_and_leads_to_its_contact(pages, request):
    lead = pages.put()
    name = CONTACTS[request.node.callspec.params["pages"]]

    after = pages.press(lead, "convert")

    assert after.url.split("?")[0] == pages.url(pages.ids(name)[0], name)
    assert f"The lead {lead} was converted. This is its contact." in after.text
    assert 'value="convert"' not in pages.http.get(pages.url(lead), timeout=5).text
    again = pages.press(lead, "convert")
    assert (again.status_code, f"The lead {lead} is converted already." in again.text) == (400, True)


@pytest.mark.parametrize("pages", ["hubspot"], indirect=True)
def test_what_a_vendor_does_not_do_is_refused_in_words(pages):
    record = pages.put()

    assert "HubSpot converts no Contacts." in pages.press(record, "convert").text
    assert "“burn” is none of these." in pages.press(record, "burn").text
    assert pages.press("1", "delete").status_code == 404
    refused = pages.http.post(pages.url("1", "lists"), data={"deed": "delete"}, timeout=5)
    assert (refused.status_code, "HubSpot has no lists." in refused.text) == (400, True)
    assert pages.ids() == [record]
