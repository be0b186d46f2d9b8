"""API credits over a rolling day, and how many calls run at the same moment."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DAY = 86_400
STEP = 60


class Credits:
    """Credits spent, counted by the minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._minutes: deque[list[int]] = deque()
        self.used = 0

    def spend(self, credits: int) -> None:
        minute = int(self.clock() // STEP)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += credits
        self.used += credits
        self._forget_old(minute)

    def _forget_old(self, minute: int) -> None:
        while self._minutes and self._minutes[0][0] <= minute - DAY // STEP:
            self.used -= self._minutes.popleft()[1]

    def left(self, allowed: int) -> int:
        self._forget_old(int(self.clock() // STEP))
        return max(0, allowed - self.used)

    def clear(self) -> None:
        self._minutes.clear()
        self.used = 0


class Running:
    """Calls on their way now; `enter` gives how many there are, this one included: (all, heavy)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = self._heavy = 0

    @contextmanager
    def enter(self, *, heavy: bool) -> Iterator[tuple[int, int]]:
        with self._lock:
            self._all += 1
            self._heavy += heavy
            now = self._all, self._heavy
        try:
            yield now
        finally:
            with self._lock:
                self._all -= 1
                self._heavy -= heavy
