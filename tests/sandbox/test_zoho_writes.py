"""Insert, update and upsert at the simulated Zoho, each record of a batch standing alone."""

import pytest

from tests.sandbox.zoho_org import codes, items

NEW = {"Last_Name": "Raman", "Company": "Brightforge"}


def test_an_insert_says_what_it_made(zoho):
    answer = zoho.post("Leads", {"data": [{**NEW, "Email": "a@b.example"}]})

    item = answer.json()["data"][0]
    by = {"name": "Mobly Integration", "id": "6172731000000001001"}
    assert answer.status_code == 201
    assert {**item, "details": {**item["details"], "id": "…"}} == {
        "code": "SUCCESS",
        "details": {
            "Modified_Time": "2026-11-21T14:00:00-06:00",
            "Modified_By": by,
            "Created_Time": "2026-11-21T14:00:00-06:00",
            "id": "…",
            "Created_By": by,
            "$approval_state": "approved",
        },
        "message": "record added",
        "status": "success",
    }
    assert len(item["details"]["id"]) == 19


def test_an_upsert_inserts_then_updates(zoho):
    first = zoho.upsert({"Email": "a@b.example"}, duplicate_check_fields=["Email"])
    second = zoho.upsert({"Email": "A@B.example", "City": "Graz"}, duplicate_check_fields=["Email"])

    made, changed = first.json()["data"][0], second.json()["data"][0]
    assert (first.status_code, made["action"], made["duplicate_field"]) == (200, "insert", None)
    assert (second.status_code, changed["action"], changed["duplicate_field"]) == (200, "update", "Email")
    assert "$approval_state" not in made["details"]
    assert zoho.values("Leads", "id", "City") == [(made["details"]["id"], "Graz")]


def test_two_equal_e_mails_in_one_upsert_are_one_record(zoho):
    rows = zoho.upsert({"Email": "a@b.example"}, {"Email": "a@b.example", "City": "Graz"}).json()["data"]

    assert [row["action"] for row in rows] == ["insert", "update"]
    assert len({row["details"]["id"] for row in rows}) == 1


def test_an_insert_does_not_look_for_the_e_mail(zoho):
    zoho.lead(Email="a@b.example")
    zoho.lead(Email="a@b.example")

    assert len(zoho.kept("Leads", email="a@b.example")) == 2


def test_results_come_in_the_order_of_the_records(zoho):
    answer = zoho.upsert({"Email": "a@b.example"}, {"Email": "wrong"}, {"Email": "c@b.example"})

    assert answer.status_code == 207
    assert codes(answer) == ["SUCCESS", "INVALID_DATA", "SUCCESS"]
    assert answer.json()["data"][1]["details"] == {
        "expected_data_type": "email", "api_name": "Email", "json_path": "$.data[1].Email"
    }  # fmt: skip


def test_a_mixed_batch_may_answer_200_and_an_all_failed_one_is_400(zoho):
    zoho.switch(mixed_status=200)

    assert zoho.upsert({}, {"Email": "wrong"}).status_code == 200
    failed = zoho.upsert({"Email": "wrong"})
    assert (failed.status_code, codes(failed)) == (400, ["INVALID_DATA"])


@pytest.mark.parametrize(
    ("values", "details"),
    [
        ({"First_Name": "x" * 41}, {"maximum_length": 40, "api_name": "First_Name"}),
        ({"First_Name": 7}, {"expected_data_type": "string", "api_name": "First_Name"}),
        ({"Phone": "call*me"}, {"expected_data_type": "phone", "api_name": "Phone"}),
        ({"No_of_Employees": "12"}, {"expected_data_type": "integer", "api_name": "No_of_Employees"}),
        ({"Annual_Revenue": True}, {"expected_data_type": "double", "api_name": "Annual_Revenue"}),
        ({"Email_Opt_Out": "yes"}, {"expected_data_type": "boolean", "api_name": "Email_Opt_Out"}),
        ({"Product_Interest": "Gripper"}, {"expected_data_type": "jsonarray", "api_name": "Product_Interest"}),
        ({"Owner": "tom"}, {"expected_data_type": "jsonobject", "api_name": "Owner"}),
    ],
)
def test_a_value_must_fit_its_field(zoho, values, details):
    answer = zoho.post("Leads", {"data": [{**NEW, **values}]})

    item = answer.json()["data"][0]
    path = {"json_path": f"$.data[0].{details['api_name']}"}
    assert (item["code"], item["message"], item["details"]) == ("INVALID_DATA", "invalid data", {**details, **path})


