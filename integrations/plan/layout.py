"""How a mapping plan is laid out: its sheets, their columns and the words of its cells. Pure.

Columns are found by their names, wherever they stand, and sheets by their titles; what else people add is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from integrations.contract import WriteBehaviour

# An empty cell and an absent line say nothing; only this word takes something away.
CLEAR = "(clear)"
CONSTANT, FALLBACK = "Constant", "Fallback"
BEHAVIOURS = {WriteBehaviour.OVERWRITE: "Overwrite", WriteBehaviour.IF_BLANK: "Write if Blank"}
HOW_TO, LISTS = "How to use", "Lists"

OBJECT, OBJECT_KEY = "Object", "Object API name"
SOURCE, SOURCE_KEY = "Mobly field", "Mobly key"
QUALIFIER, QUALIFIER_KEY = "Qualifier", "Qualifier key"
VALUE, VALUE_KEY = "Value", "Value key"
TYPE, FIELD, WRITE, KIND, OPTION = "Type", "CRM field", "Write", "Kind", "CRM option"
CAMPAIGN, REMOTE_ID, EVENTS, THRESHOLD = "Campaign", "Remote id", "Events", "Lead Scan Threshold"
STATUS, STATUS_QUALIFIER, STATUS_BY_VALUE = "Status", "Status by qualifier", "Status by value"


@dataclass(frozen=True, slots=True)
class Column:
    """`planned`: a person fills it in; the others say what the line is about. `width` counts characters."""

    name: str
    width: int
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """`needed` are the columns without which a table is not this sheet."""

    title: str
    columns: tuple[Column, ...]
    needed: tuple[str, ...]

    @property
    def planned(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.planned)


_FIELD, _WRITE = Column(FIELD, 44, planned=True), Column(WRITE, 16, planned=True)

FIELDS = Sheet(
    "Fields",
    (
        Column(OBJECT, 18),
        Column(SOURCE, 30),
        Column(TYPE, 10),
        _FIELD,
        _WRITE,
        Column(OBJECT_KEY, 20),
        Column(SOURCE_KEY, 26),
    ),
    (OBJECT, SOURCE, FIELD),
)
CONSTANTS = Sheet(
    "Constants",
    (
        Column(OBJECT, 18),
        Column(FIELD, 44),
        Column(KIND, 12, planned=True),
        Column(VALUE, 40, planned=True),
        _WRITE,
        Column(OBJECT_KEY, 20),
    ),
    (OBJECT, FIELD, KIND, VALUE),
)
QUALIFIERS = Sheet(
    "Qualifiers",
    (
        Column(OBJECT, 18),
        Column(QUALIFIER, 30),
        Column(TYPE, 16),
        _FIELD,
        _WRITE,
        Column(OBJECT_KEY, 20),
        Column(QUALIFIER_KEY, 18),
    ),
    (OBJECT, QUALIFIER, FIELD),
)
VALUES = Sheet(
    "Values",
    (
        Column(OBJECT, 18),
        Column(QUALIFIER, 30),
        Column(VALUE, 30),
        Column(FIELD, 36),
        Column(OPTION, 36, planned=True),
        Column(OBJECT_KEY, 20),
        Column(QUALIFIER_KEY, 18),
        Column(VALUE_KEY, 12),
    ),
    (OBJECT, QUALIFIER, VALUE, OPTION),
)
CAMPAIGNS = Sheet(
    "Campaigns",
    (
        Column(CAMPAIGN, 40),
        Column(EVENTS, 40, planned=True),
        Column(THRESHOLD, 20, planned=True),
        Column(STATUS, 20, planned=True),
        Column(STATUS_QUALIFIER, 22, planned=True),
        Column(STATUS_BY_VALUE, 44, planned=True),
        Column(KIND, 16),
        Column(REMOTE_ID, 24),
    ),
    (CAMPAIGN, EVENTS, REMOTE_ID),
)

SHEETS: tuple[Sheet, ...] = (FIELDS, CONSTANTS, QUALIFIERS, VALUES, CAMPAIGNS)
BY_TITLE = {sheet.title.casefold(): sheet for sheet in SHEETS}
# Of a table without a title: the sheet that needs the most of what it has.
BY_COLUMNS = (VALUES, CAMPAIGNS, CONSTANTS, QUALIFIERS, FIELDS)


_ASIDE = re.compile(r"(?P<label>.+) \((?P<name>[^()]+)\)")


def named(label: str, name: str) -> str:
    """`Lead Rating (Rating)`: as people call it and as the API does; only one where they are the same."""
    return f"{label} ({name})" if label != name else name


def is_clear(said: str) -> bool:
    return said.strip().casefold() == CLEAR


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """What was said fits several things."""

    said: str


def find(said: str, known: Iterable[tuple[str, str]]) -> str | Ambiguous | None:
    """The name among `known` (name, label) that a cell means: `Label (name)`, the name itself, or a label of one."""
    pairs, said = list(known), " ".join(said.split())
    for name, label in pairs:
        if said in (name, " ".join(named(label, name).split())):
            return name
    if aside := _ASIDE.fullmatch(said):
        # The API name stays when a label changes; beside the label of another one it is a slip.
        label, name = aside["label"].casefold(), aside["name"]
        others = {other.casefold() for known_name, other in pairs if known_name != name}
        if name in dict(pairs) and label not in others:
            return name
    wanted = said.casefold()
    alike = {name for name, label in pairs if wanted in (" ".join(label.split()).casefold(), name.casefold())}
    if len(alike) > 1:
        return Ambiguous(said)
    return next(iter(alike), None)
