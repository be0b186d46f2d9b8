"""The Reconciliation tab: donut, the three lists, filters in the URL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.contract import Cause
from integrations.models import Integration
from integrations.views.page import open_destination, open_integration, page_context
from leads.access import OrgRequest, org_admin_required
from mobly_sync.replica import may_read_replica
from reconciliation import causes, exporting
from reconciliation import figures as sums
from reconciliation.board import LISTS, board, event_choices, filters_from
from reconciliation.models import BulkAction, Lane, SyncRecord
from reconciliation.records import Filters
from reconciliation.views import dismissed

PARTS = {"summary": "summary", "list": "listed", "rows": "rows"}
# A bulk action is told of for a day after its end; more than a few are never under way at once.
JOBS, JOBS_SHOWN = 10, timedelta(days=1)
PERIOD_LABELS = [
    ("today", "Last 24 hours"),
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("90", "Last 90 days"),
    ("all", "All time"),
]


@org_admin_required
@require_safe
@may_read_replica
def tab(request: OrgRequest, provider: str) -> HttpResponse:
    """The whole page, or the part that htmx asked for (`summary` while work is in flight, `list` with the figures on a
    filter, `rows` of a next page).
    """
    found = open_destination(request, provider)
    if found.integration is None:
        return render(request, "reconciliation/never_connected.html", page_context(found, "reconciliation"))
    seen = _forget_seen(request)
    context = page_context(found, "reconciliation", **board_context(request, found.integration, found.provider.name))
    part = PARTS.get(request.htmx.target or "") if request.htmx else None
    response = render(request, f"reconciliation/tab.html#{part}" if part else "reconciliation/tab.html", context)
    if part == "summary" and seen and seen != context["board"].seen:
        response["HX-Trigger"] = "leads-moved"
    return response


def _forget_seen(request: OrgRequest) -> str:
    """What the page showed when it asked again; taken off the query, so that no link on the page carries it."""
    query = request.GET.copy()
    seen = query.pop("seen", [""])[0]
    request.GET = query  # type: ignore[assignment]
    return seen


def jobs_context(integration: Integration) -> dict[str, Any]:
    """The bulk actions that are under way, and the last one that ended within a day."""
    lately = Q(ended_at__isnull=True) | Q(ended_at__gte=timezone.now() - JOBS_SHOWN)
    told = BulkAction.objects.filter(lately, integration=integration).select_related("by", "cancelled_by", "repair")
    jobs = list(told.defer("repair__record_ids")[:JOBS])
    under_way = [job for job in jobs if job.running]
    ended = [job for job in jobs if not job.running][:1]
    return {
        "jobs": [*under_way, *ended],
        "jobs_live": bool(under_way),
        "jobs_seen": "-".join(f"{job.pk}.{job.tenth if job.running else 'e'}" for job in [*under_way, *ended]),
    }


def board_context(request: OrgRequest, integration: Integration, vendor: str) -> dict[str, Any]:
    query = request.GET
    chosen = query.get("list", "")
    # Before the board: one that ends between the two is still shown under way, and its end fetches the lists anew.
    jobs = jobs_context(integration)
    shown = board(
        integration=integration,
        vendor=vendor,
        filters=filters_from(query),
        chosen=chosen if chosen in LISTS else "failed",
        by="event" if query.get("by") == "event" else "lead",
        after=query.get("after", ""),
        grouped=not query.get("q"),
    )
    return {
        "board": shown,
        **jobs,
        "dismissed": dismissed.last_of(request, integration),
        "reconciliation_count": shown.tally["failed"],
        "event_choices": event_choices(integration),
        "cause_choices": [cause.value for cause in Cause],
        "period_choices": PERIOD_LABELS,
        "period": query.get("period") or "30",
        "query": query,
        "filters_set": any(query.get(name) for name in ("q", "event", "cause", "subject", "period")),
    }


@org_admin_required
@require_safe
@may_read_replica
def badge(request: OrgRequest) -> HttpResponse:
    """How many leads failed in all integrations of the organization, for the navigation."""
    failed = sums.failed_of(request.organization)
    return render(request, "reconciliation/badge.html", {"failed": failed})


@org_admin_required
@require_safe
def tab_count(request: OrgRequest, provider: str) -> HttpResponse:
    """How many leads failed at this integration, for its tab bar."""
    found = open_destination(request, provider)
    failed = sums.tally(found.integration, Filters())["failed"] if found.integration else 0
    return render(request, "reconciliation/tab_count.html", {"failed": failed})


@org_admin_required
@require_safe
def figures(request: OrgRequest, provider: str) -> HttpResponse:
    """How many leads stand where at one destination, for its card on the list."""
    found = open_destination(request, provider)
    tally = sums.tally(found.integration, Filters()) if found.integration else {}
    return render(request, "reconciliation/figures.html", {"tally": tally, "integration": found.integration})


@org_admin_required
@require_safe
def budget(request: OrgRequest, provider: str) -> HttpResponse:
    """The day's calls at the vendor and how many of them Mobly leaves alone, for the Connect tab."""
    found = open_destination(request, provider)
    lane = Lane.objects.filter(pk=found.integration.pk).first() or Lane() if found.integration else None
    blocked = bool(lane and lane.blocked_until)
    context = {"provider": found.provider, "lane": lane, "budget": lane.budget if lane else None, "blocked": blocked}
    return render(request, "reconciliation/budget.html", context)


@org_admin_required
@require_safe
def frozen_count(request: OrgRequest, provider: str) -> HttpResponse:
    """How many leads a switch from Manual to Automatic releases, in words."""
    found = open_destination(request, provider)
    integration = found.integration
    frozen = sums.frozen(integration) if integration and integration.is_manual else 0
    return render(request, "reconciliation/frozen_count.html", {"frozen": frozen})


@org_admin_required
@require_safe
def retry_offer(request: OrgRequest, provider: str) -> HttpResponse:
    """For the tabs that fix things: how many leads failed for `subject` (a field or a qualifier), with a Retry
    button.
    """
    found = open_destination(request, provider)
    subject = request.GET.get("subject", "")[:200]
    count = sums.failed_for(found.integration, subject) if found.integration else 0
    context = {"provider": found.provider, "subject": subject, "count": count}
    return render(request, "reconciliation/retry_offer.html", context)


@org_admin_required
@require_safe
def cause_help(request: OrgRequest, provider: str, cause: str) -> HttpResponse:
    """What exactly this cause means at this vendor and what to do."""
    found = open_destination(request, provider)
    if cause not in causes.WORDS:
        raise Http404(f"There is no cause {cause}.")
    lines = causes.help_of(cause, vendor=found.provider.name)
    title = causes.headline(cause, vendor=found.provider.name)
    context = page_context(found, "reconciliation", cause=cause, title=title, lines=lines, fix=causes.fix_of(cause))
    return render(request, "reconciliation/help.html#help" if request.htmx else "reconciliation/help.html", context)


@org_admin_required
@require_safe
@may_read_replica
def export(request: OrgRequest, provider: str) -> StreamingHttpResponse:
    """The chosen list as a spreadsheet, streamed."""
    found, integration = open_integration(request, provider)
    chosen = request.GET.get("list", "")
    records = SyncRecord.objects.of(integration).matching(filters_from(request.GET))
    records = records.in_state(chosen) if chosen in LISTS else records.shown()
    lines = exporting.lines(integration=integration, vendor=found.provider.name, records=records)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.provider.key}-{chosen or "leads"}.csv"'
    return answer
