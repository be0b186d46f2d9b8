"""Which Mobly type goes into which remote type: one pure table, used by the picker, the save and Set Defaults alike.

The answer is a `Fit`: `ok`, `lossy` (allowed, with a sentence of warning) or `refused` (with the reason). What a single
value must look like is decided when it is sent (`integrations.values`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from integrations.contract import FieldType as R
from integrations.contract import RemoteField
from integrations.sources import Source
from leads.fields import Type


class Grade(enum.StrEnum):
    OK = "ok"
    LOSSY = "lossy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fit:
    grade: Grade
    sentence: str = ""

    @property
    def refused(self) -> bool:
        return self.grade is Grade.REFUSED


OK = Fit(Grade.OK)


def _lossy(sentence: str) -> Fit:
    return Fit(Grade.LOSSY, sentence)


def _refused(sentence: str) -> Fit:
    return Fit(Grade.REFUSED, sentence)


_OPTIONS = "Only its options fit."

# The words for a Mobly type in a sentence.
WHAT: dict[Type, str] = {
    Type.TEXT: "text",
    Type.EMAIL: "an e-mail address",
    Type.URL: "a web address",
    Type.PHONE: "a phone number",
    Type.NUMBER: "a number",
    Type.DATE: "a date",
    Type.BOOLEAN: "yes or no",
    Type.LIST: "a list",
}
# The words for a remote type in a sentence.
HOLDER: dict[R, str] = {
    R.TEXT: "A text field",
    R.LONG_TEXT: "A text field",
    R.EMAIL: "An e-mail field",
    R.URL: "A web address field",
    R.PHONE: "A phone field",
    R.NUMBER: "A number field",
    R.DATE: "A date field",
    R.DATETIME: "A date and time field",
    R.BOOLEAN: "A checkbox",
    R.PICKLIST: "A picklist",
    R.MULTI_PICKLIST: "A multi-select picklist",
    R.REFERENCE: "A reference to another record",
    R.OTHER: "This kind of field",
}

# What is not in a row is refused: "<holder> cannot hold <what>."
_TABLE: dict[Type, dict[R, Fit]] = {
    Type.TEXT: {
        R.TEXT: OK,
        R.LONG_TEXT: OK,
        R.URL: _lossy("Values that are no web address may be rejected."),
        R.PHONE: _lossy("Values that are no phone number may be rejected."),
        R.PICKLIST: _lossy(_OPTIONS),
        R.MULTI_PICKLIST: _lossy(_OPTIONS),
    },
    Type.EMAIL: {R.EMAIL: OK, R.TEXT: OK, R.LONG_TEXT: OK},
    Type.URL: {R.URL: OK, R.TEXT: OK, R.LONG_TEXT: OK},
    Type.PHONE: {R.PHONE: OK, R.TEXT: OK, R.LONG_TEXT: OK},
    Type.NUMBER: {R.NUMBER: OK, R.TEXT: OK, R.LONG_TEXT: OK, R.PICKLIST: _lossy(_OPTIONS)},
    Type.DATE: {R.DATE: OK, R.DATETIME: OK, R.TEXT: OK, R.LONG_TEXT: OK},
    Type.BOOLEAN: {R.BOOLEAN: OK, R.TEXT: OK, R.LONG_TEXT: OK, R.PICKLIST: _lossy(_OPTIONS)},
    Type.LIST: {
        R.TEXT: OK,
        R.LONG_TEXT: OK,
        R.PICKLIST: _lossy("A lead with more than one value does not fit in one option."),
        R.MULTI_PICKLIST: _lossy(_OPTIONS),
    },
}
# A picklist qualifier's values are mapped to options one by one; text takes their labels.
_CHOSEN: dict[R, Fit] = {R.PICKLIST: OK, R.MULTI_PICKLIST: OK, R.BOOLEAN: OK, R.TEXT: OK, R.LONG_TEXT: OK}

# A field that holds fewer characters than this for such a value gets a warning.
_ROOM: dict[Type, int] = {
    Type.TEXT: 20,
    Type.EMAIL: 80,
    Type.URL: 255,
    Type.PHONE: 20,
    Type.NUMBER: 10,
    Type.DATE: 10,
    Type.BOOLEAN: 5,
    Type.LIST: 255,
}
_ROOM_LONG = 1000
# X's names have 15 characters; an address is cut down to its name.
_ROOM_HANDLE = 15
_TEXTUAL = {R.TEXT, R.LONG_TEXT, R.EMAIL, R.URL, R.PHONE}


def fit(source: Source, remote: RemoteField) -> Fit:
    """How well `source` goes into `remote`; the first sentence that matters, refusals before warnings."""
    if not remote.writable:
        if remote.custom and remote.type is R.REFERENCE:
            return _refused("Takes another record, which a lead does not name.")
        return _refused("Read-only for the connected user.")
    found = (_CHOSEN if source.options else _TABLE[source.type]).get(remote.type)
    if found is None:
        return _refused(f"{HOLDER[remote.type]} cannot hold {WHAT[source.type]}.")
    if found is OK:
        return _of_chosen(source, remote) if source.options else _of_size(source, remote)
    return _counted(found, remote)


def _of_chosen(source: Source, remote: RemoteField) -> Fit:
    if source.multiple and remote.type in (R.PICKLIST, R.BOOLEAN):
        return _lossy(f"A lead with several values does not fit: {HOLDER[remote.type].lower()} holds one.")
    return _of_rights(remote)


def _of_size(source: Source, remote: RemoteField) -> Fit:
    room = _ROOM_HANDLE if remote.handle else _ROOM_LONG if source.long else _ROOM[source.type]
    if remote.type in _TEXTUAL and remote.length is not None and remote.length < room:
        return _lossy(f"Holds {remote.length:,} characters. A lead with more is not sent.")
    return _of_rights(remote)


def _of_rights(remote: RemoteField) -> Fit:
    if not remote.updatable:
        return _lossy("Written only when the record is created.")
    if not remote.creatable:
        return _lossy("Written only into records that exist already.")
    return OK


def _counted(found: Fit, remote: RemoteField) -> Fit:
    """Say how many options, where the vendor tells them."""
    options = sum(option.active for option in remote.options)
    if found.sentence != _OPTIONS or not options:
        return found
    if not remote.restricted:
        return OK
    return _lossy(f"Only its {options} options fit." if options > 1 else "Only its one option fits.")


_BADGES: dict[R, str] = {
    R.TEXT: "TEXT",
    R.LONG_TEXT: "TEXT",
    R.EMAIL: "EMAIL",
    R.URL: "URL",
    R.PHONE: "PHONE",
    R.NUMBER: "NUMBER",
    R.DATE: "DATE",
    R.DATETIME: "DATE",
    R.BOOLEAN: "BOOLEAN",
    R.PICKLIST: "LIST",
    R.MULTI_PICKLIST: "LIST",
    R.REFERENCE: "REFERENCE",
    R.OTHER: "OTHER",
}


def badge(remote: RemoteField) -> str:
    """The type of a remote field as the picker shows it: `TEXT 128`, `LIST`, `DATE`."""
    word = _BADGES[remote.type]
    return f"{word} {remote.length}" if remote.length and remote.type in (R.TEXT, R.LONG_TEXT) else word
