"""Single records: create, read, change, delete, upsert by key, and what a field refuses."""

import pytest

from tests.sandbox.salesforce_org import error

GONE = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def create(client, name="Lead", **values):
    base = {"Lead": {"LastName": "Raman", "Company": "Brightforge"}, "Contact": {"LastName": "Raman"}}.get(name, {})
    return client.post(f"sobjects/{name}", {**base, **values})


def test_create_answers_201_with_location(salesforce):
    answer = salesforce.post("sobjects/Campaign", {"Name": "(test) High Value4"})

    record = answer.json()["id"]
    assert (answer.status_code, answer.json()) == (201, {"id": record, "success": True, "errors": []})
    assert answer.headers["Location"] == f"/services/data/v60.0/sobjects/Campaign/{record}"
    assert (len(record), record[:3]) == (18, "701")


def test_a_lead_is_read_with_all_its_fields(salesforce):
    record = salesforce.lead(FirstName="Priya", Email="priya@brightforge.example", City="Leeds", NumberOfEmployees=12)

    body = salesforce.get(f"sobjects/Lead/{record}").json()

    assert body["attributes"] == {"type": "Lead", "url": f"/services/data/v60.0/sobjects/Lead/{record}"}
    assert (body["Name"], body["Status"], body["IsConverted"]) == ("Priya Raman", "Open - Not Contacted", False)
    assert (body["Address"]["city"], body["Rating"], body["NumberOfEmployees"]) == ("Leeds", None, 12)
    assert body["CreatedDate"].endswith(".000+0000")
    assert body["OwnerId"].startswith("005")


def test_only_the_named_fields_are_read(salesforce):
    record = salesforce.lead()

    assert set(salesforce.get(f"sobjects/Lead/{record}?fields=LastName,company").json()) == {
        "attributes", "LastName", "Company"
    }  # fmt: skip
    assert error(salesforce.get(f"sobjects/Lead/{record}?fields=Nope"))[1] == "INVALID_FIELD"


def test_a_change_answers_204_and_null_clears(salesforce):
    record = salesforce.lead(Title="Engineer", Phone="1")

    answer = salesforce.patch(f"sobjects/Lead/{record}", {"Title": None, "Rating": "Hot"})

    assert (answer.status_code, answer.content) == (204, b"")
    body = salesforce.get(f"sobjects/Lead/{record}").json()
    assert (body["Title"], body["Rating"], body["Phone"]) == (None, "Hot", "1")


def test_a_deleted_record_is_gone_but_known(salesforce):
    record = salesforce.lead()

    assert salesforce.delete(f"sobjects/Lead/{record}").status_code == 204

    assert error(salesforce.get(f"sobjects/Lead/{record}")) == (404, "ENTITY_IS_DELETED", "entity is deleted")
    assert error(salesforce.patch(f"sobjects/Lead/{record}", {"Title": "x"}))[1] == "ENTITY_IS_DELETED"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_record_that_never_was_is_404_as_recorded(salesforce, method):
    answer = salesforce.call(method, "sobjects/Account/0014S000007Ny26QAC", {} if method == "PATCH" else None)

    assert (answer.status_code, answer.json()) == (404, GONE)


