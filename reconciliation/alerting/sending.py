"""Carrying what is due: claim a channel, look, send, settle. No request is made in a transaction.

A message is written at the moment it is sent, and is told once it has arrived: a try after an outage says how things
stand then, or nothing if they are as they were told. A worker that vanished loses nothing, because nothing was noted;
it doubles a message only if it vanished between its arrival and our note of it (docs/decisions.md).
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from reconciliation import policy
from reconciliation.alerting import channels
from reconciliation.alerting.change import Kind, Look, look, told_by
from reconciliation.alerting.channels import Undelivered
from reconciliation.alerting.digest import Digest, compose
from reconciliation.alerting.rhythm import Rhythm, next_due
from reconciliation.alerting.standing import Standing, standings
from reconciliation.models import AlertChannel, AlertRule

logger = logging.getLogger(__name__)

# Longer than any send takes.
LEASE = timedelta(seconds=180)
# A recovery waits so long for leads that a person sent again.
LATER = timedelta(minutes=2)


def due_channels(limit: int = 500) -> list[int]:
    """The ids of channels whose time has come, longest due first; one index serves it."""
    due = AlertChannel.objects.due(timezone.now()).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def run(channel_id: int) -> Kind | None:
    """One look of one channel, and the message it calls for. Answers what the look found; None if it was not due."""
    channel = _claim(channel_id)
    if channel is None:
        return None
    now, rule = timezone.now(), channel.rule
    found = _standings(rule, channel.told_at)
    seen = look(channel.told, found)
    if seen.kind is Kind.QUIET:
        _settle(channel, told=_still(channel.told, found), due_at=next_look(rule, now), tries=0)
    elif seen.kind is Kind.LATER:
        _settle(channel, due_at=now + LATER, tries=0)
    else:
        _speak(channel, seen, found, now)
    return seen.kind


def next_look(rule: AlertRule, after: datetime) -> datetime:
    return next_due(rhythm=Rhythm(rule.rhythm), hour=rule.hour, zone=rule.organization.zone, after=after)


def deliver(channel: AlertChannel, digest: Digest, *, not_admins: bool = False) -> None:
    """Raises `Undelivered`."""
    if channel.kind == AlertChannel.Kind.SLACK:
        channels.post(webhook=channel.webhook, text=digest.slack)
    else:
        recipients = channels.recipients_of(channel, not_admins=not_admins)
        channels.send_mail(recipients=recipients, title=digest.title, text=digest.mail)


# A channel that spoke. One that had nothing to say has not shown that it can.
WELL: dict[str, Any] = {"tries": 0, "problem": "", "problem_since": None, "gave_up": False}


def _claim(channel_id: int) -> AlertChannel | None:
    """The channel, ours for `LEASE`; None while another worker has it or it is not due."""
    now = timezone.now()
    with transaction.atomic():
        due = AlertChannel.objects.due(now).filter(pk=channel_id, rule__paused=False)
        channel = due.select_for_update(skip_locked=True, of=("self",)).select_related("rule__organization").first()
        if channel is not None:
            channel.claim_id, channel.lease_until = uuid.uuid4(), now + LEASE
            channel.save(update_fields=["claim_id", "lease_until"])
    return channel


def _standings(rule: AlertRule, since: datetime | None) -> list[Standing]:
    return standings(organization_id=rule.organization_id, integration_id=rule.integration_id, since=since)


def _speak(channel: AlertChannel, seen: Look, found: Sequence[Standing], now: datetime) -> None:
    told = {"told": told_by(found), "told_at": now, "due_at": next_look(channel.rule, now), **WELL}
    # The admins were written to the moment the vendor refused our credentials (`integrations.alerts`).
    mailed = seen.only_attention and channel.kind == AlertChannel.Kind.EMAIL
    if mailed and not channels.recipients_of(channel, not_admins=True):
        _settle(channel, **told)
        return
    digest = compose(rule=channel.rule, look=seen, standings=found, since=channel.told_at)
    try:
        deliver(channel, digest, not_admins=mailed)
    except Undelivered as failure:
        _settle(channel, **_after(failure, channel, timezone.now()))
        logger.warning("Alert channel %s could not be delivered: %s", channel.pk, failure.words)
        return
    _settle(channel, sent_at=timezone.now(), sent_title=digest.title, sent_text=digest.mail, **told)


def _after(failure: Undelivered, channel: AlertChannel, now: datetime) -> dict[str, Any]:
    """When to try again, by the same policy as leads; what will not pass by itself waits for the next look."""
    kind = policy.Kind.FAULTED if failure.cause else policy.Kind.REFUSED
    outcome = policy.Outcome(kind, failure.cause, wait=failure.wait)
    following = policy.next_state(outcome=outcome, tries=channel.tries, now=now, moved_on=False, jitter=random.random)
    gave_up = following.due_at is None
    return {
        "tries": 0 if gave_up else following.tries,
        "due_at": following.due_at or next_look(channel.rule, now),
        "problem": failure.words,
        "problem_since": channel.problem_since or now,
        "gave_up": gave_up or channel.gave_up,
    }


def _still(told: dict[str, Any], found: Sequence[Standing]) -> dict[str, Any]:
    """What was told, without integrations that were disconnected: their return is no recovery."""
    here = {one.key for one in found}
    return {key: said for key, said in told.items() if key in here}


def _settle(channel: AlertChannel, **fields: Any) -> None:
    """Only while the claim is ours: a rule that was edited meanwhile, or taken over, keeps what it has."""
    mine = AlertChannel.objects.filter(pk=channel.pk, claim_id=channel.claim_id)
    if not mine.update(claim_id=None, lease_until=None, **fields):
        logger.info("Alert channel %s was changed while it spoke; nothing of it is noted.", channel.pk)
