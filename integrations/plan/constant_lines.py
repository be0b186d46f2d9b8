"""The lines of the sheet Constants: values of the admin's own for remote fields. Pure."""

from __future__ import annotations

from integrations.constants import checked, field_for, shown_value
from integrations.contract import RemoteField, WriteBehaviour
from integrations.meanwhile import MappingRefused
from integrations.plan.layout import BEHAVIOURS, CONSTANT, FALLBACK, FIELD, KIND, VALUE, WRITE, is_clear
from integrations.plan.lines import ClearConstant, Line, LineRefused, PlanRow, PutConstant, Verdict
from integrations.plan.mapping_lines import behaviour_of, field_of, field_words, object_of
from integrations.plan.standing import Held, Standing

NONE = "None"


def constant_line(row: PlanRow, standing: Standing) -> tuple[Line, tuple[object, ...]] | None:
    """None where nothing is planned. Raises `LineRefused`."""
    said = row.said(VALUE)
    if not said and not row.said(WRITE) and not row.said(KIND):
        return None
    remote_object = object_of(row, standing)
    gone = next(
        (name for place, name in standing.constants if place == remote_object.name and name == row.said(FIELD)), ""
    )
    name = gone or field_of(row.said(FIELD), remote_object, standing).name
    now = standing.constants.get((remote_object.name, name))
    if not said and now is None:
        return None
    remote = remote_object.fields.get(name)
    line = Line(row.sheet, row.row, f"{field_words(remote_object, name)} on {remote_object.label}")
    line.state, line.now = (now.state, _words(now, remote)) if now else ("", NONE)
    line.plan = said
    try:
        _judge(line, row, standing, remote_object.name, name, now)
    except LineRefused as refused:
        line.refuse(refused.sentence)
    except MappingRefused as refused:
        line.refuse(refused.sentence)
    return line, (remote_object.name, name)


def _judge(line: Line, row: PlanRow, standing: Standing, object_name: str, name: str, now: Held | None) -> None:
    said, remote_object = row.said(VALUE), standing.objects[object_name]
    if is_clear(said):
        line.plan = NONE
        if now:
            line.verdict, line.deed = Verdict.CLEAR, ClearConstant(object_name, name)
        return
    fallback = _fallback(row, now)
    kind = behaviour_of(row) or (now.behaviour if now else WriteBehaviour.OVERWRITE)
    held = remote_object.fields.get(name)
    kept = now.value if now and _plain(said) in ("", _plain(now.value), _plain(shown_value(now.value, held))) else None
    if now and kept is not None and (fallback, kind) == (now.fallback, now.behaviour):
        line.plan = line.now
        return
    if fallback and now and not now.fallback:
        raise LineRefused(f"“{line.subject}” has a constant, which no lead lacks. Clear it first.")
    remote = field_for(remote_object, name, fallback=fallback)
    value = checked(kept if kept is not None else said, remote, vendor=standing.vendor)
    planned = Held(value, kind, fallback, "")
    line.plan = _words(planned, remote)
    if now and (value, kind, fallback) == (now.value, now.behaviour, now.fallback):
        return
    line.verdict = Verdict.CHANGE if now else Verdict.ADD
    line.deed = PutConstant(object_name, name, value, kind, fallback)


def _plain(text: str) -> str:
    """XML and CSV keep no two kinds of line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _fallback(row: PlanRow, now: Held | None) -> bool:
    said = row.said(KIND).strip().casefold()
    if not said and now:
        return now.fallback
    if said not in (CONSTANT.casefold(), FALLBACK.casefold()):
        raise LineRefused(f"Write {CONSTANT} or {FALLBACK} under “{KIND}”.")
    return said == FALLBACK.casefold()


def _words(held: Held, remote: RemoteField | None) -> str:
    shown = shown_value(held.value, remote)
    shown = f"“{shown if len(shown) <= 80 else f'{shown[:77]}…'}”"
    if held.fallback:
        return f"{shown}, {FALLBACK}"
    return shown if held.behaviour is WriteBehaviour.OVERWRITE else f"{shown}, {BEHAVIOURS[held.behaviour]}"
