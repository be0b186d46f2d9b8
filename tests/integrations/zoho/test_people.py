"""People: found by the strongest key, written once, folded, followed, and never doubled."""

from dataclasses import replace

import pytest

from integrations.contract import Cause, RecordWrite, RemoteRef, Step
from integrations.providers.zoho import PROVIDER
from tests.integrations.hubspot.scripted import Says
from tests.integrations.zoho.org import AS_CONTACTS, deliver_to, lead, person

BADGE = {"api_name": "Badge_Number", "unique": {"case_sensitive": False}}
CUTS = ["cut_after_commit", "cut_before_commit", "truncate_body", "server_error", "html_503"]


def convert(org, lead_id):
    return org.vendor._call("POST", "convert", json={"id": lead_id})


def test_a_new_lead_is_created_with_its_values_and_a_link(org):
    result = org.one(lead("ada@x.example", First_Name="Ada", Product_Interest=("Gripper", "Vision System")))

    assert (result.ok, result.created, result.person_written) == (True, True, True)
    assert org.leads("First_Name", "Email", "Product_Interest") == [
        {"First_Name": "Ada", "Email": "ada@x.example", "Product_Interest": ["Gripper", "Vision System"]}
    ]
    assert result.person.url == f"{org.vendor.url}/crm/org60012345/tab/Leads/{result.person.id}"


def test_the_record_of_the_same_email_is_updated(org):
    there = org.vendor.seed("Leads", Last_Name="Byron", Email="Ada@X.example", Company="Old", City="Rome")

    result = org.one(lead("ada@x.example"))

    assert (result.person.id, result.created) == (there["id"], False)
    assert org.leads("Last_Name", "City") == [{"Last_Name": "Lovelace", "City": "Rome"}]


def test_the_stored_record_goes_before_the_email(org):
    stored = org.vendor.seed("Leads", Last_Name="A", Email="old@x.example", Company="C")
    org.vendor.seed("Leads", Last_Name="B", Email="ada@x.example", Company="C")

    result = org.one(lead("ada@x.example", known=stored["id"]))

    assert result.person.id == stored["id"]
    assert sorted(row["Last_Name"] for row in org.leads("Last_Name")) == ["B", "Lovelace"]


def test_the_mobly_lead_id_goes_before_the_email(org):
    org.vendor.add_recommended_fields()
    ours = org.vendor.seed("Leads", Last_Name="A", Email="old@x.example", Company="C", Mobly_Lead_ID="m-1")
    org.vendor.seed("Leads", Last_Name="B", Email="ada@x.example", Company="C")

    result = org.one(lead("ada@x.example", mobly_id="m-1"))

    assert result.person.id == ours["id"]


def test_a_lead_without_an_email_is_found_by_its_mobly_lead_id(org):
    org.vendor.add_recommended_fields()

    first, again = org.one(lead(mobly_id="m-1")), org.one(lead(mobly_id="m-1", in_doubt=True, City="Oslo"))

    assert first.person.id == again.person.id
    assert org.leads("City") == [{"City": "Oslo"}]


def test_a_mobly_lead_id_in_a_field_that_is_no_key_leaves_the_email(scripted, client_of):
    def answer(asked):
        if "Mobly_Lead_ID" in asked.body.get("duplicate_check_fields", ()):
            details = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
            return Says(400, {"code": "INVALID_DATA", "details": details, "message": "invalid data", "status": "error"})
        return Says(
            200, {"data": [{"code": "SUCCESS", "status": "success", "action": "insert", "details": {"id": "7"}}]}
        )

    server = scripted(answer)
    client = client_of(server)

    (first,) = deliver_to(client, lead("ada@x.example", mobly_id="m-1"))
    deliver_to(client, lead("bob@x.example", mobly_id="m-2"))

    assert (first.ok, first.person.id) == (True, "7")
    assert [asked.body["duplicate_check_fields"] for asked in server.asked] == [
        ["Mobly_Lead_ID", "Email"],
        ["Email"],
        ["Email"],
    ]


def test_a_lead_without_any_key_is_created(org):
    first, second = org.deliver(lead(First_Name="A"), lead(First_Name="B"))

    assert (first.created, second.created, first.person.id != second.person.id) == (True, True, True)