@pytest.mark.parametrize("value", ["2026-02-31T10:00:00+01:00", "2026-02-01 10:00", "2026-02-01T10:00:00.000+01:00"])
def test_a_moment_needs_an_offset_and_no_milliseconds(zoho, value):
    zoho.control("PATCH", "schema/Leads", {"add": [{"api_name": "Met", "data_type": "datetime"}]})

    refused = zoho.post("Leads", {"data": [{**NEW, "Met": value}]}).json()["data"][0]
    zoho.lead(Met="2026-02-01T10:00:00+01:00")

    assert refused["details"]["expected_data_type"] == "datetime"
    assert zoho.values("Leads", "Met") == [("2026-02-01T03:00:00-06:00",)]


def test_a_renamed_option_is_sent_by_its_actual_value(zoho):
    refused = zoho.post("Leads", {"data": [{**NEW, "Lead_Status": "Identify Decision Makers"}]}).json()["data"][0]
    zoho.lead(Lead_Status="Id. Decision Makers", Product_Interest=["Gripper"])

    assert refused["code"] == "INVALID_DATA"
    assert "Id. Decision Makers" in refused["details"]["supported_values"]
    assert zoho.values("Leads", "Lead_Status", "Product_Interest") == [("Id. Decision Makers", ["Gripper"])]


def test_multi_selects_are_appended_to_when_asked(zoho):
    lead = zoho.lead(Product_Interest=["Gripper"])

    zoho.put(
        "Leads",
        {"data": [{"id": lead, "Product_Interest": ["Cobot Arm"], "$append_values": {"Product_Interest": True}}]},
    )

    assert zoho.values("Leads", "Product_Interest") == [(["Gripper", "Cobot Arm"],)]


def test_unknown_and_computed_fields_are_ignored(zoho):
    lead = zoho.lead(Nothing_Like_It="x", Full_Name="Somebody Else")

    row = zoho.get(f"Leads/{lead}").json()["data"][0]
    assert "Nothing_Like_It" not in row
    assert row["Full_Name"] == "Raman"


def test_a_null_clears_a_field(zoho):
    lead = zoho.lead(City="Graz")

    zoho.put(f"Leads/{lead}", {"data": [{"City": None}]})

    assert zoho.values("Leads", "City") == [(None,)]


def test_mandatory_fields_are_asked_for(zoho):
    answer = zoho.post("Leads", {"data": [{"Company": "Brightforge"}, {"Last_Name": "Raman"}]})
    zoho.switch(company_mandatory=False)

    assert [(row["code"], row["details"]["api_name"]) for row in answer.json()["data"]] == [
        ("MANDATORY_NOT_FOUND", "Last_Name"),
        ("MANDATORY_NOT_FOUND", "Company"),
    ]
    assert answer.json()["data"][0]["message"] == "required field not found"
    assert zoho.post("Leads", {"data": [{"Last_Name": "Raman"}]}).status_code == 201


def test_the_layout_asks_for_a_field_that_metadata_does_not_show(zoho):
    zoho.switch(layout_mandatory="Leads.Phone")

    item = zoho.post("Leads", {"data": [NEW]}).json()["data"][0]

    assert (item["code"], item["details"]) == (
        "MANDATORY_NOT_FOUND", {"api_name": "Phone", "json_path": "$.data[0].Phone"}
    )  # fmt: skip


def test_layout_and_validation_rules_run_when_named(zoho):
    zoho.switch(layout_rule="Leads.Phone")
    named = {"apply_feature_execution": [{"name": "layout_rules"}, {"name": "criteria_validation_rule"}]}
    unasked = zoho.post("Leads", {"data": [NEW]})
    asked = zoho.post("Leads", {"data": [NEW], **named}).json()["data"][0]
    zoho.switch(layout_rule="", validation_rule="Trade shows only.", validation_rule_field="Leads.Lead_Source")
    rule = zoho.post("Leads", {"data": [{**NEW, "Lead_Source": "Chat"}], **named}).json()["data"][0]

    assert unasked.status_code == 201
    assert asked["details"]["layout_rule"]["name"] == "Qualified leads"
    assert (rule["status"], rule["message"]) == ("error", "Trade shows only.")


