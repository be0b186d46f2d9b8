"""The lines of the sheets Fields and Qualifiers: where a source goes in one remote object. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.contract import RemoteField, RemoteObject, WriteBehaviour
from integrations.plan.layout import (
    BEHAVIOURS,
    CLEAR,
    FIELD,
    FIELDS,
    OBJECT,
    OBJECT_KEY,
    QUALIFIER,
    QUALIFIER_KEY,
    SOURCE,
    SOURCE_KEY,
    WRITE,
    Ambiguous,
    find,
    is_clear,
    named,
)
from integrations.plan.lines import ClearRow, Line, LineRefused, MapRow, PlanRow, Verdict
from integrations.plan.standing import Placed, Standing
from integrations.sources import Source
from integrations.types import fit

NOT_MAPPED = "Not mapped"
DEFINE = " Define it under Settings, Qualifiers, or make it with Auto Create from CRM."


def mapping_line(row: PlanRow, standing: Standing) -> tuple[Line, tuple[object, ...]] | None:
    """None where nothing is planned. Raises `LineRefused`."""
    said, behaviour = row.said(FIELD), row.said(WRITE)
    if not said and not behaviour:
        return None
    remote_object = object_of(row, standing)
    source = _source(row, remote_object, standing)
    now = standing.rows.get((remote_object.name, source.key))
    if not said and now is None:
        return None
    line = Line(row.sheet, row.row, f"{source.label} on {remote_object.label}", state=now.state if now else "")
    line.now = _words(remote_object, now.remote_field, now.behaviour) if now else NOT_MAPPED
    _judge(line, row, standing, remote_object, source, now)
    return line, (remote_object.name, source.key)


def _judge(
    line: Line, row: PlanRow, standing: Standing, remote_object: RemoteObject, source: Source, now: Placed | None
) -> None:
    said = row.said(FIELD)
    line.plan = said
    if is_clear(said):
        line.plan = NOT_MAPPED
        if now:
            line.verdict, line.deed = Verdict.CLEAR, ClearRow(remote_object.name, source.key)
        return
    try:
        kind = behaviour_of(row) or (now.behaviour if now else WriteBehaviour.OVERWRITE)
        name = now.remote_field if now and _unchanged(said, remote_object, now) else ""
        if now and name and kind is now.behaviour:
            line.plan = line.now
            return
        remote = remote_object.fields.get(name) or field_of(said or name, remote_object, standing)
        fitness = fit(source, remote)
        if fitness.refused:
            raise LineRefused(f"“{remote.label}”: {fitness.sentence}")
    except LineRefused as refused:
        line.refuse(refused.sentence)
        return
    line.plan, line.note = _words(remote_object, remote.name, kind), fitness.sentence
    if now and (now.remote_field, now.behaviour) == (remote.name, kind):
        line.note = ""
        return
    line.verdict = Verdict.CHANGE if now else Verdict.ADD
    line.deed = MapRow(remote_object.name, source.key, remote.name, kind)


def _unchanged(said: str, remote_object: RemoteObject, now: Placed) -> bool:
    """Whether the cell names the field that stands there, be it gone at the vendor by now."""
    return not said or " ".join(said.split()) == " ".join(field_words(remote_object, now.remote_field).split())


def _source(row: PlanRow, remote_object: RemoteObject, standing: Standing) -> Source:
    """The key says which, where it is one of ours; else the name. A key and the name of another one are no pair."""
    label, key = (SOURCE, SOURCE_KEY) if row.sheet == FIELDS.title else (QUALIFIER, QUALIFIER_KEY)
    kind = "Mobly field" if row.sheet == FIELDS.title else "qualifier"
    sources = {
        source.key: source for source in standing.sources if (source.qualifier is None) == (row.sheet == FIELDS.title)
    }
    labels = {name: source.label for name, source in sources.items()}
    said = identity(row, label, key, labels, what=f"no {kind}", fix="" if row.sheet == FIELDS.title else DEFINE)
    source = sources[said]
    if said not in {offered.key for offered in standing.offered(remote_object)}:
        raise LineRefused(f"{source.label} cannot go to {remote_object.label}: only what describes a company can.")
    return source


# --- What other lines need too ----------------------------------------------------------------------------------------


def identity(row: PlanRow, label: str, key: str, known: Mapping[str, str], *, what: str, fix: str = "") -> str:
    """The key (of `known`: key -> label) that a row is about; `fix` is what to do where there is none. Raises
    `LineRefused`.
    """
    said, name = row.said(key), row.said(label)
    by_name = find(name, known.items()) if name else None
    if said in known:
        if isinstance(by_name, str) and by_name != said and known[said].casefold() != name.casefold():
            raise LineRefused(
                f"“{name}” and the key “{said}” do not belong together: that is the key of “{known[said]}”. "
                f"Empty the cell under “{key}”, or correct one of the two."
            )
        return said
    if isinstance(by_name, Ambiguous):
        raise LineRefused(f"Several are called “{name}”. Fill in “{key}” to say which.")
    if by_name is None:
        said = name or said
        raise LineRefused(f"There is {what} “{said}”.{fix}" if said else f"The cell under “{label}” is empty.")
    return by_name


def object_of(row: PlanRow, standing: Standing) -> RemoteObject:
    labels = {name: remote.label for name, remote in standing.objects.items()}
    name = identity(row, OBJECT, OBJECT_KEY, labels, what=f"no object of {standing.vendor} on the Mapping tab called")
    return standing.objects[name]


def field_of(said: str, remote_object: RemoteObject, standing: Standing) -> RemoteField:
    """The remote field a cell means. Raises `LineRefused`."""
    name = find(said, [(field.name, field.label) for field in remote_object.fields.values()])
    if isinstance(name, Ambiguous):
        raise LineRefused(f"{remote_object.label} has several fields called “{said}”. Write its API name instead.")
    if name is None:
        raise LineRefused(
            f"{remote_object.label} has no field “{said}”. Make it in {standing.vendor} and choose Refresh on the "
            f"Mapping tab, or write {CLEAR} to empty the row."
        )
    return remote_object.fields[name]


def behaviour_of(row: PlanRow) -> WriteBehaviour | None:
    """None where the cell is empty. Raises `LineRefused`."""
    said = " ".join(row.said(WRITE).split()).casefold()
    found = next((kind for kind, word in BEHAVIOURS.items() if word.casefold() == said), None)
    if said and found is None:
        raise LineRefused(f"“{row.said(WRITE)}” is no write behaviour. Write {' or '.join(BEHAVIOURS.values())}.")
    return found


def field_words(remote_object: RemoteObject, name: str) -> str:
    remote = remote_object.fields.get(name)
    return named(remote.label, name) if remote else name


def _words(remote_object: RemoteObject, name: str, behaviour: WriteBehaviour) -> str:
    said = field_words(remote_object, name)
    return said if behaviour is WriteBehaviour.OVERWRITE else f"{said}, {BEHAVIOURS[behaviour]}"
