"""(b) How long a single lead takes from capture to Cleared, idle and during a backfill; (c) the pace of a long one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from rich.table import Table

from integrations.contract import Feature
from integrations.providers import PROVIDERS
from leads.capture import capture_lead
from leads.models import Capture, Upload
from leads.uploads import importing, intake
from reconciliation import actions
from reconciliation.models import SyncRecord
from tests.bench.intake import sheet
from tests.bench.report import Bar, Report
from tests.bench.stage import PATIENCE, BenchStuck, Case, Stage, World, until

IDLE_P95, BUSY_P95 = 3.0, 10.0
STEADY = 0.9
# The ends of a backfill that are compared.
PART = 2_000
# A vendor that takes one lead a call gets so many times fewer, or its backfill alone would take a quarter of an hour.
FEWER = 5
CASE = Case("flow", "a long backfill", companies=0)


def measure(stage: Stage, report: Report, *, leads: int, singles: int, with_flow: bool, with_singles: bool) -> None:
    fewer = [key for key in stage.vendors if backfill_of(key, leads) < leads]
    table = report.table(
        f"(b, c) A single lead, and a backfill of {leads:,} leads"
        + "".join(f"; of {backfill_of(key, leads):,} for {key}, which takes one a call" for key in fewer),
        "vendor", "what", "p50", "p95", "leads", "seconds", "leads/s", "first/s", "last/s", "last ÷ first",
    )  # fmt: skip
    table.caption = _limits(stage)
    worlds = {size: _filled(stage, size) for size in dict.fromkeys(backfill_of(key, leads) for key in stage.vendors)}
    for vendor, sandbox in stage.vendors.items():
        size = backfill_of(vendor, leads)
        world = worlds[size]
        sandbox.reset()
        sandbox.add_recommended_fields()
        stage.connect(world, vendor, CASE)
        figures = report.figures.setdefault("flow", {}).setdefault(vendor, {})
        with stage.far_away(vendor):
            pace = _pace(stage, world, size)
            stage.say(f"  {vendor}: {size:,} leads, {pace['seconds']:.1f} s")
            figures["backfill"] = pace
            if with_flow:
                table.add_row(
                    vendor, "backfill", "", "", f"{size:,}", f"{pace['seconds']:.1f}", f"{pace['per_second']:.0f}",
                    f"{pace['first']:.0f}", f"{pace['last']:.0f}", f"{pace['ratio']:.2f}",
                )  # fmt: skip
                ends = f"{pace['part']:,}"
                report.bar(Bar(f"{vendor}: last {ends} over first {ends}", pace["ratio"], least=STEADY))
            if with_singles:
                figures["idle"] = _told(table, vendor, "single, idle", _idle(world, singles))
                report.bar(Bar(f"{vendor}: single lead, idle, p95 in s", figures["idle"]["p95"], most=IDLE_P95))
                figures["busy"] = _told(table, vendor, f"single, during {size:,}", _busy(world, singles))
                report.bar(Bar(f"{vendor}: single lead, busy, p95 in s", figures["busy"]["p95"], most=BUSY_P95))
        stage.disconnect(world)
        # An account that is done with would weigh on the next one: all live in one process.
        sandbox.reset()
    if with_singles:
        first = next(iter(stage.vendors))
        _during_an_import(stage, report, table, first, rows=backfill_of(first, leads) // 2)


def backfill_of(vendor: str, leads: int) -> int:
    """How many leads of a backfill this vendor gets."""
    return leads if Feature.BATCHES in PROVIDERS[vendor].capabilities.has else max(2, leads // FEWER)


def _filled(stage: Stage, size: int) -> World:
    stage.say(f"  Preparing {size:,} leads")
    world = stage.world("flow")
    stage.fill(world, CASE, size)
    return world


def _limits(stage: Stage) -> str | None:
    """Under which of its limits a simulated vendor stands that counts them as the real one does."""
    plans = {key: sandbox.switches() for key, sandbox in stage.vendors.items()}
    told = [f"{key}: limits of the {said['plan']} plan" for key, said in plans.items() if said.get("plan")]
    return "; ".join(told) or None


def _during_an_import(stage: Stage, report: Report, table: Table, vendor: str, *, rows: int) -> None:
    """Singles captured while somebody imports a long list, which has to be enriched as well."""
    stage.vendors[vendor].reset()
    stage.vendors[vendor].add_recommended_fields()
    world = stage.world("list")
    stage.connect(world, vendor, CASE)
    with stage.far_away(vendor):
        upload = intake.take_in(
            organization=world.organization, by=world.admin, filename="list.csv", data=sheet(CASE, rows)
        )
        importing.start_import(upload=upload, event=world.event)
        captures: list[Capture] = []
        while _is_underway(world, upload):
            captures.append(_captured(world, f"list-{len(captures)}"))
            _sleep_unless(lambda: False, 1.0)
        waiting = world.records.filter(state=SyncRecord.State.WAITING)
        until(lambda: not waiting.exists(), waiting.count, "the imported leads to be carried", every=0.1)
        told = _told(table, vendor, f"single, importing {rows:,}", [_took(world, capture) for capture in captures])
    report.figures["flow"][vendor]["importing"] = told
    report.bar(Bar(f"{vendor}: single lead, during an import, p95 in s", told["p95"], most=BUSY_P95))
    stage.disconnect(world)


def _is_underway(world: World, upload: Upload) -> bool:
    bulk = world.records.filter(state=SyncRecord.State.WAITING, priority=SyncRecord.Priority.BULK)
    return Upload.objects.filter(pk=upload.pk).exclude(state=Upload.State.DONE).exists() or bulk.exists()


def _told(table: Table, vendor: str, what: str, took: list[float]) -> dict[str, float]:
    told = {"count": len(took), "p50": statistics.median(took), "p95": percentile(took, 0.95), "most": max(took)}
    table.add_row(vendor, what, f"{told['p50']:.2f} s", f"{told['p95']:.2f} s", f"{len(took)}")
    return told


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(len(ordered) * share * 100) // 100) - 1))]


# --- The long backfill ------------------------------------------------------------------------------------------------


def _pace(stage: Stage, world: World, leads: int) -> dict[str, float]:
    began = timezone.now()
    seconds = stage.carry_earlier_leads(world)
    ends = list(
        world.records.filter(cleared_at__isnull=False).order_by("cleared_at").values_list("cleared_at", flat=True)
    )
    part = min(PART, leads // 2)
    first = part / _between(began, ends[part - 1])
    last = part / _between(ends[-part - 1], ends[-1])
    return {
        "leads": leads,
        "part": part,
        "seconds": seconds,
        "per_second": leads / seconds,
        "first": first,
        "last": last,
        "ratio": last / first,
    }


def _between(one: datetime, other: datetime) -> float:
    return max(0.001, (other - one).total_seconds())


# --- Single leads -----------------------------------------------------------------------------------------------------


def _idle(world: World, singles: int) -> list[float]:
    took = []
    for number in range(singles):
        capture = _captured(world, f"idle-{number}")
        until(lambda pk=capture.lead_id: _cleared_at(world, pk) is not None, lambda: 0, "a single lead to be carried")
        took.append(_took(world, capture))
    return took


def _busy(world: World, singles: int) -> list[float]:
    """Singles captured one after the other while all earlier leads are sent anew, as after a change of the mapping."""
    assert world.integration is not None
    # Something to write: where a vendor's records are read first, equal values are left as they are.
    world.organization.leads.update(job_title=f"Head of Robotics, {world.integration.provider}")
    actions.resend(integration=world.integration, records=world.records, force=True)
    bulk = world.records.filter(state=SyncRecord.State.WAITING, priority=SyncRecord.Priority.BULK, forced=True)
    captures: list[Capture] = []
    while bulk.exists() and len(captures) < 10 * singles:
        captures.append(_captured(world, f"busy-{len(captures)}"))
        _sleep_unless(lambda: not bulk.exists(), 1.0)
    waiting = world.records.filter(state=SyncRecord.State.WAITING)
    until(lambda: not waiting.exists(), waiting.count, "the backfill and its singles to be carried", every=0.1)
    return [_took(world, capture) for capture in captures]


def _sleep_unless(over: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not over():
        time.sleep(0.25)


def _captured(world: World, name: str) -> Capture:
    stamp = f"{world.integration.provider}-{name}"
    return capture_lead(
        organization=world.organization,
        person={**CASE.person(0, "single"), "email": f"{stamp}@single.example", "last_name": stamp},
        source=Capture.Source.BADGE_SCAN,
        event=world.event,
        by=world.admin,
    ).capture


def _cleared_at(world: World, lead_id: int) -> datetime | None:
    record = world.records.filter(lead_id=lead_id).values("state", "cleared_at").first()
    return record["cleared_at"] if record and record["state"] == SyncRecord.State.CLEARED else None


def _took(world: World, capture: Capture) -> float:
    cleared = _cleared_at(world, capture.lead_id)
    if cleared is None:
        raise BenchStuck(f"A single lead was not cleared within {PATIENCE:.0f} s.")
    return (cleared - capture.created_at).total_seconds()
