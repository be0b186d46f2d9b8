"""Record ids: 15 characters, or 18 with a checksum of their case."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "5g000"
SHAPE = re.compile(r"[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?")


def checked(short: str) -> str:
    """The 18-character form of a 15-character id."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, letter in enumerate(short[start : start + 5]) if letter.isupper())
        suffix += CHECK[bits]
    return short + suffix


def make_id(prefix: str, number: int) -> str:
    """The `number`-th id of an object: prefix, pod, running number in base 62, checksum."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return checked(prefix + POD + digits.rjust(7, "0"))


def normal_id(value: object) -> str | None:
    """The 18-character form of either form, or None when it is no id at all."""
    if not isinstance(value, str) or not SHAPE.fullmatch(value):
        return None
    return checked(value[:15])
