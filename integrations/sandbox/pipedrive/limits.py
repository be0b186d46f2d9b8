"""Pipedrive's limits, counted for real: tokens a day per company, calls and searches in two seconds per token."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from .refusals import Refusal, error

WINDOW = 2.0
SEARCHES = 10
DAY = 86_400
DAILY_TOKENS = 30_000
BLOCK_SECONDS = 60.0
PERSONAL_DAILY_WRITES = 10_000


class Plan(NamedTuple):
    """`factor` of the daily budget; calls in two seconds of an OAuth token and of a personal one."""

    factor: int
    oauth: int
    personal: int


PLANS = {
    "lite": Plan(1, 80, 20),
    "growth": Plan(2, 160, 40),
    "premium": Plan(5, 400, 100),
    "ultimate": Plan(7, 480, 120),
}

V1_COSTS = {"get": 2, "list": 20, "write": 10, "delete": 6, "search": 40}
V2_COSTS = {"get": 1, "list": 10, "write": 5, "delete": 3, "search": 20}

BLOCKED_PAGE = (
    '<!DOCTYPE html>\n<html lang="en-US"><head><title>Attention Required! | Cloudflare</title></head>'
    "<body><h1>Sorry, you have been blocked</h1>"
    "<p>You are unable to access pipedrive.com. This website is using a security service to protect itself.</p>"
    "</body></html>\n"
)


class Limits:
    """Sliding windows, in memory: a restart forgets them, as waiting would."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.forget()

    def forget(self) -> None:
        self._calls: dict[str, deque[float]] = {}
        self._searches: dict[str, deque[float]] = {}
        self._refused: dict[str, deque[float]] = {}
        self._blocked_until: dict[str, float] = {}
        self._day = 0
        self._spent: dict[str, int] = {}
        self._writes: dict[str, int] = {}

    def broken(self, token: str, company: str, *, allowed: int, budget: int, cost: int, is_search: bool) -> str:
        """Count one call; “burst”, “search” or “budget” when it breaks that limit, else blank. A refused call costs
        nothing.
        """
        calls, searches = self._window(self._calls, token), self._window(self._searches, token)
        if is_search and len(searches) >= SEARCHES:
            return "search"
        if len(calls) >= allowed:
            return "burst"
        if self.spent(company) + cost > budget:
            return "budget"
        calls.append(self.clock())
        if is_search:
            searches.append(self.clock())
        self._spent[company] = self.spent(company) + cost
        return ""

    def blocked(self, token: str) -> bool:
        return self._blocked_until.get(token, 0) > self.clock()

    def note_refusal(self, token: str, block_after: int) -> None:
        """Who goes on after refusals is shut out, page and all."""
        refused = self._window(self._refused, token, BLOCK_SECONDS)
        refused.append(self.clock())
        if block_after and len(refused) >= block_after:
            self._blocked_until[token] = self.clock() + BLOCK_SECONDS
            refused.clear()

    def _window(self, windows: dict[str, deque[float]], token: str, seconds: float = WINDOW) -> deque[float]:
        window = windows.setdefault(token, deque())
        while window and window[0] <= self.clock() - seconds:
            window.popleft()
        return window

    def spent(self, company: str) -> int:
        """Tokens of the company today."""
        self._turn_page()
        return self._spent.get(company, 0)

    def count_write(self, token: str) -> int:
        """One more write of a personal token; how many are left today."""
        self._turn_page()
        self._writes[token] = self._writes.get(token, 0) + 1
        return max(0, PERSONAL_DAILY_WRITES - self._writes[token])

    def _turn_page(self) -> None:
        day = int(self.clock() // DAY)
        if day != self._day:
            self._day = day
            self._spent.clear()
            self._writes.clear()

    def headers(self, token: str, company: str, *, allowed: int, budget: int, broken: str) -> dict[str, str]:
        remaining = max(0, allowed - len(self._window(self._calls, token)))
        shown = {
            "x-ratelimit-limit": SEARCHES if broken == "search" else allowed,
            # Zero means burst: a call refused for the budget shows that the burst had room.
            "x-ratelimit-remaining": 0 if broken in ("search", "burst") else max(remaining, broken == "budget"),
            "x-ratelimit-reset": round(WINDOW),
            "x-daily-ratelimit-token-limit": budget,
            "x-daily-ratelimit-token-remaining": 0 if broken == "budget" else max(0, budget - self.spent(company)),
        }
        return {name: str(int(value)) for name, value in shown.items()}


def budget_of(plan: str, seats: int) -> int:
    return DAILY_TOKENS * PLANS[plan].factor * seats


def refused() -> Refusal:
    """429 of any limit; the headers tell which one."""
    return error(429, "Request over limit", errorCode=429)
