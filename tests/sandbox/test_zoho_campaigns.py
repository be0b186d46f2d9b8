"""Campaign membership, notes, and what people do in the CRM: convert, merge, delete."""

import pytest

from tests.sandbox.zoho_org import codes, items


def put(zoho, campaign, *rows, people="Leads"):
    return zoho.put(f"Campaigns/{campaign}/{people}", {"data": list(rows)})


def members(zoho):
    return [(row["campaign_name"], row["module"], row["person"], row["status"]) for row in zoho.kept("CampaignMembers")]


def note(zoho, record, module="Leads", **values):
    parent = {"Parent_Id": {"module": {"api_name": module}, "id": record}}
    return {"Note_Title": "Call", "Note_Content": "Wants a demo.", **parent, **values}


def test_campaigns_stand_there_and_one_is_over(zoho):
    rows = zoho.get("Campaigns?fields=Campaign_Name,Type,Status,Start_Date,End_Date&sort_order=asc").json()["data"]

    assert [(row["Campaign_Name"], row["Status"]) for row in rows] == [
        ("Automate Summit 2026", "Active"),
        ("Robotics Week Berlin", "Planning"),
        ("Hannover 2024", "Complete"),
    ]
    assert rows[0]["Start_Date"] == "2026-11-17"


def test_people_are_added_and_change_their_status(zoho):
    campaign, lead = zoho.campaign(), zoho.lead(Email="a@b.example")

    first = put(zoho, campaign, {"id": lead, "Member_Status": "Invited"})
    again = put(zoho, campaign, {"id": lead, "Member_Status": "Visited Booth"})
    kept = put(zoho, campaign, {"id": lead})

    assert (first.status_code, items(first)) == (200, [("SUCCESS", "relation added")])
    assert first.json()["data"][0]["details"] == {"id": lead}
    assert items(again) == items(kept) == [("SUCCESS", "relation updated")]
    assert members(zoho) == [("Automate Summit 2026", "Leads", lead, "Visited Booth")]
    assert [row["person"] for row in zoho.kept("CampaignMembers", email="A@b.example")] == [lead]


def test_membership_from_the_persons_side(zoho):
    campaign, lead = zoho.campaign(), zoho.lead()

    answer = zoho.put(f"Leads/{lead}/Campaigns", {"data": [{"id": campaign, "Member_Status": "Sent"}]})
    single = zoho.put(f"Campaigns/{campaign}/Leads/{lead}", {"data": [{"Member_Status": "Opened"}]})
    read = zoho.get(f"Leads/{lead}/Campaigns?fields=Campaign_Name,Member_Status").json()["data"]

    assert (answer.status_code, single.status_code) == (200, 200)
    assert read == [{"Campaign_Name": "Automate Summit 2026", "id": campaign, "Member_Status": "Opened"}]


def test_an_unknown_campaign_refuses_the_whole_call(zoho):
    answer = put(zoho, "1", {"id": zoho.lead()})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "INVALID_DATA",
        "details": {"resource_path_index": 1},
        "message": "the related id given seems to be invalid",
        "status": "error",
    }


def test_an_unknown_person_and_an_unknown_status_fail_alone(zoho):
    lead, other = zoho.lead(), zoho.lead()

    answer = put(zoho, zoho.campaign(), {"id": "1"}, {"id": lead, "Member_Status": "Danced"}, {"id": other})

    assert (answer.status_code, codes(answer)) == (207, ["INVALID_DATA", "INVALID_DATA", "SUCCESS"])
    person, status = (row["details"] for row in answer.json()["data"][:2])
    assert person == {"api_name": "id", "json_path": "$.data[0].id"}
    assert (status["json_path"], status["supported_values"][0]) == ("$.data[1].Member_Status", "Planned")
    zoho.switch(any_member_status=True)
    assert put(zoho, zoho.campaign(), {"id": lead, "Member_Status": "Danced"}).status_code == 200


