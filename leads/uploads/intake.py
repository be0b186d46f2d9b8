"""From a file to rows that are ready: taking it in, correcting the columns, fixing a row or leaving it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from django.db import transaction
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower, Trim

from leads.bulk import rewrite
from leads.identity import Identity
from leads.known import Known
from leads.models import Event, Lead, Organization, Upload, UploadRow, User
from leads.uploads.checking import Checked, check_row, people
from leads.uploads.encoding import FileRefused
from leads.uploads.matching import SAMPLE, guess, match_columns
from leads.uploads.reading import read_table

MOST_ROWS = 50_000
# Keys looked up in one query.
CHUNK = 5_000


class UploadRefused(Exception):
    """What was asked cannot be done with this upload any more; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def take_in(*, organization: Organization, by: User, filename: str, data: bytes, event: Event | None = None) -> Upload:
    """Read a file, guess its columns and check its rows. Raises `FileRefused`."""
    filename = PurePath(filename.replace("\\", "/").replace("\x00", "")).name[:255] or "upload.csv"
    table = read_table(data, filename=filename)
    if len(table.rows) > MOST_ROWS:
        raise FileRefused(
            f"“{filename}” has {len(table.rows):,} rows; {MOST_ROWS:,} is the most for one file. Cut it into parts."
        )
    guesses = guess(table.header, [row.cells for row in table.rows[:SAMPLE]])
    upload = Upload.objects.create(
        organization=organization,
        event=event,
        uploaded_by=by,
        filename=filename,
        size=len(data),
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=table.header,
        columns={str(position): known.field for position, known in guesses.items()},
        total=len(table.rows),
    )
    rows = [UploadRow(upload=upload, number=row.number, cells=row.cells) for row in table.rows]
    _check(upload, rows)
    UploadRow.objects.bulk_create(rows, batch_size=2_000)
    return upload


@transaction.atomic
def set_columns(*, upload: Upload, wanted: Mapping[int, str]) -> tuple[Upload, dict[int, int]]:
    """Give the columns their Mobly fields (blank: left out) and check all rows anew. Columns not named stay.

    Returns the upload and what was refused: position -> the position whose field it already is. Raises `UploadRefused`.
    """
    upload = _open(upload)
    current = columns_of(upload)
    columns, refused = match_columns(current, {**current, **wanted})
    if columns != current:
        upload.columns = {str(position): field for position, field in columns.items()}
        _recheck(upload)
    return upload, refused


@transaction.atomic
def fix_row(*, upload: Upload, number: int, values: Mapping[int, str]) -> UploadRow:
    """Put corrected values (by column position) into a bad row; what stood beyond the last column goes. Raises
    `UploadRefused`."""
    upload = _open(upload)
    row = _bad_row(upload, number)
    width = len(upload.header)
    cells = [*row.cells, *[""] * width][:width]
    for position, value in values.items():
        cells[position] = value.replace("\x00", "")
    row.cells = cells
    checked = check_row(cells, columns_of(upload), width)
    row.problems = dict(checked.problems)
    row.state = UploadRow.State.BAD if checked.problems else UploadRow.State.READY
    row.save(update_fields=["cells", "problems", "state"])
    if checked.identity:
        _count_one(upload, row, checked.identity)
    return row


@transaction.atomic
def leave_out(*, upload: Upload, number: int) -> UploadRow:
    """Leave a bad row out of the import. Raises `UploadRefused`."""
    upload = _open(upload)
    row = _bad_row(upload, number)
    row.state = UploadRow.State.SKIPPED
    row.save(update_fields=["state"])
    return row


@transaction.atomic
def discard(*, upload: Upload) -> None:
    """Forget a file that was not imported, with its rows. Raises `UploadRefused`."""
    upload = _open(upload)
    if upload.done:
        raise UploadRefused(f"{upload.done:,} rows of “{upload.filename}” are imported already.")
    upload.delete()


def columns_of(upload: Upload) -> dict[int, str]:
    """JSON keys are texts; here they are positions again."""
    return {int(position): field for position, field in upload.columns.items()}


def _open(upload: Upload) -> Upload:
    upload = Upload.objects.select_for_update(of=("self",)).select_related("organization", "event").get(pk=upload.pk)
    if upload.state == Upload.State.IMPORTING:
        raise UploadRefused(f"“{upload.filename}” is being imported right now.")
    return upload


def _bad_row(upload: Upload, number: int) -> UploadRow:
    row = upload.rows.select_for_update().to_fix().filter(number=number).first()
    if row is None:
        raise UploadRefused(f"Row {number} is not to be fixed any more.")
    return row


def _recheck(upload: Upload) -> None:
    rows = list(upload.rows.still_open())
    before = {row.pk: (row.state, row.problems) for row in rows}
    _check(upload, rows)
    rewrite([row for row in rows if (row.state, row.problems) != before[row.pk]], ["state", "problems"])


def _check(upload: Upload, rows: Sequence[UploadRow]) -> None:
    """Set state and problems of the rows and the figures of the upload, and save the upload."""
    columns, width = columns_of(upload), len(upload.header)
    identities = []
    for row in rows:
        checked = check_row(row.cells, columns, width) if columns else Checked()
        row.problems = dict(checked.problems)
        row.state = UploadRow.State.BAD if checked.problems else UploadRow.State.READY
        if checked.identity:
            identities.append(checked.identity)
    upload.state = Upload.State.CHECKED if columns else Upload.State.MATCHING
    _save_people(upload, identities)


def _count_one(upload: Upload, row: UploadRow, identity: Identity) -> None:
    """Add a row that has become ready to the figures; the others are not read again."""
    if identity.email and _stands_elsewhere(upload, row, identity.email):
        upload.repeated += 1
    elif known_people(upload.organization, [identity]).find(identity):
        upload.known += 1
    upload.save(update_fields=["known", "repeated"])


def _stands_elsewhere(upload: Upload, row: UploadRow, email: str) -> bool:
    position = next(at for at, field in columns_of(upload).items() if field == "email")
    said = Lower(Trim(KeyTextTransform(position, "cells")))
    others = upload.rows.ready().exclude(pk=row.pk)
    return others.annotate(said=said).filter(said=email).exists()


def _save_people(upload: Upload, identities: Sequence[Identity]) -> None:
    known = known_people(upload.organization, identities)
    upload.known, upload.repeated = people(identities, lambda identity: known.find(identity) is not None)
    upload.save()


def known_people(organization: Organization, identities: Iterable[Identity]) -> Known:
    """The leads that any of these people may be, for looking only."""
    emails = sorted({identity.email for identity in identities} - {""})
    names = sorted({identity.name for identity in identities} - {""})
    leads: dict[int, Lead] = {}
    for start in range(0, max(len(emails), len(names)), CHUNK):
        same = Q(email_key__in=emails[start : start + CHUNK]) | Q(name_key__in=names[start : start + CHUNK])
        leads |= organization.leads.filter(same).only("email_key", "name_key").order_by("pk").in_bulk()
    return Known(leads.values())
