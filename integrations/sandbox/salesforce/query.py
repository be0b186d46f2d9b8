"""Running SOQL over the account's records."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from . import soql
from .calls import Answer, Call, Refused
from .comparison import COMPARISONS, comparable, like_pattern
from .computed import COMPUTED
from .ids import normal_id
from .schema import Field, View

if TYPE_CHECKING:
    from .records import Org

Record = dict[str, Any]
Test = Callable[[Record], bool]
Read = Callable[[Record], Any]
PAGE = 2000
CURSORS_KEPT = 100
APPEND = (
    "If you are attempting to use a custom {thing}, be sure to append the '__c' after the {after} name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)


def pointed(text: str, position: int, message: str) -> str:
    """The vendor's way of showing where: the line, a caret, row and column, the message."""
    row = text.count("\n", 0, position) + 1
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].split("\n", 1)[0]
    column = position - start
    cut = max(0, column - 60)
    return f"\n{line[cut : column + 60]}\n{' ' * (column - cut)}^\nERROR at Row:{row}:Column:{column + 1}\n{message}"


def query(org: Org, call: Call, *, with_deleted: bool) -> Answer:
    """GET query?q=...: the first page. Raises `Refused`."""
    text = call.args.get("q", "")
    if not text.strip():
        raise Refused("MALFORMED_QUERY", "SOQL query cannot be empty.")
    try:
        parsed = soql.parse(text)
    except soql.Malformed as error:
        raise Refused("MALFORMED_QUERY", pointed(text, error.position, error.message)) from error
    rows = Runner(org, text, call.base, with_deleted).run(parsed)
    if isinstance(rows, int):
        return Answer(200, {"totalSize": rows, "done": True, "records": []})
    hint = call.option("Sforce-Query-Options", "batchSize")
    size = min(PAGE, max(200, int(hint))) if hint.isdigit() else PAGE
    if len(rows) <= size:
        return Answer(200, {"totalSize": len(rows), "done": True, "records": rows})
    locator = f"01g{org.store.next_number('locator'):015d}"
    org.cursors[locator] = (rows, size)
    while len(org.cursors) > CURSORS_KEPT:
        org.cursors.pop(next(iter(org.cursors)))
    return page(org, call, locator, 0)


def more(org: Org, call: Call, locator: str) -> Answer:
    """GET nextRecordsUrl. Raises `Refused`."""
    name, _, start = locator.rpartition("-")
    if name not in org.cursors or not start.isdigit():
        raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
    return page(org, call, name, int(start))


def page(org: Org, call: Call, locator: str, start: int) -> Answer:
    rows, size = org.cursors[locator]
    body: Record = {"totalSize": len(rows), "done": start + size >= len(rows)}
    if not body["done"]:
        body["nextRecordsUrl"] = f"{call.base}/query/{locator}-{start + size}"
    return Answer(200, {**body, "records": rows[start : start + size]})


