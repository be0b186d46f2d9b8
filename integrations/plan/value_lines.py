"""The lines of the sheet Values: which remote option a value of a qualifier goes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.contract import RemoteField
from integrations.plan.layout import (
    OPTION,
    QUALIFIER,
    QUALIFIER_KEY,
    QUALIFIERS,
    VALUE,
    VALUE_KEY,
    Ambiguous,
    find,
    is_clear,
    named,
)
from integrations.plan.lines import ClearValue, Line, LineRefused, MapValue, PlanRow, Verdict
from integrations.plan.mapping_lines import DEFINE, NOT_MAPPED, identity, object_of
from integrations.plan.standing import Standing
from integrations.planning import QUALIFIER_PREFIX, takes_options
from integrations.qualifiers import options_for

_ADD = " Add it under Settings, Qualifiers."


def value_line(
    row: PlanRow, standing: Standing, targets: Mapping[tuple[str, str], str]
) -> tuple[Line, tuple[object, ...]] | None:
    """None where nothing is planned. `targets`: (object, source) -> its remote field once the plan is applied. Raises
    `LineRefused`.
    """
    said = row.said(OPTION)
    if not said:
        return None
    remote_object = object_of(row, standing)
    names = {f"{QUALIFIER_PREFIX}{pk}": name for pk, name in standing.qualifier_names().items()}
    key = identity(row, QUALIFIER, QUALIFIER_KEY, names, what="no qualifier", fix=DEFINE)
    qualifier_id = int(key.removeprefix(QUALIFIER_PREFIX))
    labels = {str(pk): label for pk, label in standing.labels[qualifier_id].items()}
    value_id = int(identity(row, VALUE, VALUE_KEY, labels, what=f"no value of {names[key]} called", fix=_ADD))
    placed = standing.rows.get((remote_object.name, key))
    target = targets.get((remote_object.name, key), "")
    option = standing.values.get((remote_object.name, qualifier_id, value_id), "")
    subject = f"{names[key]}, value {labels[str(value_id)]} on {remote_object.label}"
    line = Line(row.sheet, row.row, subject, plan=said)
    line.state = f"{placed.remote_field if placed else ''} {option}"
    stands = standing.field(remote_object.name, placed.remote_field) if placed else None
    line.now = option_words(stands, option) if option else NOT_MAPPED
    # A qualifier that moves forgets the options of the field before.
    moves = not placed or placed.remote_field != target
    place = (remote_object.name, qualifier_id, value_id)
    if is_clear(said):
        line.plan = NOT_MAPPED
        if option and not moves:
            line.verdict, line.deed = Verdict.CLEAR, ClearValue(*place)
        elif option:
            line.verdict, line.note = Verdict.SAME, "The qualifier gets another field, and its values start anew."
        return line, place
    if option and not moves and said in (option, line.now):
        line.plan = line.now
        return line, place
    try:
        remote = _field(row, standing, remote_object.name, target)
        chosen = _option(said, remote)
    except LineRefused as refused:
        line.refuse(refused.sentence)
        return line, place
    line.plan = option_words(remote, chosen)
    if chosen == option and not moves:
        return line, place
    line.verdict = Verdict.CHANGE if option else Verdict.ADD
    line.deed = MapValue(*place, chosen)
    return line, place


def _field(row: PlanRow, standing: Standing, object_name: str, target: str) -> RemoteField:
    if not target:
        raise LineRefused(
            f"{row.said(QUALIFIER) or 'The qualifier'} goes to no field of {standing.objects[object_name].label}. "
            f"Plan its field on the sheet {QUALIFIERS.title}."
        )
    remote = standing.field(object_name, target)
    if remote is None:
        raise LineRefused(f"{target} of {standing.objects[object_name].label} is gone. Plan another field first.")
    if not takes_options(remote):
        raise LineRefused(f"“{remote.label}” is no picklist: the value is sent as it is and needs no option.")
    return remote


def _option(said: str, remote: RemoteField) -> str:
    options = options_for(remote)
    found = find(said, [(option.value, option.label) for option in options])
    if isinstance(found, Ambiguous):
        raise LineRefused(f"“{remote.label}” has several options called “{said}”. Write the option's value instead.")
    if found is None and options:
        raise LineRefused(f"“{said}” is not an option of “{remote.label}”.")
    return found or said


def option_words(remote: RemoteField | None, value: str) -> str:
    option = remote.option(value) if remote else None
    return named(option.label, value) if option else value
