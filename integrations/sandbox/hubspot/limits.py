"""HubSpot's limits, counted for real: calls in ten seconds per app, searches in a second per account, calls a day."""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from .refusals import Refusal, error

SEARCHES_A_SECOND = 5
INTERVAL = 10.0
DAY = 86_400


class Allowance(NamedTuple):
    """What one kind of app may do. An OAuth app is shown no daily figure."""

    interval: int
    secondly: int
    daily: int | None


ALLOWANCES = {"oauth": Allowance(110, 11, None), "private": Allowance(100, 10, 250_000)}


class Limits:
    """Sliding windows, in memory: a restart forgets them, as waiting would."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._calls: dict[str, deque[float]] = {}
        self._searches: deque[float] = deque()
        self._day, self._today = 0, 0

    def used_up(self, app: str, allowance: Allowance, *, is_search: bool) -> str | None:
        """Count one call; the name of the policy that it breaks, if any. A refused call is not counted."""
        now = self.clock()
        calls = self._window(app, now)
        while self._searches and self._searches[0] <= now - 1:
            self._searches.popleft()
        if is_search and len(self._searches) >= SEARCHES_A_SECOND:
            return "SECONDLY"
        if not is_search and len(calls) >= allowance.interval:
            return "TEN_SECONDLY_ROLLING"
        if allowance.daily is not None and self.today >= allowance.daily:
            return "DAILY"
        (self._searches if is_search else calls).append(now)
        self._today = self.today + 1
        return None

    def _window(self, app: str, now: float) -> deque[float]:
        calls = self._calls.setdefault(app, deque())
        while calls and calls[0] <= now - INTERVAL:
            calls.popleft()
        return calls

    @property
    def today(self) -> int:
        day = int(self.clock() // DAY)
        if day != self._day:
            self._day, self._today = day, 0
        return self._today

    def forget(self) -> None:
        self._calls.clear()
        self._searches.clear()
        self._today = 0

    def headers(self, app: str, allowance: Allowance, *, is_search: bool) -> dict[str, str]:
        """Search answers lack the interval headers, OAuth calls the daily ones."""
        shown: dict[str, Any] = {}
        if allowance.daily is not None:
            shown |= {"Daily": allowance.daily, "Daily-Remaining": max(0, allowance.daily - self.today)}
        if not is_search:
            now = self.clock()
            calls = self._window(app, now)
            last_second = sum(1 for moment in calls if moment > now - 1)
            shown |= {
                "Interval-Milliseconds": round(INTERVAL * 1000),
                "Max": allowance.interval,
                "Remaining": max(0, allowance.interval - len(calls)),
                "Secondly": allowance.secondly,
                "Secondly-Remaining": max(0, allowance.secondly - last_second),
            }
        return {f"X-HubSpot-RateLimit-{name}": str(value) for name, value in shown.items()}


def refused(policy: str, *, is_search: bool, correlation_id: str, retry_after: int = 0) -> Refusal:
    """429 in one of the two recorded envelopes: searches name a category, other calls a policy. No Retry-After."""
    sentence = f"You have reached your {policy.lower()} limit."
    if is_search and policy == "SECONDLY":
        refusal = error(429, sentence, "RATE_LIMITS")
    else:
        refusal = error(429, sentence, None, errorType="RATE_LIMIT", policyName=policy, requestId=correlation_id)
    if retry_after:
        refusal.headers["Retry-After"] = str(retry_after)
    return refusal
