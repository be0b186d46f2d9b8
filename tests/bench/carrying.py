"""(a) Calls and seconds of a first sync and of an unchanged one, beside the floor and the one-at-a-time client."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from integrations.providers import app_of
from reconciliation import actions
from tests.bench.floor import fewest_calls
from tests.bench.plain.measuring import seconds_per_lead
from tests.bench.report import Bar, Report
from tests.bench.stage import CASES, Case, Stage

# How many times faster than the one-at-a-time client.
TIMES_FASTER = {"salesforce": 80, "hubspot": 40, "pipedrive": 5, "zoho": 40}
CALLS_OVER_FLOOR = 1.25


@dataclass(frozen=True, slots=True)
class Row:
    vendor: str
    case: str
    leads: int
    calls: int
    floor: int
    seconds: float
    plain_seconds: float  # for as many leads, scaled from a few
    again_calls: int
    again_seconds: float

    @property
    def over_floor(self) -> float:
        return self.calls / self.floor

    @property
    def faster(self) -> float:
        return self.plain_seconds / self.seconds


def measure(stage: Stage, report: Report, *, leads: int, plain_leads: int, cases: list[str]) -> None:
    rows = []
    for vendor in stage.vendors:
        for case in (case for case in CASES if not cases or case.key in cases):
            rows.append(_row(stage, vendor, case, leads, plain_leads))
            stage.say(f"  {vendor}, {case.title}: {rows[-1].calls} calls, {rows[-1].seconds:.1f} s")
    _tell(report, rows)


def _row(stage: Stage, vendor: str, case: Case, leads: int, plain_leads: int) -> Row:
    sandbox = stage.vendors[vendor]
    sandbox.reset()
    sandbox.add_recommended_fields()
    world = stage.world(f"{vendor[:2]}{case.key}")
    stage.fill(world, case, leads)
    stage.connect(world, vendor, case)
    with stage.far_away(vendor):
        before = sandbox.stats()["calls"]
        seconds = stage.carry_earlier_leads(world)
        calls = sandbox.stats()["calls"] - before
        again = stage.carry(world, lambda: actions.resend(integration=world.integration, records=world.records))
        again_calls = sandbox.stats()["calls"] - before - calls
        people = [_plain_person(case, number, leads, plain_leads) for number in range(plain_leads + 1)]
        plain = seconds_per_lead(sandbox, case, people)
    stage.disconnect(world)
    floor = fewest_calls(vendor, case, leads, app_of(vendor).rows_per_request)
    return Row(vendor, case.key, leads, calls, floor, seconds, plain * leads, again_calls, again)


def _plain_person(case: Case, number: int, leads: int, plain_leads: int) -> dict[str, str]:
    """As many new companies to a hundred leads as the full run has."""
    share = Case(case.key, case.title, max(1, case.companies * plain_leads // leads) if case.companies else 0)
    return share.person(number, "plain")


def _tell(report: Report, rows: list[Row]) -> None:
    table = report.table(
        "(a) Calls and seconds per first sync, and of an unchanged one",
        "vendor", "case", "leads", "calls", "floor", "× floor", "seconds", "leads/s", "one at a time", "× faster",
        "again: calls", "seconds",
    )  # fmt: skip
    titles = {case.key: case.title for case in CASES}
    for row in rows:
        table.add_row(
            row.vendor, titles[row.case], f"{row.leads:,}", str(row.calls), str(row.floor), f"{row.over_floor:.2f}",
            f"{row.seconds:.1f}", f"{row.leads / row.seconds:.0f}", f"{row.plain_seconds:.0f} s", f"{row.faster:.0f}",
            str(row.again_calls), f"{row.again_seconds:.1f}",
        )  # fmt: skip
        name = f"{row.vendor}, {titles[row.case]}"
        report.bar(Bar(f"{name}: calls over the floor", row.over_floor, most=CALLS_OVER_FLOOR))
        report.bar(Bar(f"{name}: calls of an unchanged sync", row.again_calls, most=0))
        report.bar(Bar(f"{name}: times faster", row.faster, least=TIMES_FASTER[row.vendor]))
    report.figures["carrying"] = [_plain(row) for row in rows]


def _plain(row: Row) -> dict[str, Any]:
    return {**asdict(row), "over_floor": round(row.over_floor, 3), "faster": round(row.faster, 1)}
