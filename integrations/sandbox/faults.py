"""The fault switches: one dataclass per vendor, this one holds what every vendor has."""

from __future__ import annotations

import math
import re
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, NamedTuple


class FaultRefused(ValueError):
    """A switch that does not exist or a value it cannot have; the text is a sentence for a person."""


def knob(default: Any, group: str, label: str, help_text: str = "") -> Any:
    """A switch with the words of the fault panel. Types: bool, int, float, str."""
    return field(default=default, metadata={"group": group, "label": label, "help": help_text})


class Knob(NamedTuple):
    """One switch as the fault panel shows it."""

    name: str
    group: str
    label: str
    help: str
    value: Any
    kind: str
    on: bool


@dataclass
class Faults:
    """Switches shared by all vendors. An int named "next n" counts down with each answer it spoils."""

    absent: ClassVar[tuple[str, ...]] = ()  # switches that make no sense at this vendor

    path: str = knob("", "Line", "Only for", "A pattern searched in “METHOD /path”. Blank means every API call")
    latency_ms: int = knob(0, "Line", "Latency", "Milliseconds added to each answer")
    rate_limit_next: int = knob(0, "Limits", "Rate limit", "The next n calls are refused")
    rate_limit_every: int = knob(0, "Limits", "Rate limit, every k-th call", "0 is off")
    rate_limit_retry_after: int = knob(0, "Limits", "Retry-After", "Seconds in the header. 0 leaves the header out")
    server_error: int = knob(0, "Line", "Server error", "The next n calls answer 500")
    html_503: int = knob(0, "Line", "Outage", "The next n calls answer 503 with an HTML page")
    cut_before_commit: int = knob(
        0, "Line", "Cut before the write", "The next n writes are dropped with the connection"
    )
    cut_after_commit: int = knob(0, "Line", "Cut after the write", "The next n writes are stored, then the line drops")
    truncate_body: int = knob(0, "Line", "Truncated answer", "The next n answers end in the middle")
    slow_drip: int = knob(0, "Line", "Slow drip", "The next n answers come in small pieces over about a second")
    search_lag: float = knob(0.0, "Records", "Search lag", "Seconds until a write shows in search")
    expired_token: bool = knob(False, "Access", "Access tokens expire", "All of them, now, once")
    revoked_app: bool = knob(False, "Access", "App revoked", "Access and refresh tokens die, now, once")

    def applies_to(self, method: str, path: str) -> bool:
        """Whether the path pattern lets the line faults spoil this call."""
        return not self.path or re.search(self.path, f"{method} {path}") is not None

    def take(self, name: str) -> bool:
        """Use up one of a "next n" switch; False when it is off."""
        left = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True

    def switches(self) -> list[Field[Any]]:
        """The switches this vendor has."""
        return [f for f in fields(self) if f.name not in self.absent]

    def as_dict(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in self.switches()}

    def patch(self, changes: dict[str, Any]) -> None:
        """Set the named switches. Raises `FaultRefused`, and then nothing was set."""
        if not isinstance(changes, dict):
            raise FaultRefused("Send an object with the switches to set.")
        checked = {name: self._checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def _checked(self, name: str, value: Any) -> Any:
        known = {f.name: f for f in self.switches()}
        if name not in known:
            raise FaultRefused(f"“{name}” is not a switch. Switches are: {', '.join(known)}.")
        default = known[name].default
        if isinstance(default, bool):
            if not isinstance(value, bool):
                raise FaultRefused(f"“{name}” is true or false, not {value!r}.")
        elif isinstance(default, (int, float)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise FaultRefused(f"“{name}” is a number from 0 on, not {value!r}.")
            value = type(default)(value)
        elif not isinstance(value, str):
            raise FaultRefused(f"“{name}” is text, not {value!r}.")
        if name == "path":
            try:
                re.compile(value)
            except re.error as error:
                raise FaultRefused(f"“{value}” is not a pattern: {error}.") from error
        return value

    def from_form(self, form: dict[str, str]) -> dict[str, Any]:
        """The panel's form as a patch: an absent checkbox is off, a blank is the default. Raises `FaultRefused`."""
        changes: dict[str, Any] = {}
        for knob_field in self.switches():
            text = form.get(knob_field.name, "")
            default = knob_field.default
            if isinstance(default, bool):
                changes[knob_field.name] = bool(text)
            elif isinstance(default, (int, float)):
                try:
                    changes[knob_field.name] = type(default)(text or default)
                except ValueError as error:
                    raise FaultRefused(f"{knob_field.metadata['label']}: “{text}” is not a number.") from error
            else:
                changes[knob_field.name] = text or default
        return changes

    def panel(self) -> list[tuple[str, list[Knob]]]:
        """The switches by group, for the fault panel."""
        groups: dict[str, list[Knob]] = {}
        for f in self.switches():
            value = getattr(self, f.name)
            kind = {bool: "checkbox", int: "number", float: "number", str: "text"}[type(f.default)]
            words = f.metadata
            row = Knob(f.name, words["group"], words["label"], words["help"], value, kind, value != f.default)
            groups.setdefault(words["group"], []).append(row)
        return list(groups.items())

    def switched_on(self) -> int:
        return sum(getattr(self, f.name) != f.default for f in self.switches())
