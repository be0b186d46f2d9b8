"""Many calls at once: Pipedrive takes one record a request, so some of them are on their way together.

Threads only send; everything else stays in the thread that asked: tokens and their renewal (which reach into the
database), the pace, the counting, and what an answer means. What the session's guard raises in a thread (the lease is
lost) ends everything: nothing more is sent, and it goes up from here.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from integrations.contract import AuthenticationFailed, ProviderError, Throttled, Tokens, Unavailable
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.reply import Reply
from mobly_sync.http import Failure

if TYPE_CHECKING:
    from integrations.providers.pipedrive.client import Client

Outcome = Reply | ProviderError


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `gives` is what a success must hold: a record, a list, or nothing particular."""

    method: str
    path: str
    json: Any = None
    params: Mapping[str, Any] | None = None
    search: bool = False
    gives: str = ""
    # Sent a second time: with newer tokens, or after the burst was over.
    renewed: bool = False
    slowed: bool = False

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def creates(self) -> bool:
        """Whether sending it twice makes two of it."""
        return self.method == "POST"


@dataclass(slots=True)
class _Sent:
    place: int
    ask: Ask
    tokens: Tokens


class Dispatch:
    """One set of calls. `run` answers a reply or an error for each, in their order, whatever order they came back in.

    An outage, a limit or lost credentials stop what has not left yet; it gets the same error, certainly unsent.
    """

    def __init__(self, client: Client, asks: Sequence[Ask]) -> None:
        self.client = client
        self.outcomes: list[Outcome | None] = [None] * len(asks)
        self.waiting = deque(enumerate(asks))
        self.flying: dict[Future[Reply | Failure], _Sent] = {}
        self.halted: ProviderError | None = None

    def run(self) -> list[Outcome]:
        at_once = min(self.client.at_once, len(self.waiting))
        if at_once == 0:
            return []
        with ThreadPoolExecutor(at_once, thread_name_prefix="pipedrive") as crew:
            while self.waiting or self.flying:
                pause = self._send(crew, at_once)
                done, _ = wait(self.flying, timeout=pause or None, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(self.flying.pop(future), future.result())
        return [outcome for outcome in self.outcomes if outcome is not None]

    def _send(self, crew: ThreadPoolExecutor, at_once: int) -> float:
        """Let go what may go now; answers how long to wait for more room, while something is under way."""
        while self.waiting and len(self.flying) < at_once:
            place, ask = self.waiting[0]
            if self.halted is not None:
                self.outcomes[place] = errors.unsent(self.halted)
                self.waiting.popleft()
                continue
            pause = self.client.pace.wait(search=ask.search)
            if pause > 0 and self.flying:
                return pause
            time.sleep(pause)
            try:
                tokens = self.client.fresh_tokens()
            except ProviderError as error:
                self.halted = error
                continue
            self.waiting.popleft()
            self.client.counted(ask)
            self.flying[crew.submit(self.client.send, ask, tokens)] = _Sent(place, ask, tokens)
        return 0.0

    def _take(self, sent: _Sent, answer: Reply | Failure) -> None:
        outcome = self._judged(sent, answer)
        if outcome is None:
            return
        self.outcomes[sent.place] = outcome
        if isinstance(outcome, AuthenticationFailed | Throttled) or (
            # Its own error for one body says nothing about the others.
            isinstance(outcome, Unavailable) and outcome.fault.code != errors.UNKNOWN
        ):
            self.halted = self.halted or outcome

    def _judged(self, sent: _Sent, answer: Reply | Failure) -> Outcome | None:
        """The reply, the error, or None when it goes out once more."""
        ask = sent.ask
        if isinstance(answer, Failure):
            return errors.failed(answer, creates=ask.creates)
        self.client.told(answer, ask)
        if answer.status == 401 and not ask.renewed:
            return self._renewed(sent)
        if answer.status == 429 and not ask.slowed and errors.is_burst(answer):
            # Nothing was processed. Once more when the window is over; going on at once would earn a block.
            fault = errors.error_of(answer).fault
            self.client.pace.pause(fault.wait or errors.BURST_WAIT)
            self.waiting.appendleft((sent.place, replace(ask, slowed=True)))
            return None
        return self.client.outcome(ask, answer)

    def _renewed(self, sent: _Sent) -> ProviderError | None:
        try:
            self.client.renew(sent.tokens)
        except ProviderError as error:
            return error
        self.waiting.appendleft((sent.place, replace(sent.ask, renewed=True)))
        return None
