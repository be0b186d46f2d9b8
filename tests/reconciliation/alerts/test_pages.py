"""Settings, Alerts; and what stands on every page of an admin."""

from __future__ import annotations

import html
import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Integration
from leads.models import Change, Member, Organization, User
from mobly_sync.encryption import decrypt
from reconciliation.alerting import channels, rules
from reconciliation.models import AlertChannel, AlertRule
from tests.reconciliation.alerts.conftest import looks
from tests.reconciliation.alerts.slack import SECRET, Slack

PAGE, NEW = "/settings/alerts/", "/settings/alerts/new/"
SAID = {"name": "Show floor", "integration": "", "rhythm": "daily", "hour": "8", "email": "admins"}
HOOK = f"https://hooks.slack.com/services/{SECRET}"


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode())))


def test_a_rule_is_made_and_stands_on_the_page(browser: Client, organization: Organization) -> None:
    answer = browser.post(NEW, {**SAID, "rhythm": "twice_daily", "webhook": HOOK}, follow=True)

    shown = text(answer)
    assert "“Show floor” is saved." in shown
    assert "Twice daily at 08:00 and 16:00 Leads that fail in any integration. Europe/Oslo time." in shown
    assert "The admins of Halden Robotics Nothing sent yet." in shown
    assert "hooks.slack.com …Ab2C" in shown
    due = AlertChannel.objects.values_list("due_at", flat=True)
    assert {at.astimezone(organization.zone).hour for at in due} <= {8, 16}
    entry = Change.objects.get()
    assert (entry.area, entry.subject) == ("alerts", "Rule Show floor")
    assert "Slack: hooks.slack.com …Ab2C" in entry.after


