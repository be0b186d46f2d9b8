"""What this browser dismissed last on an integration's tab, so that Undo stands there after a reload too, and without
scripts. Very many at once are a bulk action, with an Undo of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.models import Integration
from leads.access import OrgRequest
from reconciliation.models import SyncRecord

KEY = "dismissed_last"
# As long as the tab tells of a bulk action that ended.
OFFERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dismissed:
    """How many of them are still off the list."""

    count: int
    at: datetime


def remember(request: OrgRequest, integration: Integration, record_ids: Sequence[int]) -> None:
    """Nothing was dismissed, as by a second click: what is remembered stays."""
    if record_ids:
        now = {"at": timezone.now().isoformat(), "ids": list(record_ids)}
        request.session[KEY] = {**request.session.get(KEY, {}), str(integration.pk): now}


def take(request: OrgRequest, integration: Integration) -> list[int]:
    """The ids of the records, forgotten from now on."""
    kept = dict(request.session.get(KEY, {}))
    last = kept.pop(str(integration.pk), {"ids": []})
    request.session[KEY] = kept
    return list(last["ids"])


def last_of(request: OrgRequest, integration: Integration) -> Dismissed | None:
    """None where there is nothing to bring back. One query where something was dismissed within a day, else none."""
    last = request.session.get(KEY, {}).get(str(integration.pk))
    at = parse_datetime(last["at"]) if last else None
    if at is None or at < timezone.now() - OFFERED:
        return None
    gone = SyncRecord.objects.of(integration).filter(pk__in=last["ids"], dismissed_at__isnull=False)
    count = gone.count()
    return Dismissed(count, at) if count else None
