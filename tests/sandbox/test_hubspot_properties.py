"""Properties and their groups in the simulated HubSpot, held against the recorded shapes."""

import pytest

PATH = "/crm/v3/properties"
LEAD_STATUS = [
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
]
STAGES = [
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist",
    "other",
]  # fmt: skip


def properties(hubspot, kind="contacts", **query):
    rows = hubspot.get(f"{PATH}/{kind}", params=query).json()["results"]
    return {row["name"]: row for row in rows}


def age(**more):
    return {
        "name": "age__c", "label": "Age", "groupName": "contactinformation", "type": "number", "fieldType": "number",
        "description": "How many years you lived.", "formField": True, **more,
    }  # fmt: skip


def test_a_property_has_the_recorded_shape(hubspot):
    row = properties(hubspot)["address"]

    assert {key: row[key] for key in row if key not in ("createdAt", "updatedAt")} == {
        "name": "address",
        "label": "Street Address",
        "type": "string",
        "fieldType": "text",
        "description": "Contact's street address, including apartment or unit number.",
        "groupName": "contactinformation",
        "options": [],
        "displayOrder": 6,
        "calculated": False,
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": True,
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": True, "readOnlyValue": False},
        "formField": True,
        "dataSensitivity": "non_sensitive",
    }


def test_options_are_those_of_the_recordings(hubspot):
    contacts, companies = properties(hubspot), properties(hubspot, "companies")

    assert [o["value"] for o in contacts["hs_lead_status"]["options"]] == LEAD_STATUS
    assert [o["value"] for o in contacts["lifecyclestage"]["options"]] == STAGES
    assert contacts["numemployees"]["options"][-1]["value"] == "1000+"
    assert companies["type"]["options"][0] == {
        "label": "Prospect", "value": "PROSPECT", "description": "", "displayOrder": 0, "hidden": False,
    }  # fmt: skip
    assert "BIOTECHNOLOGY" in [o["value"] for o in companies["industry"]["options"]]


def test_read_only_and_calculated_properties_say_so(hubspot):
    rows = properties(hubspot)

    assert rows["hs_object_id"]["calculated"] is True
    assert rows["createdate"]["modificationMetadata"]["readOnlyValue"] is True
    assert rows["hubspot_owner_id"]["externalOptions"] is True


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("contacts", "hs_linkedin_url"), ("companies", "linkedin_company_page"), ("notes", "hs_note_body"),
        ("calls", "hs_call_direction"), ("emails", "hs_email_subject"), ("meetings", "hs_meeting_outcome"),
        ("communications", "hs_communication_channel_type"), ("tasks", "hs_task_subject"), ("0-1", "email"),
    ],
)  # fmt: skip
def test_every_object_type_has_its_properties(hubspot, kind, name):
    assert name in properties(hubspot, kind)


@pytest.mark.parametrize("path", ["/crm/v3/properties", "/crm/properties/2026-03", "/crm/properties/2026-09"])
def test_both_path_families_tell_the_same(hubspot, path):
    assert hubspot.get(f"{path}/companies").json() == {"results": list(properties(hubspot, "companies").values())}


def test_a_created_property_can_be_read_and_written(hubspot):
    made = hubspot.post(f"{PATH}/contacts", age())

    assert made.status_code == 201
    assert made.json()["modificationMetadata"] == {
        "archivable": True, "readOnlyDefinition": False, "readOnlyValue": False,
    }  # fmt: skip
    assert hubspot.get(f"{PATH}/contacts/age__c").json() == made.json()
    assert hubspot.contact(email="a@b.example", age__c="41")["properties"]["age__c"] == "41"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Age"}, {"label": ""}, {"type": "moon"}, {"fieldType": "moon"}, {"groupName": "none"}, {"options": "x"}],
)
def test_a_wrong_definition_is_refused(hubspot, wrong):
    answer = hubspot.post(f"{PATH}/contacts", age(**wrong))

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert "age__c" not in properties(hubspot)


def test_a_known_name_is_refused_alone_and_named_in_a_batch(hubspot):
    hubspot.post(f"{PATH}/contacts", age())

    alone = hubspot.post(f"{PATH}/contacts", age())
    batch = hubspot.post(f"{PATH}/contacts/batch/create", {"inputs": [age(), age(name="height__c")]})

    assert alone.status_code == 409
    assert batch.status_code == 207
    assert [row["name"] for row in batch.json()["results"]] == ["height__c"]
    assert batch.json()["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_ALREADY_EXISTS",
            "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
            "message": "A property named 'age__c' already exists.",
            "context": {"name": ["age__c"]},
        }
    ]