def test_the_address_of_a_webhook_is_encrypted_and_never_shown_again(browser: Client) -> None:
    shown = [browser.post(NEW, {**SAID, "name": "", "webhook": HOOK})]
    shown.append(browser.post(NEW, {**SAID, "webhook": HOOK}, follow=True))
    rule = AlertRule.objects.get()
    shown.append(browser.get(reverse("reconciliation:alert_edit", args=[rule.pk])))
    shown.append(browser.post(reverse("reconciliation:alert_edit", args=[rule.pk]), {**SAID, "name": "Booth"}))
    shown.append(browser.get(reverse("leads:changes")))

    secret = SECRET.rpartition("/")[2]
    assert not [page for page in shown if secret in page.content.decode()]
    slack = AlertChannel.objects.filter(kind="slack")
    assert slack.get().webhook == HOOK
    column = slack.extra(select={"raw": "webhook"}).values_list("raw", flat=True).get()  # type: ignore[misc]
    assert decrypt(column) == HOOK != column


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ("http://hooks.slack.com/services/T/B/x", "The address of a webhook begins with https://."),
        ("hooks.slack.com/services/T/B/x", "The address of a webhook begins with https://."),
        ("https://10.0.0.8/services/x", "10.0.0.8 is not the name of a public host."),
        ("https://[::1]/x", "::1 is not the name of a public host."),
        ("https://localhost/x", "localhost is not the name of a public host."),
        ("https://me:secret@hooks.slack.com/services/x", "The address carries a user name; a webhook has none."),
        ("https://hooks.slack.com/workflows/x", "This is not the address of an incoming webhook"),
        ("https://hooks.slack.com:port/x", "This is not a web address."),
    ],
)
def test_what_cannot_be_a_webhook_is_refused_in_words(browser: Client, webhook: str, words: str) -> None:
    answer = browser.post(NEW, {**SAID, "webhook": webhook})

    assert answer.status_code == 422
    assert words in text(answer)
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"email": "none"}, "A rule speaks by e-mail, through Slack or both. Choose one."),
        ({"email": "addresses"}, "No address is given."),
        ({"email": "addresses", "addresses": "ops@halden.example\nnobody"}, "nobody is not an e-mail address."),
        ({"name": "Taken"}, "There is already a rule “Taken”."),
        ({"hour": "24"}, "24"),
        ({"integration": "999999"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_place(
    browser: Client, rule: Callable[..., AlertRule], said: dict[str, str], words: str
) -> None:
    rule(name="Taken")

    answer = browser.post(NEW, {**SAID, **said})

    assert answer.status_code == 422
    assert words in text(answer)
    assert AlertRule.objects.count() == 1


def test_a_host_that_is_not_slacks_is_said_to_be_none(browser: Client) -> None:
    answer = browser.post(NEW, {**SAID, "webhook": "https://chat.halden.example/hooks/abc"}, follow=True)

    assert "This is not Slack’s own host, hooks.slack.com. Alerts go to chat.halden.example." in text(answer)


def test_slack_is_taken_away_and_the_rule_removed(browser: Client, rule: Callable[..., AlertRule]) -> None:
    made = rule(webhook=HOOK)

    browser.post(reverse("reconciliation:alert_edit", args=[made.pk]), {**SAID, "no_slack": "on"})
    assert [channel.kind for channel in made.channels.all()] == ["email"]
    browser.post(reverse("reconciliation:alert_delete", args=[made.pk]))

    assert not AlertRule.objects.exists()
    removed = Change.objects.order_by("-id").first()
    assert (removed.subject, removed.after) == ("Rule Show floor", "Removed")


def test_a_test_goes_out_at_once_and_says_so(
    browser: Client, rule: Callable[..., AlertRule], fails: Any, slack: Slack, mailoutbox: Any
) -> None:
    fails(2)
    made = rule(webhook=slack.webhook)

    answer = browser.post(reverse("reconciliation:alert_test", args=[made.pk]), follow=True)

    assert "The test is sent by e-mail. The mail server took it." in text(answer)
    assert "The test is sent through Slack. 127.0.0.1 took it." in text(answer)
    assert mailoutbox[0].subject == "Test: Show floor"
    assert "*Test of the rule “Show floor”* of Halden Robotics. Right now it would say:" in slack.texts[0]
    assert "2 Failed now" in slack.texts[0]
    # A test is no digest: the rule still has everything to tell.
    looks(made)
    assert mailoutbox[1].subject == "2 leads failed in Salesforce"


def test_a_test_on_the_heels_of_another_is_not_sent_and_says_how_long_to_wait(
    browser: Client, rule: Callable[..., AlertRule], slack: Slack, mailoutbox: Any
) -> None:
    made = rule()
    address = reverse("reconciliation:alert_test", args=[made.pk])
    browser.post(address)
    rules.save_rule(**kept(made), by=User.objects.get(), webhook=slack.webhook)

    # The new channel has had none yet.
    second = text(browser.post(address, follow=True))

    assert re.search(r"No test is sent by e-mail: .* The next is possible in (1?\d|20) seconds?\.", second)
    assert "The test is sent through Slack." in second
    assert (len(mailoutbox), len(slack.texts)) == (1, 1)
    AlertChannel.objects.update(tested_at=timezone.now() - rules.BETWEEN_TESTS)
    browser.post(address)
    assert (len(mailoutbox), len(slack.texts)) == (2, 2)


def test_an_edit_from_an_older_state_of_the_rule_is_refused_with_who_changed_it(
    browser: Client, rule: Callable[..., AlertRule], organization: Organization
) -> None:
    made = rule(webhook=HOOK)
    address = reverse("reconciliation:alert_edit", args=[made.pk])
    seen = browser.get(address).context["form"]["seen"].value()
    karl = User.objects.create_user("karl@halden.example", first_name="Karl")
    rules.save_rule(**{**kept(made), "hour": 17, "rhythm": "daily"}, by=karl)

    answer = browser.post(address, {**SAID, "name": "Booth", "seen": seen})

    assert answer.status_code == 422
    assert "Not saved. Changed meanwhile by Karl: Name Show floor; Of All integrations; Looks Daily" in text(answer)
    assert f'href="{address}"' in answer.content.decode()
    assert AlertRule.objects.get().name == "Show floor"
    # Another webhook alone is another state, too; whoever reloads may save.
    seen = browser.get(address).context["form"]["seen"].value()
    rules.save_rule(**kept(AlertRule.objects.get()), by=karl, webhook=HOOK.replace(SECRET[-4:], "other"))
    assert browser.post(address, {**SAID, "seen": seen}).status_code == 422
    seen = browser.get(address).context["form"]["seen"].value()
    assert browser.post(address, {**SAID, "name": "Booth", "seen": seen}).status_code == 302


def kept(rule: AlertRule) -> dict[str, Any]:
    """A rule with e-mail to the admins as it is, as `save_rule` takes it."""
    names = ("organization", "name", "integration", "rhythm", "hour")
    return {"rule": rule, "addresses": [], **{name: getattr(rule, name) for name in names}}


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        ("400 Bad Request", b"invalid_payload", "", "Slack could not read the message. It said invalid_payload (400)."),
        ("404 Not Found", b"no_service", "", "Slack no longer knows this webhook: it was removed or switched off."),
        ("410 Gone", b"channel_is_archived", "", "The channel is archived. Unarchive it in Slack"),
        ("403 Forbidden", b"action_prohibited", "", "The workspace forbids this webhook to post."),
        ("404 Not Found", b"<html>", "", "127.0.0.1 did not take the message (404): “<html>”."),
        ("302 Found", b"", "Location: https://login.example/\r\n", "sends us on to another address (302)"),
        ("429 Too Many Requests", b"", "Retry-After: 30\r\n", "asked for a pause for 30 seconds"),
        ("500 Internal Server Error", b"rollup_error", "", "127.0.0.1 has a problem of its own (500)."),
    ],
)
def test_what_slack_answers_to_a_test_is_said_in_words(
    browser: Client, rule: Callable[..., AlertRule], slack: Slack, status: str, body: bytes, headers: str, words: str
) -> None:
    made = rule(addresses=None, webhook=slack.webhook)
    slack.answer(status, body, headers)

    answer = browser.post(reverse("reconciliation:alert_test", args=[made.pk]), follow=True)

    assert "The test through Slack did not arrive." in text(answer)
    assert words in text(answer)


