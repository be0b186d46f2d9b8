"""Rows become leads: in batches, each in its own transaction, so that a killed worker loses none and doubles none."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import OperationalError, transaction
from django.utils import timezone

from leads.capture import Captured, Meeting, capture_many
from leads.hints import BATCH, hint_import
from leads.models import Capture, Event, Upload, UploadRow
from leads.uploads.checking import check_row, meeting_key
from leads.uploads.intake import UploadRefused, columns_of
from leads.uploads.matching import person_of

logger = logging.getLogger(__name__)


@transaction.atomic
def start_import(*, upload: Upload, event: Event | None) -> Upload:
    """Hand the ready rows to a worker. Starting again after a stop goes on where it stopped. Raises `UploadRefused`."""
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.state == Upload.State.IMPORTING:
        return upload
    if not upload.rows.ready().exists():
        raise UploadRefused("No row is ready to be imported. Match a column or fix a row first.")
    if not upload.columns:
        raise UploadRefused("No column has a Mobly field yet. Choose one.")
    upload.event = event
    upload.state, upload.problem = Upload.State.IMPORTING, ""
    upload.save(update_fields=["event", "state", "problem"])
    hint_import(upload.pk)
    return upload


def import_batch(*, upload_id: int) -> bool:
    """Import the next rows; True while there may be more. What stops it for good is said on the upload."""
    try:
        return _import_batch(upload_id)
    except OperationalError:
        # The database is away or chose another transaction: the sweep comes back to it.
        raise
    except Exception as problem:
        logger.exception("Upload %s stopped", upload_id)
        Upload.objects.being_imported().filter(pk=upload_id).update(
            state=Upload.State.FAILED,
            problem=f"Mobly could not import the next rows ({type(problem).__name__}). The operator is told; "
            "what is imported stays, and Continue goes on from here.",
        )
        return False


@transaction.atomic
def _import_batch(upload_id: int) -> bool:
    upload = _held(upload_id)
    if upload is None:
        return False
    rows = list(upload.rows.ready()[:BATCH])
    if not rows:
        upload.state, upload.finished_at = Upload.State.DONE, timezone.now()
        upload.save(update_fields=["state", "finished_at"])
        return False
    sound = _sound(upload, rows)
    results = capture_many(organization=upload.organization, meetings=[_meeting(upload, row) for row in sound])
    upload.rows.filter(pk__in=[row.pk for row in sound]).update(state=UploadRow.State.DONE)
    _count(upload, results)
    return True


def _held(upload_id: int) -> Upload | None:
    """The upload, locked; None when it is not being imported or another worker has it in hand."""
    importing = Upload.objects.being_imported().filter(pk=upload_id).with_names()
    return importing.select_for_update(of=("self",), no_key=True, skip_locked=True).first()


def _sound(upload: Upload, rows: Sequence[UploadRow]) -> list[UploadRow]:
    """Rows that can still become leads. The rules may have changed since the review: then a row goes back to be
    fixed."""
    columns, width = columns_of(upload), len(upload.header)
    sound = []
    for row in rows:
        problems = check_row(row.cells, columns, width).problems
        if problems:
            row.problems, row.state = dict(problems), UploadRow.State.BAD
            row.save(update_fields=["problems", "state"])
        else:
            sound.append(row)
    return sound


def _meeting(upload: Upload, row: UploadRow) -> Meeting:
    columns = columns_of(upload)
    return Meeting(
        person=person_of(row.cells, columns),
        source=Capture.Source.CSV_UPLOAD,
        event=upload.event,
        by=upload.uploaded_by,
        key=meeting_key(upload.event_id, row.cells, columns),
    )


def _count(upload: Upload, results: Sequence[Captured]) -> None:
    created = sum(result.created for result in results)
    changed = sum(result.changed for result in results)
    upload.done += len(results)
    upload.created += created
    upload.updated += changed - created
    upload.unchanged += len(results) - changed
    upload.save(update_fields=["done", "created", "updated", "unchanged"])
