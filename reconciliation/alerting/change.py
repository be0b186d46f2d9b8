"""Whether there is anything to tell: how the integrations stand now against what was told last. Pure.

What was told is kept as plain values, integration by integration; one that is not in it was well, or nobody was told.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

# {"42": {"failed": 12, "attention": False, "print": "9f3c…"}}: what was told, by the id of the integration.
Told = Mapping[str, Mapping[str, Any]]


class Kind(enum.StrEnum):
    QUIET = "quiet"  # as it was told, or well as ever
    DIGEST = "digest"
    RECOVERY = "recovery"
    LATER = "later"  # it would be a recovery, but what a person sent again is still on its way


class Stands(Protocol):
    """What this page asks of one integration.

    `print` is the same while the same leads are failed for the same causes; `fresh` counts those that failed since the
    last message, `on_the_way` says that leads a person sent again have not arrived.
    """

    @property
    def key(self) -> str: ...
    @property
    def failed(self) -> int: ...
    @property
    def fresh(self) -> int: ...
    @property
    def attention(self) -> bool: ...
    @property
    def connected(self) -> bool: ...
    @property
    def print(self) -> str: ...
    @property
    def on_the_way(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found, and which integrations (their keys) are connected again or have no failed leads any more.

    `only_attention`: all there is to tell is that credentials are no longer accepted, which admins were mailed at once.
    """

    kind: Kind
    reconnected: frozenset[str] = field(default=frozenset())
    recovered: frozenset[str] = field(default=frozenset())
    only_attention: bool = False


def look(told: Told, now: Sequence[Stands]) -> Look:
    """What to tell. Only what is connected recovers: one that was disabled or disconnected is just not looked at."""
    failing = {one.key for one in now if _fails_anew(told.get(one.key), one)}
    lost = {one.key for one in now if one.attention and not _was_attention(told.get(one.key))}
    back = {one.key for one in now if one.connected and _was_attention(told.get(one.key))}
    recovered = {one.key for one in now if one.connected and _is_well(one) and one.key in told}
    worse = failing | lost
    if not (worse or back or recovered):
        return Look(Kind.QUIET)
    if not worse and any(one.on_the_way for one in now if one.key in recovered):
        return Look(Kind.LATER)
    return Look(
        Kind.RECOVERY if all(_is_well(one) for one in now) else Kind.DIGEST,
        frozenset(back),
        frozenset(recovered),
        only_attention=bool(lost) and not (failing or back or recovered),
    )


def told_by(now: Sequence[Stands]) -> dict[str, dict[str, Any]]:
    """What is told once a message about these has arrived."""
    return {
        one.key: {"failed": one.failed, "attention": one.attention, "print": one.print}
        for one in now
        if not _is_well(one)
    }


def _is_well(one: Stands) -> bool:
    return not one.failed and not one.attention


def _was_attention(before: Mapping[str, Any] | None) -> bool:
    return bool(before and before["attention"])


def _fails_anew(before: Mapping[str, Any] | None, one: Stands) -> bool:
    """Fewer of the same is no news, and neither are the same leads that failed once more for the same cause."""
    if not one.failed:
        return False
    if before is None:
        return True
    return one.print != before["print"] and (one.fresh > 0 or one.failed > before["failed"])
