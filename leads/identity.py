"""Who a person is: how said values are cleaned, what keeps a person from being a lead, and the keys that tell two
meetings are one lead.

Pure: the capture door, the row check of an upload and their tests call the same functions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from leads.fields import BY_KEY, EDITABLE

MAX_LENGTH = 10_000
MAX_EMAIL_LENGTH = 254
# A longer name key is kept as its hash: an index entry of Postgres holds 2,700 bytes at most.
MAX_KEY_BYTES = 1_000
EMAIL_FIELDS = ("email", "personal_email")
IDENTIFYING = ("email", "personal_email", "first_name", "last_name", "phone_number", "company_name")

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_NOT_IN_EMAIL = re.compile(r"[\s<>(),;:\"\[\]\\\x00-\x1f\x7f]")


class CaptureRefused(Exception):
    """The person cannot be a lead, or a value cannot be taken. `field` is a Mobly field key, `qualifier:<id>` or ''
    for the whole."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Identity:
    """`email` is blank when unknown; `name` is blank unless both a name and a company are known."""

    email: str
    name: str


def cleaned(person: Mapping[str, object]) -> dict[str, str]:
    """The said values by Mobly field: outer blanks and characters that no database stores removed, blank ones left out.

    Everything within a value stays as it was said. Raises `CaptureRefused` for a key that is no field a person can say.
    """
    values: dict[str, str] = {}
    for key, value in person.items():
        entry = BY_KEY.get(key)
        if entry is None:
            raise CaptureRefused(key, f"There is no Mobly field “{key}”.")
        if not entry.editable:
            raise CaptureRefused(key, f"{entry.label} is computed by Mobly and cannot be said.")
        text = _NOT_STORABLE.sub("", "" if value is None else str(value)).strip()
        if text:
            values[key] = text
    return values


def faults(values: Mapping[str, str]) -> dict[str, str]:
    """Field -> sentence for every value that cannot be taken, '' -> sentence when nothing identifies the person."""
    found: dict[str, str] = {}
    for entry in EDITABLE:
        value = values.get(entry.key, "")
        if len(value) > MAX_LENGTH:
            found[entry.key] = f"{entry.label} has {len(value):,} characters; {MAX_LENGTH:,} is the most Mobly keeps."
    for key in EMAIL_FIELDS:
        if key in values and key not in found:
            sentence = email_fault(values[key], BY_KEY[key].label)
            if sentence:
                found[key] = sentence
    if not any(values.get(key) for key in IDENTIFYING):
        found[""] = "Nothing says who this is. Add an Email, a name, a Phone Number or a Company Name."
    return found


def check(values: Mapping[str, str]) -> None:
    """Raises `CaptureRefused` with the first of `faults`."""
    for field, sentence in faults(values).items():
        raise CaptureRefused(field, sentence)


def email_fault(email: str, label: str = "Email") -> str:
    """What is wrong with an e-mail address, as a sentence, or ''. Only what no mail system accepts is refused."""
    shown = email if len(email) <= 80 else f"{email[:77]}…"
    if len(email) > MAX_EMAIL_LENGTH:
        return f"{label} has {len(email):,} characters; an e-mail address has {MAX_EMAIL_LENGTH} at most."
    if "@" not in email:
        return f"“{shown}” has no @."
    local, _, domain = email.rpartition("@")
    odd = _NOT_IN_EMAIL.search(email)
    if odd:
        return f"“{shown}” has {_named(odd.group())} in it, which no e-mail address has."
    if "@" in local:
        return f"“{shown}” has more than one @."
    if not local:
        return f"“{shown}” has nothing before the @."
    if not domain:
        return f"“{shown}” has nothing after the @."
    if "." not in domain.strip("."):
        return f"“{shown}” has no domain ending."
    if not all(domain.split(".")):
        return f"“{shown}” has a dot too many after the @."
    return ""


def identity_of(values: Mapping[str, str]) -> Identity:
    return Identity(
        email=email_key(values.get("email", "")),
        name=name_key(values.get("first_name", ""), values.get("last_name", ""), values.get("company_name", "")),
    )


def email_key(email: str) -> str:
    return email.strip().lower()


def name_key(first: str, last: str, company: str) -> str:
    """One name at one company, whatever the case and the blanks; blank unless both are known.

    A name without a company is not enough to call two people one: they stay two leads.
    """
    name = _folded(f"{first} {last}")
    place = _folded(company)
    if not name or not place:
        return ""
    key = f"{name}\n{place}"
    if len(key.encode()) > MAX_KEY_BYTES:
        return "sha256:" + hashlib.sha256(key.encode()).hexdigest()
    return key


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _named(character: str) -> str:
    if character in "\r\n":
        return "a line break"
    if character.isspace():
        return "a blank"
    return f"“{character}”" if character.isprintable() else "an invisible character"
