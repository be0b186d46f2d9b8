"""`make bench`: the engine measured against the arithmetic limit of each vendor's API and against a plain integration.

    python -m tests.bench --only a,c --leads 1000

Starts a stack of its own in a temporary folder: real servers, real workers, the simulated vendors with 150 ms added to
every call. Prints tables for people, the bars that were missed, and as its last line one JSON object. Ends with 1 when
a bar was missed, unless `--report-only` is given.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mobly_sync.settings")
django.setup()
logging.disable(logging.INFO)

from rich.console import Console  # noqa: E402 -- needs the setup above

from integrations.providers import PROVIDERS  # noqa: E402
from mobly_sync.stack.troubles import Trouble  # noqa: E402
from tests.bench import carrying, dispatching, flow, intake, looking  # noqa: E402
from tests.bench.memory import Watch  # noqa: E402
from tests.bench.report import Bar, Report  # noqa: E402
from tests.bench.stage import CASES, BenchStuck, staged  # noqa: E402

SECTIONS = "abcdefg"
MEMORY = 300


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, such as a,c (default: all)")
    each = "may be given several times (default: every one)"
    cases = [case.key for case in CASES]
    parser.add_argument("--vendor", action="append", choices=sorted(PROVIDERS), help=f"a vendor; {each}")
    parser.add_argument("--case", action="append", choices=cases, help=f"a case of a; {each}")
    numbers = {
        "leads": (1_000, "leads of one case of a"),
        "plain-leads": (20, "leads the one-at-a-time client carries"),
        "backfill": (20_000, f"leads of b and c; a vendor that takes one a call gets 1 in {flow.FEWER} of them"),
        "singles": (20, "single leads of b while nothing else happens"),
        "captures": (500, "captures of d"),
        "rows": (5_000, "rows of the file of d"),
        "records": (1_000_000, "sync records of g"),
        "latency": (150, "milliseconds added to every call to a vendor"),
    }
    for name, (default, meaning) in numbers.items():
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{meaning} (default: {default:,})"
        )
    parser.add_argument("--waiting", default=",".join(map(str, dispatching.SIZES)), help="waiting records of f")
    parser.add_argument("--explain", action="store_true", help="print the query plans of f")
    parser.add_argument("--report-only", action="store_true", help="end with 0 although a bar was missed")
    return parser.parse_args()


def main() -> int:
    wanted = arguments()
    # Wide enough for the tables also where the output goes into a file.
    console = Console() if sys.stdout.isatty() else Console(width=160)
    report = Report()
    sections = set(wanted.only.replace(",", ""))
    began = time.monotonic()
    # Told to end, it ends what it has started and leaves no folder behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    report.figures |= {"latency_ms": wanted.latency, "load_at_start": os.getloadavg()[0]}

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.0f} s[/] {text}", highlight=False)

    try:
        with tempfile.TemporaryDirectory(prefix="mobly-bench-", ignore_cleanup_errors=True) as folder:
            if sections - {"f", "g"}:
                _on_stage(Path(folder) / "stack", wanted, sections, report, say)
            if "f" in sections:
                say("Dispatching")
                sizes = tuple(int(size) for size in wanted.waiting.split(","))
                dispatching.measure(Path(folder) / "f", report, sizes=sizes, explain=wanted.explain, say=say)
            if "g" in sections:
                say("Looking")
                looking.measure(Path(folder) / "g", report, leads=wanted.records, say=say)
    except (Trouble, BenchStuck) as trouble:
        console.print(f"The benchmark stopped: {trouble}", markup=False)
        report.figures["stopped"] = str(trouble)
    except Exception as fault:
        # What half an hour has measured is told all the same.
        console.print_exception()
        report.figures["stopped"] = repr(fault)
    report.figures |= {"seconds": time.monotonic() - began, "load_at_end": os.getloadavg()[0]}
    report.print(console)
    sys.stdout.write(report.line() + "\n")
    missed = "stopped" in report.figures or any(not bar.met for bar in report.bars)
    return int(missed and not wanted.report_only)


def _on_stage(folder: Path, wanted: argparse.Namespace, sections: set[str], report: Report, say: object) -> None:
    folder.mkdir(mode=0o755)
    vendors = wanted.vendor or list(PROVIDERS)
    with staged(folder, wanted.latency, vendors, say) as stage, Watch(stage.stack) as memory:
        if "a" in sections:
            say("Carrying")
            carrying.measure(stage, report, leads=wanted.leads, plain_leads=wanted.plain_leads, cases=wanted.case or [])
        if sections & {"b", "c"}:
            say("Flowing")
            flow.measure(
                stage,
                report,
                leads=wanted.backfill,
                singles=wanted.singles,
                with_flow="c" in sections,
                with_singles="b" in sections,
            )
        if "d" in sections:
            say("Taking in")
            intake.measure(stage, report, captures=wanted.captures, rows=wanted.rows)
        memory.look()
        if "e" in sections:
            _tell_memory(report, memory)


def _tell_memory(report: Report, memory: Watch) -> None:
    table = report.table("(e) Memory at most, MB", "process", "", "resident", "its share")
    for role, peak in sorted(memory.peaks.items()):
        table.add_row(role, "", f"{peak:.0f}", f"{memory.shares.get(role, 0):.0f}")
        # The simulated vendors keep every record they were ever sent; they are not part of the product.
        if not role.startswith("sandbox"):
            report.bar(Bar(f"{role}: memory in MB", peak, most=MEMORY))
    report.figures["memory_mb"] = memory.peaks
    report.figures["memory_share_mb"] = memory.shares


if __name__ == "__main__":
    sys.exit(main())
