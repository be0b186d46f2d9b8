from __future__ import annotations

import pytest
from django.urls import reverse

from leads.engagements import log_engagement
from leads.labels import put_label
from leads.models import Engagement
from leads.qualifiers import save_qualifier

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lead(meet, event, rep):
    return meet(
        first_name="Priya",
        last_name="Raman",
        email="priya.raman@brightforge.example",
        company_name="Brightforge",
        source="badge_scan",
        event=event,
        by=rep,
    ).lead


def page_of(lead) -> str:
    return reverse("leads:lead_detail", args=[lead.uid])


def test_the_page_tells_each_value_and_where_it_came_from(browser, lead):
    lead.company_website = "brightforge.example"
    lead.provenance = {"company_website": {"source": "email_domain", "at": "2026-11-19T14:20:00+00:00"}}
    lead.save()

    page = browser.get(page_of(lead)).content.decode()

    assert "priya.raman@brightforge.example</a><small>Badge scan" in page.replace("<wbr>", "")
    assert "Enriched: from the e-mail’s domain" in page
    assert "Not known: Personal Email" in page


def test_a_corrected_value_says_so(browser, lead):
    browser.post(
        reverse("leads:lead_edit", args=[lead.uid]), {"first_name": "Priya", "last_name": "Raman", "job_title": "VP"}
    )

    page = browser.get(page_of(lead)).content.decode()

    assert "VP<small>Corrected here" in page


def test_the_story_is_newest_first(browser, lead, rep):
    log_engagement(lead=lead, kind="call", notes="Wants two cobots.", by=rep)

    story = browser.get(page_of(lead)).context["story"]

    assert [entry.kind for entry in story] == ["engagement", "capture"]


def test_the_story_can_be_narrowed(browser, lead, rep):
    log_engagement(lead=lead, kind="call", by=rep)

    story = browser.get(page_of(lead), {"show": "captures"}).context["story"]

    assert [entry.kind for entry in story] == ["capture"]


def test_an_admins_page_asks_where_the_lead_stands(browser, lead):
    assert (
        f'hx-get="{reverse("reconciliation:lead_story", args=[lead.uid])}"'
        in browser.get(page_of(lead)).content.decode()
    )


def test_a_reps_page_does_not_ask_it(reps_browser, lead):
    assert 'id="destinations"' not in reps_browser.get(page_of(lead)).content.decode()


def test_a_refused_correction_keeps_what_was_typed_and_names_the_field(browser, lead):
    response = browser.post(
        reverse("leads:lead_edit", args=[lead.uid]), {"first_name": "Priya", "email": "priya at brightforge"}
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="priya at brightforge"' in page
    assert "“priya at brightforge” has no @." in page
    lead.refresh_from_db()
    assert lead.email == "priya.raman@brightforge.example"


def test_odd_characters_survive_a_correction(browser, lead):
    odd = "O'Brien \\ 100% “ä” 🤖\nsecond line " + "x" * 300

    browser.post(reverse("leads:lead_edit", args=[lead.uid]), {"last_name": odd, "description": odd})

    lead.refresh_from_db()
    assert lead.last_name == odd
    assert lead.description == odd


def test_line_breaks_stay_as_they_were_while_something_else_is_corrected(browser, lead, meet):
    address = reverse("leads:lead_edit", args=[lead.uid])
    meet(
        email=lead.email,
        last_name=lead.last_name,
        company_street_address="Hall 4\nGate 2",
        description="First.\r\nThen.",
        other_phone_numbers="1;\n2",
    )
    assert '<textarea name="company_street_address"' in browser.get(address).text

    browser.post(
        address,
        {
            "last_name": "Raman-Ito",
            "email": lead.email,
            "company_street_address": "Hall 4\r\nGate 2",
            "description": "First.\r\nThen.",
            "other_phone_numbers": "1;\r\n3",
        },
    )

    lead.refresh_from_db()
    assert lead.last_name == "Raman-Ito"
    assert lead.company_street_address == "Hall 4\nGate 2"
    assert lead.description == "First.\r\nThen."
    assert lead.other_phone_numbers == "1;\n3"


def test_logging_an_engagement_puts_it_on_the_story_and_empties_the_form(browser, lead):
    response = browser.post(
        reverse("leads:log_engagement", args=[lead.uid]), {"kind": "note", "notes": "Send the report."}, headers=HTMX
    )

    answer = response.content.decode()
    assert Engagement.objects.get().notes == "Send the report."
    assert 'hx-swap-oob="innerHTML:#story"' in answer
    assert "Note is logged." in answer
    assert response["HX-Trigger"] == "lead-changed"


def test_an_engagement_can_be_logged_without_scripts(browser, lead):
    response = browser.post(reverse("leads:log_engagement", args=[lead.uid]), {"kind": "call"})

    assert response.status_code == 302
    assert Engagement.objects.get().kind == "call"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "note"}, "A note needs its text."),
        ({"kind": "call", "happened_at": "yesterday"}, "This is not a date with an hour, like 2026-11-19 14:20."),
        (
            {"kind": "calendar_invite", "happened_at": "2026-11-19T14:20", "ends_at": "2026-11-19T14:00"},
            "The invite ends before it starts.",
        ),
    ],
)
def test_an_engagement_that_cannot_be_says_why(browser, lead, said, sentence):
    response = browser.post(reverse("leads:log_engagement", args=[lead.uid]), said, headers=HTMX)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Engagement.objects.exists()


