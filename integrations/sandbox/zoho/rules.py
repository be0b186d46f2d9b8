"""A whole record against the organisation's rules, before it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..store import Record
from .notes import check_note
from .org import Org
from .refusals import Refused, in_state, of_field, required
from .values import checked

STATES = (
    ("locked", "RECORD_LOCKED"),
    ("in_approval", "NOT_APPROVED"),
    ("in_review", "NOT_REVIEWED"),
    ("in_blueprint", "RECORD_IN_BLUEPRINT"),
    ("record_permission", "AUTHORIZATION_FAILED"),
)


class Wishes:
    """What a body asks for beside its records."""

    def __init__(self, org: Org, body: dict[str, Any]) -> None:
        named = body.get("apply_feature_execution") or []
        names = {one.get("name") for one in named if isinstance(one, dict)} if isinstance(named, list) else set()
        self.layout_rules = org.faults.rules_always or "layout_rules" in names
        self.validation_rules = org.faults.rules_always or "criteria_validation_rule" in names


def prepared(org: Org, module: str, sent: Any, at: str, before: Record | None, wishes: Wishes) -> Record:
    """The values to keep, by field. Unknown and read-only names are ignored. Raises `Refused`."""
    if not isinstance(sent, dict):
        raise Refused("INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject", "json_path": at})
    if before is not None:
        check_state(org, module, before)
    if org.faults.take("item_error"):
        org.faults_used()
        raise in_state(org.faults.item_error_code)
    values: Record = {}
    errors: list[Refused] = []
    fields = org.fields(module)
    for name, value in sent.items():
        field = fields.get(name)
        if field is None or field.get("read_only") or (module == "Notes" and name == "Parent_Id"):
            continue
        try:
            values[name] = checked(org, field, value, at)
        except Refused as refused:
            errors.append(refused)
    if module == "Notes":
        values |= check_note(org, sent, at, before)
    broken = {error.details.get("api_name") for error in errors}
    errors += _missing(org, module, {**(before or {}), **values}, at, broken, wishes)
    if not errors:
        _append(sent, before, values)
        errors += _duplicates(org, module, values, at, before)
        errors += _rule(org, module, values, at, wishes)
    if not errors:
        return values
    if org.faults.all_errors and len(errors) > 1:
        details = {"errors": [error.item() for error in errors]}
        raise Refused("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", details)
    raise errors[0]


def check_state(org: Org, module: str, record: Record) -> None:
    """Raises `Refused` for a record that nobody may write now."""
    if record.get("$converted"):
        raise in_state("CONVERTED_RECORD")
    for switch, code in STATES:
        if named(org, switch, record):
            raise in_state(code)


def named(org: Org, switch: str, record: Record) -> bool:
    """Whether a switch names the record by id or e-mail."""
    names = org.faults.names(switch)
    return bool(names) and bool(names & {record["id"], str(record.get("Email") or "")})


def _missing(
    org: Org, module: str, after: Record, at: str, broken: Collection[Any], wishes: Wishes
) -> Iterator[Refused]:
    for name, field in org.fields(module).items():
        if field.get("system_mandatory") and after.get(name) in (None, "") and name not in broken:
            yield required(name, at)
    for switch, asked in (("layout_mandatory", True), ("layout_rule", wishes.layout_rules)):
        for full in sorted(org.faults.names(switch)):
            owner, _, name = full.partition(".")
            if owner == module and asked and after.get(name) in (None, "") and name not in broken:
                rule = {"layout_rule": {"name": "Qualified leads", "id": org.place.number(4001)}}
                yield required(name, at, **(rule if switch == "layout_rule" else {}))


def _append(sent: Record, before: Record | None, values: Record) -> None:
    """`$append_values` adds to multi-selects instead of replacing them."""
    wanted = sent.get("$append_values")
    for name, yes in (wanted if isinstance(wanted, dict) else {}).items():
        old, new = (before or {}).get(name), values.get(name)
        if yes and isinstance(old, list) and isinstance(new, list):
            values[name] = [*old, *(one for one in new if one not in old)]


def _duplicates(org: Org, module: str, values: Record, at: str, before: Record | None) -> Iterator[Refused]:
    for name in org.unique_names(module):
        if values.get(name) in (None, ""):
            continue
        others = [row for row in org.find(module, name, values[name]) if before is None or row["id"] != before["id"]]
        if others:
            yield duplicate(org, module, name, others, at)


def duplicate(org: Org, module: str, name: str, others: list[Record], at: str) -> Refused:
    first = others[0]
    kept = {
        "id": first["id"],
        "Owner": org.user((first.get("Owner") or {}).get("id", "")),
        "module": {"id": org.module_id(module), "api_name": module},
    }
    details = {"id": first["id"], "duplicate_record": kept, "more_records": len(others) > 1}
    return of_field("DUPLICATE_DATA", "duplicate data", name, at, **details)


def _rule(org: Org, module: str, values: Record, at: str, wishes: Wishes) -> Iterator[Refused]:
    owner, _, name = org.faults.validation_rule_field.partition(".")
    if org.faults.validation_rule and wishes.validation_rules and owner == module and values.get(name):
        rule = {"name": org.faults.validation_rule, "id": org.place.number(4002)}
        yield of_field("VALIDATION_RULE_FAILED", org.faults.validation_rule, name, at, validation_rule=rule)