def test_a_unique_value_belongs_to_one_record(zoho):
    zoho.control("POST", "recommended-fields")
    first = zoho.lead(Mobly_Lead_ID="L-1")

    item = zoho.post("Leads", {"data": [{**NEW, "Mobly_Lead_ID": "l-1"}]}).json()["data"][0]

    assert (item["code"], item["message"]) == ("DUPLICATE_DATA", "duplicate data")
    assert item["details"] == {
        "id": first,
        "duplicate_record": {
            "id": first,
            "Owner": {"name": "Mobly Integration", "id": "6172731000000001001"},
            "module": {"id": "6172731000000002000", "api_name": "Leads"},
        },
        "more_records": False,
        "api_name": "Mobly_Lead_ID",
        "json_path": "$.data[0].Mobly_Lead_ID",
    }


def test_an_upsert_also_finds_by_unique_fields(zoho):
    zoho.control("POST", "recommended-fields")
    lead = zoho.lead(Mobly_Lead_ID="L-1", Email="old@b.example")

    row = zoho.upsert({"Mobly_Lead_ID": "L-1", "Email": "new@b.example"}).json()["data"][0]

    assert (row["duplicate_field"], row["details"]["id"]) == ("Mobly_Lead_ID", lead)


def test_an_upsert_that_hits_two_records_is_refused(zoho):
    zoho.control("POST", "recommended-fields")
    zoho.lead(Mobly_Lead_ID="L-1")
    second = zoho.lead(Mobly_Lead_ID="L-2", Email="a@b.example")

    item = zoho.upsert({"Email": "a@b.example", "Mobly_Lead_ID": "L-1"}).json()["data"][0]

    assert (item["code"], item["details"]["api_name"]) == ("DUPLICATE_DATA", "Mobly_Lead_ID")
    assert zoho.kept("Leads")[1]["id"] == second


@pytest.mark.parametrize(("switch", "outcome"), [("refuse", "DUPLICATE_DATA"), ("oldest", "SUCCESS")])
def test_an_e_mail_that_several_records_have(zoho, switch, outcome):
    first = zoho.lead(Email="a@b.example")
    zoho.lead(Email="a@b.example")
    zoho.switch(many_matches=switch)

    item = zoho.upsert({"Email": "a@b.example"}).json()["data"][0]

    assert (item["code"], item["details"]["id"]) == (outcome, first)
    assert item["details"].get("more_records") in (True, None)


def test_known_ids_and_new_e_mails_share_an_upsert(zoho):
    lead = zoho.lead(Email="a@b.example")

    rows = zoho.upsert({"id": lead, "Email": "b@b.example"}, {"Email": "c@b.example"}, {"id": "1"}).json()["data"]

    assert [(row["code"], row.get("action")) for row in rows] == [
        ("SUCCESS", "update"), ("SUCCESS", "insert"), ("INVALID_DATA", None)
    ]  # fmt: skip
    assert rows[2]["details"] == {"api_name": "id", "json_path": "$.data[2].id"}
    zoho.switch(upsert_ignores_id=True)
    assert zoho.upsert({"id": lead, "Email": "d@b.example"}).json()["data"][0]["action"] == "insert"


def test_an_update_names_its_record(zoho):
    lead = zoho.lead()

    answer = zoho.put("Leads", {"data": [{"id": lead, "City": "Graz"}, {"id": "1"}, {"City": "Graz"}]})

    assert answer.status_code == 207
    assert items(answer) == [
        ("SUCCESS", "record updated"),
        ("INVALID_DATA", "the id given seems to be invalid"),
        ("MANDATORY_NOT_FOUND", "required field not found"),
    ]


def test_a_stale_update_is_refused(zoho, clock):
    lead = zoho.lead()
    clock.advance(60)
    zoho.put(f"Leads/{lead}", {"data": [{"City": "Graz"}]})

    since = {"If-Unmodified-Since": "2026-11-21T14:00:30-06:00"}
    answer = zoho.put(f"Leads/{lead}", {"data": [{"City": "Linz"}]}, headers=since)

    assert (answer.status_code, codes(answer)) == (412, ["ALREADY_MODIFIED"])
    assert answer.json()["data"][0]["details"]["Modified_Time"] == "2026-11-21T14:01:00-06:00"
    assert zoho.values("Leads", "City") == [("Graz",)]


