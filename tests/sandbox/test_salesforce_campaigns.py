"""Campaigns, their members and statuses, and what becomes of them when a lead is converted or merged."""

import pytest

from tests.sandbox.salesforce_org import error, row


@pytest.fixture
def member(salesforce):
    """Add a member; `field` says by which id."""

    def add(person, campaign=None, **values):
        field = "ContactId" if person.startswith("003") else "LeadId"
        return salesforce.post(
            "sobjects/CampaignMember", {"CampaignId": campaign or salesforce.campaign(), field: person, **values}
        )

    return add


def read(client, record):
    return client.get(f"sobjects/CampaignMember/{record}").json()


def test_a_fresh_account_has_campaigns_with_statuses_and_one_inactive(salesforce):
    campaigns = salesforce.query("SELECT Name, IsActive FROM Campaign")
    berlin = salesforce.campaign("Robotics Week Berlin")
    statuses = salesforce.query(f"SELECT Label, IsDefault FROM CampaignMemberStatus WHERE CampaignId = '{berlin}'")

    assert [campaign["IsActive"] for campaign in campaigns] == [True, True, True, False]
    assert statuses == [
        {"Label": "Invited", "IsDefault": True},
        {"Label": "Registered", "IsDefault": False},
        {"Label": "Visited Booth", "IsDefault": False},
        {"Label": "Demo Booked", "IsDefault": False},
    ]
    assert salesforce.records("Lead") == []


def test_a_new_campaign_has_sent_and_responded(salesforce):
    campaign = salesforce.create("Campaign", Name="Own")

    rows = salesforce.query(
        f"SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus WHERE CampaignId = '{campaign}'"
    )

    assert rows == [
        {"Label": "Sent", "IsDefault": True, "HasResponded": False},
        {"Label": "Responded", "IsDefault": False, "HasResponded": True},
    ]


def test_a_member_without_status_gets_the_default(salesforce, member):
    lead = salesforce.lead(FirstName="Priya")
    made = member(lead)

    body = read(salesforce, made.json()["id"])

    assert made.json()["id"].startswith("00v")
    assert (body["Status"], body["HasResponded"], body["LeadId"], body["ContactId"]) == ("Sent", False, lead, None)
    assert (body["Name"], body["CompanyOrAccount"], body["Type"]) == ("Priya Raman", "Brightforge", "Lead")


def test_a_status_that_counts_as_response_says_so(salesforce, member):
    body = read(salesforce, member(salesforce.lead(), Status="Responded").json()["id"])

    assert (body["HasResponded"], len(body["FirstRespondedDate"])) == (True, 10)


def test_an_unknown_status_is_silently_the_default(salesforce, member):
    body = read(salesforce, member(salesforce.lead(), Status="Danced").json()["id"])

    assert body["Status"] == "Sent"


def test_a_member_joins_once(salesforce, member):
    lead = salesforce.lead()
    member(lead)

    answer = member(lead)

    assert answer.status_code == 400
    assert answer.json() == [{"message": "Already a campaign member.", "errorCode": "DUPLICATE_VALUE", "fields": []}]
    assert member(lead, salesforce.campaign("Robotics Week Berlin")).status_code == 201


