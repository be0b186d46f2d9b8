"""A handful of the histories that `make faults` runs by the hundred, over a stack of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.history import BLOWS, VENDORS, dealt
from tests.faults.misfortunes import COPIES, EVERYWHERE, ONLY, of_vendor
from tests.faults.traps import Traps

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_is_lost_doubled_stuck_or_wrong() -> None:
    command = [sys.executable, "-m", "tests.faults", "--runs", "6", "--seed", "2028"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["runs"] == 6
    assert said["leads"] > 30
    assert said["faults"] > 10
    assert [said[verdict] for verdict in ("lost", "doubled", "stuck", "wrong")] == [0, 0, 0, 0]


@pytest.mark.parametrize("vendor", VENDORS)
def test_consecutive_seeds_deal_what_all_vendors_have_equally_often_and_the_rest_more_often(vendor: str) -> None:
    deck = of_vendor(vendor)
    # So many histories of one vendor deal whole decks.
    seeds = range(VENDORS.index(vendor), len(VENDORS) * len(deck), len(VENDORS))

    struck = [strike for seed in seeds for strike in dealt(seed)[1]]

    assert len(struck) == len(deck) * BLOWS
    assert {struck.count(kind) for kind in EVERYWHERE} == {BLOWS}
    assert {struck.count(kind) for kind in ONLY[vendor]} == {BLOWS * COPIES}


def test_a_seed_deals_the_same_faults_each_time() -> None:
    assert dealt(77) == dealt(77)
    assert dealt(77) != dealt(77 + len(VENDORS))


def test_a_trap_waits_for_its_turn_at_its_own_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda _pid, signal: sent.append(signal))
    traps = Traps(tmp_path)
    trap = traps.arm("answered", skip=1)

    traps.passed("claimed")
    traps.passed("answered")
    assert (traps.sprung(), sent) == ([], [])
    traps.passed("answered")
    traps.passed("answered")

    assert [entry.number for entry in traps.sprung()] == [trap.number]
    assert len(sent) == 1
