"""What admins do with rules: make, change, pause, remove, test. Every change is written down (`leads.audit`)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.crypto import salted_hmac

from integrations.meanwhile import ChangedMeanwhile, refuse_older_state
from integrations.models import Integration
from leads.audit import differing, note
from leads.models import Change, Organization, User
from reconciliation.alerting import channels, sending
from reconciliation.alerting.change import Kind, Look
from reconciliation.alerting.channels import Undelivered
from reconciliation.alerting.digest import compose
from reconciliation.alerting.rhythm import Rhythm, hours_of
from reconciliation.alerting.standing import standings
from reconciliation.models import AlertChannel, AlertRule

KIND = AlertChannel.Kind
# What a channel knows of the past; a channel that speaks to others, or of other things, begins anew.
UNTOLD: Mapping[str, Any] = {"told": {}, "told_at": None, **sending.WELL}


class RuleRefused(Exception):
    """The rule cannot be like this; `field` of its form and a `sentence`."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


# A test on one channel is possible this long after the last one, whoever pressed the button.
BETWEEN_TESTS = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test on one channel; `words` are empty when it arrived. `wait`: it was not sent, because the
    next one is possible in so many seconds.
    """

    channel: AlertChannel
    words: str = ""
    wait: int = 0


def save_rule(
    *,
    organization: Organization,
    by: User,
    rule: AlertRule | None = None,
    name: str,
    integration: Integration | None,
    rhythm: str,
    hour: int,
    addresses: Sequence[str] | None,
    webhook: str | None = None,
    seen: str | None = None,
) -> AlertRule:
    """Make a rule, or change one. `seen` is the state (`state_of`) that the form was made from.

    `addresses`: None is no e-mail, empty is the admins. `webhook`: None keeps the one there is, empty takes it away.
    A channel that speaks to somebody else than before, or of other integrations, tells how things stand anew. Raises
    `RuleRefused`, `ChangedMeanwhile`.
    """
    if webhook and (fault := channels.webhook_fault(webhook)):
        raise RuleRefused("webhook", fault)
    fields = {"name": name, "integration": integration, "rhythm": rhythm, "hour": hour}
    try:
        with transaction.atomic():
            rule, before, moved = _stored(organization, rule, fields, seen=seen, by=by)
            _keep_channel(rule, KIND.EMAIL, moved, **({} if addresses is None else {"addresses": list(addresses)}))
            if webhook is not None:
                _keep_channel(rule, KIND.SLACK, moved, **({"webhook": webhook} if webhook else {}))
            elif moved:
                rule.channels.filter(kind=KIND.SLACK).update(**UNTOLD)
            if not rule.channels.exists():
                raise RuleRefused("email", "A rule speaks by e-mail, through Slack or both. Choose one.")
            _schedule(rule)
            was, now = differing(before, parts(rule))
            _note(rule, by, was, now)
    except IntegrityError as taken:
        raise RuleRefused("name", f"There is already a rule “{name}”.") from taken
    return rule


@transaction.atomic
def set_paused(*, rule: AlertRule, paused: bool, by: User) -> None:
    """Paused, a rule looks at nothing. Active again, it tells at its next time what differs from what it told last."""
    rule = AlertRule.objects.select_for_update().select_related("organization").get(pk=rule.pk)
    before = _state_words(rule)
    rule.paused = paused
    rule.save(update_fields=["paused"])
    _schedule(rule)
    _note(rule, by, before, _state_words(rule))


@transaction.atomic
def delete_rule(*, rule: AlertRule, by: User) -> None:
    was, _ = differing(parts(rule), {})
    _note(rule, by, was, "Removed")
    rule.delete()


def connect() -> None:
    """Hear of an organization whose clock changed."""
    post_save.connect(_clock_changed, sender=Organization, dispatch_uid="alerts-follow-the-clock")


def _clock_changed(instance: Organization, created: bool, update_fields: Collection[str] | None, **_: Any) -> None:
    if not created and (update_fields is None or "time_zone" in update_fields):
        reschedule(instance)


def reschedule(organization: Organization) -> None:
    """The next looks are at the hours of the organization's clock."""
    rules = AlertRule.objects.filter(organization=organization, paused=False).select_related("organization")
    for rule in rules:
        _schedule(rule)


def test_rule(*, rule: AlertRule) -> list[Tested]:
    """Send a test through each channel at once, labelled as such; it shows whether the channel can be delivered. A
    channel that was tested a moment ago is left alone.
    """
    through = list(rule.channels.select_related("rule__organization"))
    waits = {channel.pk: _wait(channel) for channel in through}
    if all(waits.values()):
        return [Tested(channel, wait=waits[channel.pk]) for channel in through]
    found = standings(organization_id=rule.organization_id, integration_id=rule.integration_id, since=None)
    digest = compose(rule=rule, look=Look(Kind.DIGEST), standings=found, since=None, test=True)
    results = []
    for channel in through:
        if wait := waits[channel.pk]:
            results.append(Tested(channel, wait=wait))
            continue
        try:
            sending.deliver(channel, digest)
        except Undelivered as failure:
            results.append(Tested(channel, failure.words))
            _mark(channel, failure.words, gave_up=channel.gave_up or failure.cause is None)
        else:
            results.append(Tested(channel))
            _mark(channel, "", gave_up=False)
    return results


