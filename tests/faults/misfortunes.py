"""What goes wrong in a history. A misfortune is struck, and later knows whether it really hit: a worker says that it is
about to die, the vendor's switches count down with each answer they spoil, the rest looks at what it did.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from integrations.models import Credential, Integration
from mobly_sync import points
from reconciliation import actions
from tests.crm import named
from tests.faults import deeds
from tests.faults.ground import Ground
from tests.faults.world import World

# How long a fault that needs a lead at the vendor waits for one, in seconds.
PATIENCE = 3.0
# A stalled worker wakes up this long after: longer than its lease.
STALL_SECONDS = 2.4
HELD_POINTS = (points.CLAIMED, points.BEFORE_DELIVERY, points.ANSWERED, points.DELIVERED)


@dataclass(slots=True)
class Blow:
    """One misfortune that was struck. `hit` says whether it has really happened."""

    kind: str
    words: str
    hit: Callable[[], bool]
    at: float = field(default_factory=time.monotonic)


Strike = Callable[[Ground, World, random.Random], Blow]


# --- Workers --------------------------------------------------------------------------------------------------------


def _kill(point: str, ground: Ground, world: World, rng: random.Random) -> Blow:
    # Requests are many in a batch: any of the first few. The other points come once in a batch.
    skip = rng.randrange(5) if point == points.ANSWERED else 0
    trap = ground.traps.arm(point, skip=skip)
    if point == points.REFRESHED:
        world.vendor.faults(expired_token=True)
        actions.push_lead(integration=world.integration, lead=world.leads[0])
    return Blow(
        f"killed: {point}", f"a worker dies at “{point}” after {skip} more", partial(_sprung, ground, trap.number)
    )


def _stall(ground: Ground, world: World, rng: random.Random) -> Blow:
    point = rng.choice(HELD_POINTS)
    skip = rng.randrange(5) if point == points.ANSWERED else 0
    trap = ground.traps.arm(point, skip=skip, stall=True)
    return Blow("stalled worker", f"a worker loses its lease at “{point}” after {skip} more",
                partial(_sprung, ground, trap.number))  # fmt: skip


def _sprung(ground: Ground, number: int) -> bool:
    return any(entry.number == number for entry in ground.traps.sprung())


def _worker_killed(ground: Ground, world: World, rng: random.Random) -> Blow:
    ground.kill_worker()
    return Blow("killed: whole worker", "a worker dies with all its children", _at_once)


def _at_once() -> bool:
    return True


# --- Servers --------------------------------------------------------------------------------------------------------


def _redis_flushed(ground: Ground, world: World, rng: random.Random) -> Blow:
    ground.flush_redis()
    return Blow("Redis flushed", "Redis is flushed", _at_once)


def _redis_restarted(ground: Ground, world: World, rng: random.Random) -> Blow:
    ground.restart_redis()
    return Blow("Redis restarted", "Redis is killed and starts again", _at_once)


def _postgres_restarted(ground: Ground, world: World, rng: random.Random) -> Blow:
    ground.restart_postgres()
    return Blow("Postgres restarted", "Postgres is stopped at once and starts again", _at_once)


# --- The line -------------------------------------------------------------------------------------------------------


def _line(kind: str, switch: str, most: int, ground: Ground, world: World, rng: random.Random) -> Blow:
    """The next few answers are spoiled, anywhere or at one step of the delivery."""
    count = rng.randint(1, most)
    path = rng.choice(world.vendor.steps) if rng.random() < 0.5 else ""
    world.vendor.faults(**{switch: count, "path": path})
    return _spoiling(world, kind, switch, count, f"the next {count} at “{path}”")


def _throttled(retry_after: int, ground: Ground, world: World, rng: random.Random) -> Blow:
    count = rng.randint(1, 3)
    world.vendor.faults(rate_limit_next=count, rate_limit_retry_after=retry_after, path="")
    kind = f"429 {'with' if retry_after else 'without'} Retry-After"
    return _spoiling(world, kind, "rate_limit_next", count, f"the next {count}")


def _spoiling(world: World, kind: str, switch: str, count: int, words: str) -> Blow:
    return Blow(kind, f"{kind}: {words}", lambda: world.vendor.switches()[switch] < count)


def _locked(ground: Ground, world: World, rng: random.Random) -> Blow:
    switch, count = world.vendor.lock, rng.randint(1, 3)
    world.vendor.faults(**{switch: count})
    return _spoiling(world, "record locked", switch, count, f"the next {count} rows")


def _search_lags(ground: Ground, world: World, rng: random.Random) -> Blow:
    """Hit once somebody searched while the index was behind: somebody new has to be looked for."""
    world.vendor.faults(search_lag=float(rng.choice([2, 5, 30])))
    before = world.vendor.searches()
    deeds.do(deeds.open_up, world, rng)
    actions.push_lead(integration=world.integration, lead=world.capture(rng))
    return Blow("search index lag", "the search index falls behind", lambda: world.vendor.searches() > before)


# --- Access ---------------------------------------------------------------------------------------------------------


def _expired(ground: Ground, world: World, rng: random.Random) -> Blow:
    before = _refreshed_at(world)
    world.vendor.faults(expired_token=True)
    return Blow("token expired", "the access token expires", lambda: _refreshed_at(world) != before)


def _refreshed_at(world: World) -> datetime | None:
    found: datetime | None = (
        Credential.objects.filter(integration=world.integration).values_list("refreshed_at", flat=True).first()
    )
    return found


def _expired_with_rotation(ground: Ground, world: World, rng: random.Random) -> Blow:
    world.vendor.faults(refresh_rotation=True, refresh_race=rng.randrange(2))
    blow = _expired(ground, world, rng)
    return Blow("token rotated", "the access token expires, and its refresh token is good for one use", blow.hit)


def _revoked(ground: Ground, world: World, rng: random.Random) -> Blow:
    world.vendor.faults(revoked_app=True)
    return Blow("token revoked", "the app is revoked at the vendor", lambda: not _is_trusted(world))


def _is_trusted(world: World) -> bool:
    trusted = (Integration.Status.CONNECTED, Integration.Status.DISABLED)
    return world.fresh().status in trusted


# --- People at the vendor -------------------------------------------------------------------------------------------


def _behind_our_back(kind: str, ground: Ground, world: World, rng: random.Random) -> Blow:
    """Somebody at the vendor does something to a record of ours; then its lead is pushed."""
    survives = rng.random() < 0.4
    deeds.do(deeds.open_up, world, rng)
    # Only somebody new is sure to be a Lead still.
    lead = world.capture(rng) if kind == "converted" else rng.choice(world.leads)
    actions.push_lead(integration=world.integration, lead=lead)
    until = time.monotonic() + PATIENCE
    found = []
    while not found and time.monotonic() < until:
        world.let_time_pass()
        found = named(world.vendor.persons(), lead.last_name)
        found = [person for person in found if kind != "converted" or person.object == "Lead"]
        time.sleep(0 if found else 0.1)
    if found:
        world.touched.add(lead.pk)
        with world.vendor.undisturbed():
            if kind == "deleted":
                world.vendor.remove(found[0])
            elif kind == "merged":
                world.vendor.merge(found[0], survives=survives)
            else:
                world.vendor.convert(found[0])  # type: ignore[attr-defined]
        actions.push_lead(integration=world.integration, lead=lead)
    happened = bool(found)
    said = "is there no more to be" if not happened else "is"
    return Blow(f"record {kind}", f"the record of {lead.last_name} {said} {kind}", lambda: happened)


# --- All of them ----------------------------------------------------------------------------------------------------

EVERYWHERE: tuple[Strike, ...] = (
    *(partial(_kill, point) for point in points.ALL),
    _stall,
    _worker_killed,
    _redis_flushed,
    _redis_restarted,
    _postgres_restarted,
    partial(_line, "cut before the commit", "cut_before_commit", 2),
    partial(_line, "cut after the commit", "cut_after_commit", 2),
    partial(_throttled, 1),
    partial(_throttled, 0),
    partial(_line, "500", "server_error", 3),
    partial(_line, "truncated answer", "truncate_body", 2),
    partial(_line, "slow drip", "slow_drip", 1),
    _expired,
    _revoked,
    partial(_behind_our_back, "deleted"),
    partial(_behind_our_back, "merged"),
)
# Only where leads are made at all.
CONVERTED = partial(_behind_our_back, "converted")
ONLY: dict[str, tuple[Strike, ...]] = {
    "salesforce": (CONVERTED, _expired_with_rotation, _locked),
    "hubspot": (_search_lags, partial(_line, "empty 500", "empty_500", 2), _locked),
    "pipedrive": (
        _search_lags,
        partial(_line, "page instead of JSON", "html_200", 2),
        partial(_line, "answer without data", "without_data", 2),
    ),
    "zoho": (CONVERTED,),
}


# What one or two vendors have would come up so much more seldom than the rest.
COPIES = 3


def of_vendor(name: str) -> tuple[Strike, ...]:
    """The vendor's deck."""
    return EVERYWHERE + COPIES * ONLY[name]