def test_members_are_read_and_removed(zoho):
    campaign, lead = zoho.campaign(), zoho.lead(Email="a@b.example")
    contact = zoho.made("Contacts", Last_Name="Zuse")
    empty = zoho.get(f"Campaigns/{campaign}/Contacts?fields=Email")
    put(zoho, campaign, {"id": lead, "Member_Status": "Sent"})
    put(zoho, campaign, {"id": contact}, people="Contacts")

    read = zoho.get(f"Campaigns/{campaign}/Leads?fields=Email,Member_Status").json()["data"]
    removed = zoho.delete(f"Campaigns/{campaign}/Leads?ids={lead},1")

    assert empty.status_code == 204
    assert read == [{"Email": "a@b.example", "id": lead, "Member_Status": "Sent"}]
    assert items(removed) == [
        ("SUCCESS", "relation removed"), ("INVALID_DATA", "the related id given seems to be invalid")
    ]  # fmt: skip
    assert [row[2] for row in members(zoho)] == [contact]


def test_a_campaign_is_made_by_its_name(zoho):
    row = {"Campaign_Name": "Founders’ Dinner", "Type": "Others", "Start_Date": "2027-01-21"}
    first = zoho.post("Campaigns/upsert", {"data": [row]}).json()["data"][0]
    again = zoho.post("Campaigns/upsert", {"data": [row]}).json()["data"][0]

    assert [(one["action"], one["duplicate_field"]) for one in (first, again)] == [
        ("insert", None), ("update", "Campaign_Name")
    ]  # fmt: skip


# Notes


def test_notes_of_several_people_in_one_call_are_never_deduplicated(zoho):
    lead, contact = zoho.lead(), zoho.made("Contacts", Last_Name="Zuse")
    rows = [note(zoho, lead), note(zoho, contact, "Contacts"), note(zoho, lead)]

    answer = zoho.post("Notes", {"data": rows})

    assert (answer.status_code, codes(answer)) == (201, ["SUCCESS"] * 3)
    read = zoho.get(f"Leads/{lead}/Notes?fields=Note_Title,Created_Time,Parent_Id").json()["data"]
    assert [row["Note_Title"] for row in read] == ["Call", "Call"]
    assert read[0]["Parent_Id"]["id"] == lead
    assert read[0]["Parent_Id"]["module"]["api_name"] == "Leads"
    assert (
        zoho.get(f"Contacts/{contact}/Notes?fields=Note_Content").json()["data"][0]["Note_Content"] == "Wants a demo."
    )


def test_a_note_needs_words_and_a_parent(zoho):
    lead = zoho.lead()
    good = note(zoho, lead)
    rows = [
        {**good, "Note_Title": "", "Note_Content": None},
        {"Note_Title": "Call"},
        {**good, "Parent_Id": {"module": {"api_name": "Leads"}, "id": "1"}},
        {**good, "Parent_Id": {"id": lead}},
        good,
    ]

    answer = zoho.post("Notes", {"data": rows})

    assert answer.status_code == 207
    assert items(answer)[0] == ("EXPECTED_FIELD_MISSING", "should contain either content or title")
    assert codes(answer)[1:] == ["MANDATORY_NOT_FOUND", "INVALID_DATA", "MANDATORY_NOT_FOUND", "SUCCESS"]
    assert len(zoho.kept("Notes")) == 1


def test_notes_are_read_changed_and_deleted_at_their_person(zoho):
    lead = zoho.lead()
    empty = zoho.get(f"Leads/{lead}/Notes?fields=Note_Title")
    made = zoho.post(f"Leads/{lead}/Notes", {"data": [{"Note_Title": "Meeting"}]}).json()["data"][0]["details"]["id"]

    zoho.put(f"Leads/{lead}/Notes/{made}", {"data": [{"Note_Title": "Lunch"}]})

    assert empty.status_code == 204
    assert zoho.values("Notes", "Note_Title") == [("Lunch",)]
    assert zoho.delete(f"Leads/{lead}/Notes/{made}").status_code == 200
    assert zoho.kept("Notes") == []


def test_notes_have_no_upsert(zoho):
    assert zoho.post("Notes/upsert", {"data": [{}]}).status_code == 400


# What people do in the CRM