def test_an_external_id_stands_for_the_id(zoho):
    row = {"field_label": "Badge", "data_type": "text", "external": {"type": "org", "show": True}}
    zoho.post("settings/fields?module=Leads", {"fields": [row]})
    zoho.lead(Badge="B-1")
    header = {"X-EXTERNAL": "Leads.Badge"}

    changed = zoho.put("Leads/B-1", {"data": [{"City": "Graz"}]}, headers=header)
    batch = zoho.put("Leads", {"data": [{"id": "B-1", "State": "Styria"}]}, headers=header)
    wrong = zoho.get("Leads/B-1", headers={"X-EXTERNAL": "Leads.Email"})

    assert (changed.status_code, batch.status_code) == (200, 200)
    assert zoho.values("Leads", "City", "State") == [("Graz", "Styria")]
    assert (wrong.status_code, wrong.json()["message"]) == (400, "The value of the external field is invalid.")


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        (None, "INVALID_DATA", {"expected_data_type": "jsonobject"}),
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"}),
        ({"data": {}}, "INVALID_DATA", {"expected_data_type": "jsonarray", "api_name": "data", "json_path": "$.data"}),
        (
            {"data": [NEW], "duplicate_check_fields": ["Nothing"]},
            "INVALID_DATA",
            {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"},
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_flat(zoho, body, code, details):
    answer = zoho.post("Leads/upsert", body)

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["details"]) == (code, details)


def test_a_hundred_records_are_the_most(zoho):
    answer = zoho.post("Leads", {"data": [NEW] * 101})

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "data": [
                {
                    "code": "LIMIT_EXCEEDED",
                    "details": {"maximum_length": 100, "api_name": "data"},
                    "message": "count of records in your request exceeds the limit",
                    "status": "error",
                }
            ]
        },
    )


def test_contacts_belong_to_accounts(zoho):
    account = zoho.made("Accounts", Account_Name="Brightforge")
    zoho.made("Contacts", Last_Name="Raman", Account_Name={"id": account})

    wrong = zoho.post("Contacts", {"data": [{"Last_Name": "X", "Account_Name": {"id": "1"}}]}).json()["data"][0]

    assert zoho.values("Contacts", "Account_Name") == [({"name": "Brightforge", "id": account},)]
    assert wrong["details"] == {"api_name": "id", "json_path": "$.data[0].Account_Name.id"}
    again = zoho.upsert({"Account_Name": "brightforge"}, module="Accounts").json()["data"][0]
    assert (again["action"], again["duplicate_field"]) == ("update", "Account_Name")


def test_a_record_may_belong_to_a_rep(zoho):
    tom = zoho.get("users").json()["users"][1]["id"]
    lead = zoho.lead(Owner={"id": tom})

    assert zoho.get(f"Leads/{lead}?fields=Owner").json()["data"][0]["Owner"] == {
        "name": "Tom Okafor", "id": tom, "email": "tom@halden.example"
    }  # fmt: skip


def test_text_of_any_language_comes_back_as_sent(zoho):
    zoho.lead(First_Name="Zoë “Q” O'Neil", Description="日本語 😀\n<b>&amp;</b>", Tag=[{"name": "Ünicode"}])

    assert zoho.values("Leads", "First_Name", "Description", "Tag") == [
        ("Zoë “Q” O'Neil", "日本語 😀\n<b>&amp;</b>", [{"name": "Ünicode"}])
    ]


def test_deleted_records_are_gone_and_listed_as_deleted(zoho):
    first, second = zoho.lead(), zoho.lead()

    answer = zoho.delete(f"Leads?ids={first},1")

    assert (answer.status_code, codes(answer)) == (207, ["SUCCESS", "INVALID_DATA"])
    assert zoho.values("Leads", "id") == [(second,)]
    assert [row["id"] for row in zoho.get("Leads/deleted").json()["data"]] == [first]
    assert codes(zoho.put("Leads", {"data": [{"id": first, "City": "Graz"}]})) == ["INVALID_DATA"]
