"""(g) What a person looks at with a million sync records of one integration, in milliseconds of the server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import psutil
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import Integration
from leads.models import Event, Member, Organization, User
from mobly_sync.stack.stack import Stack
from reconciliation.management.commands.make_records import integration_for
from reconciliation.models import Placement, SyncRecord
from reconciliation.rehearsal import make_records
from tests.bench.report import Bar, Report

VENDOR = "salesforce"
TURNS = 30
MOST = 150.0


def measure(folder: Path, report: Report, *, leads: int, say: Callable[[str], None]) -> None:
    """On servers of its own: nobody works while somebody looks."""
    with Stack(folder, workers=0, beat=False, sandbox_port=None):
        organization = Organization.objects.create(name="Rehearsal", slug="rehearsal")
        began = time.monotonic()
        make_records(
            integration=integration_for(organization, VENDOR),
            leads=leads,
            say=lambda done: say(f"  {done:,} leads are made"),
        )
        report.figures["records_made_in_s"] = time.monotonic() - began
        look(organization, report)


def look(organization: Organization, report: Report, *, turns: int = TURNS, only: str = "") -> None:
    """Ask for each page `turns` times, one after the other, and hold the slowest but one in twenty against the bar."""
    browser = _browser(organization)
    records = SyncRecord.objects.filter(organization=organization).count()
    table = report.table(
        f"(g) Looking at {records:,} sync records, milliseconds of the server",
        "page", "", "p50", "p95", "of it at work", "queries",
    )  # fmt: skip
    told = report.figures["looking"] = {}
    for name, address, target in _pages(organization):
        if only and only not in name:
            continue
        headers = {"HX-Request": "true", "HX-Target": target} if target else {}
        took, queries = [], 0
        browser.get(address, headers=headers)
        with CaptureQueriesContext(connection) as captured:
            browser.get(address, headers=headers)
            queries = len(captured)
        worked = _at_work()
        for _ in range(turns):
            began = time.perf_counter()
            answer = browser.get(address, headers=headers)
            took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise AssertionError(f"{address} answered {answer.status_code}")
        worked = 1000 * (_at_work() - worked) / turns
        took.sort()
        p50, p95 = took[len(took) // 2], took[min(len(took) - 1, round(len(took) * 0.95) - 1)]
        table.add_row(name, "", f"{p50:.0f}", f"{p95:.0f}", f"{worked:.0f}", str(queries))
        told[name] = {"p50": p50, "p95": p95, "worked": worked, "queries": queries}
        report.bar(Bar(f"looking, {name}: p95 in ms", p95, most=MOST))


def _at_work() -> float:
    """Seconds that this process and its Postgres backend have computed: what a busy machine takes away is not in it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0]).cpu_times()
    own = os.times()
    return own.user + own.system + backend.user + backend.system


def _browser(organization: Organization) -> Client:
    admin, _ = User.objects.get_or_create(email="mara@rehearsal.example")
    Member.objects.get_or_create(organization=organization, user=admin, defaults={"role": Member.Role.ADMIN})
    browser = Client()
    browser.force_login(admin)
    return browser


def _pages(organization: Organization) -> list[tuple[str, str, str]]:
    """(name, address, what htmx swaps: empty for a whole page)"""
    integration = Integration.objects.get(organization=organization, provider=VENDOR)
    placed = Placement.objects.filter(integration=integration).values_list("event").annotate(count=Count("id"))
    by_size = [event for event, _ in placed.order_by("-count")]
    newest, oldest = by_size[0], Event.objects.filter(pk__in=by_size).order_by("starts_on")[0].pk
    tab = reverse("reconciliation:tab", args=[VENDOR])

    def of(where: str, **query: object) -> str:
        return f"{where}?{urlencode(query)}"

    failed, cleared, waiting = ({"list": name, "period": "all"} for name in ("failed", "cleared", "waiting"))
    all_cleared = SyncRecord.objects.of(integration).in_state("cleared").newest_first()
    deep = all_cleared[all_cleared.count() // 2]
    pages = [
        ("failed, in groups", of(tab, **failed), ""),
        ("failed, in groups, 30 days", of(tab, list="failed", period="30"), ""),
        ("cleared, first page", of(tab, **cleared), ""),
        ("cleared, in the middle", of(tab, **cleared, after=f"{deep.changed_at.isoformat()}~{deep.pk}"), ""),
        ("Pre-Sync, first page", of(tab, **waiting), ""),
        ("cleared, last 24 hours", of(tab, list="cleared", period="today"), "list"),
        ("largest event, cleared", of(tab, **cleared, event=newest), "list"),
        ("largest event, groups", of(tab, **failed, event=newest), "list"),
        ("oldest event, cleared", of(tab, **cleared, event=oldest), "list"),
        ("oldest event, Pre-Sync", of(tab, **waiting, event=oldest), "list"),
        ("a cause", of(tab, **failed, cause="DATA_VALUE_VALIDATION"), "list"),
        ("a cause at an event", of(tab, **failed, cause="UNCONFIRMED", event=newest), "list"),
        ("by event", of(tab, **failed, by="event"), ""),
        ("by event, 30 days", of(tab, list="failed", period="30", by="event"), ""),
        ("search, a name, cleared", of(tab, **cleared, q="lovelace"), "list"),
        ("search, one lead", of(tab, **cleared, q="works 31 ada"), "list"),
        ("search, one e-mail", of(tab, **cleared, q="priya.1@works-31.example"), "list"),
        ("search, two letters", of(tab, **failed, q="ad"), "list"),
        ("search, an error", of(tab, **failed, q="country code"), "list"),
        ("search, nothing", of(tab, **failed, q="zzyzx"), "list"),
        ("search, a name at an event", of(tab, **cleared, q="okafor", event=oldest), "list"),
        ("the figures, asked again", of(tab, **failed), "summary"),
        ("bulk actions, asked again", reverse("reconciliation:jobs", args=[VENDOR]), "jobs"),
        ("card on Integrations", reverse("reconciliation:figures", args=[VENDOR]), ""),
        ("count on every tab", reverse("reconciliation:tab_count", args=[VENDOR]), ""),
        ("count in the navigation", reverse("reconciliation:badge"), ""),
        ("Frozen count", reverse("reconciliation:frozen_count", args=[VENDOR]), ""),
    ]
    parts = ("cause", "subject", "remote_field", "refused_by_us")
    groups = SyncRecord.objects.of(integration).failed().values_list(*parts).annotate(count=Count("id"))
    for cause, subject, field, ours, _ in groups.order_by("-count"):
        name = f"group {cause} {subject}".strip()
        pages.append((name, of(tab, **failed, cause=cause, subject=subject, field=field, ours=int(ours)), "list"))
    leads = reverse("leads:lead_list")
    for name, page in (("Connect", "connect"), ("Mapping", "mapping"), ("Campaigns", "campaigns")):
        pages.append((f"{name} tab", reverse(f"integrations:{page}", args=[VENDOR]), ""))
    uid = Event.objects.get(pk=oldest).uid
    return [
        *pages,
        ("Integrations", reverse("integrations:list"), ""),
        ("first steps", reverse("reconciliation:first_steps"), "first-steps"),
        ("Leads", leads, ""),
        ("Leads, an event", of(leads, event=uid), "list"),
        ("Leads, a source", of(leads, source="card_scan"), "list"),
        ("Leads, search", of(leads, q="lovelace"), "list"),
        ("Leads, search, one", of(leads, q="priya.1@works-31.example"), "list"),
    ]