def test_labels_come_and_go(browser, lead):
    browser.post(reverse("leads:lead_label_put", args=[lead.uid]), {"name": "Q4 cobots"}, headers=HTMX)
    label = lead.labels.get()
    answer = browser.post(reverse("leads:lead_label_remove", args=[lead.uid]), {"label": str(label.uid)}, headers=HTMX)

    assert answer.status_code == 200
    assert not lead.labels.exists()


@pytest.mark.parametrize("label", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_removing_a_label_that_is_not_there_is_404(browser, lead, label):
    assert browser.post(reverse("leads:lead_label_remove", args=[lead.uid]), {"label": label}).status_code == 404


def test_qualifiers_are_changed_on_the_page(browser, lead, organization, admin):
    score = save_qualifier(organization=organization, by=admin, name="Lead Score", values=["Hot", "Cold"])
    hot = score.values.first()

    browser.post(reverse("leads:lead_answers", args=[lead.uid]), {f"qualifier-{score.pk}": str(hot.pk)})

    assert lead.answers.get().value == hot


def test_an_archived_value_that_a_lead_carries_is_kept_when_something_else_is_changed(
    browser, meet, organization, admin
):
    score = save_qualifier(organization=organization, by=admin, name="Lead Score", values=["Hot", "Cold"])
    steps = save_qualifier(organization=organization, by=admin, name="Next Steps", values=["Call"])
    hot, cold = score.values.all()
    lead = meet(email="a@b.example", answers={score.pk: [hot.pk]}).lead
    save_qualifier(organization=organization, by=admin, qualifier=score, values=[(cold.pk, "Cold")])

    form = browser.get(page_of(lead)).context["answers"]
    said = {
        f"qualifier-{score.pk}": form[f"qualifier-{score.pk}"].value(),
        f"qualifier-{steps.pk}": steps.values.get().pk,
    }
    response = browser.post(reverse("leads:lead_answers", args=[lead.uid]), said)

    assert response.status_code == 302
    assert {answer.value.label for answer in lead.answers.select_related("value")} == {"Hot", "Call"}


def test_the_number_of_queries_does_not_grow_with_the_story(
    browser, lead, meet, event, rep, admin, django_assert_max_num_queries
):
    for number in range(20):
        meet(email=lead.email, event=event, source="badge_scan", by=rep, key=f"again-{number}")
        log_engagement(lead=lead, kind="call", by=admin)
        put_label(lead=lead, name=f"Label {number}", by=admin)

    with django_assert_max_num_queries(13):
        browser.get(page_of(lead))