def test_two_leads_of_one_email_are_one_record(org):
    first, second = org.deliver(lead("ada@x.example", City="Oslo"), lead("ADA@x.example", Phone="7"))

    assert first.person.id == second.person.id
    assert (first.created, second.created) == (True, False)
    assert org.leads("City", "Phone") == [{"City": "Oslo", "Phone": "7"}]
    assert org.paths() == {"POST /Leads/upsert": 1}


def test_two_leads_of_one_stored_record_are_one_row(org):
    there = org.vendor.seed("Leads", Last_Name="A", Email="ada@x.example", Company="C")

    results = org.deliver(lead("ada@x.example", known=there["id"], City="Oslo"), lead("b@x.example", known=there["id"]))

    assert [result.person.id for result in results] == [there["id"]] * 2
    assert org.leads("City", "Email") == [{"City": "Oslo", "Email": "b@x.example"}]


def test_a_blank_value_is_never_sent(org):
    org.vendor.seed("Leads", Last_Name="A", Email="ada@x.example", Company="C", City="Rome")

    org.one(lead("ada@x.example", City="  ", Phone=None, Product_Interest=()))

    assert org.leads("City", "Phone", "Product_Interest") == [{"City": "Rome", "Phone": None, "Product_Interest": None}]


def test_zero_and_no_are_values(org):
    org.one(lead("ada@x.example", No_of_Employees=0, Email_Opt_Out=False))

    assert org.leads("No_of_Employees", "Email_Opt_Out") == [{"No_of_Employees": 0, "Email_Opt_Out": False}]


@pytest.mark.parametrize("stored", [True, False])
def test_write_if_blank_fills_only_what_is_empty(org, stored):
    there = org.vendor.seed("Leads", Last_Name="A", Email="ada@x.example", Company="C", City="Rome")
    known = there["id"] if stored else ""

    org.one(lead("ada@x.example", known=known, if_blank={"City": "Oslo", "State": "Viken"}))

    assert org.leads("City", "State") == [{"City": "Rome", "State": "Viken"}]


def test_write_if_blank_goes_whole_into_a_new_record_and_reads_fifty_at_a_time(org):
    results = org.deliver(*(lead(f"a{number}@x.example", if_blank={"City": "Oslo"}) for number in range(101)))

    assert all(result.created for result in results)
    assert {row["City"] for row in org.leads("City")} == {"Oslo"}
    assert org.paths() == {"POST /coql": 3, "POST /Leads/upsert": 2}


def test_values_for_new_records_leave_an_existing_one_alone(org):
    org.vendor.seed("Leads", Last_Name="A", Email="ada@x.example", Company="C", Lead_Source="Chat")

    org.deliver(
        lead("ada@x.example", on_create={"Lead_Source": "Trade Show"}),
        lead("bob@x.example", on_create={"Lead_Source": "Trade Show"}),
    )

    assert sorted(row["Lead_Source"] for row in org.leads("Lead_Source")) == ["Chat", "Trade Show"]


@pytest.mark.parametrize("email", ["o'brien@x.example", "o''brien@x.example", "back\\slash@x.example", "ünï@x.example"])
def test_an_email_of_any_spelling_is_found_again(org, email):
    there = org.vendor.seed("Leads", Last_Name="A", Email=email, Company="C", City="Rome")

    result = org.one(lead(email, if_blank={"City": "Oslo"}))

    assert (result.fault, result.person.id) == (None, there["id"])
    assert org.leads("City") == [{"City": "Rome"}]


def test_a_stored_record_that_is_gone_is_looked_for_by_email(org):
    gone = org.vendor.seed("Leads", Last_Name="A", Email="old@x.example", Company="C")
    org.vendor._call("POST", "delete", json={"module": "Leads", "id": gone["id"]})
    there = org.vendor.seed("Leads", Last_Name="B", Email="ada@x.example", Company="C")

    result = org.one(lead("ada@x.example", known=gone["id"]))

    assert (result.ok, result.person.id) == (True, there["id"])


