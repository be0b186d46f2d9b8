"""Named points of the work that exactly-once delivery depends on: where a worker may die and nothing may be lost or
doubled.

In production nothing listens and `reached` costs one comparison. The fault programs put a `listener` in place that
kills the process at the point they chose; so a kill point is a line of the product, not a guess about its timing.
"""

from __future__ import annotations

from collections.abc import Callable

CLAIMED = "claimed"  # a batch is ours, nothing is planned yet
BEFORE_DELIVERY = "before_delivery"  # planned, no request of this batch has left
ANSWERED = "answered"  # a request was answered; the next step has not begun
DELIVERED = "delivered"  # the vendor has everything, nothing is saved
SETTLED = "settled"  # everything is saved, the task is not acknowledged
SWEEPING = "sweeping"  # the sweep has found work and hinted nobody yet
REFRESHED = "refreshed"  # the vendor gave new tokens, they are not stored yet

ALL = (CLAIMED, BEFORE_DELIVERY, ANSWERED, DELIVERED, SETTLED, SWEEPING, REFRESHED)

listener: Callable[[str], None] | None = None


def reached(point: str) -> None:
    if listener is not None:
        listener(point)
