"""One history: an organization lives through deeds and misfortunes, is healed, drained and judged.

Everything that is decided follows from the seed: each step draws from a source of its own, so that how long something
took changes no later decision.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.crm import CRMS
from tests.faults import deeds, healing, judging, misfortunes
from tests.faults.ground import Ground
from tests.faults.judging import Problem
from tests.faults.misfortunes import HELD_POINTS, PATIENCE, STALL_SECONDS, Blow, Strike
from tests.faults.traps import wake
from tests.faults.world import World, made

VENDORS = tuple(CRMS)
BLOWS = 4
# A report of a death older than this says nothing about who holds the lane now, in seconds.
FRESH = 1.0


@dataclass(slots=True)
class Story:
    """What became of one history."""

    seed: int
    vendor: str
    steps: list[str] = field(default_factory=list)
    blows: list[tuple[str, bool]] = field(default_factory=list)
    leads: int = 0
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0


def dealt(seed: int) -> tuple[str, list[Strike]]:
    """The vendor and the misfortunes of a history. Over consecutive seeds each comes up as often as it is in the
    deck, in ever new company: they are dealt from one shuffled deck after the other."""
    vendor, place = VENDORS[seed % len(VENDORS)], seed // len(VENDORS)
    strikes = misfortunes.of_vendor(vendor)
    return vendor, [_from_deck(vendor, strikes, place * BLOWS + number) for number in range(BLOWS)]


def _from_deck(vendor: str, strikes: Sequence[Strike], position: int) -> Strike:
    number, place = divmod(position, len(strikes))
    deck = list(strikes)
    random.Random(f"{vendor} deck {number}").shuffle(deck)
    return deck[place]


def lived(ground: Ground, seed: int) -> Story:
    """Run the history of a seed from its beginning to its judgement."""
    began = time.monotonic()
    vendor, strikes = dealt(seed)
    story = Story(seed, vendor)
    ground.traps.disarm()
    with_leads = misfortunes.CONVERTED in strikes
    world = made(seed, ground.vendors[vendor], random.Random(f"{seed} world"), with_leads=with_leads)
    try:
        _Living(ground, world, story).through(strikes)
        story.problems = healing.healed(ground, world, story.steps)
        story.problems += judging.judged(ground, world)
        story.leads = world.organization.leads.count()
    except Exception:
        # No deed may fail otherwise than in words: a defect of the product, or of this program, and told as such.
        story.problems.append(Problem("wrong", traceback.format_exc()))
    finally:
        world.retire()
    story.seconds = time.monotonic() - began
    return story


@dataclass(slots=True)
class _Living:
    ground: Ground
    world: World
    story: Story
    number: int = 0
    known: int = 0
    began: float = field(default_factory=time.monotonic)

    def through(self, strikes: Sequence[Strike]) -> None:
        self.known = len(self.ground.traps.sprung())
        self._say(f"{self.world.vendor.label}, {self.world.integration.options}")
        for _ in range(self._rng().randint(2, 4)):
            self._deed(deeds.capture)
        self._deed(deeds.engage)
        self._deed(deeds.map_campaign)
        for strike in strikes:
            for _ in range(self._rng().randint(0, 2)):
                self._deed()
            self._strike(strike)
        for _ in range(self._rng().randint(0, 2)):
            self._deed()

    def _rng(self) -> random.Random:
        self.number += 1
        return random.Random(f"{self.story.seed} step {self.number}")

    def _say(self, words: str) -> None:
        self.story.steps.append(f"{time.monotonic() - self.began:5.1f} s  {words}")

    def _deed(self, deed: deeds.Deed | None = None) -> None:
        rng = self._rng()
        self._say(deeds.do(deed or deeds.chosen(rng), self.world, rng))
        self._tend()

    def _strike(self, strike: Strike) -> None:
        rng = self._rng()
        blow = strike(self.ground, self.world, rng)
        self._say(f"FAULT {blow.words}")
        for _ in range(rng.randint(1, 3)):
            self._deed()
        # Most are waited for; the others overlap with the next.
        if rng.random() < 0.8:
            self._await(blow)
        self.story.blows.append((blow.kind, blow.hit()))
        self.world.remember_secrets()

    def _await(self, blow: Blow) -> None:
        """Until it has hit, with work for the workers to do; not for ever."""
        until, nudges = time.monotonic() + PATIENCE, 0
        while not blow.hit() and time.monotonic() < until:
            if nudges < 3 and time.monotonic() > blow.at + 0.35 * (nudges + 1):
                nudges += 1
                rng = random.Random(f"{self.story.seed} nudge {self.number} {nudges}")
                self._say(f"and {deeds.do(deeds.nudge, self.world, rng)}")
            self.world.let_time_pass()
            self._tend()
            time.sleep(0.08)

    def _tend(self) -> None:
        """Look after the dead and the sleeping: leases of the dead end, sleepers wake once theirs have ended."""
        reports = self.ground.traps.sprung()
        for report in reports[self.known :]:
            age = time.time() - report.at
            if report.stall:
                if age < STALL_SECONDS:
                    return
                wake(report.pid)
            elif report.point in HELD_POINTS and age < FRESH:
                self.world.let_leases_end()
            self.known += 1
