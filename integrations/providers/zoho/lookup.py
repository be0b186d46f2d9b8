"""Records by the value of a field: read by COQL, and the one that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from integrations.contract import Cause, Fault, Step
from integrations.providers.zoho import coql, errors, values
from integrations.providers.zoho.run import Run, Work


def find(
    run: Run, module: str, name: str, keys: Iterable[str], columns: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """The records by the value of a field, case aside, oldest first. Reads by COQL. Raises `ProviderError`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for statement in coql.selects(columns, module, name, keys):
        for record in run.query(statement).records:
            found.setdefault(values.text(record.get(name)).casefold(), []).append(record)
    return found


def choose(run: Run, work: Work, name: str, key: str, records: Sequence[dict[str, Any]]) -> None:
    """The one record, the oldest of several with a warning, or AMBIGUOUS_MATCH where the admin decides."""
    if not records:
        work.note(Step.MATCH, f"No record has this {errors.label(name)}.", sent={name: key})
        return
    if len(records) > 1 and run.asks:
        message = (
            f"{len(records)} records in Zoho CRM have the {errors.label(name)} {key}. Choose the one that is meant."
        )
        refs = tuple(run.ref(work.module, record["id"]) for record in records)
        fault = Fault(Cause.AMBIGUOUS_MATCH, message, field=name, value=key, object=work.module, candidates=refs)
        work.fail(fault, Step.MATCH)
        return
    if len(records) > 1:
        work.warn(
            f"{len(records)} records in Zoho CRM have the {errors.label(name)} {key}. "
            f"The oldest, {records[0]['id']}, is updated; there is also {', '.join(row['id'] for row in records[1:6])}."
        )
    work.id, work.present = records[0]["id"], records[0]
    work.note(Step.MATCH, f"Found the record {work.id} by {errors.label(name)}.", sent={name: key}, answer=records[0])