def test_a_batch_of_new_properties_answers_201(hubspot):
    answer = hubspot.post(f"{PATH}/companies/batch/create", {"inputs": [age(groupName="companyinformation")]})

    assert answer.status_code == 201
    assert answer.json()["status"] == "COMPLETE"
    assert "age__c" in properties(hubspot, "companies")


def test_at_most_ten_properties_are_unique(hubspot):
    def make(number):
        body = age(name=f"key_{number}", type="string", fieldType="text", hasUniqueValue=True)
        return hubspot.post(f"{PATH}/contacts", body).status_code

    assert [make(number) for number in range(11)] == [201] * 10 + [400]


def test_a_patch_changes_label_and_options(hubspot):
    hubspot.post(
        f"{PATH}/contacts", age(type="enumeration", fieldType="select", options=[{"label": "A", "value": "a"}])
    )

    answer = hubspot.patch(f"{PATH}/contacts/age__c", {"label": "Age group", "options": [{"label": "B", "value": "b"}]})

    assert answer.status_code == 200
    assert answer.json()["label"] == "Age group"
    assert [o["value"] for o in properties(hubspot)["age__c"]["options"]] == ["b"]


def test_the_type_of_a_default_property_cannot_be_changed(hubspot):
    assert hubspot.patch(f"{PATH}/contacts/email", {"type": "number"}).status_code == 400


def test_an_archived_property_leaves_the_list_and_takes_no_values(hubspot):
    hubspot.post(f"{PATH}/contacts", age())

    assert hubspot.delete(f"{PATH}/contacts/age__c").status_code == 204
    assert "age__c" not in properties(hubspot)
    assert "age__c" in properties(hubspot, archived="true")
    assert hubspot.get(f"{PATH}/contacts/age__c").status_code == 404
    answer = hubspot.post("/crm/v3/objects/contacts", {"properties": {"age__c": "4"}})
    assert 'Property \\"age__c\\" does not exist' in answer.json()["message"]


def test_groups_can_be_listed_and_made(hubspot):
    made = hubspot.post(f"{PATH}/contacts/groups", {"name": "mobly", "label": "Mobly", "displayOrder": 9})

    assert made.status_code == 201
    assert made.json() == {"name": "mobly", "label": "Mobly", "displayOrder": 9, "archived": False}
    names = [row["name"] for row in hubspot.get(f"{PATH}/contacts/groups").json()["results"]]
    assert names == ["contactinformation", "sales_properties", "contact_activity", "deal_information", "mobly"]
    assert hubspot.post(f"{PATH}/contacts/groups", {"name": "mobly", "label": "Mobly"}).status_code == 409
    assert hubspot.patch(f"{PATH}/contacts/groups/mobly", {"label": "From Mobly"}).json()["label"] == "From Mobly"
    assert hubspot.get(f"{PATH}/contacts/groups/mobly").json()["label"] == "From Mobly"
    assert hubspot.get(f"{PATH}/contacts/groups/none").status_code == 404


def test_the_persona_switch_makes_the_recommended_properties_once(hubspot):
    made = hubspot.session.post(f"{hubspot.base}/_sandbox/recommended-fields", timeout=5).json()["created"]

    assert len(made) == 10
    assert properties(hubspot)["mobly_lead_id"]["hasUniqueValue"] is True
    assert hubspot.session.post(f"{hubspot.base}/_sandbox/recommended-fields", timeout=5).json()["created"] == []


def test_the_schema_can_be_changed_from_outside(hubspot):
    hubspot.contact(email="a@b.example", jobtitle="Buyer", hs_lead_status="NEW")

    answer = hubspot.session.patch(
        f"{hubspot.base}/_sandbox/schema/contacts",
        json={
            "rename": {"jobtitle": "role"},
            "remove": ["website"],
            "add": [{"name": "hobby"}],
            "picklist": {"field": "hs_lead_status", "rename": {"NEW": "FRESH"}, "remove": ["OPEN"], "add": ["HOT"]},
        },
        timeout=5,
    )

    assert answer.status_code == 200
    rows = properties(hubspot)
    assert {"role", "hobby"} <= rows.keys()
    assert not {"jobtitle", "website"} & rows.keys()
    assert [o["value"] for o in rows["hs_lead_status"]["options"]] == ["FRESH", *LEAD_STATUS[2:], "HOT"]
    assert hubspot.values("contacts", "role") == [("Buyer",)]


@pytest.mark.parametrize("change", [{"remove": ["none"]}, {"moon": 1}, {"picklist": {"field": "none"}}, {"add": ["x"]}])
def test_an_impossible_change_is_refused_in_words(hubspot, change):
    answer = hubspot.session.patch(f"{hubspot.base}/_sandbox/schema/contacts", json=change, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
