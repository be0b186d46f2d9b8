"""Endpoints for definitions: `personFields` and `organizationFields`, their options."""

from collections.abc import Mapping
from typing import Any

from ..store import Record
from .calls import Answer, Call, told
from .company import FIELD_KINDS, OPTION_TYPES, Company
from .pages import page_of
from .refusals import error, invalid, missing, required
from .validation import Rule, boolean, checked, filled, integer, list_of, object_of, one_of

TYPES = ("varchar", "text", "double", "phone", "date", "daterange", "time", "timerange", "set", "enum", "varchar_auto",
         "address", "monetary", "org", "people", "user")  # fmt: skip
MOST_OPTIONS = 10_000
_LABEL = object_of({"label": filled}, "label")
PARTS = ("ui_visibility", "important_fields", "required_fields")


def _as_it_is(value: Any) -> Any:
    """Parts that only the vendor's own screens read are not looked at."""
    return value


_SHARED = {
    "field_name": filled,
    "description": _as_it_is,
    "ui_visibility": _as_it_is,
    "important_fields": _as_it_is,
    "required_fields": object_of({"enabled": boolean, "stage_ids": _as_it_is, "statuses": _as_it_is}),
}


def shown(row: Record, parts: tuple[str, ...] | list[str] = (), *, required_names: tuple[str, ...] = ()) -> Record:
    """The definition as v2 tells it; `parts` is `include_fields`."""
    hidden = ("required", "add")
    answer = {key: value for key, value in row.items() if key not in hidden}
    if "ui_visibility" in parts:
        dialog = {"show": False, "order": None}
        answer["ui_visibility"] = {
            "add_visible_flag": row["add"],
            "details_visible_flag": True,
            "show_in_add_deal_dialog": dialog,
        }
    if "important_fields" in parts:
        answer["important_fields"] = {"enabled": False, "stage_ids": []}
    if "required_fields" in parts:
        answer["required_fields"] = {"enabled": row["required"] or row["field_name"] in required_names}
    return answer


def required_names(call: Call) -> tuple[str, ...]:
    """The fields that the company's admin made required."""
    return tuple(name.strip() for name in call.faults.required_fields.split(",") if name.strip())


def listed(call: Call, fields_name: str) -> Answer:
    """GET personFields: deleted fields are absent."""
    rows = list(call.company.fields(FIELD_KINDS[fields_name]).values())
    page, cursor = page_of(rows, call, key=lambda row: row["field_code"])
    parts, needed = call.names("include_fields"), required_names(call)
    return told([shown(row, parts, required_names=needed) for row in page], additional_data={"next_cursor": cursor})


def read(call: Call, fields_name: str, code: str) -> Answer:
    row = _known(call.company, FIELD_KINDS[fields_name], code)
    return told(shown(row, call.names("include_fields"), required_names=required_names(call)))


def create(call: Call, fields_name: str) -> Answer:
    rules = _SHARED | {"field_type": one_of(*TYPES), "options": list_of(_LABEL)}
    body = checked(call.object, rules)
    for key in ("field_name", "field_type"):
        if key not in body:
            raise invalid([required(key)])
    labels = [row["label"] for row in body.get("options", ())]
    if body["field_type"] in OPTION_TYPES and not labels:
        raise invalid([required("options")])
    if body["field_type"] not in OPTION_TYPES and labels:
        raise invalid([f"options: Not allowed for a field of type '{body['field_type']}'"])
    kind = FIELD_KINDS[fields_name]
    row = call.company.new_field(kind, body["field_name"], body["field_type"], labels)
    return told(shown(_changed(call.company, kind, row, body), PARTS))


def _changed(company: Company, kind: str, row: Record, body: Record) -> Record:
    """The custom field with the name and the rule that a checked body gives it."""
    changed = {**row, "field_name": body.get("field_name", row["field_name"])}
    if "required_fields" in body:
        changed["required"] = bool(body["required_fields"].get("enabled"))
    company.put_custom_fields(kind, {**company.custom_fields(kind), row["field_code"]: changed})
    return changed