def test_a_converted_lead_leads_to_its_contact(zoho):
    lead = zoho.lead(
        Email="a@b.example", First_Name="Ada", Designation="CTO", City="Graz", Product_Interest=["Gripper"]
    )
    put(zoho, zoho.campaign(), {"id": lead, "Member_Status": "Sent"})
    zoho.post("Notes", {"data": [note(zoho, lead)]})

    made = zoho.control("POST", "convert", {"id": lead}).json()

    refused = zoho.put("Leads", {"data": [{"id": lead, "City": "Linz"}]})
    assert items(refused) == [("CONVERTED_RECORD", "can't update the converted record")]
    assert zoho.get(f"Leads?fields=Email&ids={lead}").status_code == 204
    row = zoho.get(f"Leads?fields=Converted__s,Converted_Contact&ids={lead}&converted=both").json()["data"][0]
    assert (row["Converted__s"], row["Converted_Contact"]["id"]) == (True, made["contact"])
    assert zoho.get(f"Leads/{lead}").json()["data"][0]["$converted_detail"]["contact"] == made["contact"]
    names = ("Full_Name", "Title", "Mailing_City", "Product_Interest", "Account_Name")
    account = {"name": "Brightforge", "id": made["account"]}
    assert zoho.values("Contacts", *names) == [("Ada Raman", "CTO", "Graz", ["Gripper"], account)]
    assert members(zoho) == [("Automate Summit 2026", "Contacts", made["contact"], "Sent")]
    assert zoho.get(f"Contacts/{made['contact']}/Notes?fields=Note_Title").status_code == 200


def test_a_converted_lead_is_no_match_for_an_upsert(zoho):
    lead = zoho.lead(Email="a@b.example")
    zoho.control("POST", "convert", {"id": lead})

    assert zoho.upsert({"Email": "a@b.example"}).json()["data"][0]["action"] == "insert"
    assert zoho.control("POST", "convert", {"id": lead}).json() == {"error": f"The lead {lead} is converted already."}


@pytest.mark.parametrize("shown", [False, True])
def test_coql_shows_converted_leads_when_asked_about_the_conversion(zoho, shown):
    lead = zoho.lead(Email="a@b.example")
    made = zoho.control("POST", "convert", {"id": lead}).json()
    zoho.switch(converted_in_coql=shown)

    hidden = zoho.coql("select Email from Leads where Email = 'a@b.example'")
    asked = zoho.coql("select Converted__s, Converted_Contact from Leads where Email = 'a@b.example'").json()["data"][0]

    assert hidden.status_code == (200 if shown else 204)
    assert asked == {"Converted__s": True, "Converted_Contact": {"id": made["contact"]}, "id": lead}


def test_the_api_converts_once(zoho):
    lead = zoho.lead()
    first = zoho.post(f"Leads/{lead}/actions/convert", {"data": [{}]})
    again = zoho.post(f"Leads/{lead}/actions/convert", {"data": [{}]})

    assert first.json()["data"][0]["details"]["Accounts"]["name"] == "Brightforge"
    assert (again.status_code, again.json()["code"]) == (400, "ID_ALREADY_CONVERTED")


def test_a_merged_record_is_gone_and_its_things_follow(zoho):
    keep, lose = zoho.lead(Email="a@b.example"), zoho.lead(City="Graz")
    put(zoho, zoho.campaign(), {"id": lose, "Member_Status": "Sent"})
    zoho.post("Notes", {"data": [note(zoho, lose)]})

    zoho.control("POST", "merge", {"module": "Leads", "keep": keep, "lose": lose})

    assert zoho.values("Leads", "id", "Email", "City") == [(keep, "a@b.example", "Graz")]
    assert members(zoho) == [("Automate Summit 2026", "Leads", keep, "Sent")]
    assert zoho.get(f"Leads/{keep}/Notes?fields=Note_Title").status_code == 200
    assert items(zoho.put("Leads", {"data": [{"id": lose}]})) == [("INVALID_DATA", "the id given seems to be invalid")]


def test_a_person_in_the_crm_deletes_a_record(zoho):
    lead = zoho.lead()
    put(zoho, zoho.campaign(), {"id": lead})

    zoho.control("POST", "delete", {"module": "Leads", "id": lead})

    assert (zoho.kept("Leads"), members(zoho)) == ([], [])
    refused = zoho.control("POST", "delete", {"module": "Leads", "id": lead})
    assert (refused.status_code, refused.json()) == (400, {"error": f"Leads has no record {lead}."})