@pytest.mark.parametrize("if_blank", [{}, {"City": "Oslo"}])
def test_a_stored_record_that_is_gone_is_made_anew(org, if_blank):
    result = org.one(lead("ada@x.example", known="6172731000000099999", if_blank=if_blank))

    assert (result.fault, result.created) == (None, True)
    assert len(org.leads("id")) == 1


@pytest.mark.parametrize("if_blank", [{}, {"City": "Oslo"}])
def test_a_converted_lead_goes_on_as_its_contact(org, if_blank):
    first = org.one(lead("ada@x.example"))
    convert(org, first.person.id)

    result = org.one(lead("ada@x.example", known=first.person.id, contact={"Title": "CTO"}, if_blank=if_blank))

    (contact,) = org.contacts("id", "Title")
    assert (result.fault, result.person.object, result.person.id) == (None, "Contacts", contact["id"])
    assert contact["Title"] == "CTO"
    assert result.created is False


def test_a_converted_lead_is_linked_and_left_alone_where_no_contact_field_is_mapped(org):
    first = org.one(lead("ada@x.example"))
    convert(org, first.person.id)

    result = org.one(lead("ada@x.example", known=first.person.id, City="Oslo"))

    assert (result.ok, result.person.object) == (True, "Contacts")
    assert "converted" in result.warnings[0]


def test_a_stored_contact_stays_one_in_leads_mode(org):
    contact = org.vendor.seed("Contacts", Last_Name="A", Email="ada@x.example")
    delivery = lead("ada@x.example", contact={"Title": "CTO"})

    result = org.one(replace(delivery, known=RemoteRef("Contacts", contact["id"])))

    assert (result.person.object, org.contacts("Title"), org.leads("id")) == ("Contacts", [{"Title": "CTO"}], [])


def test_a_stored_lead_means_nothing_once_people_go_to_contacts(org):
    stored = org.one(lead("ada@x.example"))

    result = org.one(replace(person("ada@x.example"), known=stored.person), **AS_CONTACTS)

    assert (result.created, result.person.object) == (True, "Contacts")


@pytest.mark.parametrize("looks_first", [False, True])
def test_of_several_records_the_oldest_is_updated_with_a_warning(org, looks_first):
    oldest = org.vendor.seed("Leads", Last_Name="A", Email="ada@x.example", Company="C")
    second = org.vendor.seed("Leads", Last_Name="B", Email="ada@x.example", Company="C")

    result = org.one(lead("ada@x.example", if_blank={"State": "Viken"} if looks_first else {}, City="Oslo"))

    assert (result.fault, result.person.id) == (None, oldest["id"])
    assert second["id"] in result.warnings[0]
    assert sorted(str(row["City"]) for row in org.leads("City")) == ["None", "Oslo"]


@pytest.mark.parametrize("looks_first", [False, True])
def test_of_several_records_the_admin_is_asked_if_he_said_so(org, looks_first):
    ids = [org.vendor.seed("Leads", Last_Name=name, Email="ada@x.example", Company="C")["id"] for name in "AB"]

    result = org.one(lead("ada@x.example", if_blank={"State": "Viken"} if looks_first else {}), several_matches="ask")

    assert (result.fault.cause, result.fault.step) == (Cause.AMBIGUOUS_MATCH, Step.MATCH)
    assert [ref.id for ref in result.fault.candidates] == ids
    assert result.person is None


def test_the_record_that_holds_a_unique_value_is_adopted_when_it_is_the_same_person(org):
    org.vendor.change_schema("Leads", add=[BADGE])
    there = org.vendor.seed("Leads", Last_Name="A", Email="ada@x.example", Company="C", Badge_Number="17")

    result = org.one(lead("ada@x.example", Badge_Number="17", City="Oslo"))

    assert (result.fault, result.person.id) == (None, there["id"])