def _wait(channel: AlertChannel) -> int:
    """Take the channel's turn for a test: 0, or the seconds until the next one. Of two at once one gets it."""
    now = timezone.now()
    free = Q(tested_at=None) | Q(tested_at__lte=now - BETWEEN_TESTS) | Q(tested_at__gt=now)
    if AlertChannel.objects.filter(free, pk=channel.pk).update(tested_at=now):
        return 0
    last = AlertChannel.objects.filter(pk=channel.pk).values_list("tested_at", flat=True).first() or now
    return max(1, math.ceil((last + BETWEEN_TESTS - now).total_seconds()))


def state_of(rule: AlertRule) -> str:
    """What an edited rule's form carries, as in `integrations.meanwhile`; of the webhook only a keyed hash."""
    by_kind = {channel.kind: channel for channel in rule.channels.all()}
    email, slack = by_kind.get(KIND.EMAIL), by_kind.get(KIND.SLACK)
    whom = ",".join(email.addresses) or "admins" if email else "none"
    hook = salted_hmac("reconciliation.alerting.rules", slack.webhook).hexdigest()[:16] if slack else ""
    return f"{rule.name}|{rule.integration_id or ''} {rule.rhythm} {rule.hour} {whom} {hook}"


def parts(rule: AlertRule) -> dict[str, str]:
    """A rule as people read it, label by label; the address of a webhook only by its last letters."""
    by_kind = {channel.kind: channel for channel in rule.channels.all()}
    email, slack = by_kind.get(KIND.EMAIL), by_kind.get(KIND.SLACK)
    return {
        "Name": rule.name,
        "Of": rule.vendor or "All integrations",
        "Looks": when_words(rule),
        "Email": (", ".join(email.addresses) or "Admins") if email else "",
        "Slack": slack.hint if slack else "",
    }


def when_words(rule: AlertRule) -> str:
    """`Hourly`, `Twice daily at 08:00 and 16:00`, `Mondays at 08:00`."""
    hours = " and ".join(f"{hour:02}:00" for hour in hours_of(Rhythm(rule.rhythm), rule.hour))
    label = "Mondays" if rule.rhythm == AlertRule.Rhythm.WEEKLY else rule.get_rhythm_display()
    return f"{label} at {hours}" if hours else label


def _stored(
    organization: Organization, rule: AlertRule | None, fields: dict[str, Any], *, seen: str | None, by: User
) -> tuple[AlertRule, dict[str, str], bool]:
    """The saved rule, what it was before, and whether it speaks of other integrations now."""
    if rule is None:
        return AlertRule.objects.create(organization=organization, **fields), {}, False
    locked = AlertRule.objects.select_for_update(of=("self",)).select_related("organization", "integration")
    found = locked.filter(pk=rule.pk).first()
    if found is None:
        raise ChangedMeanwhile("Removed meanwhile by another admin, or in another window.")
    rule, before, scope = found, parts(found), found.integration_id
    holds = "; ".join(f"{label} {said}" for label, said in before.items() if said)
    refuse_older_state(state_of(rule), seen, last=_last_change(rule), by=by, holds=holds)
    for field, value in fields.items():
        setattr(rule, field, value)
    rule.save(update_fields=list(fields))
    return rule, before, scope != rule.integration_id


def _last_change(rule: AlertRule) -> Change | None:
    said = Change.objects.filter(organization=rule.organization_id, area=Change.Area.ALERTS, subject=_subject(rule))
    return said.newest_first().first()


def _subject(rule: AlertRule) -> str:
    return f"Rule {rule.name}"


def _keep_channel(rule: AlertRule, kind: str, moved: bool, **where: Any) -> None:
    """Make, change or (without a `where`) remove the channel of this kind."""
    channel = rule.channels.filter(kind=kind).first()
    if not where:
        rule.channels.filter(kind=kind).delete()
    elif channel is None:
        AlertChannel.objects.create(rule=rule, kind=kind, **where)
    elif moved or any(getattr(channel, field) != value for field, value in where.items()):
        for field, value in {**UNTOLD, **where}.items():
            setattr(channel, field, value)
        channel.save()


def _schedule(rule: AlertRule) -> None:
    """When the channels look next. Whoever works on one of them right now notes nothing of it any more."""
    due_at = None if rule.paused else sending.next_look(rule, timezone.now())
    rule.channels.update(due_at=due_at, tries=0, claim_id=None, lease_until=None)


def _mark(channel: AlertChannel, words: str, *, gave_up: bool) -> None:
    fields: dict[str, Any] = {"problem": words, "gave_up": gave_up, "problem_since": None}
    if words:
        fields["problem_since"] = channel.problem_since or timezone.now()
    elif channel.problem and channel.due_at:
        # What could not be told so far need not wait for the next hour of the rule.
        fields["due_at"] = timezone.now()
    AlertChannel.objects.filter(pk=channel.pk).update(**fields)


def _state_words(rule: AlertRule) -> str:
    return "Paused" if rule.paused else "Active"


def _note(rule: AlertRule, by: User, before: str, after: str) -> None:
    provider = rule.integration.provider if rule.integration else ""
    note(
        organization=rule.organization,
        by=by,
        area=Change.Area.ALERTS,
        subject=_subject(rule),
        before=before,
        after=after,
        provider=provider,
    )
