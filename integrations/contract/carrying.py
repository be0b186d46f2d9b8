"""What every provider keeps while it carries a batch: a `Carried` per lead, and a `Carrying` for the connection.

A provider adds its own fields to both. What a failed call means for the rest of the batch is decided here, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from integrations.contract.delivery import Delivery, Fault, Note, Result
from integrations.contract.errors import AuthenticationFailed, ProviderError, Throttled, Unavailable
from integrations.contract.words import Step
from mobly_sync.http import redact


class Told(Protocol):
    """What of an answer stands in a lead's story."""

    @property
    def status(self) -> int: ...
    @property
    def request_id(self) -> str: ...


@dataclass(eq=False, slots=True)
class Carried:
    """One lead on its way: what is asked for, and what became of it so far."""

    delivery: Delivery
    result: Result

    def fail(self, fault: Fault, step: Step) -> None:
        """The first fault is the one that counts; later steps may still be done."""
        if self.result.fault is None:
            self.result.fault = fault.at(step)

    def warn(self, sentence: str) -> None:
        if sentence not in self.result.warnings:
            self.result.warnings.append(sentence)

    def note(
        self, step: Step, summary: str, *, sent: Any = None, answer: Any = None, reply: Told | None = None
    ) -> None:
        """One line of the lead's story; secrets are taken out."""
        status, request_id = (reply.status, reply.request_id) if reply else (None, "")
        self.result.notes.append(Note(step, summary, redact(sent), redact(answer), status, request_id))


@dataclass(eq=False, slots=True)
class Carrying:
    """One batch. `touched` once anything may have been written, `halted` when further calls are of no use now."""

    touched: bool = field(default=False, kw_only=True)
    halted: ProviderError | None = field(default=None, kw_only=True)

    def absorb(self, error: ProviderError) -> Fault:
        """The fault for the leads a failed call concerned.

        While nothing can have been written, a failure of the whole connection is raised for the whole batch instead;
        later it ends further calls, whose leads then get the same fault, but certainly unsent.
        """
        fault = error.fault
        if isinstance(error, AuthenticationFailed | Throttled | Unavailable):
            if not self.touched and not fault.ambiguous:
                raise error
            self.halted = type(error)(replace(fault, ambiguous=False))
        self.touched = self.touched or fault.ambiguous
        return fault

    def go_on(self) -> None:
        """Raises what halted the batch: asked before every call."""
        if self.halted is not None:
            raise self.halted
