"""What one lead becomes at a vendor: the pure plan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contract import (
    Cause,
    Delivery,
    EngagementKind,
    EngagementWrite,
    FieldType,
    Option,
    Refusal,
    RemoteField,
    RemoteObject,
    RemoteRef,
    Role,
    WriteBehaviour,
)
from integrations.planning import (
    Answered,
    Attendance,
    CampaignRule,
    ConstantRule,
    FieldRule,
    LeadSnapshot,
    QualifierRule,
    Setup,
    Standing,
    domain_of,
    nothing_to_do,
    payload_hash,
    plan,
)

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


def remote(name: str, kind: FieldType = FieldType.TEXT, **more: Any) -> RemoteField:
    return RemoteField(name, name, kind, **more)


def remote_object(name: str, role: Role, *fields: RemoteField) -> RemoteObject:
    return RemoteObject(name, name, f"{name}s", role, {entry.name: entry for entry in fields})


CONTACT = remote_object(
    "Contact",
    Role.PERSONA,
    remote("FirstName", length=40),
    remote("LastName"),
    remote("Email", FieldType.EMAIL),
    remote(
        "Score", FieldType.PICKLIST, restricted=True, options=(Option("P1", "Priority 1"), Option("P2", "Priority 2"))
    ),
    remote("Interest", FieldType.MULTI_PICKLIST, restricted=True, options=(Option("A", "A"), Option("B", "B"))),
    remote("Tags", length=30),
    remote("Locked", creatable=False, updatable=False),
    remote("MoblyId"),
)
ACCOUNT = remote_object("Account", Role.COMPANY, remote("Name"), remote("Website", FieldType.URL))
SCORE = QualifierRule("Contact", 7, "Lead Score", "Score", options={71: "P1", 72: "P2"})


def setup(**more: Any) -> Setup:
    fields = (
        FieldRule("Contact", "first_name", "First Name", "FirstName"),
        FieldRule("Contact", "last_name", "Last Name", "LastName", WriteBehaviour.IF_BLANK),
        FieldRule("Contact", "email", "Email", "Email"),
        FieldRule("Account", "company_name", "Company Name", "Name"),
        FieldRule("Account", "company_website", "Company Website/Domain", "Website"),
    )
    return Setup(
        **{
            "vendor": "Acme CRM",
            "version": 1,
            "objects": {"Contact": CONTACT, "Account": ACCOUNT},
            "fields": fields,
            **more,
        }
    )


def lead(**more: Any) -> LeadSnapshot:
    values = {"first_name": "Ada", "last_name": "Lovelace", "email": " Ada@Example.org ", **more.pop("values", {})}
    return LeadSnapshot(key="1", uid="uid-1", version=1, values=values, **more)


NEW = Standing()


def planned(a_lead: LeadSnapshot, a_setup: Setup, standing: Standing = NEW) -> Delivery:
    delivery = plan(a_lead, a_setup, standing)
    assert isinstance(delivery, Delivery)
    return delivery


def refused(a_lead: LeadSnapshot, a_setup: Setup) -> Refusal:
    refusal = plan(a_lead, a_setup)
    assert isinstance(refusal, Refusal)
    return refusal


def test_overwrite_and_write_if_blank_travel_apart() -> None:
    write = planned(lead(), setup()).persons["Contact"]
    assert write.values == {"FirstName": "Ada", "Email": "Ada@Example.org"}
    assert write.if_blank == {"LastName": "Lovelace"}


def test_a_blank_value_is_never_sent() -> None:
    assert "FirstName" not in planned(lead(values={"first_name": "  "}), setup()).persons["Contact"].values


def test_the_person_is_looked_up_by_the_trimmed_lower_case_email() -> None:
    assert planned(lead(), setup()).keys.email == "ada@example.org"


def test_the_mapped_mobly_id_is_a_match_key() -> None:
    rule = FieldRule("Contact", "mobly_lead_id", "Mobly Lead ID", "MoblyId")
    delivery = planned(lead(values={"mobly_lead_id": "uid-1"}), setup(fields=(*setup().fields, rule)))
    assert delivery.keys.mobly_field == {"Contact": "MoblyId"}
    assert delivery.persons["Contact"].values["MoblyId"] == "uid-1"


def test_the_company_is_written_only_when_something_identifies_it() -> None:
    assert planned(lead(), setup()).company is None
    delivery = planned(lead(values={"company_name": "Acme", "company_website": "https://www.acme.com/x"}), setup())
    assert delivery.company is not None
    assert delivery.company.values == {"Name": "Acme", "Website": "https://www.acme.com/x"}
    assert (delivery.company_keys.domain, delivery.company_keys.name) == ("acme.com", "Acme")


def test_a_text_longer_than_the_field_refuses_the_lead_and_names_the_field() -> None:
    refusal = refused(lead(values={"first_name": "x" * 41}), setup())
    assert (refusal.cause, refusal.subject, refusal.remote_field) == (
        Cause.DATA_VALUE_VALIDATION,
        "First Name",
        "FirstName",
    )


def test_a_mapped_field_that_is_gone_refuses_the_lead() -> None:
    gone = FieldRule("Contact", "job_title", "Job Title", "Title")
    refusal = refused(lead(values={"job_title": "CTO"}), setup(fields=(*setup().fields, gone)))
    assert (refusal.cause, refusal.subject) == (Cause.MISSING_REMOTE_FIELD, "Job Title")


def test_a_mapped_field_that_is_gone_does_not_stop_a_lead_without_a_value_for_it() -> None:
    gone = FieldRule("Contact", "job_title", "Job Title", "Title")
    assert planned(lead(), setup(fields=(*setup().fields, gone)))


def test_a_read_only_field_refuses_the_lead() -> None:
    locked = FieldRule("Contact", "job_title", "Job Title", "Locked")
    assert (
        refused(lead(values={"job_title": "CTO"}), setup(fields=(*setup().fields, locked))).cause
        is Cause.MISSING_REMOTE_FIELD
    )


def test_a_lead_without_any_mapped_value_is_refused() -> None:
    empty = lead(values={"first_name": "", "last_name": "", "email": ""})
    assert refused(empty, setup()).cause is Cause.REQUIRED_FIELD_MISSING


# --- Qualifiers


def test_a_picked_value_goes_out_as_its_option() -> None:
    a_lead = lead(answers={7: Answered(7, {71: "Hot"})})
    assert planned(a_lead, setup(qualifiers=(SCORE,))).persons["Contact"].values["Score"] == "P1"


def test_a_value_without_an_option_refuses_the_whole_lead_and_names_it() -> None:
    refusal = refused(lead(answers={7: Answered(7, {73: "Nurture"})}), setup(qualifiers=(SCORE,)))
    assert (refusal.cause, refusal.subject, refusal.value) == (Cause.NO_TAG_MAPPING, "Lead Score", "Nurture")
    assert refusal.message == "“Nurture” of Lead Score has no option in Score in Acme CRM."


def test_several_values_go_to_a_multi_picklist_together() -> None:
    rule = QualifierRule("Contact", 8, "Interest", "Interest", options={81: "A", 82: "B"})
    a_lead = lead(answers={8: Answered(8, {81: "Arms", 82: "Belts"})})
    assert planned(a_lead, setup(qualifiers=(rule,))).persons["Contact"].values["Interest"] == ("A", "B")


def test_values_go_to_a_text_field_by_their_labels_without_a_mapping() -> None:
    rule = QualifierRule("Contact", 8, "Interest", "Tags")
    a_lead = lead(answers={8: Answered(8, {81: "Arms", 82: "Belts"})})
    assert planned(a_lead, setup(qualifiers=(rule,))).persons["Contact"].values["Tags"] == "Arms; Belts"


# --- Campaigns

SHOW = CampaignRule(
    "701", "campaign", "Summit", frozenset({5}), status="Sent", status_qualifier=7, status_by_value={71: "Responded"}
)


def test_a_lead_met_at_the_event_joins_its_campaign_with_the_fixed_status() -> None:
    delivery = planned(lead(events={5: Attendance(0, NOON)}), setup(campaigns=(SHOW,)))
    assert [(entry.campaign_id, entry.status, entry.happened_at) for entry in delivery.memberships] == [
        ("701", "Sent", NOON)
    ]


def test_the_status_that_a_qualifier_decides_wins() -> None:
    a_lead = lead(events={5: Attendance(1, NOON)}, answers={7: Answered(7, {71: "Hot"})})
    assert planned(a_lead, setup(campaigns=(SHOW,))).memberships[0].status == "Responded"


def test_another_event_is_no_reason_to_join() -> None:
    assert planned(lead(events={6: Attendance(3, NOON)}), setup(campaigns=(SHOW,))).memberships == ()


@pytest.mark.parametrize(("scans", "joins"), [(1, False), (2, True), (3, True)])
def test_a_lead_joins_from_its_nth_scan_on(scans: int, joins: bool) -> None:
    rule = CampaignRule("701", "campaign", "Summit", frozenset({5, 6}), threshold=2)
    delivery = planned(lead(events={5: Attendance(1, NOON), 6: Attendance(scans - 1, NOON)}), setup(campaigns=(rule,)))
    assert bool(delivery.memberships) is joins


def test_a_membership_that_stands_with_its_status_is_not_repeated() -> None:
    standing = Standing(memberships={"campaign:701": "Sent"})
    assert planned(lead(events={5: Attendance(1, NOON)}), setup(campaigns=(SHOW,)), standing).memberships == ()


def test_a_membership_whose_status_changed_is_sent_again() -> None:
    standing = Standing(memberships={"campaign:701": "Sent"})
    a_lead = lead(events={5: Attendance(1, NOON)}, answers={7: Answered(7, {71: "Hot"})})
    assert planned(a_lead, setup(campaigns=(SHOW,)), standing).memberships[0].status == "Responded"


# --- Nothing to do

NOTE = EngagementWrite("e1", EngagementKind.NOTE, "Note", "Wants a demo", NOON)


def test_an_acknowledged_payload_is_nothing_to_do() -> None:
    acknowledged = payload_hash(planned(lead(), setup()))
    assert nothing_to_do(planned(lead(), setup(), Standing(acknowledged=acknowledged)))


def test_a_new_engagement_is_something_to_do_even_when_no_value_changed() -> None:
    acknowledged = payload_hash(planned(lead(), setup()))
    delivery = planned(lead(engagements=(NOTE,)), setup(), Standing(acknowledged=acknowledged))
    assert delivery.person_unchanged
    assert not nothing_to_do(delivery)


def test_a_logged_engagement_is_not_sent_again() -> None:
    assert planned(lead(engagements=(NOTE,)), setup(), Standing(engagements=frozenset({"e1"}))).engagements == ()


def test_a_push_by_a_person_sends_even_what_is_unchanged() -> None:
    acknowledged = payload_hash(planned(lead(), setup()))
    assert not nothing_to_do(planned(lead(), setup(), Standing(acknowledged=acknowledged, forced=True)))


def test_a_lead_in_doubt_whose_email_changed_waits_for_a_person() -> None:
    refusal = plan(lead(), setup(), Standing(in_doubt=True, tried_email="old@example.org"))
    assert isinstance(refusal, Refusal)
    assert (refusal.cause, refusal.value) == (Cause.UNCONFIRMED, "old@example.org")


@pytest.mark.parametrize(
    "standing",
    [
        Standing(in_doubt=True, tried_email="ada@example.org"),
        Standing(in_doubt=True),
        Standing(tried_email="old@example.org"),
        Standing(in_doubt=True, tried_email="old@example.org", person=RemoteRef("Contact", "003")),
    ],
)
def test_a_lead_whose_key_still_tells_is_sent(standing: Standing) -> None:
    assert planned(lead(), setup(), standing)


def test_our_own_id_tells_also_when_the_email_changed() -> None:
    rule = FieldRule("Contact", "mobly_lead_id", "Mobly Lead ID", "MoblyId")
    with_id = setup(fields=(*setup().fields, rule))
    assert planned(
        lead(values={"mobly_lead_id": "uid-1"}), with_id, Standing(in_doubt=True, tried_email="old@example.org")
    )


def test_the_stored_record_travels_with_the_plan() -> None:
    ref = RemoteRef("Contact", "003")
    assert planned(lead(), setup(), Standing(person=ref)).known == ref


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("http://www.bentonjohnbjr.com", "bentonjohnbjr.com"),
        ("Acme.COM/about?x=1", "acme.com"),
        ("https://shop.acme.co.uk:8080", "shop.acme.co.uk"),
        ("not a website", ""),
        ("", ""),
        ("http://[broken", ""),
    ],
)
def test_the_domain_of_a_website(website: str, domain: str) -> None:
    assert domain_of(website) == domain


texts = st.text(max_size=60)


@given(
    st.fixed_dictionaries(
        {"first_name": texts, "last_name": texts, "email": texts, "company_name": texts, "company_website": texts}
    )
)
def test_planning_is_a_function_and_never_sends_a_blank(values: dict[str, str]) -> None:
    first, second = plan(lead(values=values), setup()), plan(lead(values=values), setup())
    assert first == second
    if isinstance(first, Delivery):
        written = [value for write in first.persons.values() for value in write.for_create().values()]
        assert all(str(value).strip() for value in written)
        assert payload_hash(first) == payload_hash(planned(lead(values=values), setup()))


# --- Constants and fallbacks

NEEDS = remote_object(
    "Contact",
    Role.PERSONA,
    remote("FirstName", length=40),
    remote("Email", FieldType.EMAIL),
    remote("Company", required=True),
    remote("Source"),
    remote("Agreed", FieldType.BOOLEAN),
)
FIELDS = (
    FieldRule("Contact", "first_name", "First Name", "FirstName"),
    FieldRule("Contact", "email", "Email", "Email"),
    FieldRule("Contact", "company_name", "Company Name", "Company"),
)
EVENT = ConstantRule("Contact", "Source", "Event")
UNKNOWN = ConstantRule("Contact", "Company", "Unknown", fallback=True)


def needing(*constants: ConstantRule, **more: Any) -> Setup:
    return setup(
        **{"objects": {"Contact": NEEDS}, "fields": FIELDS, "constants": constants, "required_known": True, **more}
    )


def test_a_constant_is_sent_like_a_mapped_value_and_counts_in_the_payload() -> None:
    without, given = planned(lead(), needing(UNKNOWN)), planned(lead(), needing(UNKNOWN, EVENT))
    assert given.persons["Contact"].values["Source"] == "Event"
    assert payload_hash(without) != payload_hash(given)


def test_a_constant_is_written_only_if_blank_where_the_admin_says_so() -> None:
    rule = ConstantRule("Contact", "Agreed", "true", behaviour=WriteBehaviour.IF_BLANK)
    write = planned(lead(), needing(UNKNOWN, rule)).persons["Contact"]
    assert write.if_blank == {"Agreed": True}
    assert "Agreed" not in write.values


def test_constants_alone_are_no_lead() -> None:
    empty = lead(values={"first_name": "", "email": ""})
    assert refused(empty, needing(UNKNOWN, EVENT)).subject == "Mapping"


def test_a_constant_whose_field_is_gone_refuses_the_lead_and_names_the_constant() -> None:
    refusal = refused(lead(), needing(UNKNOWN, ConstantRule("Contact", "Gone", "Event")))
    assert (refusal.cause, refusal.subject) == (Cause.MISSING_REMOTE_FIELD, "Constant “Event”")


def test_a_fallback_travels_apart_and_only_where_the_lead_has_no_value() -> None:
    assert planned(lead(), needing(UNKNOWN)).persons["Contact"].on_create == {"Company": "Unknown"}
    said = planned(lead(values={"company_name": "Acme"}), needing(UNKNOWN)).persons["Contact"]
    assert (said.values["Company"], said.on_create) == ("Acme", {})


def test_a_new_person_without_a_required_value_or_a_fallback_is_refused_before_sending() -> None:
    refusal = refused(lead(), needing())
    assert (refusal.cause, refusal.subject, refusal.object) == (Cause.REQUIRED_FIELD_MISSING, "Company", "Contact")


def test_a_person_who_is_there_needs_no_required_value() -> None:
    assert planned(lead(), needing(), Standing(person=RemoteRef("Contact", "003")))


def test_where_the_vendor_does_not_tell_what_it_requires_it_speaks_for_itself() -> None:
    assert planned(lead(), needing(required_known=False))


def test_a_fallback_that_fits_no_longer_stops_new_people_alone() -> None:
    broken = remote_object(
        "Contact", Role.PERSONA, *NEEDS.fields.values(), remote("Size", FieldType.NUMBER, required=True)
    )
    many = needing(UNKNOWN, ConstantRule("Contact", "Size", "many", fallback=True), objects={"Contact": broken})
    assert refused(lead(), many).cause is Cause.DATA_VALUE_VALIDATION
    assert planned(lead(), many, Standing(person=RemoteRef("Contact", "003"))).persons["Contact"].on_create == {
        "Company": "Unknown"
    }


rules = st.builds(
    ConstantRule,
    st.just("Contact"),
    st.sampled_from(["FirstName", "Email", "Company", "Source"]),
    st.text(st.characters(codec="ascii", exclude_characters="\x00"), min_size=1, max_size=20).filter(str.strip),
    st.booleans(),
    st.sampled_from(WriteBehaviour),
)


@given(
    st.fixed_dictionaries({"first_name": texts, "email": texts, "company_name": texts}),
    st.lists(rules, max_size=4, unique_by=lambda rule: rule.remote_field),
)
def test_constants_and_fallbacks_never_change_or_clear_what_the_lead_says(
    values: dict[str, str], constants: list[ConstantRule]
) -> None:
    alone = plan(lead(values=values), needing(required_known=False))
    given = plan(lead(values=values), needing(*constants, required_known=False))
    if isinstance(alone, Refusal) or isinstance(given, Refusal):
        assert isinstance(alone, Refusal)
        return
    before, after = alone.persons["Contact"], given.persons["Contact"]
    assert {**after.values, **before.values} == after.values
    places = [*after.values, *after.if_blank, *after.on_create]
    assert len(places) == len(set(places))
    fallbacks = {rule.remote_field for rule in constants if rule.fallback}
    assert set(after.on_create) == fallbacks - set(before.values)
    assert all(str(value).strip() for value in after.for_create().values())
