"""What a plan would change: every line of it beside what stands now. Pure; nothing is asked of the vendor here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from integrations.plan import campaign_lines
from integrations.plan.campaign_lines import Found
from integrations.plan.constant_lines import constant_line
from integrations.plan.layout import (
    CAMPAIGN,
    CAMPAIGNS,
    CONSTANTS,
    FIELD,
    FIELDS,
    OBJECT,
    QUALIFIER,
    QUALIFIERS,
    SHEETS,
    SOURCE,
    VALUE,
    VALUES,
)
from integrations.plan.lines import ClearConstant, ClearRow, Line, LineRefused, MapRow, PlanRow, PutConstant, Verdict
from integrations.plan.mapping_lines import mapping_line
from integrations.plan.standing import Standing
from integrations.plan.value_lines import value_line


def compare(rows: Sequence[PlanRow], standing: Standing, found: Mapping[str, Found] | None = None) -> list[Line]:
    """A line for each row that says something, in the order of the sheets. `found`: the campaigns as the vendor has
    them, by the id of their row.
    """
    found = found or {}
    mapped = _lines(rows, (FIELDS.title, QUALIFIERS.title), lambda row: mapping_line(row, standing))
    constants = _lines(rows, (CONSTANTS.title,), lambda row: constant_line(row, standing))
    _settle([*mapped, *constants], standing)
    targets = _targets(mapped, standing)
    values = _lines(rows, (VALUES.title,), lambda row: value_line(row, standing, targets))
    campaigns = _lines(
        rows, (CAMPAIGNS.title,), lambda row: campaign_lines.campaign_line(row, standing, found.get(row.id))
    )
    order = {sheet.title: position for position, sheet in enumerate(SHEETS)}
    every = [*mapped, *constants, *values, *campaigns]
    return sorted(every, key=lambda line: (order[line.sheet], line.row))


# A line, and what it is about: two lines about the same thing cannot both be meant.
Judged = tuple[Line, tuple[object, ...]] | None


def _lines(rows: Sequence[PlanRow], titles: Sequence[str], judge: Callable[[PlanRow], Judged]) -> list[Line]:
    lines: list[Line] = []
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        if row.sheet not in titles:
            continue
        line, about = _judged(row, judge)
        if line is None:
            continue
        if about and about in first:
            line.refuse(f"Row {first[about]} says it already. Keep one of the two.")
        elif about:
            first[about] = row.row
        lines.append(line)
    return lines


def _judged(row: PlanRow, judge: Callable[[PlanRow], Judged]) -> tuple[Line | None, tuple[object, ...]]:
    line = Line(row.sheet, row.row, _subject(row))
    if row.formulas:
        columns = ", ".join(f"“{name}”" for name in row.formulas)
        line.refuse(f"A formula stands under {columns}. Put the value itself there.")
        return line, ()
    try:
        judged = judge(row)
    except LineRefused as refused:
        line.refuse(refused.sentence)
        return line, ()
    return judged or (None, ())


def _subject(row: PlanRow) -> str:
    """What a line that cannot be read is about, in its own words: `Lead Score, value Warm on Lead`."""
    what = next((said for column in (SOURCE, QUALIFIER, CAMPAIGN, FIELD) if (said := row.said(column))), "")
    value = f"value {row.said(VALUE)}" if row.sheet == VALUES.title and row.said(VALUE) else ""
    where = f" on {row.said(OBJECT)}" if row.said(OBJECT) else ""
    return f"{', '.join(filter(None, [what, value]))}{where}".strip()


# --- One source for each remote field ---------------------------------------------------------------------------------

Place = tuple[str, str]


def _settle(lines: Sequence[Line], standing: Standing) -> None:
    """Refuse the lines that would put a second source into a remote field, as things stand once the plan is applied.

    What a refused line would have moved stays where it is, and may be in the way of others: hence the rounds.
    """
    while clashes := _clashes(lines, standing):
        for line, sentence in clashes:
            line.refuse(sentence)


def _clashes(lines: Sequence[Line], standing: Standing) -> list[tuple[Line, str]]:
    stays: dict[tuple[str, str], str] = {}
    labels = {source.key: source.label for source in standing.sources}
    for (object_name, key), placed in standing.rows.items():
        stays[object_name, f"row {key}"] = placed.remote_field
    for object_name, name in (place for place, held in standing.constants.items() if not held.fallback):
        stays[object_name, f"constant {name}"] = name
    coming: dict[Place, list[Line]] = defaultdict(list)
    for line in lines:
        match line.deed:
            case MapRow(object=object_name, source_key=key, remote_field=name):
                stays.pop((object_name, f"row {key}"), None)
                coming[object_name, name].append(line)
            case PutConstant(object=object_name, remote_field=name, fallback=False):
                stays.pop((object_name, f"constant {name}"), None)
                coming[object_name, name].append(line)
            case ClearRow(object=object_name, source_key=key):
                stays.pop((object_name, f"row {key}"), None)
            case ClearConstant(object=object_name, remote_field=name):
                stays.pop((object_name, f"constant {name}"), None)
    holders = {
        (object_name, name): "a constant" if what.startswith("constant ") else labels.get(what[4:], what[4:])
        for (object_name, what), name in stays.items()
    }
    return [
        (line, sentence)
        for place, claims in coming.items()
        for line in claims
        if (sentence := _clash(line, place, claims, holders, standing))
    ]


def _clash(line: Line, place: Place, claims: Sequence[Line], holders: Mapping[Place, str], standing: Standing) -> str:
    remote = standing.field(*place)
    label = remote.label if remote else place[1]
    if place in holders:
        return f"“{label}” takes {holders[place]} already. Clear that row first, here or in the plan."
    others = [f"{other.subject} ({other.sheet}, row {other.row})" for other in claims if other is not line]
    if others:
        return f"“{label}” takes one source, and the plan gives it {' and '.join(others)} too."
    return ""


def _targets(lines: Sequence[Line], standing: Standing) -> dict[Place, str]:
    """(object, source) -> the remote field it goes to once the plan is applied."""
    targets = {place: placed.remote_field for place, placed in standing.rows.items()}
    for line in lines:
        match line.deed:
            case MapRow(object=object_name, source_key=key, remote_field=name):
                targets[object_name, key] = name
            case ClearRow(object=object_name, source_key=key):
                targets.pop((object_name, key), None)
    return targets


def counts(lines: Sequence[Line]) -> dict[Verdict, int]:
    return {verdict: sum(line.verdict is verdict for line in lines) for verdict in Verdict}
