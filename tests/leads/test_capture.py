"""The one door: which lead a person is, and what a meeting does to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from leads.capture import CaptureRefused, Meeting, capture_lead, capture_many, edit_lead
from leads.models import Activation, Capture, Lead


def leads() -> list[tuple[str, str, str, str]]:
    return list(Lead.objects.order_by("pk").values_list("first_name", "last_name", "email", "company_name"))


def test_the_first_meeting_makes_a_lead_with_one_capture(meet, event, rep):
    captured = meet(first_name="James", last_name="Butt", email="jbutt@gmail.com", event=event, by=rep)

    assert captured.created
    assert captured.changed
    assert leads() == [("James", "Butt", "jbutt@gmail.com", "")]
    capture = Capture.objects.get()
    assert (capture.event, capture.captured_by_email, capture.source) == (event, "tom@halden.example", "manual")
    assert capture.said == {"first_name": "James", "last_name": "Butt", "email": "jbutt@gmail.com"}


def test_the_same_e_mail_is_the_same_lead_whatever_its_case_and_blanks(meet):
    meet(first_name="James", email="JButt@Gmail.com")
    again = meet(job_title="Buyer", email="  jbutt@gmail.com ")

    assert not again.created
    lead = Lead.objects.get()
    assert (lead.first_name, lead.job_title, lead.captures.count()) == ("James", "Buyer", 2)


def test_without_an_e_mail_the_same_name_at_the_same_company_is_the_same_lead(meet):
    meet(first_name="Ana", last_name="Lopes", company_name="Fábrica Central")
    meet(first_name="ANA", last_name=" Lopes", company_name="fábrica  central", job_title="Plant Manager")

    assert Lead.objects.get().job_title == "Plant Manager"


def test_a_name_without_a_company_stays_two_people(meet):
    meet(first_name="Ana", last_name="Lopes")
    meet(first_name="Ana", last_name="Lopes")

    assert Lead.objects.count() == 2


def test_first_and_last_name_may_be_cut_differently(meet):
    meet(first_name="Ana Maria", last_name="Lopes", company_name="Fabrica")
    meet(first_name="Ana", last_name="Maria Lopes", company_name="Fabrica")

    assert Lead.objects.count() == 1


def test_a_lead_met_without_an_e_mail_gets_the_one_it_is_later_seen_with(meet):
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica")
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", email="a.lopes@fabrica.example")

    assert leads() == [("Ana", "Lopes", "a.lopes@fabrica.example", "Fabrica")]
    assert not meet(email="a.lopes@fabrica.example").created


def test_a_namesake_with_another_e_mail_is_another_lead(meet):
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", email="ana@fabrica.example")
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", email="lopes@fabrica.example")

    assert [email for *_, email, _ in leads()] == ["ana@fabrica.example", "lopes@fabrica.example"]


def test_without_an_e_mail_the_only_namesake_is_met_again(meet):
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", email="ana@fabrica.example")
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica")

    assert Lead.objects.get().email == "ana@fabrica.example"


def test_several_namesakes_with_e_mails_are_not_guessed_between(meet):
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", email="ana@fabrica.example")
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", email="lopes@fabrica.example")
    meet(first_name="Ana", last_name="Lopes", company_name="Fabrica", job_title="Buyer")

    assert [email for *_, email, _ in leads()] == ["ana@fabrica.example", "lopes@fabrica.example", ""]


def test_two_organizations_never_share_a_lead(meet, other_organization):
    meet(email="jbutt@gmail.com")
    other = capture_lead(organization=other_organization, person={"email": "jbutt@gmail.com"}, source="manual")

    assert other.created


def test_the_newest_said_value_wins_and_a_blank_one_changes_nothing(meet):
    meet(email="jbutt@gmail.com", first_name="Jim", job_title="Buyer")
    meet(email="jbutt@gmail.com", first_name="James", job_title="   ")

    lead = Lead.objects.get()
    assert (lead.first_name, lead.job_title) == ("James", "Buyer")


def test_a_said_value_replaces_what_enrichment_found_and_its_provenance(meet):
    lead = meet(email="jbutt@benton.example").lead
    Lead.objects.filter(pk=lead.pk).update(
        company_website="benton.example", provenance={"company_website": {"source": "email_domain"}}
    )

    meet(email="jbutt@benton.example", company_website="https://benton.example/")

    lead.refresh_from_db()
    assert (lead.company_website, lead.provenance) == ("https://benton.example/", {})


def test_only_scans_count_as_scans(meet, event):
    for source in Capture.Source:
        meet(email="jbutt@gmail.com", source=source, event=event)

    lead = Lead.objects.get()
    assert (lead.number_of_scans, lead.captures.count()) == (2, 7)


def test_an_upload_is_no_scanned_event(meet, event):
    meet(email="jbutt@gmail.com", source="csv_upload", event=event)

    lead = Lead.objects.get()
    assert (lead.last_scanned_event, lead.all_scanned_events) == ("", "")


def test_scan_fields_follow_the_time_of_the_meeting_not_of_the_upload(meet, organization, rep, event):
    from leads.models import User

    mara = User.objects.create_user("mara@halden.example")
    packaging = organization.events.create(name="Packaging Expo West")
    meet(email="jbutt@gmail.com", source="badge_scan", event=packaging, by=rep, at=datetime(2026, 11, 19, tzinfo=UTC))
    meet(email="jbutt@gmail.com", source="card_scan", event=event, by=mara, at=datetime(2026, 10, 1, tzinfo=UTC))
    meet(email="jbutt@gmail.com", source="card_scan", event=packaging, by=mara, at=datetime(2026, 10, 2, tzinfo=UTC))

    lead = Lead.objects.get()
    assert lead.number_of_scans == 3
    assert (lead.first_scanned_by, lead.last_scanned_by) == ("mara@halden.example", "tom@halden.example")
    assert lead.last_scanned_event == "Packaging Expo West"
    assert lead.all_scanned_events == "Automate Summit 2026; Packaging Expo West"


def test_the_same_key_is_the_same_meeting(meet, announced):
    first = meet(email="jbutt@gmail.com", key="row-1")
    announced.clear()

    again = meet(email="jbutt@gmail.com", first_name="James", key="row-1")

    assert (again.capture, again.created, again.changed) == (first.capture, False, False)
    assert Lead.objects.get().first_name == ""
    assert announced == []


def test_a_long_key_still_names_its_meeting(meet):
    meet(email="jbutt@gmail.com", key="k" * 300)

    assert not meet(email="jbutt@gmail.com", key="k" * 300).changed


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({}, "", "Nothing says who this is. Add an Email, a name, a Phone Number or a Company Name."),
        ({"job_title": "CTO"}, "", "Nothing says who this is. Add an Email, a name, a Phone Number or a Company Name."),
        ({"email": "k.adler@isarwerk"}, "email", "“k.adler@isarwerk” has no domain ending."),
        ({"email": "k.adler"}, "email", "“k.adler” has no @."),
        ({"email": "@isarwerk.example"}, "email", "“@isarwerk.example” has nothing before the @."),
        ({"email": "k.adler@"}, "email", "“k.adler@” has nothing after the @."),
        ({"email": "k@a@b.example"}, "email", "“k@a@b.example” has more than one @."),
        ({"email": "k@a..example"}, "email", "“k@a..example” has a dot too many after the @."),
        (
            {"email": "k adler@a.example"},
            "email",
            "“k adler@a.example” has a blank in it, which no e-mail address has.",
        ),
        (
            {"email": "K <k@a.example>"},
            "email",
            "“K <k@a.example>” has a blank in it, which no e-mail address has.",
        ),
        (
            {"email": "k@a.example", "personal_email": "k\\k@a.example"},
            "personal_email",
            "“k\\k@a.example” has “\\” in it, which no e-mail address has.",
        ),
        (
            {"email": "a" * 300 + "@a.example"},
            "email",
            "Email has 310 characters; an e-mail address has 254 at most.",
        ),
        (
            {"first_name": "a" * 10_001},
            "first_name",
            "First Name has 10,001 characters; 10,000 is the most Mobly keeps.",
        ),
        ({"email": "k@a.example", "shoe_size": "44"}, "shoe_size", "There is no Mobly field “shoe_size”."),
        (
            {"email": "k@a.example", "number_of_scans": "44"},
            "number_of_scans",
            "Number of Scans is computed by Mobly and cannot be said.",
        ),
    ],
)
def test_who_cannot_be_a_lead_is_refused_with_the_field_and_a_sentence(meet, said, field, sentence):
    with pytest.raises(CaptureRefused) as refused:
        meet(**said)

    assert (refused.value.field, refused.value.sentence) == (field, sentence)
    assert not Lead.objects.exists()


@pytest.mark.parametrize("field", ["email", "first_name", "last_name", "phone_number", "company_name"])
def test_one_identifying_value_is_enough(meet, field):
    assert meet(**{field: "k@a.example"}).created


@pytest.mark.parametrize(
    "value", ["O'Brien", "back\\slash", "100 %", "two\nlines", "x" * 300, "🎈 مريم", '"quoted", comma']
)
def test_a_value_stays_as_it_was_said(meet, value):
    lead = meet(email="k@a.example", last_name=value, company_name=value, description=value).lead

    lead.refresh_from_db()
    assert (lead.last_name, lead.company_name, lead.description) == (value, value, value)


def test_characters_that_no_database_stores_are_taken_out(meet):
    assert meet(email="k@a.example", last_name="Ad\x00ler\ud83d").lead.last_name == "Adler"


def test_a_name_too_long_for_an_index_still_finds_its_lead(meet):
    meet(first_name="x" * 9_000, company_name="Isarwerk")

    assert not meet(first_name="X" * 9_000, company_name="Isarwerk").created


def test_an_event_of_another_organization_is_refused(meet, other_organization):
    foreign = other_organization.events.create(name="Elsewhere")

    with pytest.raises(CaptureRefused, match=r"The event is not one of the organization's\."):
        meet(email="k@a.example", event=foreign)


def test_an_activation_belongs_to_its_event(meet, organization, event):
    other = organization.events.create(name="Packaging Expo West")
    booth = Activation.objects.create(event=other, name="Booth 12")

    with pytest.raises(CaptureRefused, match=r"The activation is not a part of the event\."):
        meet(email="k@a.example", event=event, activation=booth)


def test_an_unknown_source_is_refused(meet):
    with pytest.raises(CaptureRefused, match=r"“fax” is no source of a capture\."):
        meet(email="k@a.example", source="fax")


def test_a_new_lead_waits_for_enrichment_as_long_as_the_organization_is_patient(organization, meet):
    organization.enrichment_patience = 30
    organization.save()
    before = timezone.now()

    lead = meet(email="k@a.example").lead

    assert lead.enrichment == Lead.Enrichment.PENDING
    assert 29 < (lead.enrich_until - before).total_seconds() < 32


@pytest.mark.parametrize(("said", "state"), [({"job_title": "CTO"}, "done"), ({"company_name": "Isarwerk"}, "pending")])
def test_only_a_new_identifying_value_asks_for_enrichment_again(meet, said, state):
    lead = meet(email="k@a.example").lead
    Lead.objects.filter(pk=lead.pk).update(enrichment="done")

    assert meet(email="k@a.example", **said).lead.enrichment == state


def test_every_meeting_is_announced_with_a_higher_version(meet, announced):
    first = meet(email="k@a.example").lead.version
    second = meet(email="k@a.example").lead

    assert second.version == first + 1
    assert [(leads, fresh) for leads, fresh in announced] == [([second], True), ([second], True)]
    assert Lead.objects.get().version == second.version


def test_answers_travel_with_the_meeting(meet, organization):
    score = organization.qualifiers.create(name="Lead Score")
    hot = score.values.create(label="Hot")

    lead = meet(email="k@a.example", answers={score.pk: [hot.pk]}).lead

    assert [str(answer) for answer in lead.answers.all()] == ["Hot"]


def test_a_batch_meets_the_same_person_once(organization):
    people = [{"email": "k@a.example", "first_name": "K"}, {"email": "K@A.example", "last_name": "Adler"}]

    results = capture_many(organization=organization, meetings=[Meeting(person, "csv_upload") for person in people])

    assert [result.created for result in results] == [True, False]
    assert results[0].lead is results[1].lead
    assert (Lead.objects.get().name, Capture.objects.count()) == ("K Adler", 2)


def test_a_batch_takes_as_many_queries_as_two_people(organization, django_assert_max_num_queries, event):
    def meetings(many: range) -> list[Meeting]:
        return [
            Meeting({"email": f"p{n}@a.example", "job_title": str(n)}, "badge_scan", event=event, key=f"k{n}")
            for n in many
        ]

    capture_many(organization=organization, meetings=meetings(range(0, 200, 2)))

    with django_assert_max_num_queries(18):
        capture_many(organization=organization, meetings=meetings(range(400)))
    assert Lead.objects.filter(number_of_scans=1).count() == 400


def test_a_batch_with_one_impossible_person_takes_nobody(organization):
    with pytest.raises(CaptureRefused):
        capture_many(organization=organization, meetings=[Meeting({"email": "k@a.example"}, "api"), Meeting({}, "api")])

    assert not Lead.objects.exists()


def test_a_bulk_update_keeps_what_it_does_not_touch(organization, meet):
    lead = meet(email="k@a.example").lead
    Lead.objects.filter(pk=lead.pk).update(most_recent_campaign="abc")
    lead.refresh_from_db()

    meet(email="k@a.example", job_title="CTO")

    after = Lead.objects.get()
    assert (after.uid, after.created_at, after.most_recent_campaign) == (lead.uid, lead.created_at, "abc")


def test_an_edit_sets_and_clears_what_it_names(meet, rep):
    lead = meet(email="k@a.example", first_name="K", job_title="CTO").lead

    edit_lead(lead=lead, values={"first_name": "Karla", "job_title": ""}, by=rep)

    lead.refresh_from_db()
    assert (lead.first_name, lead.job_title, lead.email) == ("Karla", "", "k@a.example")


def test_an_edit_without_a_difference_announces_nothing(meet, rep, announced):
    lead = meet(email="k@a.example").lead
    announced.clear()

    edit_lead(lead=lead, values={"email": "k@a.example"}, by=rep)

    assert announced == []


def test_an_edit_cannot_take_another_leads_e_mail(meet, rep):
    meet(email="k@a.example", first_name="Karla")
    lead = meet(email="o@a.example").lead

    with pytest.raises(CaptureRefused) as refused:
        edit_lead(lead=lead, values={"email": "K@a.example"}, by=rep)

    assert refused.value.sentence == "“K@a.example” is the e-mail of another lead, Karla."


def test_an_edit_cannot_make_two_leads_of_one_name_and_company(meet, rep):
    meet(first_name="Karla", company_name="Isarwerk")
    lead = meet(first_name="Carla", company_name="Isarwerk").lead

    with pytest.raises(CaptureRefused, match=r"Another lead is already Karla at Isarwerk\."):
        edit_lead(lead=lead, values={"first_name": "Karla"}, by=rep)


def test_an_edit_cannot_take_away_everything_that_says_who_it_is(meet, rep):
    lead = meet(email="k@a.example").lead

    with pytest.raises(CaptureRefused, match="Nothing says who this is"):
        edit_lead(lead=lead, values={"email": ""}, by=rep)


def test_an_e_mail_with_a_typing_error_can_be_corrected_and_found_by_the_new_one(meet, rep):
    lead = meet(email="k@a.exampel").lead

    edit_lead(lead=lead, values={"email": "k@a.example"}, by=rep)

    assert meet(email="k@a.example").lead == lead
    assert meet(email="k@a.exampel").created