def test_the_record_that_holds_a_unique_value_is_named_when_it_is_somebody_else(scripted, client_of):
    duplicate = {
        "code": "DUPLICATE_DATA",
        "details": {
            "api_name": "Phone",
            "json_path": "$.data[0].Phone",
            "id": "77",
            "duplicate_record": {"id": "77", "module": {"api_name": "Leads"}, "Owner": {"id": "1"}},
            "more_records": False,
        },
        "message": "duplicate data",
        "status": "error",
    }

    def answer(asked):
        if asked.method == "GET":
            return Says(200, {"data": [{"id": "77", "Email": "eve@x.example"}]})
        return Says(400, {"data": [duplicate]})

    (result,) = deliver_to(client_of(scripted(answer)), lead("ada@x.example", Phone="+47 1"))

    assert result.fault.cause is Cause.DUPLICATE_RECORD
    assert (result.fault.field, result.fault.value) == ("Phone", "+47 1")
    assert (result.fault.collides_with.object, result.fault.collides_with.id) == ("Leads", "77")
    assert "+47 1" in result.fault.message


def test_the_record_that_holds_a_unique_value_is_named_by_the_vendor_too(org):
    org.vendor.change_schema("Leads", add=[BADGE])
    other = org.vendor.seed("Leads", Last_Name="A", Email="eve@x.example", Company="C", Badge_Number="17")

    good, result = org.deliver(lead(First_Name="Bob"), lead(First_Name="Ada", Badge_Number="17"))

    assert good.ok
    assert (result.fault.cause, result.fault.collides_with.id) == (Cause.DUPLICATE_RECORD, other["id"])


def test_an_update_that_takes_anothers_unique_value_names_the_other(org):
    org.vendor.change_schema("Leads", add=[BADGE])
    other = org.vendor.seed("Leads", Last_Name="A", Email="eve@x.example", Company="C", Badge_Number="17")
    mine = org.one(lead("ada@x.example"))

    result = org.one(lead("ada@x.example", known=mine.person.id, Badge_Number="17"))

    assert (result.fault.cause, result.fault.collides_with.id) == (Cause.DUPLICATE_RECORD, other["id"])
    assert result.fault.collides_with.url.endswith(f"/tab/Leads/{other['id']}")


def test_one_bad_record_does_not_hold_up_the_others(org):
    good, bad, also = org.deliver(lead("a@x.example"), lead("b@x.example", No_of_Employees="many"), lead("c@x.example"))

    assert (good.ok, also.ok) == (True, True)
    assert (bad.fault.cause, bad.fault.field, bad.fault.value) == (
        Cause.DATA_VALUE_VALIDATION,
        "No_of_Employees",
        "many",
    )
    assert "many" in bad.fault.message
    assert "No of Employees" in bad.fault.message


@pytest.mark.parametrize("status", [200, 207])
def test_a_mixed_batch_is_read_whatever_its_status(org, status):
    org.vendor.faults(mixed_status=status)

    good, bad = org.deliver(lead("a@x.example"), lead("b@x.example", Rating="Hot"))

    assert (good.ok, bad.fault.cause) == (True, Cause.DATA_VALUE_VALIDATION)


@pytest.mark.parametrize("fault", CUTS)
def test_a_lost_answer_to_a_lead_with_an_email_is_repeated_without_a_second_record(org, fault):
    org.vendor.faults(path="upsert", **{fault: 1})
    first = org.one(lead("ada@x.example"))
    assert (first.fault.cause, first.fault.ambiguous) == (Cause.REMOTE_UNAVAILABLE, True)

    again = org.one(lead("ada@x.example", in_doubt=True))

    assert again.ok
    assert len(org.leads("id")) == 1


@pytest.mark.parametrize("fault", CUTS)
def test_a_lost_answer_to_a_lead_without_any_key_is_left_to_a_person(org, fault):
    org.vendor.faults(path="POST .*/Leads$", **{fault: 1})
    first = org.one(lead(First_Name="Ada"))
    again = org.one(lead(First_Name="Ada", in_doubt=True))

    assert (first.fault.cause, first.fault.ambiguous) == (Cause.UNCONFIRMED, True)
    assert (again.fault.cause, again.fault.step) == (Cause.UNCONFIRMED, Step.MATCH)
    assert [ref.id for ref in again.fault.candidates] == [row["id"] for row in org.leads("id")]
    assert len(org.leads("id")) <= 1


