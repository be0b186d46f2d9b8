"""Lists and counts that the figures do not hold: one page of a list, what a search finds, and what is counted only as
far as a person reads.

A search that finds few leads is counted exactly. One that finds a great many (`a`, the name of a large customer) would
take seconds to count; then the newest of each list are looked at, and the count says that it is about right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connections, router
from django.db.models import BigIntegerField, Count, FilteredRelation, Q, QuerySet, Value

from integrations.models import Integration
from leads.models import Headcount, Lead
from leads.words import TextSays, query_of
from reconciliation import figures
from reconciliation.models import Placement, SyncRecord
from reconciliation.records import STATES, AnyOf, Filters, SyncRecordQuerySet

# Counts are exact up to here, at least.
MOST = 10_000
# How many of a list are looked at to judge how much of it a frequent word finds.
SAMPLE = 1_000
# Of the beginning of a word it knows nothing of, Postgres expects two hundredths of all leads. More is knowledge.
UNHEARD = 0.03


def up_to(records: QuerySet[Any], most: int = MOST) -> int:
    """How many, at most one more than `most`."""
    return records.order_by()[: most + 1].count()


def said(count: int, *, rough: bool = False) -> str:
    """A count as people read it; a rough one with two digits that mean something."""
    if not rough or count < 100:
        return f"about {count:,}" if rough else f"{count:,}"
    digits = len(str(count)) - 2
    return f"about {round(count, -digits):,}"


@dataclass(frozen=True, slots=True)
class Search:
    """What a search means at one integration. Unless `frequent`, these leads and these records (found by what their
    error says) are all it finds.
    """

    text: str
    frequent: bool
    leads: tuple[int, ...] = ()
    records: tuple[int, ...] = ()

    @classmethod
    def of(cls, integration: Integration, text: str) -> Search:
        if not query_of(text):
            return cls(text, frequent=False)
        leads = Lead.objects.filter(organization=integration.organization_id).search(text)
        people = Headcount.objects.of(integration.organization_id)["people"]
        if _estimated(leads) > max(2 * MOST, people * UNHEARD):
            return cls(text, frequent=True)
        errors = SyncRecord.objects.of(integration).filter(~Q(message=""), Q(TextSays("message", text)))
        found: list[tuple[int, ...]] = []
        for rows in (leads, errors):
            found.append(tuple(rows.order_by().values_list("pk", flat=True)[: MOST + 1]))
            if len(found[-1]) > MOST:
                return cls(text, frequent=True)
        return cls(text, False, *found)

    def among(self, records: SyncRecordQuerySet) -> SyncRecordQuerySet:
        if self.frequent:
            return records.saying(self.text)
        leads, errors = (Value(list(numbers), ArrayField(BigIntegerField())) for numbers in (self.leads, self.records))
        return records.filter(Q(AnyOf("lead_id", leads)) | Q(AnyOf("id", errors)))


def listed(
    integration: Integration,
    filters: Filters,
    state: str,
    search: Search | None = None,
    *,
    after: tuple[datetime, int] | None = None,
) -> SyncRecordQuerySet:
    """One list, newest change first, from behind `after` on. Each choice of filters has an index in that order."""
    # Of an event, the placement alone says state and integration: said twice, Postgres reads the whole list as well.
    records = SyncRecord.objects.of(integration).in_state(state) if filters.event is None else SyncRecord.objects.all()
    if filters.cause:
        records = records.filter(cause=filters.cause).exclude(cause="")
    if filters.at_fault:
        records = records.filter(**filters.at_fault)
    if search is not None:
        records = search.among(records)
    if filters.event is None:
        return _page(records, filters.since, after, "changed_at", "id").newest_first()
    # One join, whatever is asked of it: each further filter on a plain relation would bring its own.
    placed = Q(placements__event=filters.event, placements__integration=integration.pk, placements__state=state)
    # The stubs do not know of relations made in a query.
    by_event: Any = records.alias(placed=FilteredRelation("placements", condition=placed)).filter(placed__state=state)
    by_event = _page(by_event, filters.since, after, "placed__changed_at", "placed__record")
    ordered: SyncRecordQuerySet = by_event.order_by("-placed__changed_at", "-placed__record")
    return ordered


def _page(records: Any, since: datetime | None, after: tuple[datetime, int] | None, moment: str, key: str) -> Any:
    if since is not None:
        records = records.filter(**{f"{moment}__gte": since})
    if after is not None:
        when, pk = after
        records = records.filter(Q(**{moment: when, f"{key}__lt": pk}) | Q(**{f"{moment}__lt": when})).filter(
            **{f"{moment}__lte": when}
        )
    return records


def tally(integration: Integration, filters: Filters, search: Search) -> tuple[dict[str, int], frozenset[str]]:
    """As `figures.tally`, of what the search finds; and the lists whose count is about right only."""
    rough: set[str] = set()
    counts = dict.fromkeys(STATES, 0)
    if search.frequent:
        whole = figures.tally(integration, filters)
        for state in STATES:
            counts[state], exact = _judged(integration, filters, state, search, whole[state])
            rough |= set() if exact else {state}
    else:
        found = search.among(SyncRecord.objects.of(integration).shown().matching(_without_text(filters)))
        counts |= dict(found.values_list("state").annotate(count=Count("id")).order_by())
    return {**counts, "all": sum(counts.values())}, frozenset(rough)


def by_event(integration: Integration, filters: Filters, search: Search) -> dict[int, dict[str, int]]:
    """As `figures.by_event`, of what a search finds that is not frequent."""
    found: dict[int, dict[str, int]] = {}
    records = search.among(SyncRecord.objects.of(integration).shown().matching(_without_text(filters)))
    placed = Placement.objects.filter(record__in=records.values("pk"))
    if filters.event:
        placed = placed.filter(event=filters.event)
    for event, state, count in placed.values_list("event", "state").annotate(count=Count("id")).order_by():
        found.setdefault(event, dict.fromkeys(STATES, 0))[state] = count
    return found


def _judged(integration: Integration, filters: Filters, state: str, search: Search, whole: int) -> tuple[int, bool]:
    """How many of a list the search finds, from the newest of it; and whether those were all."""
    newest: QuerySet[Any] = listed(integration, _without_text(filters), state).values("pk")
    if filters.event is not None and not filters.cause:
        placed = Placement.objects.filter(event=filters.event, integration=integration, state=state)
        newest = _page(placed, filters.since, None, "changed_at", "record").order_by("-changed_at", "-record")
        newest = newest.values("record")
    looked = min(SAMPLE, whole)
    found = SyncRecord.objects.filter(pk__in=newest[:SAMPLE]).saying(search.text).count() if looked else 0
    if whole <= SAMPLE:
        return found, True
    judged = round(found * whole / looked)
    # A hundred hits are right to a tenth, fewer are not.
    return (judged if found >= 100 else round(judged, 1 - len(str(judged)))), False


def _without_text(filters: Filters) -> Filters:
    return replace(filters, text="")


def _estimated(rows: QuerySet[Any]) -> int:
    """How many rows Postgres expects, by what it knows of the words."""
    with connections[router.db_for_read(rows.model)].cursor() as cursor:
        sql, params = rows.order_by().values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)  # an own query, explained
        plan = cursor.fetchone()[0]
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])
