"""What else happens to a lead: answers, labels, engagements, events that change their name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leads.capture import CaptureRefused
from leads.changes import announce
from leads.engagements import EngagementRefused, log_engagement
from leads.events import EventRefused, event_named, save_event
from leads.labels import LabelRefused, put_label, remove_label
from leads.models import Lead, Qualifier
from leads.qualifiers import QualifierRefused, answer, save_qualifier


@pytest.fixture
def lead(meet) -> Lead:
    return meet(email="k@a.example", first_name="Karla").lead


@pytest.fixture
def score(organization) -> Qualifier:
    return save_qualifier(organization=organization, by=None, name="Lead Score", values=["Hot", "Medium", "Cold"])


@pytest.fixture
def interest(organization) -> Qualifier:
    return save_qualifier(
        organization=organization, by=None, name="Product Interest", multiple=True, values=["Vision", "Service"]
    )


def value(qualifier: Qualifier, label: str) -> int:
    return qualifier.values.get(label=label).pk


def carried(lead: Lead) -> list[str]:
    return [str(each) for each in lead.answers.select_related("value")]


class TestAnswers:
    def test_a_picked_value_replaces_the_one_before(self, lead, score, rep, announced):
        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)
        answer(lead=lead, answers={score.pk: [value(score, "Cold")]}, by=rep)

        assert carried(lead) == ["Cold"]
        assert len(announced) == 2

    def test_the_same_answer_again_announces_nothing(self, lead, score, rep, announced):
        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)
        announced.clear()

        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)

        assert announced == []

    def test_an_empty_answer_clears(self, lead, interest, rep):
        answer(lead=lead, answers={interest.pk: [value(interest, "Vision"), value(interest, "Service")]}, by=rep)
        answer(lead=lead, answers={interest.pk: []}, by=rep)

        assert carried(lead) == []

    def test_a_further_meeting_adds_to_a_multiple_qualifier(self, meet, interest):
        meet(email="k@a.example", answers={interest.pk: [value(interest, "Vision")]})
        lead = meet(email="k@a.example", answers={interest.pk: [value(interest, "Service")]}).lead

        assert carried(lead) == ["Vision", "Service"]

    def test_a_meeting_without_an_answer_clears_nothing(self, meet, score):
        meet(email="k@a.example", answers={score.pk: [value(score, "Hot")]})
        lead = meet(email="k@a.example", answers={score.pk: []}).lead

        assert carried(lead) == ["Hot"]

    def test_two_values_of_a_single_qualifier_are_refused(self, lead, score, rep):
        with pytest.raises(CaptureRefused) as refused:
            answer(lead=lead, answers={score.pk: [value(score, "Hot"), value(score, "Cold")]}, by=rep)

        assert (refused.value.field, refused.value.sentence) == (
            f"qualifier:{score.pk}",
            "Lead Score takes one value; 2 are picked.",
        )

    def test_another_qualifiers_value_is_refused(self, lead, score, interest, rep):
        with pytest.raises(CaptureRefused, match=r"Lead Score has no such value any more\. Pick again\."):
            answer(lead=lead, answers={score.pk: [value(interest, "Vision")]}, by=rep)

    def test_another_organizations_qualifier_is_refused(self, lead, other_organization, rep):
        foreign = save_qualifier(organization=other_organization, by=None, name="Lead Score", values=["Hot"])

        with pytest.raises(CaptureRefused, match=r"This qualifier is not one of the organization's\."):
            answer(lead=lead, answers={foreign.pk: [value(foreign, "Hot")]}, by=rep)

    def test_a_text_for_a_picklist_is_refused(self, lead, score, rep):
        with pytest.raises(CaptureRefused, match="Lead Score takes picked values, not the text “Hot”"):
            answer(lead=lead, answers={score.pk: "Hot"}, by=rep)

    @pytest.mark.parametrize(
        ("kind", "said", "kept"),
        [
            ("text", " as said ", ["as said"]),
            ("note", "two\nlines", ["two\nlines"]),
            ("number", "12.50", ["12.50"]),
            ("boolean", "Yes", ["true"]),
            ("boolean", "off", ["false"]),
            ("text", "  ", []),
        ],
    )
    def test_other_kinds_take_a_text(self, organization, lead, rep, kind, said, kept):
        qualifier = save_qualifier(organization=organization, by=None, name="Q", kind=kind)

        answer(lead=lead, answers={qualifier.pk: said}, by=rep)

        assert carried(lead) == kept

    @pytest.mark.parametrize(
        ("kind", "said", "sentence"),
        [
            ("number", "many", "Q takes a number; “many” is none."),
            ("number", "NaN", "Q takes a number; “NaN” is none."),
            ("boolean", "perhaps", "Q is answered with yes or no, not “perhaps”."),
            ("text", "x" * 10_001, "Q has 10,001 characters; 10,000 is the most."),
        ],
    )
    def test_what_does_not_fit_the_kind_is_refused(self, organization, lead, rep, kind, said, sentence):
        qualifier = save_qualifier(organization=organization, by=None, name="Q", kind=kind)

        with pytest.raises(CaptureRefused) as refused:
            answer(lead=lead, answers={qualifier.pk: said}, by=rep)
        assert refused.value.sentence == sentence

    def test_a_refused_answer_takes_the_meeting_with_it(self, meet, score):
        with pytest.raises(CaptureRefused):
            meet(email="new@a.example", answers={score.pk: [0]})

        assert not Lead.objects.exists()


class TestQualifiers:
    def labels(self, qualifier: Qualifier) -> list[tuple[str, bool]]:
        return list(qualifier.values.values_list("label", "archived"))

    def test_values_keep_their_order_and_their_ids(self, organization, score):
        before = value(score, "Cold")

        save_qualifier(organization=organization, qualifier=score, by=None, values=["Cold", "Warm", "Hot"])

        assert self.labels(score) == [("Cold", False), ("Warm", False), ("Hot", False)]
        assert value(score, "Cold") == before

    def test_a_value_that_leads_carry_is_archived_and_another_removed(self, organization, score, lead, rep):
        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)

        save_qualifier(organization=organization, qualifier=score, by=None, values=["Medium"])

        assert sorted(self.labels(score)) == [("Hot", True), ("Medium", False)]
        assert carried(lead) == ["Hot"]

    def test_an_archived_value_can_be_taken_up_again(self, organization, score, lead, rep):
        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)
        save_qualifier(organization=organization, qualifier=score, by=None, values=["Medium"])

        save_qualifier(organization=organization, qualifier=score, by=None, values=["hot", "Medium"])

        assert self.labels(score) == [("hot", False), ("Medium", False)]

    def test_a_renamed_value_is_announced_for_the_leads_that_carry_it(self, organization, score, lead, rep, announced):
        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)
        announced.clear()

        save_qualifier(
            organization=organization, qualifier=score, by=rep, values=[(value(score, "Hot"), "Very hot"), "Medium"]
        )

        assert [([each.pk for each in leads], fresh) for leads, fresh in announced] == [([lead.pk], False)]
        assert carried(lead) == ["Very hot"]

    def test_two_values_may_swap_their_names(self, organization, score):
        hot, cold = value(score, "Hot"), value(score, "Cold")

        save_qualifier(organization=organization, qualifier=score, by=None, values=[(hot, "Cold"), (cold, "Hot")])

        assert (value(score, "Cold"), value(score, "Hot")) == (hot, cold)

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"name": " "}, "name", "The qualifier has no name."),
            ({"name": "lead score"}, "name", "There is already a qualifier “lead score”."),
            ({"name": "x" * 201}, "name", "The name has 201 characters; 200 is the most."),
            ({"name": "New", "values": ["Hot", "HOT"]}, "values", "“HOT” stands there twice."),
        ],
    )
    def test_what_cannot_be_saved_is_refused(self, organization, score, fields, field, sentence):
        with pytest.raises(QualifierRefused) as refused:
            save_qualifier(organization=organization, by=None, **fields)

        assert (refused.value.field, refused.value.sentence) == (field, sentence)

    def test_the_type_of_an_answered_qualifier_stays(self, organization, score, lead, rep):
        answer(lead=lead, answers={score.pk: [value(score, "Hot")]}, by=rep)

        with pytest.raises(QualifierRefused, match="1 lead carries an answer"):
            save_qualifier(organization=organization, qualifier=score, by=rep, kind=Qualifier.Kind.TEXT)

    def test_it_is_for_all_events_or_for_some(self, organization, score, event):
        save_qualifier(organization=organization, qualifier=score, by=None, events=[event])

        assert list(score.events.all()) == [event]


class TestLabels:
    def test_labels_are_read_by_their_ids_in_the_order_they_were_put(self, lead, rep):
        first, second = put_label(lead=lead, name="VIP", by=rep), put_label(lead=lead, name="Dinner", by=rep)

        lead.refresh_from_db()
        assert lead.all_campaigns == f"{first.uid}; {second.uid}"
        assert lead.most_recent_campaign == str(second.uid)

    def test_the_same_label_twice_is_once(self, lead, rep, announced):
        put_label(lead=lead, name="VIP", by=rep)
        announced.clear()

        assert put_label(lead=lead, name=" vip ", by=rep).name == "VIP"
        assert announced == []

    def test_a_label_taken_off_is_gone_from_the_fields(self, lead, rep):
        first, second = put_label(lead=lead, name="VIP", by=rep), put_label(lead=lead, name="Dinner", by=rep)

        remove_label(lead=lead, label=second, by=rep)

        lead.refresh_from_db()
        assert (lead.all_campaigns, lead.most_recent_campaign) == (str(first.uid), str(first.uid))

    @pytest.mark.parametrize("name", ["", "  ", "x" * 201])
    def test_a_label_needs_a_usable_name(self, lead, rep, name):
        with pytest.raises(LabelRefused):
            put_label(lead=lead, name=name, by=rep)


class TestEngagements:
    def test_an_engagement_is_logged_and_announced(self, lead, rep, announced):
        announced.clear()

        engagement = log_engagement(lead=lead, kind="call", notes="Asked for a quote.", by=rep)

        assert (engagement.organization_id, engagement.logged_by, engagement.notes) == (
            lead.organization_id,
            rep,
            "Asked for a quote.",
        )
        assert [([each.pk for each in leads], fresh) for leads, fresh in announced] == [([lead.pk], True)]

    @pytest.mark.parametrize(
        ("said", "field", "sentence"),
        [
            ({"kind": "fax"}, "kind", "“fax” is no kind of engagement."),
            ({"kind": "note", "notes": " "}, "notes", "The note is empty."),
            (
                {"kind": "note", "notes": "x" * 10_001},
                "notes",
                "The notes have 10,001 characters; 10,000 is the most.",
            ),
            (
                {
                    "kind": "calendar_invite",
                    "happened_at": datetime(2026, 11, 20, tzinfo=UTC),
                    "ends_at": datetime(2026, 11, 19, tzinfo=UTC),
                },
                "ends_at",
                "It ends before it starts.",
            ),
        ],
    )
    def test_what_cannot_be_logged_is_refused(self, lead, rep, said, field, sentence):
        with pytest.raises(EngagementRefused) as refused:
            log_engagement(lead=lead, by=rep, **said)

        assert (refused.value.field, refused.value.sentence) == (field, sentence)
        assert not lead.engagements.exists()


class TestEvents:
    def test_an_event_is_made_with_its_activations(self, organization):
        event = save_event(organization=organization, name=" Factory  Days ", activations=["Booth 1", "", "Booth 1"])

        assert (event.name, [str(each) for each in event.activations.all()]) == ("Factory Days", ["Booth 1"])

    def test_a_new_name_reaches_the_leads_that_were_scanned_there(self, organization, event, meet, announced):
        scanned = meet(email="k@a.example", source="badge_scan", event=event).lead
        meet(email="o@a.example", source="manual", event=event)
        announced.clear()

        save_event(organization=organization, event=event, name="Automate 2026")

        scanned.refresh_from_db()
        assert (scanned.last_scanned_event, scanned.all_scanned_events) == ("Automate 2026", "Automate 2026")
        assert [([each.pk for each in leads], fresh) for leads, fresh in announced] == [([scanned.pk], False)]

    def test_an_event_is_found_by_its_name_or_made(self, organization, event):
        assert event_named(organization=organization, name="automate  summit 2026") == event
        assert event_named(organization=organization, name="Factory Days").organization == organization

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"name": " "}, "name", "The event has no name."),
            ({"name": "AUTOMATE summit 2026"}, "name", "There is already an event “AUTOMATE summit 2026”."),
            ({"name": "x" * 256}, "name", "The name has 256 characters; 255 is the most."),
            (
                {
                    "name": "New",
                    "starts_on": datetime(2026, 11, 20, tzinfo=UTC).date(),
                    "ends_on": datetime(2026, 11, 19, tzinfo=UTC).date(),
                },
                "ends_on",
                "The event ends on 19 Nov 2026, before it starts on 20 Nov 2026.",
            ),
        ],
    )
    def test_what_cannot_be_saved_is_refused(self, organization, event, fields, field, sentence):
        with pytest.raises(EventRefused) as refused:
            save_event(organization=organization, **fields)

        assert (refused.value.field, refused.value.sentence) == (field, sentence)


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_only_within_its_transaction():
    from django.db.transaction import TransactionManagementError

    with pytest.raises(TransactionManagementError):
        announce(leads=[Lead(pk=1)], fresh=True)
