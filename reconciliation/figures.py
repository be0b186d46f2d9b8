"""How many records stand where, without counting them: sums of `Figure`, which triggers keep in the transaction that
changes a record. Exact for every choice of event, cause and period; only a search has to be counted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connections, router, transaction
from django.db.models import QuerySet, Sum

from integrations.models import Integration
from leads.models import Headcount, Organization
from reconciliation.models import Figure, SyncRecord
from reconciliation.records import STATES, Filters

LOCK = 0x66696775  # "figu": one sums up at a time

_KEY = "integration, event, state, cause, subject, remote_field, refused_by_us, hour"
_COMPACT = f"""
WITH fresh AS (
    DELETE FROM reconciliation_figure WHERE NOT settled RETURNING {_KEY}, count
), known AS (
    DELETE FROM reconciliation_figure f USING (SELECT DISTINCT {_KEY} FROM fresh) k
    WHERE f.settled AND (f.integration, f.event, f.state, f.hour) = (k.integration, k.event, k.state, k.hour)
      AND (f.cause, f.subject, f.remote_field, f.refused_by_us) = (k.cause, k.subject, k.remote_field, k.refused_by_us)
    RETURNING {", ".join(f"f.{name.strip()}" for name in _KEY.split(","))}, f.count
)
INSERT INTO reconciliation_figure ({_KEY}, count, settled)
SELECT {_KEY}, sum(count), true FROM (SELECT * FROM fresh UNION ALL SELECT * FROM known) AS rows
GROUP BY {_KEY} HAVING sum(count) <> 0
"""  # noqa: S608 -- put together from the constants above
_COMPACT_HEADS = """
WITH fresh AS (
    DELETE FROM leads_headcount WHERE NOT settled RETURNING organization, people, captures
), known AS (
    DELETE FROM leads_headcount h USING (SELECT DISTINCT organization FROM fresh) k
    WHERE h.settled AND h.organization = k.organization RETURNING h.organization, h.people, h.captures
)
INSERT INTO leads_headcount (organization, people, captures, settled)
SELECT organization, sum(people), sum(captures), true
FROM (SELECT * FROM fresh UNION ALL SELECT * FROM known) AS rows
GROUP BY organization HAVING sum(people) <> 0 OR sum(captures) <> 0
"""
# Of each group how many, and what its newest and its oldest record say. The hours of the figures bound both looks.
_GROUPS = """
SELECT g.cause, g.subject, g.remote_field, g.refused_by_us, g.count, oldest.changed_at, newest.changed_at,
    newest.message, newest.value
FROM (
    SELECT cause, subject, remote_field, refused_by_us, sum(count)::bigint AS count, min(hour) AS low, max(hour) AS high
    FROM (
        SELECT cause, subject, remote_field, refused_by_us, hour, sum(count) AS count FROM reconciliation_figure
        WHERE integration = %(integration)s AND event = %(event)s AND state = 'failed'
            AND hour >= coalesce(%(since)s::timestamptz, '-infinity')
            AND (%(cause)s = '' OR cause = %(cause)s)
            AND (%(subject)s::text IS NULL OR subject = %(subject)s)
            AND (%(remote_field)s::text IS NULL OR remote_field = %(remote_field)s)
            AND (%(refused_by_us)s::boolean IS NULL OR refused_by_us = %(refused_by_us)s)
        GROUP BY cause, subject, remote_field, refused_by_us, hour HAVING sum(count) > 0
    ) AS hours GROUP BY cause, subject, remote_field, refused_by_us
) AS g
CROSS JOIN LATERAL ({newest}) AS newest
CROSS JOIN LATERAL ({oldest}) AS oldest
ORDER BY g.count DESC, g.cause, g.subject
"""
_ONE = """
SELECT r.changed_at, r.message, r.value FROM reconciliation_syncrecord r
WHERE r.integration_id = %(integration)s AND r.state = 'failed' AND r.dismissed_at IS NULL AND r.cause <> ''
    AND r.cause = g.cause AND r.subject = g.subject AND r.remote_field = g.remote_field
    AND r.refused_by_us = g.refused_by_us
    AND r.changed_at >= g.{hour} AND r.changed_at < g.{hour} + interval '1 hour'
    AND (%(event)s = 0 OR EXISTS (
        SELECT 1 FROM reconciliation_placement p WHERE p.record_id = r.id AND p.event_id = %(event)s))
