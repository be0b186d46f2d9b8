"""What the Reconciliation tab shows: figures, the chosen list and why each lead stands where it stands. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from integrations import mapping
from integrations.models import Integration
from leads.models import Event, Lead
from reconciliation import causes, counting, figures
from reconciliation.models import Lane, SyncRecord
from reconciliation.records import Filters, SyncRecordQuerySet
from reconciliation.rows import Row, about, rests, rows_of

PERIODS = {"today": 1, "7": 7, "30": 30, "90": 90, "all": None}
LISTS = ("waiting", "failed", "cleared")


@dataclass(frozen=True, slots=True)
class Group:
    """One root cause at one remote field, refused by one side: `key` names it in forms, `slug` in ids."""

    cause: str
    subject: str
    headline: str
    help: list[str]
    fix: causes.Words
    refused_by_us: bool
    count: int
    first: datetime
    last: datetime
    remote_field: str = ""

    @property
    def key(self) -> str:
        return f"{self.cause}|{int(self.refused_by_us)}|{self.remote_field}|{self.subject}"

    @property
    def slug(self) -> str:
        """Readable, and different for each key: a subject may have no Latin letter, or differ in a sign alone."""
        mark = hashlib.sha256(self.key.encode()).hexdigest()[:8]
        return "-".join(filter(None, [slugify(self.cause.replace("_", "-")), slugify(self.subject)[:60], mark]))


@dataclass(frozen=True, slots=True)
class Slice:
    """One arc of the donut, in hundredths of the circle."""

    state: str
    length: float
    offset: float

    @property
    def dasharray(self) -> str:
        return f"{self.length:.1f} {100 - self.length:.1f}"

    @property
    def dashoffset(self) -> str:
        return f"-{self.offset:.1f}"


@dataclass(slots=True)
class Board:
    """The tab for one integration and one choice of filters."""

    integration: Integration
    vendor: str
    filters: Filters
    chosen: str
    by: str
    tally: dict[str, int] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    groups: Sequence[Group] = ()
    events: Sequence[dict[str, Any]] = ()
    next_page: str = ""
    matching: int = 0
    # The lists of which a frequent word was counted from a sample.
    rough: frozenset[str] = frozenset()
    # Such a word cannot be told event by event.
    too_many: bool = False
    live: bool = False
    # Connected, and nothing leaves before a field of a person is mapped.
    unmapped: bool = False
    earlier: int = 0
    stale: int = 0
    closed_until: datetime | None = None

    @property
    def total(self) -> int:
        return self.tally["all"]

    @property
    def listed(self) -> int:
        return self.tally[self.chosen]

    @property
    def shown_count(self) -> int:
        """How many the chosen list holds with every filter."""
        return self.matching if self.filters.cause else self.listed

    @property
    def said(self) -> dict[str, str]:
        """The figures as people read them: exact, or `about 412,000` where a sample had to do."""
        rough = {**dict.fromkeys(self.rough), **({"all": None} if self.rough else {})}
        return {name: counting.said(count, rough=name in rough) for name, count in self.tally.items()}

    @property
    def brief(self) -> dict[str, str]:
        """The same where room is short."""
        return {name: text.replace("about ", "≈") for name, text in self.said.items()}

    @property
    def listed_said(self) -> str:
        if self.filters.cause:
            return counting.said(self.matching, rough=bool(self.rough))
        return self.said[self.chosen]

    @property
    def stale_said(self) -> str:
        return f"{counting.MOST:,}+" if self.stale > counting.MOST else f"{self.stale:,}"

    @property
    def done(self) -> int:
        return self.total - self.tally["waiting"]

    @property
    def seen(self) -> str:
        """The figures in one word: another word means that leads have moved."""
        return "-".join(str(self.tally[state]) for state in LISTS)

    @property
    def shares(self) -> dict[str, str]:
        return {state: _share(self.tally[state], self.total) for state in LISTS}

    @property
    def slices(self) -> list[Slice]:
        offset, slices = 0.0, []
        for state in ("cleared", "failed", "waiting"):
            share = 100 * self.tally[state] / self.total if self.total else 0.0
            if share:
                # A hairline of ground between two arcs, and never an arc too thin to see.
                slices.append(Slice(state, max(share - 0.8, 0.6) if share < 100 else 100, offset))
            offset += share
        return slices

    @property
    def describes(self) -> str:
        shares = self.shares
        told = f"{shares['cleared']} cleared, {shares['failed']} failed, {shares['waiting']} in Pre-Sync"
        return f"{self.said['all']} {'lead' if self.total == 1 else 'leads'}: {told}"


def board(
    *,
    integration: Integration,
    vendor: str,
    filters: Filters,
    chosen: str,
    by: str = "lead",
    after: str = "",
    grouped: bool = True,
) -> Board:
    """The whole tab; a constant number of queries."""
    shown = Board(integration, vendor, filters, chosen, by)
    search = counting.Search.of(integration, filters.text) if filters.text.strip() else None
    unbounded = _without_cause(filters)
    shown.tally, shown.rough = _tally(integration, unbounded, search)
    lane = Lane.objects.filter(pk=integration.pk).first()
    shown.unmapped = integration.is_connected and not mapping.persona_mapped(integration)
    shown.live = not shown.unmapped and _live(integration, lane)
    shown.earlier, shown.stale = _left_behind(integration)
    if filters.cause:
        shown.matching = _tally(integration, filters, search)[0][chosen]
    shown.closed_until = (
        lane.closed_until if lane and lane.closed_until and lane.closed_until > timezone.now() else None
    )
    if by == "event":
        shown.too_many = search is not None and search.frequent
        shown.events = [] if shown.too_many else _by_event(integration, filters, search)
    elif chosen == "failed" and grouped and not filters.cause and search is None:
        shown.groups = [_group(row, vendor) for row in figures.groups(integration, filters)]
    else:
        shown.rows, shown.next_page = rows_of(integration, filters, chosen, vendor, after, search)
    return shown


def _tally(
    integration: Integration, filters: Filters, search: counting.Search | None
) -> tuple[dict[str, int], frozenset[str]]:
    if search is None:
        return figures.tally(integration, filters), frozenset()
    return counting.tally(integration, filters, search)


def groups_of(records: SyncRecordQuerySet, vendor: str) -> list[Group]:
    """The groups among these records, counted one by one: for what a person has in hand, not for a whole list."""
    return [_group(row, vendor) for row in records.grouped_by_cause()]


def _group(row: dict[str, Any], vendor: str) -> Group:
    return Group(
        cause=row["cause"],
        subject=row["subject"],
        headline=_group_headline(row, vendor),
        help=causes.help_of(row["cause"], vendor=vendor),
        fix=causes.fix_of(row["cause"]),
        refused_by_us=row["refused_by_us"],
        count=row["count"],
        first=row["first"],
        last=row["last"],
        remote_field=row["remote_field"],
    )


def _by_event(integration: Integration, filters: Filters, search: counting.Search | None) -> list[dict[str, Any]]:
    """How the records of each event stand: event id, name and the three counts, newest event first."""
    counts = (
        figures.by_event(integration, filters) if search is None else counting.by_event(integration, filters, search)
    )
    events = Event.objects.filter(pk__in=counts).order_by(F("starts_on").desc(nulls_last=True), "name")
    return [{"id": event.pk, "name": event.name, **counts[event.pk]} for event in events.only("id", "name")]


def filters_from(query: Any, *, now: datetime | None = None) -> Filters:
    """Filters from a query string; what cannot be read is left out, a wrong link still shows the tab.

    An address that says who refused (`ours`) names one group: then subject and field are meant as they stand there,
    empty ones too. Without it, as in addresses people kept, what is empty means any.
    """
    event = query.get("event", "")
    period = query.get("period") or "30"
    days = PERIODS.get(period, 30)
    # From a full hour on: the figures are kept by the hour, and a page that is asked for again means the same leads.
    hour = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    since = hour - timedelta(days=days) if days else None
    cause = query.get("cause", "") if query.get("cause", "") in causes.WORDS else ""
    ours = {"1": True, "0": False}.get(query.get("ours", "")) if cause else None
    subject, remote_field = (query.get(name, "").replace("\x00", "")[:200] for name in ("subject", "field"))
    return Filters(
        event=int(event) if str(event).isdecimal() and len(str(event)) < 16 else None,
        cause=cause,
        subject=subject if ours is not None else subject or None,
        remote_field=remote_field if ours is not None else remote_field or None,
        refused_by_us=ours,
        text=query.get("q", "")[:200].replace("\x00", ""),
        since=since,
    )


def event_choices(integration: Integration) -> list[Event]:
    return list(Event.objects.filter(organization_id=integration.organization_id).only("id", "name"))


def _without_cause(filters: Filters) -> Filters:
    return Filters(event=filters.event, text=filters.text, since=filters.since)


def _group_headline(row: dict[str, Any], vendor: str) -> str:
    if row["refused_by_us"] and row["count"] == 1:
        return row["example"]
    subject = about(row["cause"], row["subject"], row["example"])
    return causes.headline(row["cause"], vendor=vendor, subject=subject, value=row.get("value", ""))


def _live(integration: Integration, lane: Lane | None) -> bool:
    """Whether something is on its way or will be within seconds: only then does the page ask again."""
    records = SyncRecord.objects.of(integration)
    if records.in_flight().exists():
        return True
    if lane is not None and lane.closed_until and lane.closed_until > timezone.now() + timedelta(seconds=10):
        return False
    if not integration.is_connected or (lane is not None and rests(lane)):
        return False
    due, enriching = records.due(timezone.now() + timedelta(seconds=10)), _enriching(integration)
    if lane is not None and lane.budget.spent(timezone.now()):
        # Only what people pushed goes on, while anything does.
        if lane.budget.exhausted(timezone.now()):
            return False
        due, enriching = due.filter(pushed=True), enriching.filter(pushed=True)
    return any(found.allowed(integration).exists() for found in (due, enriching))


def _enriching(integration: Integration) -> SyncRecordQuerySet:
    """Waiting records of leads in enrichment: a few of many, so that they are found by the leads."""
    pending = Lead.objects.filter(organization_id=integration.organization_id, enrichment=Lead.Enrichment.PENDING)
    return SyncRecord.objects.of(integration).waiting().filter(lead__in=pending)


def _left_behind(integration: Integration) -> tuple[int, int]:
    """Leads met before the connection, and leads that were sent with older mappings (these up to `counting.MOST`)."""
    if not integration.is_connected:
        return 0, 0
    stale = (
        SyncRecord.objects.of(integration).cleared().filter(setup_sent__lt=integration.setup_version, setup_sent__gt=0)
    )
    return figures.never_asked(integration), counting.up_to(stale)


def _share(part: int, total: int) -> str:
    if part == total:
        return "100%" if part else "0%"
    return f"{100 * part / total:.1f}%" if part else "0%"
