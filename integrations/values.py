"""Fitting a Mobly value into a remote field: pure, exact, and never silently lossy.

`fit` answers the value in the kind the field takes, or raises `Unfit` with a sentence that has the value in it. A
text that is longer than the field is not cut: a lead that arrives with half a name is worse than one that waits for a
person.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from integrations.contract import FieldType, RemoteField

TRUE = {"true", "yes", "y", "1", "on"}
FALSE = {"false", "no", "n", "0", "off"}
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,' ]\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# https://x.com/halden?lang=en, twitter.com/@halden
_PROFILE = re.compile(r"(?:https?://)?(?:www\.|mobile\.|m\.)?(?:x|twitter)\.com/@?(\w+)/?(?:[?#].*)?", re.I)


class Unfit(ValueError):
    """The value cannot go into the field; `sentence` says why, with `{vendor}` where the vendor's name belongs."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def fit(value: Any, remote: RemoteField) -> Any:
    """`value` (str, int, bool or a tuple of option values) in the kind `remote` takes. Raises `Unfit`."""
    match remote.type:
        case FieldType.NUMBER:
            return _number(value, remote)
        case FieldType.BOOLEAN:
            return _boolean(value, remote)
        case FieldType.DATE:
            return _date(value, remote)
        case FieldType.DATETIME:
            return _datetime(value, remote)
        case FieldType.PICKLIST:
            return _option(value, remote)
        case FieldType.MULTI_PICKLIST:
            return tuple(_option(part, remote) for part in _parts(value))
        case _:
            return _text(value, remote)


def _braces(text: str) -> str:
    """Values may hold braces; the sentence is a format string."""
    return text.replace("{", "{{").replace("}", "}}")


def _shown(value: Any) -> str:
    text = str(value)
    return _braces(text if len(text) <= 80 else f"{text[:77]}…")


def _text(value: Any, remote: RemoteField) -> str:
    text = "; ".join(value) if isinstance(value, tuple) else str(value).strip()
    if remote.handle:
        text = handle_of(text)
    if remote.length is not None and len(text) > remote.length:
        raise Unfit(
            f"“{_shown(text)}” is {len(text):,} characters long. "
            f"“{_braces(remote.label)}” in {{vendor}} holds {remote.length:,}."
        )
    return text


def handle_of(text: str) -> str:
    """The name of a profile on X: of its address, or written with an @. What is neither stays as it is."""
    match = _PROFILE.fullmatch(text)
    return match[1] if match else text.removeprefix("@")


def _number(value: Any, remote: RemoteField) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    text = str(value).strip()
    if _THOUSANDS.fullmatch(text):
        text = re.sub(r"[,' ]", "", text)
    if not _NUMBER.fullmatch(text):
        raise Unfit(
            f"“{_shown(value)}” is not a number, and “{_braces(remote.label)}” in {{vendor}} takes only numbers."
        )
    return float(text) if "." in text else int(text)


def _boolean(value: Any, remote: RemoteField) -> bool:
    if isinstance(value, bool):
        return value
    # Several values on one checkbox: it is ticked when any of them ticks it.
    words = {str(part).strip().lower() for part in (value if isinstance(value, tuple) else (value,))}
    if words & TRUE:
        return True
    if words <= FALSE:
        return False
    raise Unfit(f"“{_shown(value)}” is neither yes nor no, and “{_braces(remote.label)}” in {{vendor}} is a checkbox.")


def _date(value: Any, remote: RemoteField) -> str:
    try:
        return date.fromisoformat(str(value).strip()[:10]).isoformat()
    except ValueError:
        raise Unfit(
            f"“{_shown(value)}” is not a date, and “{_braces(remote.label)}” in {{vendor}} takes only dates."
        ) from None


def _datetime(value: Any, remote: RemoteField) -> str:
    try:
        return datetime.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise Unfit(
            f"“{_shown(value)}” is not a time, and “{_braces(remote.label)}” in {{vendor}} takes only times."
        ) from None


def _parts(value: Any) -> list[str]:
    parts = value if isinstance(value, tuple) else str(value).split(";")
    return [part.strip() for part in parts if part.strip()]


def _option(value: Any, remote: RemoteField) -> str:
    if isinstance(value, tuple):
        if len(value) > 1:
            raise Unfit(
                f"“{_shown('; '.join(value))}” are {len(value)} values, "
                f"and “{_braces(remote.label)}” in {{vendor}} takes only one."
            )
        value = value[0]
    text = str(value).strip()
    if not remote.options:
        return _text(text, remote)
    for option in remote.options:
        if option.value == text and option.active:
            return option.value
    wanted = text.casefold()
    for option in remote.options:
        if option.active and wanted in (option.label.casefold(), option.value.casefold()):
            return option.value
    if not remote.restricted:
        return text
    raise Unfit(f"“{_shown(text)}” is not an option of “{_braces(remote.label)}” in {{vendor}}.")