def test_a_lost_answer_to_an_update_is_repeated(org):
    there = org.one(lead("ada@x.example"))
    org.vendor.faults(path="PUT", cut_after_commit=1)

    first = org.one(lead("ada@x.example", known=there.person.id, City="Oslo"))
    again = org.one(lead("ada@x.example", known=there.person.id, City="Oslo", in_doubt=True))

    assert (first.fault.cause, first.fault.ambiguous, again.ok) == (Cause.REMOTE_UNAVAILABLE, True, True)
    assert org.leads("City") == [{"City": "Oslo"}]


def test_the_leads_behind_a_lost_answer_are_certainly_unsent(org):
    org.vendor.faults(path="upsert", cut_after_commit=1)

    results = org.deliver(*(lead(f"a{number}@x.example") for number in range(150)))

    assert [result.fault.ambiguous for result in (results[0], results[149])] == [True, False]
    assert len(org.leads("id")) == 100


def test_a_new_record_belongs_to_the_rep_if_the_admin_says_so(org):
    tom = "tom@halden.example"
    old = org.vendor.seed("Leads", Last_Name="A", Email="old@x.example", Company="C")

    org.deliver(
        lead("new@x.example", captured_by="Tom@Halden.example"),
        lead("old@x.example", captured_by=tom),
        lead("else@x.example", captured_by="nobody@halden.example"),
        owner="rep",
    )

    owners = {row["Email"]: row["Owner"]["name"] for row in org.vendor.records("Leads")}
    assert owners == {
        "new@x.example": "Tom Okafor",
        "old@x.example": "Mobly Integration",
        "else@x.example": "Mobly Integration",
    }
    assert (org.paths()["GET /users"], old["id"] != "") == (1, True)


def test_owners_are_not_read_unless_the_admin_says_so(org):
    org.one(lead("new@x.example", captured_by="tom@halden.example"))

    assert org.paths() == {"POST /Leads/upsert": 1}


def test_users_that_cannot_be_read_leave_the_owner_to_the_crm(org):
    org.vendor.faults(missing_scope="ZohoCRM.users.READ")

    result = org.one(lead("new@x.example", captured_by="tom@halden.example"), owner="rep")

    assert (result.ok, len(result.warnings)) == (True, 1)


def test_what_stands_at_zoho_is_looked_up_for_the_preview(org):
    there = org.one(lead("ada@x.example", City="Oslo"))

    assert PROVIDER.look(org.client, there.person, ["City", "Phone"]) == {"City": "Oslo", "Phone": None}
    assert PROVIDER.look(org.client, RemoteRef("Leads", "6172731000000099999"), ["City"]) is None
    assert PROVIDER.look(org.client, RemoteRef("Leads", "../org"), ["City"]) is None


def test_an_unchanged_person_is_not_written(org):
    there = org.one(lead("ada@x.example"))
    org.vendor.forget_stats()

    result = org.one(lead("ada@x.example", known=there.person.id, person_unchanged=True))

    assert (result.ok, result.person_written, org.paths()) == (True, False, {})


def test_a_thousand_new_leads_are_ten_calls(org):
    results = org.deliver(*(lead(f"a{number}@x.example") for number in range(1000)))

    assert all(result.created for result in results)
    assert org.paths() == {"POST /Leads/upsert": 10}


def test_a_lead_whose_write_has_no_field_of_the_module_is_only_linked(org):
    there = org.one(lead("ada@x.example"))
    org.vendor.forget_stats()
    delivery = replace(lead("ada@x.example", known=there.person.id), persons={"Leads": RecordWrite("Leads")})

    result = org.one(delivery)

    assert (result.ok, result.person.id, org.paths()) == (True, there.person.id, {})


def test_rules_of_the_organization_count_only_if_the_admin_says_so(org):
    org.vendor.faults(layout_rule="Leads.Phone", validation_rule="No robots", validation_rule_field="Leads.Website")

    by_itself = org.one(lead("ada@x.example", Website="https://x.example"))
    layout, validation = org.deliver(
        lead("bob@x.example"), lead("eve@x.example", Phone="7", Website="https://x.example"), rules="held"
    )

    assert by_itself.ok
    assert (layout.fault.cause, layout.fault.field) == (Cause.REQUIRED_FIELD_MISSING, "Phone")
    assert "Qualified leads" in layout.fault.message
    assert (validation.fault.cause, validation.fault.message) == (Cause.REMOTE_RULE, "No robots")
