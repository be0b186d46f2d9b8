"""The Reconciliation tab and the lead's story as an admin sees them. No vendor is needed to look at records."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Integration
from leads.models import Capture, Event, Lead, Member, Organization, User
from reconciliation.models import Lane, SyncAttempt, SyncRecord

TAB = reverse("reconciliation:tab", args=["salesforce"])
ACT = reverse("reconciliation:act", args=["salesforce"])


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden")


@pytest.fixture
def integration(organization: Organization) -> Integration:
    made = Integration.objects.create(
        organization=organization,
        provider="salesforce",
        category="crm",
        status="connected",
        connected_at=timezone.now(),
    )
    made.schemas.create(object="Lead", label="Lead", role="persona", fields=[], fetched_at=timezone.now())
    made.field_mappings.create(object="Lead", mobly_field="email", remote_field="Email")
    return made


@pytest.fixture
def event(organization: Organization) -> Event:
    return Event.objects.create(organization=organization, name="Automate Summit 2026")


@pytest.fixture
def browser(organization: Organization) -> Client:
    admin = User.objects.create_user("mara@halden.example", "show-floor-2026", first_name="Mara")
    Member.objects.create(organization=organization, user=admin, role=Member.Role.ADMIN)
    client = Client()
    client.force_login(admin)
    return client


def a_record(
    integration: Integration, name: str, state: str = "cleared", event: Event | None = None, **more: Any
) -> SyncRecord:
    lead = Lead.objects.create(
        organization=integration.organization,
        first_name=name,
        last_name="Lovelace",
        email=f"{name}@x.example",
        email_key=f"{name}@x.example",
        enrichment="done",
    )
    if event:
        Capture.objects.create(
            organization=integration.organization,
            lead=lead,
            event=event,
            source="badge_scan",
            captured_at=timezone.now(),
        )
    now = timezone.now()
    more.setdefault("due_at", now if state == "waiting" else None)
    if state == "failed":
        more.setdefault("cause", "NO_TAG_MAPPING")
        more.setdefault("subject", "Lead Score")
        more.setdefault("message", "“Hot” of Lead Score has no option in Lead Rating in Salesforce.")
        more.setdefault("refused_by_us", True)
    return SyncRecord.objects.create(
        organization=integration.organization, integration=integration, lead=lead, state=state, changed_at=now, **more
    )


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_tab_of_a_vendor_never_connected_says_what_to_do(browser: Client) -> None:
    assert "was never connected" in text(browser.get(TAB))


def test_an_empty_list_is_a_designed_screen(browser: Client, integration: Integration) -> None:
    assert "Nothing failed" in text(browser.get(TAB))
    assert "Nothing sent yet" in text(browser.get(TAB, {"list": "cleared"}))


def test_the_figures_agree_with_the_records(browser: Client, integration: Integration) -> None:
    for number, state in enumerate(["cleared", "cleared", "failed", "waiting"]):
        a_record(integration, f"n{number}", state)
    page = text(browser.get(TAB))
    assert 'aria-label="4 leads: 50.0% cleared, 25.0% failed, 25.0% in Pre-Sync"' in page


def test_failed_leads_are_grouped_by_cause_with_words_code_and_count(browser: Client, integration: Integration) -> None:
    for name in "abc":
        a_record(integration, name, "failed", value="Hot")
    a_record(integration, "d", "failed", cause="REQUIRED_FIELD_MISSING", subject="Company", refused_by_us=False)
    page = text(browser.get(TAB))
    assert "“Hot” of Lead Score has no option in Salesforce." in page
    assert "Company is empty. Salesforce requires it." in page
    assert "<code>NO_TAG_MAPPING</code>" in page
    assert "in 2 causes" in page
    assert "Refused before sending" in page
    assert "Rejected by Salesforce" in page


def test_a_cleared_lead_links_to_its_record_in_the_crm(browser: Client, integration: Integration) -> None:
    a_record(integration, "a", remote_object="Lead", remote_id="00Q1", remote_url="https://sf.example/00Q1")
    page = text(browser.get(TAB, {"list": "cleared"}))
    assert 'href="https://sf.example/00Q1"' in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sync_mode": "manual"}, "Frozen"),
        ({"status": "disabled"}, "Paused"),
        ({"status": "attention"}, "Needs attention"),
        ({}, "Queued"),
    ],
)
def test_each_waiting_lead_says_why_it_waits(
    browser: Client, integration: Integration, change: dict[str, str], words: str
) -> None:
    a_record(integration, "a", "waiting")
    Integration.objects.update(**change)
    assert words in text(browser.get(TAB, {"list": "waiting"}))


def test_while_nothing_is_mapped_a_lead_is_not_said_to_be_on_its_way(browser: Client, integration: Integration) -> None:
    integration.field_mappings.all().delete()
    record = a_record(integration, "a", "waiting")

    page = text(browser.get(TAB, {"list": "waiting"}))

    assert "No lead flows before one field of a person is mapped.</b> 1 waits for it." in page
    assert f'href="{reverse("integrations:mapping", args=["salesforce"])}"' in page
    assert "Nothing is mapped" in page
    assert "on the way" not in page
    assert "every 3s" not in page
    story = text(browser.get(reverse("reconciliation:lead_story", args=[record.lead.uid])))
    assert "No field of a person is mapped to Salesforce yet." in story
    assert "every 3s" not in story
    states = text(browser.get(reverse("reconciliation:states"), {"lead": [str(record.lead.uid)]}))
    assert "Nothing is mapped" in states


def test_filters_narrow_the_list_and_the_figures(browser: Client, integration: Integration, event: Event) -> None:
    a_record(integration, "inside", event=event)
    a_record(integration, "outside")
    page = text(browser.get(TAB, {"list": "cleared", "event": event.pk}))
    assert "inside Lovelace" in page
    assert "outside Lovelace" not in page
    assert "1 lead: 100% cleared" in page


@pytest.mark.parametrize(
    "query",
    [
        {"event": "x"},
        {"event": "9" * 30},
        {"after": "nonsense"},
        {"after": "2026-13-45~1"},
        {"q": "\x00"},
        {"cause": "NOPE"},
        {"list": "?"},
    ],
)
def test_a_wrong_address_still_shows_the_tab(browser: Client, integration: Integration, query: dict[str, str]) -> None:
    assert browser.get(TAB, query).status_code == 200


def test_a_long_list_pages_without_losing_or_repeating_a_lead(browser: Client, integration: Integration) -> None:
    for number in range(60):
        a_record(integration, f"lead{number:02d}")
    first = text(browser.get(TAB, {"list": "cleared"}))
    key = first.split("after=")[1].split('"')[0].split("&")[0]
    from urllib.parse import unquote

    second = text(browser.get(TAB, {"list": "cleared", "after": unquote(key)}))
    seen = [[number for number in range(60) if f"lead{number:02d} Lovelace" in page] for page in (first, second)]
    assert sorted(seen[0] + seen[1]) == list(range(60))


def test_the_number_of_queries_does_not_grow_with_the_leads(
    browser: Client, integration: Integration, event: Event, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        a_record(integration, f"c{number}", event=event)
        a_record(integration, f"f{number}", "failed", event=event)
        a_record(integration, f"w{number}", "waiting", event=event)
    for query in ({}, {"list": "cleared"}, {"list": "waiting"}, {"by": "event"}, {"cause": "NO_TAG_MAPPING"}):
        with django_assert_max_num_queries(20):
            browser.get(TAB, query)


def test_retry_of_a_group_makes_exactly_its_leads_due(browser: Client, integration: Integration) -> None:
    mine = a_record(integration, "a", "failed", remote_field="Rating")
    others = [
        a_record(integration, "b", "failed", cause="PERMISSION", subject=""),
        a_record(integration, "c", "failed", remote_field="Score__c"),
        a_record(integration, "d", "failed", remote_field="Rating", refused_by_us=False),
    ]
    page = browser.get(TAB, {"list": "failed"}).content.decode()
    ids = re.findall(r' id="([^"]+)"', page)

    browser.post(ACT, {"list": "failed", "period": "all", "retry_group": "NO_TAG_MAPPING|1|Rating|Lead Score"})

    assert len(ids) == len(set(ids))
    assert page.count('name="retry_group"') == 4
    assert 'name="retry_group" value="NO_TAG_MAPPING|1|Rating|Lead Score"' in page
    mine.refresh_from_db()
    assert mine.state == "waiting"
    assert SyncRecord.objects.failed().count() == len(others)


def test_a_group_is_followed_to_its_own_leads_though_another_names_the_same_field(
    browser: Client, integration: Integration
) -> None:
    said = {"cause": "DATA_VALUE_VALIDATION", "subject": "Phone"}
    a_record(integration, "ours", "failed", **said, remote_field="Phone")
    a_record(integration, "theirs", "failed", **said, remote_field="Phone", refused_by_us=False)
    a_record(integration, "elsewhere", "failed", **said, remote_field="MobilePhone")
    a_record(integration, "unnamed", "failed", **{**said, "subject": ""}, remote_field="")
    groups = text(browser.get(TAB))

    def leads_of(page: str) -> set[str]:
        return {name for name in ("ours", "theirs", "elsewhere", "unnamed") if f">{name} Lovelace</a>" in page}

    links = [unescape(link) for link in re.findall(r'class="count" href="([^"]+)"', groups)]
    assert sorted(min(leads_of(text(browser.get(TAB + link)))) for link in links) == [
        "elsewhere",
        "ours",
        "theirs",
        "unnamed",
    ]
    for link in links:
        page = text(browser.get(TAB + link))
        (name,) = leads_of(page)
        assert "1 failed lead</h2>" in page
        export = re.search(r'href="([^"]+/export/[^"]+)"', page)
        assert export is not None
        assert f"{name}@x.example" in (rows := b"".join(browser.get(unescape(export[1])).streaming_content).decode())
        assert rows.count("@x.example") == 1

    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.partition('id="list"')[2]))
    browser.post(ACT, {**hidden, "all": "1", "do": "retry"})
    assert list(SyncRecord.objects.waiting().values_list("lead__first_name", flat=True)) == [name]

    kept = text(browser.get(TAB, {"list": "failed", "cause": said["cause"], "subject": "Phone"}))
    assert leads_of(kept) == {"ours", "theirs", "elsewhere"} - {name}


def test_a_selection_is_pushed_and_the_page_says_how_many(browser: Client, integration: Integration) -> None:
    records = [a_record(integration, name, "waiting") for name in "abc"]
    answer = browser.post(ACT, {"list": "waiting", "do": "push", "record": [records[0].pk, records[1].pk]}, follow=True)
    assert "2 leads are on the way." in text(answer)
    assert SyncRecord.objects.filter(pushed=True).count() == 2


def test_all_that_match_are_counted_again_by_the_server(browser: Client, integration: Integration) -> None:
    for name in "abc":
        a_record(integration, name, "failed")
    answer = browser.post(ACT, {"list": "failed", "do": "retry", "all": "1", "period": "all"}, follow=True)
    assert "3 leads are on the way again." in text(answer)


def test_a_dismissed_lead_leaves_the_list_and_undo_stands_there_until_it_is_pressed(
    browser: Client, integration: Integration
) -> None:
    Integration.objects.filter(pk=integration.pk).update(status="disabled")
    record = a_record(integration, "a", "failed")
    undo = reverse("reconciliation:undo", args=["salesforce"])

    # The second click of a double click dismisses nothing, and loses nothing.
    for _ in range(2):
        shown = text(browser.post(ACT, {"list": "failed", "do": "dismiss", "record": record.pk}, follow=True))
        assert "Nothing failed" in shown
        assert "1 lead dismissed." in shown
        assert "They go when" not in shown
    assert f'action="{undo}"' in browser.get(TAB).content.decode()
    story = browser.get(reverse("reconciliation:lead_story", args=[record.lead.uid]))
    assert "Dismissed, so it is on no list." in text(story)

    assert "1 lead is back on the list." in text(browser.post(undo, follow=True))
    again = browser.post(undo, follow=True)
    assert "There is nothing to bring back" in text(again)
    assert "1 failed lead" in text(again)
    assert f'action="{undo}"' not in again.content.decode()


def test_a_whole_event_is_pushed_with_the_leads_never_sent(
    browser: Client, integration: Integration, event: Event
) -> None:
    a_record(integration, "waits", "waiting", event=event)
    new = Lead.objects.create(
        organization=integration.organization, email="new@x.example", email_key="new@x.example", enrichment="done"
    )
    Capture.objects.create(
        organization=integration.organization, lead=new, event=event, source="badge_scan", captured_at=timezone.now()
    )
    Event.objects.filter(pk=event.pk).update(name="Launch {beta}")
    answer = browser.post(reverse("reconciliation:push_event", args=["salesforce", event.pk]), follow=True)
    assert SyncRecord.objects.filter(pushed=True, state="waiting").count() == 2
    assert "2 leads are on the way from Launch {beta}." in text(answer)


def test_leads_captured_before_the_connection_are_offered_and_sent_on_request(
    browser: Client, integration: Integration
) -> None:
    Lead.objects.create(organization=integration.organization, email="old@x.example", email_key="old@x.example")
    assert "1 lead was captured before Salesforce was connected." in text(browser.get(TAB))
    browser.post(reverse("reconciliation:earlier", args=["salesforce"]))
    assert SyncRecord.objects.count() == 1


def test_an_unconfirmed_lead_is_linked_by_a_person(browser: Client, integration: Integration) -> None:
    record = a_record(integration, "a", "failed", cause="UNCONFIRMED", in_doubt=True, remote_object="Lead")
    url = reverse("reconciliation:decide", args=["salesforce", record.pk])
    refused = browser.post(url, {"decision": "link", f"remote_id_{record.pk}": ""}, follow=True)
    assert "Enter the id of the record" in text(refused)
    browser.post(url, {"decision": "link", f"remote_id_{record.pk}": "00Q1"})
    record.refresh_from_db()
    assert (record.remote_id, record.in_doubt, record.state) == ("00Q1", True, "waiting")


def test_the_help_is_about_exactly_that_cause_and_vendor(browser: Client, integration: Integration) -> None:
    page = text(browser.get(reverse("reconciliation:help", args=["salesforce", "NO_TAG_MAPPING"])))
    assert "A qualifier value has no option in Salesforce." in page
    assert "Go to Qualifiers" in page
    assert browser.get(reverse("reconciliation:help", args=["salesforce", "NOPE"])).status_code == 404


def test_the_export_is_a_spreadsheet_that_runs_no_formula(browser: Client, integration: Integration) -> None:
    record = a_record(integration, "a", "failed")
    Lead.objects.filter(pk=record.lead_id).update(first_name="=HYPERLINK(1)")
    answer = browser.get(reverse("reconciliation:export", args=["salesforce"]), {"list": "failed", "period": "all"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("First Name,Last Name,Email")
    assert lines[1].startswith("'=HYPERLINK(1),Lovelace")


def test_the_leads_page_tells_where_it_stands_and_each_attempt(browser: Client, integration: Integration) -> None:
    record = a_record(integration, "a", "failed")
    attempt = SyncAttempt.objects.create(
        record=record,
        started_at=timezone.now(),
        ended_at=timezone.now(),
        outcome="rejected",
        version=1,
        cause="REMOTE_RULE",
        message="Phone must start with +",
        notes=[
            {"step": "person", "summary": "Create Lead", "sent": {"Phone": "1"}, "answer": {"ok": False}, "status": 400}
        ],
    )
    page = text(browser.get(reverse("reconciliation:lead_story", args=[record.lead.uid])))
    assert "Rejected by Salesforce" in page
    assert "Phone must start with +" in page
    assert "Map the value" in page
    shown = text(browser.get(reverse("reconciliation:attempt", args=[attempt.pk])))
    assert "Create Lead" in shown
    assert "Answered: 400" in shown


def test_another_organizations_records_are_not_there(browser: Client, integration: Integration) -> None:
    other = Organization.objects.create(name="Zeta", slug="zeta")
    theirs = Integration.objects.create(organization=other, provider="salesforce", category="crm", status="connected")
    record = a_record(theirs, "a", "failed")
    browser.post(ACT, {"list": "failed", "do": "retry", "record": record.pk})
    record.refresh_from_db()
    assert record.state == "failed"
    assert browser.get(reverse("reconciliation:lead_story", args=[record.lead.uid])).status_code == 404


def test_the_summary_asks_again_only_while_something_is_in_flight(browser: Client, integration: Integration) -> None:
    assert "every 3s" not in text(browser.get(TAB))
    a_record(integration, "a", "waiting")
    assert "every 3s" in text(browser.get(TAB))


def test_the_summary_asks_for_the_tab_with_its_filters_also_after_an_action(
    browser: Client, integration: Integration
) -> None:
    record = a_record(integration, "a", "failed", cause="REMOTE_RULE")
    answer = browser.post(ACT, {"list": "failed", "q": "a", "do": "retry", "record": record.pk}, HTTP_HX_REQUEST="true")
    assert f'hx-get="{TAB}?list=failed&amp;q=a&amp;seen=1-0-0"' in text(answer)
    assert answer["HX-Trigger"] == "leads-acted"  # the counts in the navigation follow
    assert text(browser.get(TAB)).count("leads-acted from:document") == 2


def test_a_filter_brings_the_figures_along_with_the_list(browser: Client, integration: Integration) -> None:
    a_record(integration, "a", "failed", cause="REMOTE_RULE")
    answer = text(browser.get(TAB, {"q": "nobody"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="list"))
    assert 'id="list"' in answer
    assert 'aria-label="0 leads: 0% cleared, 0% failed, 0% in Pre-Sync"' in answer


def test_the_page_is_told_when_leads_have_moved_since_it_asked(browser: Client, integration: Integration) -> None:
    a_record(integration, "a", "waiting")
    asks = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "summary"}
    assert "HX-Trigger" not in browser.get(TAB, {"seen": "1-0-0"}, **asks)
    SyncRecord.objects.update(state="cleared", due_at=None)
    answer = browser.get(TAB, {"list": "cleared", "seen": "1-0-0"}, **asks)
    assert answer["HX-Trigger"] == "leads-moved"
    assert "seen=" not in text(answer)


def test_a_lead_in_enrichment_is_work_in_flight(browser: Client, integration: Integration) -> None:
    record = a_record(integration, "a", "waiting")
    SyncRecord.objects.update(due_at=timezone.now() + timedelta(minutes=2))
    assert "every 3s" not in text(browser.get(TAB))
    Lead.objects.filter(pk=record.lead_id).update(enrichment="pending")
    assert "every 3s" in text(browser.get(TAB))


def test_nothing_is_in_flight_while_the_vendor_rests(browser: Client, integration: Integration) -> None:
    a_record(integration, "a", "waiting")
    Lane.objects.create(integration=integration, closed_until=timezone.now() + timedelta(minutes=9))
    shown = text(browser.get(TAB))
    assert "asked for a pause" in shown
    assert "every 3s" not in shown


def test_a_customers_rule_is_told_in_its_own_words(browser: Client, integration: Integration) -> None:
    rule = {
        "cause": "REMOTE_RULE",
        "subject": "Title",
        "message": "Students go to the academy.",
        "refused_by_us": False,
    }
    a_record(integration, "a", "failed", **rule)
    assert "Salesforce said: “Students go to the academy.”" in text(browser.get(TAB))


def test_the_card_of_a_destination_shows_its_figures(browser: Client, integration: Integration) -> None:
    a_record(integration, "a")
    a_record(integration, "b", "failed")
    page = text(browser.get(reverse("reconciliation:figures", args=["salesforce"])))
    assert page.count("<b>1</b>") == 2


def test_a_switch_to_automatic_says_how_many_leads_it_releases(browser: Client, integration: Integration) -> None:
    a_record(integration, "a", "waiting")
    Integration.objects.update(sync_mode="manual")
    page = text(browser.get(reverse("reconciliation:frozen_count", args=["salesforce"])))
    assert "1 lead is Frozen now." in page


def test_the_lead_list_is_told_where_each_lead_stands(
    browser: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    records = [
        a_record(integration, f"n{number}", state) for number, state in enumerate(["cleared", "failed", "waiting"])
    ]
    with django_assert_max_num_queries(8):
        page = text(
            browser.get(reverse("reconciliation:states"), {"lead": [str(record.lead.uid) for record in records]})
        )
    for record, words in zip(records, ["Cleared", "Failed", "Queued"], strict=True):
        assert words in page.split(f"#where-{record.lead.uid}")[1].split("</div>")[0]


def test_states_of_leads_that_are_not_there_are_nothing(browser: Client, integration: Integration) -> None:
    assert text(browser.get(reverse("reconciliation:states"), {"lead": ["x", "0" * 32]})).strip() == ""
