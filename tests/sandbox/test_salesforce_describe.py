"""Versions, objects, describe, limits, custom fields."""

import pytest
import requests

from tests.sandbox.salesforce_org import error


def fields(salesforce, name):
    return {field["name"]: field for field in salesforce.get(f"sobjects/{name}/describe").json()["fields"]}


def test_versions_are_listed_without_sign_in_and_uncounted(salesforce):
    answer = requests.get(f"{salesforce.base}/services/data/", timeout=5)

    listed = answer.json()
    assert {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"} in listed
    assert listed[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert "Sforce-Limit-Info" not in answer.headers
    assert salesforce.get("/_sandbox/stats").json()["calls"] == 0


def test_an_unknown_version_is_not_found(salesforce):
    assert error(salesforce.get("/services/data/v99.0/limits"))[:2] == (404, "NOT_FOUND")


def test_a_retired_version_is_gone(salesforce):
    assert error(salesforce.get("/services/data/v25.0/limits"))[:2] == (410, "GONE")


def test_each_call_counts_one(salesforce):
    first = salesforce.get("limits")
    second = salesforce.get("limits")

    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert second.headers["Sforce-Limit-Info"] == "api-usage=2/100000"
    assert second.json()["DailyApiRequests"] == {"Max": 100000, "Remaining": 99998}


def test_objects_carry_prefix_and_rights(salesforce):
    body = salesforce.get("sobjects").json()

    listed = {item["name"]: item for item in body["sobjects"]}
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    prefixes = {
        name: listed[name]["keyPrefix"] for name in ("Lead", "Contact", "Account", "Campaign", "CampaignMember")
    }
    assert prefixes == {
        "Lead": "00Q", "Contact": "003", "Account": "001", "Campaign": "701", "CampaignMember": "00v"
    }  # fmt: skip
    assert listed["CampaignMemberStatus"]["createable"] is False
    assert listed["Lead"]["urls"]["describe"] == "/services/data/v60.0/sobjects/Lead/describe"


def test_describe_has_the_57_keys_of_a_field(salesforce):
    described = fields(salesforce, "Lead")

    assert {len(field) for field in described.values()} == {57}
    assert len(described) == 54


@pytest.mark.parametrize(
    ("name", "field", "facts"),
    [
        (
            "Lead",
            "LastName",
            {"length": 80, "nillable": False, "createable": True, "type": "string", "byteLength": 240},
        ),
        ("Lead", "Email", {"type": "email", "length": 80, "idLookup": True, "unique": False}),
        ("Lead", "Name", {"createable": False, "updateable": False}),
        ("Lead", "Status", {"nillable": False, "defaultedOnCreate": True}),
        ("Lead", "Country", {"compoundFieldName": "Address", "length": 80}),
        ("Contact", "AccountId", {"referenceTo": ["Account"], "relationshipName": "Account"}),
        ("Contact", "Department", {"length": 80, "label": "Department"}),
        ("Account", "Name", {"length": 255, "nillable": False, "label": "Account Name"}),
        ("Campaign", "Name", {"length": 80, "idLookup": True}),
        ("CampaignMember", "CampaignId", {"createable": True, "updateable": False, "nillable": False}),
        ("CampaignMember", "HasResponded", {"createable": False, "updateable": False}),
        ("Task", "Subject", {"type": "combobox", "length": 255}),
        ("Task", "TaskSubtype", {"createable": True, "updateable": False}),
        ("Event", "ShowAs", {"restrictedPicklist": True}),
        (
            "Booth_Visit__c",
            "Lead__c",
            {"referenceTo": ["Lead"], "relationshipName": "Lead__r", "custom": True, "nillable": True},
        ),
        ("Booth_Visit__c", "Interest__c", {"nillable": False, "createable": True, "restrictedPicklist": True}),
        ("Booth_Visit__c", "Name", {"autoNumber": True, "createable": False, "nameField": True}),
    ],
)
def test_describe_tells_the_recorded_facts(salesforce, name, field, facts):
    described = fields(salesforce, name)[field]

    assert {key: described[key] for key in facts} == facts


def test_a_custom_object_is_listed_and_its_parents_name_its_lookups(salesforce):
    listed = {item["name"]: item for item in salesforce.get("sobjects").json()["sobjects"]}
    facts = {key: listed["Booth_Visit__c"][key] for key in ("custom", "label", "keyPrefix", "createable", "queryable")}
    assert facts == {"custom": True, "label": "Booth Visit", "keyPrefix": "a0B", "createable": True, "queryable": True}

    children = salesforce.get("sobjects/Lead/describe").json()["childRelationships"]
    assert [child for child in children if child["childSObject"] == "Booth_Visit__c"] == [
        {
            "cascadeDelete": False,
            "childSObject": "Booth_Visit__c",
            "deprecatedAndHidden": False,
            "field": "Lead__c",
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": "Booth_Visits__r",
            "restrictedDelete": False,
        }
    ]
    assert {("CampaignMember", "LeadId"), ("Task", "WhoId")} < {(one["childSObject"], one["field"]) for one in children}


def test_a_record_of_a_custom_object_hangs_on_its_lead_and_outlives_it(salesforce):
    lead = salesforce.lead()
    made = salesforce.post("sobjects/Booth_Visit__c", {"Lead__c": lead, "Interest__c": "High"}).json()
    visit = f"sobjects/Booth_Visit__c/{made['id']}"

    assert salesforce.query(f"SELECT Name, Lead__r.LastName FROM Booth_Visit__c WHERE Lead__c = '{lead}'")[0][
        "Name"
    ].startswith("BV-")
    assert "Booth Visit" in salesforce.get(f"/_sandbox/objects/Lead/{lead}").text
    assert "Interest" in salesforce.get(f"/_sandbox/objects/Booth_Visit__c/{made['id']}").text
    salesforce.delete(f"sobjects/Lead/{lead}")
    assert salesforce.get(visit).json()["Lead__c"] is None


def test_picklists_carry_their_options(salesforce):
    options = fields(salesforce, "Lead")["Rating"]["picklistValues"]

    assert options[0] == {"active": True, "defaultValue": False, "label": "Hot", "validFor": None, "value": "Hot"}
    assert [option["value"] for option in options] == ["Hot", "Warm", "Cold"]


def test_an_unknown_object_is_not_found(salesforce):
    answer = salesforce.get("sobjects/Nope/describe")

    assert answer.status_code == 404
    assert answer.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_an_unchanged_describe_is_304(salesforce):
    first = salesforce.get("sobjects/Lead/describe")

    by_date = salesforce.get("sobjects/Lead/describe", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    by_tag = salesforce.get("sobjects/Lead/describe", headers={"If-None-Match": first.headers["ETag"]})

    assert (by_date.status_code, by_date.content, by_date.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert by_tag.status_code == 304


def test_a_changed_object_is_described_anew(salesforce):
    first = salesforce.get("sobjects/Lead/describe")
    salesforce.patch("/_sandbox/schema/Lead", {"remove": ["Title"]})

    again = salesforce.get("sobjects/Lead/describe", headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert again.status_code == 200
    assert "Title" not in {field["name"] for field in again.json()["fields"]}


def test_a_hidden_field_is_neither_described_nor_queried_nor_written(salesforce):
    salesforce.switch(hidden_fields="Lead.MobilePhone")

    assert "MobilePhone" not in fields(salesforce, "Lead")
    assert error(salesforce.get("query", params={"q": "SELECT MobilePhone FROM Lead"}))[:2] == (400, "INVALID_FIELD")
    answer = salesforce.post("sobjects/Lead", {"LastName": "A", "Company": "B", "MobilePhone": "1"})
    assert error(answer) == (400, "INVALID_FIELD", "No such column 'MobilePhone' on sobject of type Lead")


def test_a_renamed_field_keeps_its_values(salesforce):
    record = salesforce.lead(Title="Engineer")

    salesforce.patch("/_sandbox/schema/Lead", {"rename": {"Title": "Job__c"}})

    assert salesforce.get(f"sobjects/Lead/{record}").json()["Job__c"] == "Engineer"


def test_a_schema_change_that_cannot_be_is_said(salesforce):
    answer = salesforce.patch("/_sandbox/schema/Lead", {"remove": ["Nothing"]})

    assert (answer.status_code, answer.json()) == (400, {"error": "There is no field “Nothing”."})


def test_the_recommended_fields_are_made_once(salesforce):
    made = salesforce.post("/_sandbox/recommended-fields").json()["created"]
    again = salesforce.post("/_sandbox/recommended-fields").json()["created"]

    assert {"Lead.mobly_description__c", "Contact.mobly_number_scans__c"} < set(made)
    assert {name for name in made if name not in fields_of(salesforce, "Lead", "Contact")} == set()
    assert again == []
    key = fields(salesforce, "Lead")["mobly_lead_id__c"]
    assert (key["externalId"], key["unique"], key["length"], key["custom"]) == (True, True, 36, True)


def fields_of(salesforce, *names):
    return {f"{name}.{field}" for name in names for field in fields(salesforce, name)}


def test_a_custom_field_is_made_by_the_tooling_api(salesforce):
    metadata = {"type": "Text", "label": "Badge", "length": 20, "externalId": True, "unique": True}
    answer = salesforce.post("tooling/sobjects/CustomField", {"FullName": "Lead.Badge__c", "Metadata": metadata})

    assert answer.status_code == 201
    assert answer.json()["success"] is True
    open_to_user(salesforce, "Lead.Badge__c")
    described = fields(salesforce, "Lead")["Badge__c"]
    assert (described["type"], described["length"], described["externalId"]) == ("string", 20, True)
    salesforce.lead(Badge__c="B-1")
    assert salesforce.query("SELECT Badge__c FROM Lead WHERE Badge__c = 'b-1'") == [{"Badge__c": "B-1"}]
    listed = salesforce.get("tooling/query", params={"q": "SELECT Id FROM CustomField WHERE DeveloperName = 'Badge'"})
    assert listed.json()["totalSize"] == 1


def open_to_user(salesforce, name, **access):
    """What an admin does so that the connected user may write a field; answers the row of the field permission."""
    found = salesforce.query("SELECT Id FROM PermissionSet")
    made = found[0] if found else salesforce.post("sobjects/PermissionSet", {"Name": "M", "Label": "M"}).json()
    parent = made.get("Id") or made["id"]
    user = salesforce.query("SELECT Id FROM User")[0]["Id"]
    if not salesforce.query(f"SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '{user}'"):
        salesforce.post("sobjects/PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": parent})
    body = {"ParentId": parent, "SobjectType": name.partition(".")[0], "Field": name}
    return salesforce.post(
        "sobjects/FieldPermissions", {**body, "PermissionsRead": True, "PermissionsEdit": True, **access}
    )


def test_a_field_made_by_the_api_is_hidden_until_a_permission_set_opens_it(salesforce):
    salesforce.post("tooling/sobjects/CustomField", {"FullName": "Lead.Age__c", "Metadata": {"type": "Number"}})
    hidden = "Age__c" in fields(salesforce, "Lead")
    opened = open_to_user(salesforce, "Lead.Age__c", PermissionsEdit=False)

    assert not hidden
    assert fields(salesforce, "Lead")["Age__c"]["updateable"] is False
    salesforce.patch(f"sobjects/FieldPermissions/{opened.json()['id']}", {"PermissionsEdit": True})
    assert fields(salesforce, "Lead")["Age__c"]["updateable"] is True


def test_access_is_given_once_and_only_to_fields_that_are_there(salesforce):
    salesforce.post("tooling/sobjects/CustomField", {"FullName": "Lead.Age__c", "Metadata": {"type": "Number"}})
    open_to_user(salesforce, "Lead.Age__c")

    assert error(open_to_user(salesforce, "Lead.Age__c"))[1] == "DUPLICATE_VALUE"
    assert error(open_to_user(salesforce, "Lead.No__c"))[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_user_who_is_no_administrator_makes_no_fields(salesforce):
    salesforce.switch(may_not_customize=True)
    answer = salesforce.post("tooling/sobjects/CustomField", {"FullName": "Lead.A__c", "Metadata": {"type": "Number"}})

    assert error(answer)[:2] == (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")


def test_a_custom_picklist_is_restricted_when_told(salesforce):
    values = [{"fullName": "Hot", "label": "Hot"}, {"fullName": "Cold", "label": "Cold"}]
    value_set = {"restricted": True, "valueSetDefinition": {"value": values}}
    metadata = {"type": "Picklist", "label": "Heat", "valueSet": value_set}
    salesforce.post("tooling/sobjects/CustomField", {"FullName": "Lead.Heat__c", "Metadata": metadata})
    open_to_user(salesforce, "Lead.Heat__c")

    answer = salesforce.post("sobjects/Lead", {"LastName": "A", "Company": "B", "Heat__c": "Mild"})

    assert error(answer) == (
        400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Heat: bad value for restricted picklist field: Mild"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"FullName": "Lead.Badge__c"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"FullName": "Lead.Bad__Name__c", "Metadata": {"type": "Text", "length": 5}}, "FIELD_INTEGRITY_EXCEPTION"),
        (
            {"FullName": "Nope.Badge__c", "Metadata": {"type": "Text", "length": 5}},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        ({"FullName": "Lead.Badge__c", "Metadata": {"type": "Riddle"}}, "INVALID_FIELD"),
        ({"FullName": "Lead.Badge__c", "Metadata": {"type": "Text"}}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_a_custom_field_that_cannot_be_is_refused(salesforce, body, code):
    assert error(salesforce.post("tooling/sobjects/CustomField", body))[:2] == (400, code)


def test_a_custom_field_is_made_once_and_can_be_dropped(salesforce):
    body = {"FullName": "Lead.Badge__c", "Metadata": {"type": "Checkbox", "label": "Badge"}}
    made = salesforce.post("tooling/sobjects/CustomField", body).json()["id"]

    assert error(salesforce.post("tooling/sobjects/CustomField", body))[1] == "DUPLICATE_DEVELOPER_NAME"
    assert salesforce.delete(f"tooling/sobjects/CustomField/{made}").status_code == 204
    assert "Badge__c" not in fields(salesforce, "Lead")


def test_the_schema_survives_a_restart(serve, tmp_path):
    from integrations.sandbox.salesforce.vendor import Salesforce
    from integrations.sandbox.store import Store
    from tests.sandbox.salesforce_org import Client

    first = serve(Salesforce(Store(tmp_path / "s.sqlite3")))
    Client(first.base_url).post("/_sandbox/recommended-fields")
    lead = Client(first.base_url).lead(mobly_lead_id__c="k-1")
    first.stop()

    second = Client(serve(Salesforce(Store(tmp_path / "s.sqlite3"))).base_url)

    assert second.query("SELECT Id FROM Lead WHERE mobly_lead_id__c = 'k-1'") == [{"Id": lead}]
    assert second.lead(mobly_lead_id__c="k-2") != lead


def test_an_unknown_resource_and_a_wrong_method_are_said(salesforce):
    assert error(salesforce.get("wave"))[:2] == (404, "NOT_FOUND")
    assert error(salesforce.delete("limits"))[:2] == (405, "METHOD_NOT_ALLOWED")


def test_broken_json_is_a_parser_error(salesforce):
    answer = salesforce.call(
        "POST", "sobjects/Lead", data=b'{"LastName": ', headers={"Content-Type": "application/json"}
    )

    assert error(answer)[:2] == (400, "JSON_PARSER_ERROR")


def test_a_request_line_that_is_too_long_is_414(salesforce):
    answer = salesforce.get("query", params={"q": "SELECT Id FROM Lead WHERE Email = '" + "x" * 17000 + "'"})

    assert answer.status_code == 414


def test_half_a_surrogate_pair_is_a_parser_error(salesforce):
    answer = salesforce.post("sobjects/Lead", {"LastName": "\ud800", "Company": "B"})

    assert error(answer)[:2] == (400, "JSON_PARSER_ERROR")
    assert salesforce.records("Lead") == []


@pytest.mark.parametrize(
    "change",
    [
        {"add": 1},
        {"add": [{}]},
        {"add": [{"name": "X__c", "type": "riddle"}]},
        {"remove": None},
        {"rename": []},
        {"x": 1},
    ],
)
def test_a_schema_change_of_the_wrong_kind_is_refused(salesforce, change):
    assert salesforce.patch("/_sandbox/schema/Lead", change).status_code == 400
