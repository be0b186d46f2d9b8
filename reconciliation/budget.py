"""The vendor's daily calls: how many are used, and who may still use them. Pure but for the clock the caller brings.

Other programs of the customer live on the same allowance. Above `DAILY_CALLS_SHARE` only what a person pushed goes on,
above `INTERACTIVE_CALLS_SHARE` nothing does. What we know ages: after a while one batch goes anyway and brings a new
figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A figure older than this no longer stops anybody: quotas reset, and only a call tells.
BELIEVED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls of the day as the vendor last told them; `used` and `allowed` are None while it tells nothing."""

    used: int | None
    allowed: int | None
    seen_at: datetime | None
    share: float
    interactive_share: float

    @property
    def known(self) -> bool:
        return self.used is not None and bool(self.allowed)

    @property
    def left(self) -> int:
        return max((self.allowed or 0) - (self.used or 0), 0)

    @property
    def ratio(self) -> float:
        return (self.used or 0) / self.allowed if self.allowed else 0.0

    def spent(self, now: datetime) -> bool:
        """Whether fresh captures and backfills must wait; pushes by a person may still go."""
        return self._counts(now) and self.ratio >= self.share

    def exhausted(self, now: datetime) -> bool:
        """Whether even a push must wait."""
        return self._counts(now) and self.ratio >= self.interactive_share

    @property
    def asks_again_at(self) -> datetime | None:
        """When the figure is believed no longer, and one batch goes to bring a new one."""
        return self.seen_at + BELIEVED_FOR if self.seen_at else None

    def _counts(self, now: datetime) -> bool:
        return self.known and self.seen_at is not None and now - self.seen_at < BELIEVED_FOR