class Runner:
    """One statement: names resolved against what the user sees, candidates from an index where one serves."""

    def __init__(self, org: Org, text: str, base: str, with_deleted: bool) -> None:
        self.org = org
        self.text = text
        self.base = base
        self.with_deleted = with_deleted

    def run(self, parsed: soql.Query) -> list[Record] | int:
        """The rows as the API shows them; a number for `SELECT COUNT()`. Raises `Refused`."""
        view = self._view(parsed)
        test = self._test(view, parsed.where)
        records = [r for r in self._candidates(view, parsed.where) if self._visible(r) and test(r)]
        if len(parsed.select) == 1 and isinstance(parsed.select[0], soql.Count) and parsed.select[0].path is None:
            return len(records)
        if parsed.offset > PAGE:
            raise Refused("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        if parsed.group or parsed.counts:
            return self._aggregated(view, parsed, records)
        records = self._ordered(view, parsed.order, records)
        end = None if parsed.limit is None else parsed.offset + parsed.limit
        show = self._shower(view, parsed)
        return [show(record) for record in records[parsed.offset : end]]

    def _view(self, parsed: soql.Query) -> View:
        view = self.org.schema.view(parsed.object_name)
        if view is None:
            message = f"sObject type '{parsed.object_name}' is not supported. " + APPEND.format(
                thing="object", after="entity"
            )
            raise Refused("INVALID_TYPE", pointed(self.text, parsed.object_position, message))
        return view

    def _visible(self, record: Record) -> bool:
        return self.with_deleted or not record.get("IsDeleted")

    # Names

    def _field(self, view: View, path: soql.Path) -> Field:
        name = view.by_lower.get(path.names[-1].lower())
        if name is None:
            message = f"No such column '{path.names[-1]}' on entity '{view.name}'. " + APPEND.format(
                thing="field", after="custom field"
            )
            raise Refused("INVALID_FIELD", pointed(self.text, path.position, message))
        return view.fields[name]

    def _parents(self, view: View, path: soql.Path) -> tuple[list[Field], list[View]]:
        """The reference fields on the way to the path's last name, and the objects they may lead to."""
        names = path.names[1:] if path.names[0].lower() == view.name.lower() else path.names
        steps, views = [], [view]
        for name in names[:-1]:
            reference = views[0].relations.get(name.lower())
            if reference is None:
                message = (
                    f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
                    "relationship, be sure to append the '__r' after the custom relationship name. Please reference "
                    "your WSDL or the describe call for the appropriate names."
                )
                raise Refused("INVALID_FIELD", pointed(self.text, path.position, message))
            steps.append(reference)
            views = [v for v in (self.org.schema.view(target) for target in reference["referenceTo"]) if v is not None]
            if not views:
                raise Refused("INVALID_FIELD", pointed(self.text, path.position, f"No access to '{name}'."))
        return steps, views

    def _reader(self, view: View, path: soql.Path) -> tuple[Read, Field]:
        """How the path's value is read from a record, and its field."""
        steps, views = self._parents(view, path)
        known = self._field(next((v for v in views if path.names[-1].lower() in v.by_lower), views[0]), path)
        name = known["name"]

        def read(record: Record) -> Any:
            current: Record | None = record
            for step in steps:
                current = self.org.find(current.get(step["name"])) if current else None
            return self.org.value(current, name) if current else None

        if not steps and name not in COMPUTED.get(view.name, ()):
            blank = view.blanks[name]
            return (lambda record: record.get(name, blank)), known
        return read, known

    # WHERE

    def _candidates(self, view: View, where: Any) -> Iterable[Record]:
        found = self._indexed(view, where)
        return self.org.store.all(view.name) if found is None else found

    def _indexed(self, view: View, part: Any) -> Iterable[Record] | None:
        """The records an index gives, None where none serves. An OR is served when each of its sides is."""
        if isinstance(part, soql.Both):
            sides = [self._indexed(view, side) for side in part.parts]
            if part.operator == "and":
                return next((side for side in sides if side is not None), None)
            served = [side for side in sides if side is not None]
            if len(served) < len(sides):
                return None
            return {record["Id"]: record for side in served for record in side}.values()
        if isinstance(part, soql.Among) and not part.negated and part.query is None:
            values = part.values
        elif isinstance(part, soql.Compare) and part.operator == "=":
            values = (part.value,)
        else:
            return None
        if len(part.path.names) != 1 or any(value is None for value in values):
            return None
        name = view.by_lower.get(part.path.names[0].lower())
        found: dict[str, Record] = {}
        if name == "Id":
            for value in values:
                record = self.org.store.get(view.name, normal_id(value) or "")
                if record is not None:
                    found[record["Id"]] = record
        elif name is not None and self.org.store.indexed(view.name, name):
            reference = view.fields[name]["type"] == "reference"
            for value in values:
                key = normal_id(value) or "" if reference else value
                for record in self.org.store.find(view.name, name, key):
                    found[record["Id"]] = record
        else:
            return None
        return found.values()

    def _test(self, view: View, where: Any) -> Test:
        if where is None:
            return lambda record: True
        if isinstance(where, soql.Both):
            tests = [self._test(view, part) for part in where.parts]
            if where.operator == "and":
                return lambda record: all(test(record) for test in tests)
            return lambda record: any(test(record) for test in tests)
        if isinstance(where, soql.Not):
            inner = self._test(view, where.part)
            return lambda record: not inner(record)
        read, known = self._reader(view, where.path)
        self._filterable(known, where.path)
        if isinstance(where, soql.Among):
            return self._among(where, read, known)
        if where.operator == "like":
            pattern = like_pattern(where.value)
            return lambda record: (value := read(record)) is not None and pattern.fullmatch(str(value)) is not None
        self._fits(known, where.path, where.value)
        wanted = comparable(known, where.value)
        compare = COMPARISONS[where.operator]
        return lambda record: compare(comparable(known, read(record)), wanted)

    def _among(self, where: soql.Among, read: Read, known: Field) -> Test:
        values: Iterable[Any] = where.values
        if where.query is not None:
            inner = self._view(where.query)
            selected = where.query.select[0]
            if len(where.query.select) != 1 or not isinstance(selected, soql.Path):
                raise Refused("MALFORMED_QUERY", "A semi-join selects exactly one field.")
            inner_read, _ = self._reader(inner, selected)
            test = self._test(inner, where.query.where)
            values = [inner_read(r) for r in self.org.store.all(inner.name) if self._visible(r) and test(r)]
        for value in where.values:
            self._fits(known, where.path, value)
        wanted = {comparable(known, value) for value in values}
        return lambda record: (comparable(known, read(record)) in wanted) is not where.negated

    def _filterable(self, known: Field, path: soql.Path) -> None:
        if not known["filterable"]:
            message = f"field '{known['name']}' can not be filtered in a query call"
            raise Refused("INVALID_FIELD", pointed(self.text, path.position, message))

    def _fits(self, known: Field, path: soql.Path, value: Any) -> None:
        """A literal of the wrong kind is an error, not an empty answer."""
        if value is None:
            return
        kind = known["type"]
        literal = type(value)
        wanted = {"boolean": (bool,), "date": (datetime.date,), "datetime": (datetime.datetime, datetime.date)}
        numeric = kind in ("int", "double", "currency", "percent")
        allowed = (int, float) if numeric else wanted.get(kind, (str,))
        if literal not in allowed:
            quoting = "should not" if literal is str else "should"
            message = (
                f"value of filter criterion for field '{known['name']}' must be of type {kind} and {quoting} be "
                "enclosed in quotes"
            )
            raise Refused("INVALID_FIELD", pointed(self.text, path.position, message))
        if kind in ("id", "reference") and normal_id(value) is None:
            raise Refused(
                "INVALID_QUERY_FILTER_OPERATOR", pointed(self.text, path.position, f"invalid ID field: {value}")
            )

    # ORDER BY, GROUP BY, SELECT

    def _ordered(self, view: View, order: list[soql.Order], records: list[Record]) -> list[Record]:
        for item in reversed(order):
            read, known = self._reader(view, item.path)
            keys = {id(record): comparable(known, read(record)) for record in records}
            filled = [record for record in records if keys[id(record)] is not None]
            blank = [record for record in records if keys[id(record)] is None]
            filled.sort(key=partial(_key_of, keys), reverse=item.descending)
            records = filled + blank if item.nulls_last else blank + filled
        return records

    def _aggregated(self, view: View, parsed: soql.Query, records: list[Record]) -> list[Record]:
        readers = [self._reader(view, path) for path in parsed.group]
        groups: dict[tuple[Any, ...], list[Record]] = {}
        for record in records:
            groups.setdefault(tuple(read(record) for read, _ in readers), []).append(record)
        if not parsed.group:
            groups.setdefault((), [])
        rows = []
        for key, members in groups.items():
            row: Record = {"attributes": {"type": "AggregateResult"}}
            values = {known["name"]: value for (_, known), value in zip(readers, key, strict=True)}
            number = 0
            for item in parsed.select:
                if isinstance(item, soql.Count):
                    row[item.alias or f"expr{number}"] = self._count(view, item, members)
                    number += not item.alias
                elif isinstance(item, soql.Path):
                    known = self._field(view, item)
                    if known["name"] not in values:
                        message = f"Field must be grouped or aggregated: {known['name']}"
                        raise Refused("MALFORMED_QUERY", pointed(self.text, item.position, message))
                    row[known["name"]] = values[known["name"]]
            rows.append(row)
        end = None if parsed.limit is None else parsed.offset + parsed.limit
        return rows[parsed.offset : end]

    def _count(self, view: View, item: soql.Count, records: list[Record]) -> int:
        if item.path is None:
            return len(records)
        read, _ = self._reader(view, item.path)
        return sum(read(record) is not None for record in records)

    def _shower(self, view: View, parsed: soql.Query) -> Callable[[Record], Record]:
        names: list[str] = []
        parents: list[tuple[list[Field], soql.Path]] = []
        for item in parsed.select:
            if isinstance(item, soql.All):
                if parsed.limit is None or parsed.limit > 200:
                    message = "The SOQL FIELDS function must have a LIMIT of at most 200"
                    raise Refused("MALFORMED_QUERY", message)
                names += [
                    n for n, f in view.fields.items() if item.which == "all" or f["custom"] == (item.which == "custom")
                ]
                continue
            if not isinstance(item, soql.Path):
                continue
            steps, views = self._parents(view, item)
            self._field(next((v for v in views if item.names[-1].lower() in v.by_lower), views[0]), item)
            if steps:
                parents.append((steps, item))
            else:
                names.append(view.by_lower[item.names[-1].lower()])
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled:
            raise Refused("MALFORMED_QUERY", f"duplicate field selected: {doubled}")
        url = f"{self.base}/sobjects/{view.name}/"
        computed = COMPUTED.get(view.name, {})

        def show(record: Record) -> Record:
            row: Record = {"attributes": {"type": view.name, "url": url + record["Id"]}}
            for name in names:
                if name in computed:
                    row[name] = computed[name](self.org, record)
                else:
                    row[name] = record.get(name, view.blanks[name])
            for steps, path in parents:
                self._show_parent(row, record, steps, path)
            return row

        return show

    def _show_parent(self, row: Record, record: Record, steps: list[Field], path: soql.Path) -> None:
        current: Record | None = record
        for step in steps:
            current = self.org.find(current.get(step["name"])) if current else None
            name = step["relationshipName"]
            if current is None:
                row[name] = None
                return
            kind = self.org.object_of(current["Id"]) or ""
            attributes = {"type": kind, "url": f"{self.base}/sobjects/{kind}/{current['Id']}"}
            row = row.setdefault(name, {"attributes": attributes})
        view = self.org.schema.view(self.org.object_of(current["Id"]) or "") if current else None
        known = view.by_lower.get(path.names[-1].lower()) if view else None
        if known and current:
            row[known] = self.org.value(current, known)


def _key_of(keys: dict[int, Any], record: Record) -> Any:
    return keys[id(record)]
