"""What a rule tells, when it says nothing, and what becomes of it when it cannot speak."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import alerts as immediate
from integrations.models import Integration
from leads.models import Change, Organization, User
from leads.organizations import save_organization
from reconciliation import tasks
from reconciliation.alerting import rules, sending
from reconciliation.alerting.change import Kind
from reconciliation.models import AlertChannel, AlertRule, SyncRecord
from tests.reconciliation.alerts.conftest import looks, moment
from tests.reconciliation.alerts.slack import SECRET, Slack

Fails = Callable[..., list[SyncRecord]]
Rule = Callable[..., AlertRule]


def channel_of(rule: AlertRule) -> AlertChannel:
    return rule.channels.get()


def clear(*records: SyncRecord) -> None:
    ids = [record.pk for record in records]
    SyncRecord.objects.filter(pk__in=ids).update(state="cleared", cause="", changed_at=timezone.now())


def test_a_digest_says_how_many_failed_for_what_and_where_to_go(
    rule: Rule, fails: Fails, mailoutbox: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://mobly.example"
    fails(3)
    fails(1, cause="DATA_VALUE_VALIDATION", subject="Email", value="ada(at)brightforge")
    fails(1, cause="REMOTE_RULE", subject="", message="Ada Lovelace is a competitor.")

    assert looks(rule()) == [Kind.DIGEST]

    mail = mailoutbox[0]
    assert (mail.subject, mail.to) == ("5 leads failed in Salesforce", ["mara@halden.example"])
    assert "3 leads: “Hot” of Lead Score has no option in Salesforce." in mail.body
    assert "1 lead: Salesforce does not take a value. Field: Email." in mail.body
    assert "1 lead: A rule in Salesforce said no." in mail.body
    assert (
        "https://mobly.example/integrations/salesforce/reconciliation/"
        "?list=failed&cause=NO_TAG_MAPPING&subject=Lead+Score&period=all" in mail.body
    )
    # Neither a person's value nor what a vendor wrote about a person leaves the house.
    assert "brightforge" not in mail.body
    assert "Lovelace" not in mail.body


def test_the_same_state_is_told_once_and_what_is_new_is_counted(rule: Rule, fails: Fails, slack: Slack) -> None:
    floor = rule(addresses=None, webhook=slack.webhook)
    assert looks(floor) == [Kind.QUIET]
    first = fails(2)

    assert [looks(floor), looks(floor)] == [[Kind.DIGEST], [Kind.QUIET]]
    clear(first[0])
    assert looks(floor) == [Kind.QUIET]
    fails(2)
    assert looks(floor) == [Kind.DIGEST]

    assert "*2 leads failed in Salesforce.*" in slack.texts[0]
    assert "3 Failed now, 2 since the last digest" in slack.texts[1]
    assert len(slack.texts) == 2


def test_leads_that_fail_again_as_before_are_no_news(rule: Rule, fails: Fails, mailoutbox: Any) -> None:
    floor, failed = rule(), fails(2)
    looks(floor)
    SyncRecord.objects.filter(pk__in=[one.pk for one in failed]).update(changed_at=timezone.now())

    assert looks(floor) == [Kind.QUIET]
    assert len(mailoutbox) == 1


def test_when_no_lead_is_failed_any_more_it_says_so_once(rule: Rule, fails: Fails, mailoutbox: Any) -> None:
    floor, failed = rule(), fails(2)
    looks(floor)
    clear(*failed)

    assert [looks(floor), looks(floor)] == [[Kind.RECOVERY], [Kind.QUIET]]
    assert [mail.subject for mail in mailoutbox][1:] == ["Salesforce has no failed leads any more"]


def test_a_recovery_waits_for_what_a_person_sent_again(rule: Rule, fails: Fails, mailoutbox: Any) -> None:
    floor, [failed] = rule(), fails(1)
    looks(floor)
    now = timezone.now()
    SyncRecord.objects.filter(pk=failed.pk).update(state="waiting", cause="", due_at=now, pushed=True)

    assert looks(floor) == [Kind.LATER]
    assert channel_of(floor).due_at < now + timedelta(minutes=5)
    SyncRecord.objects.filter(pk=failed.pk).update(state="failed", cause="NO_TAG_MAPPING", due_at=None, pushed=False)
    assert looks(floor) == [Kind.QUIET]
    assert len(mailoutbox) == 1


def test_a_disconnected_integration_is_no_recovery(
    rule: Rule, fails: Fails, integration: Integration, mailoutbox: Any
) -> None:
    floor = rule()
    fails(1)
    looks(floor)
    Integration.objects.update(status=Integration.Status.DISCONNECTED)

    assert looks(floor) == [Kind.QUIET]
    assert len(mailoutbox) == 1


def test_needs_attention_is_not_mailed_twice_to_admins_but_told_to_everybody_else(
    rule: Rule, integration: Integration, slack: Slack, mailoutbox: Any
) -> None:
    floor = rule(addresses=["mara@halden.example", "ops@halden.example"], webhook=slack.webhook)
    only_admins = rule(name="Admins")
    Integration.objects.update(status=Integration.Status.NEEDS_ATTENTION, status_reason="Token revoked.")
    immediate.tell_needs_attention(integration_id=integration.pk)

    assert looks(floor) == [Kind.DIGEST, Kind.DIGEST]
    assert looks(only_admins) == [Kind.DIGEST]
    assert [mail.to for mail in mailoutbox] == [["mara@halden.example"], ["ops@halden.example"]]
    assert "Salesforce no longer accepts our credentials." in slack.texts[0]

    Integration.objects.update(status=Integration.Status.CONNECTED)
    assert looks(floor) == [Kind.RECOVERY, Kind.RECOVERY]
    assert "Salesforce is well again" in slack.texts[1]


def test_a_rule_of_one_integration_tells_nothing_of_another(
    rule: Rule, fails: Fails, integration: Integration, mailoutbox: Any
) -> None:
    hubspot = Integration.objects.create(
        organization=integration.organization, provider="hubspot", category="crm", status="connected"
    )
    floor = rule(integration=hubspot)
    fails(2)

    assert looks(floor) == [Kind.QUIET]
    fails(1, at=hubspot)
    looks(floor)
    assert [mail.subject for mail in mailoutbox] == ["1 lead failed in HubSpot"]


def test_nobody_is_called_and_no_link_made_by_words_in_a_slack_message(rule: Rule, fails: Fails, slack: Slack) -> None:
    fails(1, value="<!channel> & <https://evil.example|here>")

    looks(rule(addresses=None, webhook=slack.webhook))

    assert "“&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;”" in slack.texts[0]


def test_a_slack_outage_is_tried_again_and_then_tells_how_things_stand_by_then(
    rule: Rule, fails: Fails, slack: Slack
) -> None:
    floor = rule(addresses=None, webhook=slack.webhook)
    fails(1)
    slack.answer("500 Internal Server Error", b"rollup_error")
    looks(floor)
    waiting = channel_of(floor)
    fails(1)

    assert waiting.problem == "127.0.0.1 has a problem of its own (500)."
    assert (waiting.tries, waiting.gave_up, waiting.told) == (1, False, {})
    looks(floor)
    assert "*2 leads failed in Salesforce.*" in slack.texts[1]
    assert (channel_of(floor).problem, channel_of(floor).tries) == ("", 0)


def test_after_its_tries_a_channel_gives_up_until_the_next_look(rule: Rule, fails: Fails, slack: Slack) -> None:
    floor = rule(addresses=None, webhook=slack.webhook)
    fails(1)
    AlertChannel.objects.update(tries=12)
    slack.answer("503 Service Unavailable")

    looks(floor)

    assert (channel_of(floor).gave_up, channel_of(floor).tries) == (True, 0)
    assert channel_of(floor).due_at == sending.next_look(floor, timezone.now())


def test_slacks_own_pause_is_obeyed_and_uses_up_nothing(rule: Rule, fails: Fails, slack: Slack) -> None:
    floor = rule(addresses=None, webhook=slack.webhook)
    fails(1)
    slack.answer("429 Too Many Requests", b"rate_limited", "Retry-After: 300\r\n")

    looks(floor)

    throttled = channel_of(floor)
    assert throttled.problem == "127.0.0.1 asked for a pause for 300 seconds: too many messages at once."
    assert throttled.tries == 0
    assert timedelta(seconds=290) < throttled.due_at - timezone.now() <= timedelta(seconds=300)


def test_one_channel_that_fails_keeps_the_other_from_nothing(
    rule: Rule, fails: Fails, slack: Slack, mailoutbox: Any
) -> None:
    floor = rule(webhook=slack.webhook)
    fails(1)
    slack.answer("404 Not Found", b"no_service")

    looks(floor)
    looks(floor)

    assert [mail.subject for mail in mailoutbox] == ["1 lead failed in Salesforce"]
    assert "*1 lead failed in Salesforce.*" in slack.texts[1]


def test_a_worker_that_vanished_is_taken_over_and_one_that_is_at_it_is_left_alone(
    rule: Rule, fails: Fails, mailoutbox: Any
) -> None:
    floor = rule()
    fails(1)
    AlertChannel.objects.update(due_at=timezone.now())
    held = sending._claim(channel_of(floor).pk)

    assert sending.run(held.pk) is None
    AlertChannel.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sending.run(held.pk) is Kind.DIGEST
    sending._settle(held, told={}, due_at=timezone.now())

    assert len(mailoutbox) == 1
    assert channel_of(floor).told != {}


def test_a_paused_rule_tells_nothing_and_catches_up_when_it_is_active(
    rule: Rule, fails: Fails, mara: User, mailoutbox: Any
) -> None:
    floor = rule()
    fails(1)
    rules.set_paused(rule=floor, paused=True, by=mara)

    assert channel_of(floor).due_at is None
    assert looks(floor) == [None]
    rules.set_paused(rule=floor, paused=False, by=mara)
    assert looks(floor) == [Kind.DIGEST]
    assert [change.after for change in Change.objects.order_by("id")][1:] == ["Paused", "Active"]


def test_the_sweep_hints_what_is_due_and_nothing_else(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    due, later = rule(), rule(name="Later")
    AlertChannel.objects.filter(rule=due).update(due_at=timezone.now())
    hinted: list[tuple[int, ...]] = []
    monkeypatch.setattr(tasks.send_alert, "apply_async", lambda args, **_: hinted.append(args))

    tasks.sweep_alerts()

    assert hinted == [(channel_of(due).pk,)]
    assert channel_of(later).due_at > timezone.now()


def test_the_looks_follow_the_organizations_clock(rule: Rule, organization: Organization, mara: User) -> None:
    daily = rule(rhythm="daily", hour=8)
    before = channel_of(daily).due_at.astimezone(organization.zone)

    save_organization(organization=organization, by=mara, time_zone="Asia/Kolkata")

    daily.refresh_from_db()
    after = channel_of(daily).due_at.astimezone(daily.organization.zone)
    assert (before.hour, after.hour, str(after.tzinfo)) == (8, 8, "Asia/Kolkata")


def test_a_message_speaks_by_the_organizations_clock(rule: Rule, fails: Fails, mailoutbox: Any) -> None:
    floor = rule()
    fails(1)
    looks(floor)
    AlertChannel.objects.update(told_at=moment("2026-11-22T08:00+01:00"))
    fails(1)

    looks(floor)

    assert "since the last digest of Sun 22 Nov, 08:00" in mailoutbox[1].body


def test_a_channel_that_speaks_to_others_tells_anew(rule: Rule, fails: Fails, mara: User, mailoutbox: Any) -> None:
    floor = rule()
    fails(1)
    looks(floor)

    asked = {"name": "Show floor", "integration": None, "rhythm": "hourly", "hour": 8}
    rules.save_rule(organization=floor.organization, by=mara, rule=floor, addresses=["ops@halden.example"], **asked)
    looks(floor)

    assert [mail.to for mail in mailoutbox] == [["mara@halden.example"], ["ops@halden.example"]]


def test_a_look_costs_the_same_for_one_lead_and_for_thirty(
    rule: Rule, fails: Fails, django_assert_num_queries: Any
) -> None:
    floor = rule()

    def look_at(count: int) -> None:
        for number in range(count):
            fails(1, subject=f"Field {number}", cause="PERMISSION")
        AlertChannel.objects.update(due_at=timezone.now())
        with django_assert_num_queries(8):
            sending.run(channel_of_pk)

    channel_of_pk = channel_of(floor).pk
    look_at(1)
    look_at(30)


def test_no_secret_is_logged_or_written_down(
    rule: Rule, fails: Fails, slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    floor = rule(addresses=None, webhook=slack.webhook)
    fails(1)
    slack.answer("403 Forbidden", f"bad hook /services/{SECRET}".encode())
    with caplog.at_level(logging.DEBUG):
        looks(floor)
        slack.hang_up()
        looks(floor)

    # Not even by its last part.
    kept = [*caplog.messages, channel_of(floor).problem, *Change.objects.values_list("after", flat=True)]
    assert "could not be delivered" in caplog.text
    assert not [text for text in kept if SECRET.rpartition("/")[2] in text]
