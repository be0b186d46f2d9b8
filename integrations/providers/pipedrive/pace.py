"""How fast we may go: the burst of a token in a rolling window, and searches, which have a smaller one of their own.

Counted here before a call leaves, and corrected by what the answers tell: going on after a 429 earns a block. Whether a
search also counts against the burst is not documented; here it counts for both.
"""

from __future__ import annotations

import time
from collections import deque

from integrations.providers.pipedrive.reply import BURST, Reply

# The smallest burst an OAuth token has; the answers tell the true one.
SMALLEST_BURST = 80
SEARCHES = 10
# Pipedrive counts two seconds; the margin is for the way there.
WINDOW = 2.05


class Pace:
    """One token's pace. `spare` of the burst are left for other calls of the same token, such as a page somebody opens.

    Used from one thread: who sends asks `wait`, sleeps, and says `sent`.
    """

    def __init__(self, spare: int) -> None:
        self.spare = spare
        self.burst = SMALLEST_BURST
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._paused_until = 0.0

    def wait(self, *, search: bool) -> float:
        """Seconds until the next call may leave."""
        now = time.monotonic()
        waits = [self._paused_until - now, self._until_room(self._calls, max(self.burst - self.spare, 1), now)]
        if search:
            waits.append(self._until_room(self._searches, SEARCHES, now))
        return max(0.0, *waits)

    def sent(self, *, search: bool) -> None:
        now = time.monotonic()
        self._calls.append(now)
        if search:
            self._searches.append(now)

    def pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def told(self, reply: Reply, *, search: bool) -> None:
        """Take over what an answer says of the burst. A search tells of its own, smaller limit."""
        limit = reply.limits.get(f"{BURST}limit")
        left = reply.limits.get(f"{BURST}remaining")
        if search or reply.status == 429:
            return
        if limit:
            self.burst = limit
        if left == 0:
            self.pause(reply.limits.get(f"{BURST}reset", WINDOW))

    @staticmethod
    def _until_room(calls: deque[float], limit: int, now: float) -> float:
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        return calls[len(calls) - limit] + WINDOW - now if len(calls) >= limit else 0.0
