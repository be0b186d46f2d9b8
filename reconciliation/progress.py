"""What became of the leads of a fix: counted among exactly those, by where each of them stands now. Reads only.

Whoever else retries, dismisses or edits one of them meanwhile moves it for everybody: every lead is told of where it
is, whether this fix brought it there or somebody was quicker.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Min, Q

from reconciliation.board import Group, groups_of
from reconciliation.choice import Choice
from reconciliation.models import Repair
from reconciliation.rows import Row, row_of


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` are those that stand in a list, `gone` those that were dismissed or removed meanwhile. `failed` is by
    cause, `waiting` one of those that wait.

    While workers send very many by bites (`running`), `unreached` are those whose turn has not come: they failed
    before the fix, and nothing has happened to them since. After a Cancel they stay so.
    """

    total: int
    cleared: int
    failed_count: int
    unreached: int = 0
    gone: int = 0
    running: bool = False
    failed: tuple[Group, ...] = ()
    waiting: Row | None = None

    @property
    def left(self) -> int:
        """On the way."""
        return self.total - self.settled - self.unreached

    @property
    def settled(self) -> int:
        return self.cleared + self.failed_count

    @property
    def all_cleared(self) -> bool:
        return self.over and self.cleared == self.total

    @property
    def over(self) -> bool:
        return not self.running and self.left == 0

    @property
    def quarter(self) -> int:
        """0, 25, 50, 75 or 100: what is worth saying aloud."""
        return 25 * (4 * self.settled // self.total) if self.total else 100


def watched(repair_id: int) -> Repair:
    """A fix as `progress_of` reads it: without its ids, which may be a hundred thousand."""
    found = Repair.objects.defer("record_ids").select_related("integration", "action", "action__cancelled_by")
    return found.annotate(counted=F("record_ids__len")).get(pk=repair_id)


def progress_of(repair: Repair, vendor: str) -> Progress:
    """A constant number of queries; `repair` is `watched`."""
    action, records = repair.action, Choice(repair=repair.pk).records(repair.integration)
    failed, unreached = Q(state="failed"), Q(pk__isnull=True)
    if action is not None:
        # What has not changed since the button was pressed is what no bite has reached.
        unreached = failed & Q(changed_at__lte=action.moment)
        failed &= Q(changed_at__gt=action.moment)
    counts = records.aggregate(
        total=Count("id"),
        cleared=Count("id", filter=Q(state="cleared")),
        failed=Count("id", filter=failed),
        unreached=Count("id", filter=unreached),
        due_first=Min("due_at"),
    )
    # In the order of the ids, as they are found, so that the first is as good as any.
    next_ones = records.filter(due_at=counts["due_first"]).select_related("lead").order_by("pk")
    sample = next_ones.first() if counts["due_first"] else None
    return Progress(
        total=counts["total"],
        cleared=counts["cleared"],
        failed_count=counts["failed"],
        unreached=counts["unreached"],
        gone=repair.counted - counts["total"],  # type: ignore[attr-defined]  # annotated by `watched`
        running=action is not None and action.running,
        failed=tuple(groups_of(records.filter(failed), vendor)) if counts["failed"] else (),
        waiting=row_of(repair.integration, sample, vendor) if sample else None,
    )
