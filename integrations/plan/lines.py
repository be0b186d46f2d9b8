"""A line of a plan, and what it would do. Pure."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.contract import WriteBehaviour


class Verdict(enum.StrEnum):
    SAME = "same"
    ADD = "add"
    CHANGE = "change"
    CLEAR = "clear"
    REFUSED = "refused"


class LineRefused(Exception):
    """The line cannot be applied; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row as it stood in the file: cells by column name, blank ones left out. `formulas` names the columns whose
    cells are calculated; `row` is the number a person sees in the spreadsheet.
    """

    sheet: str
    row: int
    cells: Mapping[str, str]
    formulas: tuple[str, ...] = ()

    def said(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def id(self) -> str:
        return f"{self.sheet}-{self.row}"


@dataclass(frozen=True, slots=True)
class MapRow:
    object: str
    source_key: str
    remote_field: str
    behaviour: WriteBehaviour


@dataclass(frozen=True, slots=True)
class ClearRow:
    object: str
    source_key: str


@dataclass(frozen=True, slots=True)
class PutConstant:
    object: str
    remote_field: str
    value: str
    behaviour: WriteBehaviour
    fallback: bool


@dataclass(frozen=True, slots=True)
class ClearConstant:
    object: str
    remote_field: str


@dataclass(frozen=True, slots=True)
class MapValue:
    object: str
    qualifier_id: int
    value_id: int
    option: str


@dataclass(frozen=True, slots=True)
class ClearValue:
    object: str
    qualifier_id: int
    value_id: int


@dataclass(frozen=True, slots=True)
class JoinCampaign:
    """`pk` of the campaign mapping; None for one that is not on the list yet."""

    pk: int | None
    kind: str
    remote_id: str
    events: tuple[int, ...]
    threshold: int
    status: str
    status_qualifier: int | None
    status_by_value: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeaveCampaign:
    pk: int


Deed = MapRow | ClearRow | PutConstant | ClearConstant | MapValue | ClearValue | JoinCampaign | LeaveCampaign


@dataclass(slots=True)
class Line:
    """What one row of a plan says, beside what is now. `note` is the reason of a refusal, or a warning; `state` is what
    stands there now, to be compared when the line is applied.
    """

    sheet: str
    row: int
    subject: str
    now: str = ""
    plan: str = ""
    verdict: Verdict = Verdict.SAME
    note: str = ""
    state: str = ""
    deed: Deed | None = None

    @property
    def id(self) -> str:
        return f"{self.sheet}-{self.row}"

    @property
    def mark(self) -> str:
        """What a form carries to say in which state it showed the line."""
        return hashlib.sha256(self.state.encode()).hexdigest()[:16]

    def refuse(self, sentence: str) -> None:
        self.verdict, self.note, self.deed = Verdict.REFUSED, sentence, None
