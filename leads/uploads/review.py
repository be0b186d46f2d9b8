"""An upload as its page shows it: columns with their match, rows to fix, the first rows as they will arrive. Reads
only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leads.fields import BY_KEY, EDITABLE, MoblyField
from leads.identity import cleaned
from leads.models import Upload, UploadRow
from leads.uploads.checking import WHOLE, check_row
from leads.uploads.encoding import NAMES
from leads.uploads.intake import columns_of, known_people
from leads.uploads.matching import SAMPLE, Guess, Reason, column, guess, person_of, reason_of
from leads.uploads.reading import DELIMITERS

PREVIEW = 3
SAMPLES = 3
TO_FIX = 50
TO_FIX_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """`taken_by` is the name of the column that holds the wanted field, when this one was refused it."""

    position: int
    name: str
    samples: str
    field: str
    reason: Reason
    taken_by: str = ""
    wanted: str = ""

    @property
    def wanted_label(self) -> str:
        return BY_KEY[self.wanted].label if self.wanted else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One input of a row to fix. `sentence` is blank for a value that is only shown because the row as a whole is at
    fault."""

    position: int
    label: str
    value: str
    sentence: str


@dataclass(frozen=True, slots=True)
class RowLine:
    row: UploadRow
    faults: list[Fault]
    sentence: str


@dataclass(frozen=True, slots=True)
class PreviewLine:
    number: int
    values: list[str]
    state: UploadRow.State
    known: bool


@dataclass(frozen=True, slots=True)
class Review:
    """Everything the page shows, read with a constant number of queries."""

    upload: Upload
    columns: list[ColumnLine]
    fields: list[MoblyField]
    preview_fields: list[MoblyField]
    preview: list[PreviewLine]
    to_fix: list[RowLine]
    counts: Mapping[str, int]

    @property
    def matched(self) -> int:
        return len(self.upload.columns)

    @property
    def ready(self) -> int:
        return self.counts.get(UploadRow.State.READY, 0)

    @property
    def bad(self) -> int:
        return self.counts.get(UploadRow.State.BAD, 0)

    @property
    def to_import(self) -> int:
        """All rows of a running import, those done included."""
        return self.upload.done + self.ready

    @property
    def left_out(self) -> int:
        """Not imported for now: what a person left out and what waits to be fixed."""
        return self.bad + self.counts.get(UploadRow.State.SKIPPED, 0)

    @property
    def new(self) -> int:
        """People of the ready rows who are no lead yet; somebody who stands in the file twice counts once."""
        return self.ready - self.upload.known - self.upload.repeated

    @property
    def more_to_fix(self) -> int:
        return self.bad - len(self.to_fix)

    @property
    def about(self) -> str:
        """The file in one line, without its name."""
        encoding = NAMES.get(self.upload.encoding, self.upload.encoding)
        return f"{encoding}, {DELIMITERS.get(self.upload.delimiter, self.upload.delimiter)}"

    @property
    def lacks_email(self) -> bool:
        return "email" not in self.upload.columns.values()

    @property
    def first(self) -> int:
        return len(self.preview)


def review_of(
    upload: Upload,
    *,
    refused: Mapping[int, int] | None = None,
    wanted: Mapping[int, str] | None = None,
    all_rows: bool = False,
) -> Review:
    """`refused` and `wanted` are what somebody just asked for and did not get. At most `TO_FIX` bad rows, or all."""
    columns = columns_of(upload)
    first = list(upload.rows.order_by("number")[:SAMPLE])
    cells = [row.cells for row in first]
    guesses = guess(upload.header, cells)
    bad = upload.rows.to_fix()
    return Review(
        upload=upload,
        columns=[
            _column(upload, position, columns, cells, guesses, refused, wanted)
            for position in range(len(upload.header))
        ],
        fields=list(EDITABLE),
        preview_fields=[BY_KEY[field] for field in columns.values()],
        preview=_preview(upload, first[:PREVIEW], columns),
        to_fix=[row_line(row, upload) for row in bad[: TO_FIX_AT_MOST if all_rows else TO_FIX]] if columns else [],
        counts=upload.rows.counted_by_state(),
    )


def row_line(row: UploadRow, upload: Upload) -> RowLine:
    """A row with an input for every value at fault; for every matched column when the row as a whole is."""
    columns = columns_of(upload)
    positions = list(columns) if WHOLE in row.problems else [int(position) for position in row.problems]
    faults = [
        Fault(
            position,
            BY_KEY[columns[position]].label,
            row.cells[position] if position < len(row.cells) else "",
            row.problems.get(str(position), ""),
        )
        for position in positions
        if position in columns
    ]
    return RowLine(row, faults, row.problems.get(WHOLE, ""))


def _column(
    upload: Upload,
    position: int,
    columns: Mapping[int, str],
    cells: Sequence[Sequence[str]],
    guesses: Mapping[int, Guess],
    refused: Mapping[int, int] | None,
    wanted: Mapping[int, str] | None,
) -> ColumnLine:
    field = columns.get(position, "")
    samples = ", ".join(dict.fromkeys(column(cells, position)))
    holder = (refused or {}).get(position)
    return ColumnLine(
        position=position,
        name=upload.header[position],
        samples=samples[:200],
        field=field,
        reason=reason_of(position, field, guesses),
        taken_by=upload.header[holder] if holder is not None else "",
        wanted=(wanted or {}).get(position, "") if holder is not None else "",
    )


def _preview(upload: Upload, rows: Sequence[UploadRow], columns: Mapping[int, str]) -> list[PreviewLine]:
    width = len(upload.header)
    identities = {row.pk: check_row(row.cells, columns, width).identity for row in rows}
    known = known_people(upload.organization, [identity for identity in identities.values() if identity])
    return [
        PreviewLine(
            number=row.number,
            values=[cleaned(person_of(row.cells, columns)).get(field, "") for field in columns.values()],
            state=UploadRow.State(row.state),
            known=bool((identity := identities[row.pk]) and known.find(identity)),
        )
        for row in rows
    ]
