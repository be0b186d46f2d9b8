"""A message in words: its title, the e-mail and the text for Slack, by the clock of the organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from reconciliation.alerting.change import Kind, Look
from reconciliation.alerting.standing import Group, Standing
from reconciliation.models import AlertRule

# More causes than this are counted, and stand on the tab.
MOST_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Section:
    """One integration of a message."""

    standing: Standing
    reconnected: bool
    recovered: bool

    @property
    def groups(self) -> Sequence[Group]:
        return self.standing.groups[:MOST_GROUPS]

    @property
    def more(self) -> int:
        return max(len(self.standing.groups) - MOST_GROUPS, 0)


@dataclass(frozen=True, slots=True)
class Digest:
    title: str
    mail: str
    slack: str


def compose(
    *, rule: AlertRule, look: Look, standings: Sequence[Standing], since: datetime | None, test: bool = False
) -> Digest:
    """What the rule says about these. `since` is the time of the last message, None for the first; a test says so."""
    sections = [
        Section(one, one.key in look.reconnected, one.key in look.recovered)
        for one in standings
        if one.failed or one.attention or one.key in look.recovered
    ]
    context = {
        "rule": rule,
        "organization": rule.organization,
        "sections": sections,
        "since": since,
        "test": test,
        "recovery": look.kind is Kind.RECOVERY,
        "link": f"{settings.PUBLIC_URL}{reverse('reconciliation:alerts')}",
    }
    with timezone.override(rule.organization.zone):
        title = " ".join(_rendered("title", context).split())[:300]
        context["title"] = title
        return Digest(title, _rendered("mail", context), _rendered("slack", context))


def _rendered(name: str, context: dict[str, Any]) -> str:
    return render_to_string(f"reconciliation/alerts/{name}.txt", context).strip() + "\n"
