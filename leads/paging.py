"""Pages of a list that may be very long: numbers as people read them, and no count that takes a second."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

# Counted exactly up to here, and turned over up to here: nobody reads the 201st page, they search.
MOST = 10_000


class LongPage(Page):
    def end_index(self) -> int:
        return self.start_index() + len(self.object_list) - 1


class LongPaginator(Paginator):
    """`known`: how many there are, where that is known without counting; `counted`: what is
    counted instead, where that is less work. Give it rows in order, without annotations:
    `dressed` says what a page's rows need beyond themselves.
    """

    def __init__(
        self, rows: Any, per_page: int, *, known: int | None = None, counted: Any = None, dressed: Any = None
    ) -> None:
        super().__init__(rows, per_page)
        self.rows = rows
        self.known, self.counted, self.dressed = known, counted, dressed

    @cached_property
    def count(self) -> int:
        if self.known is not None:
            return self.known
        return (self.rows if self.counted is None else self.counted).order_by()[: MOST + 1].count()

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, MOST) // self.per_page))

    @property
    def more(self) -> bool:
        """Whether there are more than the pages show."""
        return self.count > MOST

    @property
    def count_said(self) -> str:
        return f"{self.count:,}" if self.known is not None or not self.more else f"{MOST:,}+"

    def page(self, number: Any) -> Any:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        # First which, then what is shown of them: else everything is looked up for those before as well.
        keys = list(self.rows.values_list("pk", flat=True)[start : start + self.per_page])
        rows = {row.pk: row for row in self.dressed(self.rows.model._default_manager.filter(pk__in=keys))}
        return LongPage([rows[key] for key in keys if key in rows], number, self)