ORDER BY r.changed_at {order}, r.id {order} LIMIT 1
"""
_GROUPS = _GROUPS.format(newest=_ONE.format(hour="high", order="DESC"), oldest=_ONE.format(hour="low", order="ASC"))


def tally(integration: Integration, filters: Filters) -> dict[str, int]:
    """How many are waiting, failed and cleared, and all of them. `filters.text` is not looked at."""
    counts = dict(_of(integration, filters).values_list("state").annotate(sum=Sum("count")).order_by())
    told = {state: int(counts.get(state, 0)) for state in STATES}
    return {**told, "all": sum(told.values())}


def groups(integration: Integration, filters: Filters) -> list[dict[str, Any]]:
    """The failed ones by root cause, as `SyncRecordQuerySet.grouped_by_cause` tells them; largest first."""
    asked = {
        "integration": integration.pk,
        "event": filters.event or 0,
        "since": filters.since,
        "cause": filters.cause,
        "subject": filters.subject,
        "remote_field": filters.remote_field,
        "refused_by_us": filters.refused_by_us,
    }
    names = ("cause", "subject", "remote_field", "refused_by_us", "count", "first", "last", "example", "value")
    with connections[router.db_for_read(Figure)].cursor() as cursor:
        cursor.execute(_GROUPS, asked)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_event(integration: Integration, filters: Filters) -> dict[int, dict[str, int]]:
    """Event id -> how many of its records are waiting, failed and cleared; events without any are left out."""
    rows = _hours(integration, filters).filter(event=filters.event) if filters.event else _hours(integration, filters)
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STATES, 0))
    for event, state, count in (
        rows.filter(event__gt=0).values_list("event", "state").annotate(sum=Sum("count")).order_by()
    ):
        if count and state in STATES:
            found[event][state] = int(count)
    return dict(found)


def failed_of(organization: Organization) -> int:
    """How many leads failed at all integrations of an organization."""
    found = Figure.objects.filter(integration__in=organization.integrations.values("pk"), event=0, state="failed")
    return found.aggregate(sum=Sum("count"))["sum"] or 0


def failed_for(integration: Integration, subject: str) -> int:
    """How many leads failed for one field or qualifier."""
    found = Figure.objects.filter(integration=integration.pk, event=0, state="failed", subject=subject)
    return found.aggregate(sum=Sum("count"))["sum"] or 0


def frozen(integration: Integration) -> int:
    """How many leads wait for the sync mode alone."""
    pushed = SyncRecord.objects.of(integration).filter(state="waiting", pushed=True, dismissed_at__isnull=True)
    return tally(integration, Filters())["waiting"] - pushed.count()


def never_asked(integration: Integration) -> int:
    """How many leads of the organization the integration was never asked to carry: one record is one lead."""
    asked = Figure.objects.filter(integration=integration.pk, event=0).aggregate(sum=Sum("count"))["sum"] or 0
    return max(Headcount.objects.of(integration.organization_id)["people"] - asked, 0)


def compact() -> None:
    """Make one row of the many that the triggers have added since the last time. Nobody waits for it, nobody reads
    a figure in between."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if cursor.fetchone()[0]:
            cursor.execute(_COMPACT)
            cursor.execute(_COMPACT_HEADS)


def _of(integration: Integration, filters: Filters) -> QuerySet[Figure]:
    return _hours(integration, filters).filter(event=filters.event or 0)


def _hours(integration: Integration, filters: Filters) -> QuerySet[Figure]:
    figures = Figure.objects.filter(integration=integration.pk)
    if filters.since is not None:
        figures = figures.filter(hour__gte=filters.since)
    if filters.cause:
        figures = figures.filter(cause=filters.cause)
    return figures.filter(**filters.at_fault)