def test_a_row_that_joins_again_fails_alone(salesforce, member):
    campaign, known, new = salesforce.campaign(), salesforce.lead(), salesforce.lead()
    member(known)

    results = salesforce.rows(
        "POST",
        [row("CampaignMember", CampaignId=campaign, LeadId=lead) for lead in (known, new, new)],
    )

    assert [result["success"] for result in results] == [False, True, False]
    assert results[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"


def test_the_status_is_changed_by_the_members_id(salesforce, member):
    made = member(salesforce.lead()).json()["id"]

    assert salesforce.patch(f"sobjects/CampaignMember/{made}", {"Status": "Responded"}).status_code == 204
    assert read(salesforce, made)["HasResponded"] is True


def test_the_person_of_a_member_cannot_be_changed(salesforce, member):
    made = member(salesforce.lead()).json()["id"]

    answer = salesforce.patch(f"sobjects/CampaignMember/{made}", {"LeadId": salesforce.lead()})

    assert error(answer)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_of_two_persons_the_contact_is_kept(salesforce, member):
    contact = salesforce.create("Contact", LastName="A")

    body = read(salesforce, member(contact, LeadId=salesforce.lead()).json()["id"])

    assert (body["ContactId"], body["LeadId"]) == (contact, None)


def test_members_are_found_by_campaign_and_persons(salesforce, member):
    campaign, lead = salesforce.campaign(), salesforce.lead()
    made = member(lead).json()["id"]
    member(salesforce.lead())

    rows = salesforce.query(
        "SELECT Id, LeadId, ContactId, Status FROM CampaignMember "
        f"WHERE CampaignId = '{campaign}' AND LeadId IN ('{lead}')"
    )

    assert rows == [{"Id": made, "LeadId": lead, "ContactId": None, "Status": "Sent"}]
    assert salesforce.query(f"SELECT NumberOfLeads FROM Campaign WHERE Id = '{campaign}'") == [{"NumberOfLeads": 2}]


def test_a_campaign_that_is_gone_is_an_invalid_reference(salesforce, member):
    campaign = salesforce.campaign()
    salesforce.delete(f"sobjects/Campaign/{campaign}")

    answer = member(salesforce.lead(), campaign)

    assert error(answer) == (400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def test_a_member_needs_a_person(salesforce):
    answer = salesforce.post("sobjects/CampaignMember", {"CampaignId": salesforce.campaign()})

    assert error(answer)[1] == "REQUIRED_FIELD_MISSING"


def test_statuses_are_read_only(salesforce):
    answer = salesforce.post("sobjects/CampaignMemberStatus", {"CampaignId": salesforce.campaign(), "Label": "x"})

    assert error(answer)[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_without_campaign_rights_members_can_be_read_only(salesforce, member):
    campaign, lead = salesforce.campaign(), salesforce.lead()
    salesforce.switch(campaign_rights="read")

    listed = {item["name"]: item["createable"] for item in salesforce.get("sobjects").json()["sobjects"]}

    assert (listed["Campaign"], listed["CampaignMember"], listed["Lead"]) == (False, False, True)
    assert error(member(lead, campaign))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert len(salesforce.query("SELECT Id FROM Campaign")) == 4


def test_without_any_campaign_rights_campaigns_do_not_exist(salesforce):
    salesforce.switch(campaign_rights="none")

    assert "Campaign" not in {item["name"] for item in salesforce.get("sobjects").json()["sobjects"]}
    assert error(salesforce.get("query", params={"q": "SELECT Id FROM Campaign"}))[1] == "INVALID_TYPE"


def convert(client, lead):
    answer = client.post("/_sandbox/convert", {"lead": lead})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_converted_lead_still_comes_back_from_soql_and_leads_to_its_contact(salesforce):
    lead = salesforce.lead(FirstName="Ben", Email="ben@x.com", Company="ConvertedCorp")

    made = convert(salesforce, lead)

    rows = salesforce.query("SELECT Id, IsConverted, ConvertedContactId, Status FROM Lead WHERE Email IN ('ben@x.com')")
    assert rows == [
        {"Id": lead, "IsConverted": True, "ConvertedContactId": made["contact"], "Status": "Closed - Converted"}
    ]
    contact = salesforce.query("SELECT FirstName, Email, Account.Name FROM Contact")
    assert contact == [{"FirstName": "Ben", "Email": "ben@x.com", "Account": {"Name": "ConvertedCorp"}}]


def test_a_converted_lead_takes_no_change(salesforce):
    lead = salesforce.lead()
    convert(salesforce, lead)

    single = salesforce.patch(f"sobjects/Lead/{lead}", {"Title": "x"})
    results = salesforce.rows("PATCH", [row("Lead", id=lead, Title="x")])

    assert error(single) == (400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    assert results[0]["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_after_conversion_the_same_member_shows_both_ids(salesforce, member):
    lead = salesforce.lead()
    made = member(lead).json()["id"]

    contact = convert(salesforce, lead)["contact"]

    body = read(salesforce, made)
    assert (body["LeadId"], body["ContactId"]) == (lead, contact)
    assert error(member(contact))[1] == "DUPLICATE_VALUE"
    assert salesforce.delete(f"composite/sobjects?ids={made}").json()[0]["success"] is True


def test_a_converted_lead_joins_as_its_contact_only(salesforce, member):
    lead = salesforce.lead()
    contact = convert(salesforce, lead)["contact"]

    assert error(member(lead))[1] == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert member(contact).status_code == 201


def test_tasks_follow_a_converted_lead(salesforce):
    lead = salesforce.lead()
    salesforce.create("Task", Subject="Call", WhoId=lead)

    contact = convert(salesforce, lead)["contact"]

    assert salesforce.query("SELECT WhoId FROM Task") == [{"WhoId": contact}]


def test_what_cannot_be_converted_is_said(salesforce):
    lead = salesforce.lead()
    convert(salesforce, lead)

    again = salesforce.post("/_sandbox/convert", {"lead": lead})
    nobody = salesforce.post("/_sandbox/convert", {"lead": "x"})

    assert (again.status_code, again.json()) == (400, {"error": f"The lead {lead} is converted already."})
    assert nobody.json() == {"error": "There is no lead x."}


def test_a_merged_record_is_deleted_and_names_its_master(salesforce, member):
    master, loser = salesforce.lead(), salesforce.lead()
    made = member(loser).json()["id"]

    salesforce.post("/_sandbox/merge", {"master": master, "merged": [loser]})

    assert error(salesforce.patch(f"sobjects/Lead/{loser}", {"Title": "x"}))[:2] == (404, "ENTITY_IS_DELETED")
    rows = salesforce.get("queryAll", params={"q": f"SELECT MasterRecordId FROM Lead WHERE Id = '{loser}'"}).json()
    assert rows["records"][0]["MasterRecordId"] == master
    assert read(salesforce, made)["LeadId"] == master
    assert salesforce.post("/_sandbox/merge", {"master": master, "merged": [loser]}).status_code == 400


def test_somebody_may_delete_a_record_behind_our_back(salesforce):
    lead = salesforce.lead()

    assert salesforce.post("/_sandbox/delete", {"id": lead}).status_code == 200

    assert salesforce.query("SELECT Id FROM Lead") == []
    assert salesforce.post("/_sandbox/delete", {"id": lead}).status_code == 400


def test_a_user_may_write_members_of_campaigns_that_are_read_only(salesforce, member):
    salesforce.switch(campaign_rights="members")

    assert error(salesforce.post("sobjects/Campaign", {"Name": "Own"}))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert member(salesforce.lead()).status_code == 201
