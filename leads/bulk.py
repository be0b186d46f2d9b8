"""Many rows written at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def rewrite(rows: Sequence[Row], fields: Collection[str]) -> None:
    """Save these fields of rows that the caller has locked, in one statement for any number of rows and fields.

    An upsert on the id, because an update of many rows would spell out every field of every row as a case. `updated_at`
    is saved with them where there is one.
    """
    if not rows:
        return
    model = type(rows[0])
    own = {field.name for field in model._meta.fields}
    made = {row.pk: getattr(row, "created_at", None) for row in rows}
    model._default_manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*fields, *({"updated_at"} & own)],
        batch_size=1_000,
    )
    if "created_at" in own:
        # The insert half of the statement, which never happens, has put its own moment there.
        for row in rows:
            row.created_at = made[row.pk]  # type: ignore[attr-defined]