@pytest.mark.parametrize(
    ("values", "code", "message", "fields"),
    [
        ({"LastName": None, "Company": ""}, "REQUIRED_FIELD_MISSING",
         "Required fields are missing: [LastName, Company]", ["LastName", "Company"]),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG",
         f"First Name: data value too large: {'x' * 41} (max length=40)", ["FirstName"]),
        ({"Email": "badone"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: badone", ["Email"]),
        ({"CleanStatus": "Dusty"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
         "Clean Status: bad value for restricted picklist field: Dusty", ["CleanStatus"]),
        ({"NumberOfEmployees": "many"}, "INVALID_TYPE_ON_FIELD_IN_RECORD",
         "Employees: value not of required type: many", ["NumberOfEmployees"]),
        ({"NumberOfEmployees": 10**12}, "NUMBER_OUTSIDE_VALID_RANGE",
         "Employees: value outside of valid range on numeric field: 1000000000000", ["NumberOfEmployees"]),
        ({"OwnerId": "nobody"}, "MALFORMED_ID", "Owner ID: id value of incorrect type: nobody", ["OwnerId"]),
        ({"OwnerId": "0055g0000009999AAA"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []),
        ({"EmailBouncedDate": "2026-01-01"}, "INVALID_FIELD_FOR_INSERT_UPDATE",
         "Unable to create/update fields: EmailBouncedDate. Please check the security settings of this field and "
         "verify that it is read/write for your profile or permission set.", ["EmailBouncedDate"]),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_in_the_vendors_words(salesforce, values, code, message, fields):
    answer = create(salesforce, **values)

    assert answer.status_code == 400
    assert answer.json() == [{"message": message, "errorCode": code, "fields": fields}]
    assert salesforce.records("Lead") == []


def test_an_unknown_field_is_refused_as_recorded(salesforce):
    answer = create(salesforce, foo="bar")

    assert answer.status_code == 400
    assert answer.json() == [{"message": "No such column 'foo' on sobject of type Lead", "errorCode": "INVALID_FIELD"}]


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("FirstName", "  Ada ", "Ada"),
        ("FirstName", "", None),
        ("LastName", "O'Brien \\ 100%", "O'Brien \\ 100%"),
        ("Description", "line\nbreak “quotes” 😀 שלום", "line\nbreak “quotes” 😀 שלום"),
        ("NumberOfEmployees", "12", 12),
        ("AnnualRevenue", 1.5e6, 1500000.0),
        ("IsUnreadByOwner", "true", True),
        ("Rating", "Lukewarm", "Lukewarm"),
        ("Phone", 4711, "4711"),
    ],
)
def test_a_value_is_kept_as(salesforce, field, sent, kept):
    record = create(salesforce, **{field: sent}).json()["id"]

    assert salesforce.get(f"sobjects/Lead/{record}?fields={field}").json()[field] == kept


def test_dates_and_moments_are_kept_in_the_vendors_form(salesforce):
    salesforce.patch("/_sandbox/schema/Lead", {"add": [
        {"name": "Day__c", "type": "date"}, {"name": "At__c", "type": "datetime"}
    ]})  # fmt: skip
    record = create(salesforce, Day__c="2026-05-06", At__c="2026-05-06T13:29:35+02:00").json()["id"]

    body = salesforce.get(f"sobjects/Lead/{record}").json()
    assert (body["Day__c"], body["At__c"]) == ("2026-05-06", "2026-05-06T11:29:35.000+0000")
    assert error(create(salesforce, Day__c="soon"))[1] == "INVALID_TYPE_ON_FIELD_IN_RECORD"


def test_a_multipicklist_takes_values_joined_by_semicolons(salesforce):
    options = {
        "name": "Topics__c",
        "type": "multipicklist",
        "picklistValues": ["Arms", "Eyes"],
        "restrictedPicklist": True,
    }
    salesforce.patch("/_sandbox/schema/Lead", {"add": [options]})

    assert create(salesforce, Topics__c="Arms;Eyes").status_code == 201
    assert error(create(salesforce, Topics__c="Arms;Legs"))[2].endswith("bad value for restricted picklist field: Legs")


def test_a_renamed_option_refuses_the_old_value(salesforce):
    change = {"picklist": {"field": "Rating", "restricted": True, "rename": {"Hot": "Priority 1"}}}
    salesforce.patch("/_sandbox/schema/Lead", change)

    assert error(create(salesforce, Rating="Hot")) == (
        400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Rating: bad value for restricted picklist field: Hot"
    )  # fmt: skip
    assert create(salesforce, Rating="Priority 1").status_code == 201


def test_upsert_by_an_external_id_creates_then_updates(salesforce):
    salesforce.post("/_sandbox/recommended-fields")
    path = "sobjects/Lead/mobly_lead_id__c/6f1c-1"
    values = {"LastName": "Raman", "Company": "Brightforge"}

    created = salesforce.patch(path, values)
    updated = salesforce.patch(path, {"Company": "New"})

    record = created.json()["id"]
    assert (created.status_code, created.json()) == (
        201,
        {"id": record, "success": True, "errors": [], "created": True},
    )
    assert (updated.status_code, updated.json()) == (
        200,
        {"id": record, "success": True, "errors": [], "created": False},
    )
    body = salesforce.get(path).json()
    assert (body["Id"], body["Company"], body["mobly_lead_id__c"]) == (record, "New", "6f1c-1")


def test_upsert_before_v46_has_its_old_answers(salesforce):
    salesforce.post("/_sandbox/recommended-fields")
    path = "/services/data/v45.0/sobjects/Lead/mobly_lead_id__c/k"

    created = salesforce.patch(path, {"LastName": "A", "Company": "B"})
    updated = salesforce.patch(path, {"Company": "C"})

    assert (created.status_code, set(created.json())) == (201, {"id", "success", "errors"})
    assert (updated.status_code, updated.content) == (204, b"")


def test_upsert_with_several_matches_is_300_and_a_list_of_urls(salesforce):
    first, second = salesforce.lead(Email="same@x.com"), salesforce.lead(Email="same@x.com")

    answer = salesforce.patch("sobjects/Lead/Email/same@x.com", {"Title": "x"})

    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v60.0/sobjects/Lead/{record}" for record in (first, second)]


def test_upsert_by_a_field_that_is_no_key_is_404(salesforce):
    answer = salesforce.patch("sobjects/Lead/Title/x", {"Company": "B"})

    message = "Provided external ID field does not exist or is not accessible: Title"
    assert (answer.status_code, answer.json()) == (404, [{"message": message, "errorCode": "NOT_FOUND"}])


def test_upsert_refuses_its_key_in_the_body(salesforce):
    assert error(salesforce.patch("sobjects/Lead/Email/a@b.co", {"Email": "a@b.co"}))[:2] == (400, "INVALID_FIELD")


def test_upsert_with_update_only_creates_nothing(salesforce):
    answer = salesforce.patch("sobjects/Lead/Email/a@b.co?updateOnly=true", {"LastName": "A", "Company": "B"})

    assert answer.status_code == 404
    assert salesforce.records("Lead") == []


def test_a_key_may_hold_a_slash(salesforce):
    salesforce.post("/_sandbox/recommended-fields")

    answer = salesforce.patch("sobjects/Lead/mobly_lead_id__c/a%2Fb%25", {"LastName": "A", "Company": "B"})

    assert answer.status_code == 201
    assert salesforce.records("Lead")[0]["mobly_lead_id__c"] == "a/b%"


def test_a_unique_value_collides_with_the_record_named(salesforce):
    salesforce.post("/_sandbox/recommended-fields")
    first = salesforce.lead(mobly_lead_id__c="k-1")

    answer = create(salesforce, mobly_lead_id__c="K-1")

    message = f"duplicate value found: mobly_lead_id__c duplicates value on record with id: {first}"
    assert error(answer) == (400, "DUPLICATE_VALUE", message)


def test_an_event_needs_its_times(salesforce):
    lead = salesforce.lead()

    assert error(create(salesforce, "Event", Subject="Demo", WhoId=lead))[1] == "REQUIRED_FIELD_MISSING"
    made = create(
        salesforce, "Event", Subject="Demo", WhoId=lead, StartDateTime="2026-05-06T10:00:00Z", DurationInMinutes=30
    )
    body = salesforce.get(f"sobjects/Event/{made.json()['id']}").json()
    assert (body["EndDateTime"], body["ActivityDate"]) == ("2026-05-06T10:30:00.000+0000", "2026-05-06")


def test_a_task_has_its_defaults(salesforce):
    lead = salesforce.lead()
    record = salesforce.create("Task", Subject="Note", WhoId=lead, TaskSubtype="Call")

    body = salesforce.get(f"sobjects/Task/{record}").json()

    assert (body["Status"], body["Priority"], body["IsClosed"]) == ("Not Started", "Normal", False)
    assert (
        error(salesforce.patch(f"sobjects/Task/{record}", {"TaskSubtype": "Email"}))[1]
        == "INVALID_FIELD_FOR_INSERT_UPDATE"
    )


def test_a_task_of_a_lead_takes_nothing_it_is_related_to(salesforce):
    account = salesforce.create("Account", Name="Acme")

    answer = create(salesforce, "Task", Subject="x", WhoId=salesforce.lead(), WhatId=account)

    assert error(answer)[1] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_reference_to_the_wrong_object_is_refused(salesforce):
    answer = create(salesforce, "Contact", AccountId=salesforce.lead())

    assert error(answer)[1] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_seeded_record_may_break_the_rules(salesforce):
    salesforce.post("/_sandbox/records/Lead", {"Email": "old@x.com", "CreatedDate": "2020-01-01T00:00:00.000+0000"})

    assert salesforce.query("SELECT LastName FROM Lead WHERE CreatedDate < 2021-01-01T00:00:00Z") == [
        {"LastName": None}
    ]
    refused = salesforce.post("/_sandbox/records/Lead", {"Nope": 1})
    assert (refused.status_code, refused.json()) == (400, {"error": "Lead has no field “Nope”."})
    assert salesforce.post("/_sandbox/records/Nope", {}).status_code == 404


def test_the_crm_link_of_a_record_shows_its_page(salesforce):
    record = salesforce.lead(FirstName="Priya", Email="priya@x.com")
    campaign = salesforce.campaign()
    salesforce.create("CampaignMember", CampaignId=campaign, LeadId=record)

    for link in (f"/{record}", f"/lightning/r/Lead/{record}/view"):
        page = salesforce.get(link)
        assert page.status_code == 200
        assert "<h1>Priya Raman</h1>" in page.text
        assert "Automate Summit 2026" in page.text
    assert salesforce.get("/00Q5g0000009999AAA").status_code == 404


def test_the_list_of_records_is_searchable(salesforce):
    salesforce.lead(FirstName="Priya", Email="priya@x.com")
    salesforce.lead(FirstName="Jonas", Email="jonas@x.com")

    page = salesforce.get("/_sandbox/objects/Lead?q=PRIYA").text

    assert "Priya Raman" in page
    assert "Jonas Raman" not in page


def test_records_can_be_asked_for_by_email(salesforce):
    salesforce.lead(Email="Priya@x.com")
    salesforce.lead(Email="jonas@x.com")

    assert [row["Email"] for row in salesforce.records("Lead", email="priya@X.com")] == ["Priya@x.com"]
    assert salesforce.get("/_sandbox/records/Nope").status_code == 404


def test_a_reset_gives_no_id_a_second_time_but_the_same_campaigns(salesforce):
    lead, campaign = salesforce.lead(), salesforce.campaign()

    salesforce.post("/_sandbox/reset")

    assert salesforce.get(f"sobjects/Lead/{lead}").status_code == 404
    assert salesforce.lead() != lead
    assert salesforce.campaign() == campaign