def update(call: Call, fields_name: str, code: str) -> Answer:
    kind = FIELD_KINDS[fields_name]
    row = _custom(call.company, kind, code)
    changed = _changed(call.company, kind, row, checked(call.object, _SHARED))
    return told(shown(changed, PARTS))


def delete(call: Call, fields_name: str, code: str) -> Answer:
    kind = FIELD_KINDS[fields_name]
    row = _custom(call.company, kind, code)
    drop(call.company, kind, code)
    return told(shown(row))


def drop(company: Company, kind: str, code: str) -> None:
    """The field goes, and what stood in it is not shown any more."""
    known = company.custom_fields(kind)
    company.put_custom_fields(kind, {key: row for key, row in known.items() if key != code})


def _known(company: Company, kind: str, code: str) -> Record:
    row = company.fields(kind).get(code)
    if row is None:
        raise missing("Field")
    return row


def _custom(company: Company, kind: str, code: str) -> Record:
    row = _known(company, kind, code)
    if not row["is_custom_field"]:
        raise error(403, "You do not have permissions to do this.", code="ERR_FORBIDDEN")
    return row


# Options


def _with_options(company: Company, kind: str, code: str) -> Record:
    row = _known(company, kind, code)
    if row["options"] is None or not (row["is_custom_field"] or code == "label_ids"):
        raise invalid([f"field_code: The field '{code}' has no options that can be changed"])
    return row


def _rows(call: Call, rules: Mapping[str, Rule], *needed: str) -> list[Record]:
    if not isinstance(call.json, list) or not call.json:
        raise invalid(["body: Expected a list of options"])
    return [checked(row, rules) for row in _objects(call.json, needed)]


def _objects(rows: list[Any], needed: tuple[str, ...]) -> list[Record]:
    for row in rows:
        if not isinstance(row, dict):
            raise invalid(["body: Expected a list of objects"])
        lacking = [key for key in needed if key not in row]
        if lacking:
            raise invalid([required(key) for key in lacking])
    return rows


def add_options(call: Call, fields_name: str, code: str) -> Answer:
    """All or none; the answer holds only the new ones."""
    kind = FIELD_KINDS[fields_name]
    row = _with_options(call.company, kind, code)
    labels = [option["label"] for option in _rows(call, {"label": filled}, "label")]
    taken = {option["label"].casefold() for option in row["options"]}
    if taken & {label.casefold() for label in labels} or len(set(labels)) < len(labels):
        raise invalid(["label: An option with this label already exists"])
    if len(row["options"]) + len(labels) > MOST_OPTIONS:
        raise invalid([f"options: A field has at most {MOST_OPTIONS} options"])
    new = [call.company.new_option(label) for label in labels]
    call.company.put_options(kind, code, [*row["options"], *new])
    return told([{"id": option["id"], "label": option["label"]} for option in new], additional_data=None)


def rename_options(call: Call, fields_name: str, code: str) -> Answer:
    kind = FIELD_KINDS[fields_name]
    row = _with_options(call.company, kind, code)
    names = {option["id"]: option["label"] for option in _rows(call, {"id": integer, "label": filled}, "id", "label")}
    _must_be_there(names, row)
    options = [option | {"label": names.get(option["id"], option["label"])} for option in row["options"]]
    call.company.put_options(kind, code, options)
    return told([{"id": key, "label": label} for key, label in names.items()], additional_data=None)


def delete_options(call: Call, fields_name: str, code: str) -> Answer:
    kind = FIELD_KINDS[fields_name]
    row = _with_options(call.company, kind, code)
    gone = {option["id"]: None for option in _rows(call, {"id": integer}, "id")}
    _must_be_there(gone, row)
    call.company.put_options(kind, code, [option for option in row["options"] if option["id"] not in gone])
    lost = [{"id": option["id"], "label": option["label"]} for option in row["options"] if option["id"] in gone]
    return told(lost, additional_data=None)


def _must_be_there(wanted: Mapping[int, Any], row: Record) -> None:
    known = {option["id"] for option in row["options"]}
    strange = [key for key in wanted if key not in known]
    if strange:
        raise invalid([f"id: The field has no option {strange[0]}"])