def test_a_slack_that_does_not_answer_in_time_is_not_waited_for(
    browser: Client, rule: Callable[..., AlertRule], slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rule(addresses=None, webhook=slack.webhook)
    monkeypatch.setattr(channels, "READ_TIMEOUT", 0.2)
    slack.answer("200 OK", b"", "Content-Length: 50\r\n")

    answer = browser.post(reverse("reconciliation:alert_test", args=[made.pk]), follow=True)

    assert "The test through Slack did not arrive. 127.0.0.1" in text(answer)


def test_a_name_that_leads_into_our_own_network_is_refused_when_it_is_called(
    browser: Client, rule: Callable[..., AlertRule], settings: Any, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is public, what it stands for is not: only the connection can tell."""
    settings.ALERT_WEBHOOK_HOSTS = ["*"]
    made = rule(addresses=None, webhook="https://chat.halden.example/hooks/abc")
    port = slack.webhook.split(":")[2].split("/")[0]
    real = channels.http.Session.request
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", int(port)))])

    answer = browser.post(reverse("reconciliation:alert_test", args=[made.pk]), follow=True)

    assert channels.http.Session.request is real
    assert "leads to 127.0.0.1, which is not a public address." in text(answer)
    assert slack.texts == []


def test_what_the_mail_server_says_is_said(
    browser: Client, rule: Callable[..., AlertRule], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"mara@halden.example": (550, b"5.1.1 User unknown")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    made = rule()

    answer = browser.post(reverse("reconciliation:alert_test", args=[made.pk]), follow=True)

    assert "The mail server takes none of the addresses. mara@halden.example: 550 “5.1.1 User unknown”." in text(answer)
    assert AlertChannel.objects.get().gave_up


def test_an_alert_that_does_not_arrive_stands_on_every_page_until_it_does(
    browser: Client, rule: Callable[..., AlertRule], fails: Any, slack: Slack
) -> None:
    made = rule(addresses=None, webhook=slack.webhook)
    fails(1)
    slack.answer("404 Not Found", b"no_service")
    looks(made)

    assert "The alert “Show floor” does not arrive in Slack." in text(browser.get("/leads/"))
    listed = text(browser.get(PAGE))
    assert "does not arrive" not in listed
    assert "Nothing arrives in Slack. Slack no longer knows this webhook" in listed
    browser.post(reverse("reconciliation:alert_test", args=[made.pk]))
    assert "does not arrive" not in text(browser.get("/leads/"))
    # What nobody was told goes out right after.
    assert AlertChannel.objects.get().due_at <= timezone.now()


def test_needs_attention_stands_on_every_page_of_an_admin_but_those_that_say_it(
    browser: Client, organization: Organization, integration: Integration
) -> None:
    Integration.objects.update(status=Integration.Status.NEEDS_ATTENTION, status_reason="Token revoked.")
    words = "Salesforce needs attention. It no longer accepts our credentials"
    tom = User.objects.create_user("tom@halden.example")
    Member.objects.create(organization=organization, user=tom, role=Member.Role.REP)
    rep = Client()
    rep.force_login(tom, backend="django.contrib.auth.backends.ModelBackend")

    shown = {url: words in text(browser.get(url)) for url in ("/leads/", "/accounts/email/", "/capture/", PAGE)}
    quiet = [reverse("integrations:list"), *(reverse(name, args=["salesforce"]) for name in SAY_IT)]

    assert all(shown.values()), shown
    assert not [url for url in quiet if words in text(browser.get(url))]
    assert words in text(browser.get(reverse("integrations:connect", args=["hubspot"])))
    assert words not in text(rep.get("/leads/"))


SAY_IT = ("integrations:connect", "reconciliation:tab")


def test_the_frame_asks_again_and_lets_go_of_what_is_no_longer_so(browser: Client, integration: Integration) -> None:
    Integration.objects.update(status=Integration.Status.NEEDS_ATTENTION)
    page = browser.get("/leads/").content.decode()
    url = html.unescape(re.search(r'hx-get="([^"]+notices[^"]+)"', page)[1])
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/leads/"}

    assert browser.get(url, headers=here).status_code == 204
    Integration.objects.update(status=Integration.Status.CONNECTED)
    now = browser.get(url, headers=here)
    assert (now.status_code, text(now).strip()) == (200, "")


def test_the_queries_of_the_page_and_of_the_frame_do_not_grow(
    browser: Client,
    organization: Organization,
    mara: User,
    rule: Callable[..., AlertRule],
    django_assert_num_queries: Any,
) -> None:
    def pages(count: int) -> None:
        for number in range(count):
            made = rule(name=f"Rule {count} {number}", webhook=HOOK)
            made.channels.update(problem="Gone.", problem_since=timezone.now(), gave_up=True, sent_at=timezone.now())
        with django_assert_num_queries(6):
            browser.get(PAGE)
        with django_assert_num_queries(4):
            browser.get(reverse("reconciliation:notices"))

    pages(1)
    pages(12)


def test_the_time_zone_of_the_organization_is_that_of_its_pages(
    browser: Client, organization: Organization, rule: Callable[..., AlertRule]
) -> None:
    made = rule(name="Morning")
    tomorrow = timezone.now().astimezone(organization.zone).replace(hour=7, minute=0) + timedelta(days=1)
    made.channels.update(due_at=tomorrow)
    said = {"name": "Halden Robotics", "default_country": "NO", "enrichment_patience": ""}

    before = text(browser.get(PAGE))
    refused = browser.post("/settings/", {**said, "time_zone": "Europe/Nowhere"})
    browser.post("/settings/", {**said, "time_zone": "Asia/Tokyo"})

    assert "Tomorrow 07:00" in before
    assert refused.status_code == 422
    assert "Asia/Tokyo time." in text(browser.get(PAGE))
