"""What the control API asks of the companies: records, seeds, changes of the schema."""

from collections.abc import Mapping
from typing import Any

from ..store import Record
from . import activities, contacts, fields, leads, notes
from .company import KINDS, OPTION_TYPES, Company
from .refusals import Refusal
from .validation import checked

RECOMMENDED = (
    ("Mobly Description", "text"),
    ("Mobly Number of Scans", "double"),
    ("Mobly First Scanned By", "varchar"),
    ("Mobly Last Scanned By", "varchar"),
    ("Mobly Last Scanned Event", "varchar"),
    ("Mobly All Events", "text"),
    ("Mobly Most Recent Campaign", "varchar"),
    ("Mobly All Campaigns", "text"),
    ("Mobly Lead ID", "varchar"),
    ("Job Title", "varchar"),
)


def shown(company: Company, kind: str, record: Record) -> Record:
    """The record as the API shows it; `named` has the custom values under the names people read."""
    if kind == "notes":
        return notes.shown(company, record)
    if kind == "leads":
        return leads.shown(record)
    if kind == "activities":
        return activities.shown(record)
    answer = contacts.shown(company, kind, record)
    return answer | {"named": named(company, kind, record)}


def named(company: Company, kind: str, record: Record) -> dict[str, Any]:
    """Custom values by field name, options as their labels; empty ones are left out."""
    answer = {}
    for code, field in company.custom_fields(kind).items():
        value = record["custom_fields"].get(code)
        if value is not None:
            answer[field["field_name"]] = in_words(value, field)
    return answer


def in_words(value: Any, field: Record) -> Any:
    labels = {option["id"]: option["label"] for option in field["options"] or ()}
    if not labels:
        return value
    return [labels[one] for one in value if one in labels] if isinstance(value, list) else labels.get(value)


def find(company: Company, kind: str, *, email: str = "", text: str = "") -> list[Record]:
    """Records that are not deleted, oldest first. `email` narrows persons, and notes and activities to theirs."""
    table = company.table(kind)
    if email and kind == "organizations":
        return []
    if email:
        people = company.store.find(company.table("persons"), "email", email)
        rows = people if kind == "persons" else [
            row for person in people for row in company.store.find(table, "person_id", person["id"])
        ]  # fmt: skip
    else:
        rows = company.store.all(table)
    return [shown(company, kind, row) for row in rows if _fits(row, text)]


def newest(company: Company, kind: str, text: str, start: int, count: int) -> tuple[list[Record], int]:
    """A page of what `find` finds, newest first, and how many there are."""
    rows = [row for row in reversed(company.store.all(company.table(kind))) if _fits(row, text)]
    return [shown(company, kind, row) for row in rows[start : start + count]], len(rows)


def _fits(row: Record, text: str) -> bool:
    """Not deleted, and the text somewhere in it."""
    return not row["is_deleted"] and (not text or text.casefold() in _words_of(row).casefold())


def _words_of(row: Record) -> str:
    values = [*row.values(), *row.get("custom_fields", {}).values()]
    return " ".join(str(value) for value in values if isinstance(value, (str, list, int)))


# Seeds


def seed_record(company: Company, kind: str, values: Mapping[str, Any]) -> Record:
    """Put a record there, linked to whatever it says. `email` and `phone` are short for lists of one, custom fields go
    by code or name, their options by id or label. Raises ValueError for what no such record can hold.
    """
    user_id = company.profile.users[0][0]
    try:
        if kind == "notes":
            record = notes.add(company, notes.clean(company, values), user_id)
        elif kind == "activities":
            clean = activities.with_person(checked(values, activities.RULES))
            record = activities.add(company, clean, user_id)
        elif kind == "leads":
            raise ValueError("Leads are made by the API only.")
        else:
            seeded = checked(_seeded(company, kind, values), contacts.rules_of(company, kind))
            record = contacts.add(company, kind, seeded, user_id)
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal
    return shown(company, kind, record)


def _seeded(company: Company, kind: str, values: Mapping[str, Any]) -> Record:
    clean: Record = {}
    custom = values.get("custom_fields") or {}
    if not isinstance(custom, dict):
        raise ValueError("“custom_fields” is an object.")
    custom = dict(custom)
    for key, value in values.items():
        if key in ("email", "phone"):
            clean[f"{key}s"] = [{"label": "work", "value": str(value), "primary": True}]
        elif key in ("emails", "phones", "name", "first_name", "last_name", "org_id", "owner_id", "visible_to",
                     "add_time", "update_time", "label_ids", *contacts.CONTACT_SYNC):  # fmt: skip
            clean[key] = value
        elif key == "address":
            clean[key] = {"value": value} if isinstance(value, str) else value
        elif key != "custom_fields":
            field = company.field_called(kind, key)
            if field is None or not field["is_custom_field"]:
                raise ValueError(f"{kind} have no field “{key}”.")
            custom[field["field_code"]] = _option_ids(field, value)
    if "name" not in clean and "first_name" not in clean:
        clean["name"] = str(values.get("email") or "Nobody")
    return clean | {"custom_fields": custom}


def _option_ids(field: Record, value: Any) -> Any:
    ids = {option["label"]: option["id"] for option in field["options"] or ()}
    if field["field_type"] == "set" and isinstance(value, list):
        return [ids.get(one, one) for one in value]
    return ids.get(value, value) if field["field_type"] == "enum" else value


# Schema


def patch_schema(company: Company, kind: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """Definitions after `{"add": [{"name", "type", "options"}], "remove": [name], "rename": {old: new},
    "picklist": {"field", "add": [label], "remove": [label], "rename": {old: new}}}`. Fields go by name or code.

    Raises ValueError with a sentence for a change that cannot be.
    """
    unknown = set(change) - {"add", "remove", "rename", "picklist"}
    if unknown:
        raise ValueError(f"“{sorted(unknown)[0]}” is not a change. Changes are: add, remove, rename, picklist.")
    if kind not in ("persons", "organizations"):
        raise ValueError(f"{kind.capitalize()} have no fields of their own here.")
    for body in change.get("add", ()):
        _add(company, kind, body)
    for name in change.get("remove", ()):
        fields.drop(company, kind, _custom(company, kind, name)["field_code"])
    for old, new in change.get("rename", {}).items():
        row = _custom(company, kind, old)
        known = company.custom_fields(kind)
        company.put_custom_fields(kind, {**known, row["field_code"]: row | {"field_name": str(new)}})
    if change.get("picklist"):
        _change_options(company, kind, change["picklist"])
    return {"fields": [fields.shown(row) for row in company.fields(kind).values()]}


def _custom(company: Company, kind: str, name: str) -> Record:
    row = company.field_called(kind, name)
    if row is None or not row["is_custom_field"]:
        raise ValueError(f"{kind} have no custom field “{name}”.")
    return row


def _add(company: Company, kind: str, body: Any) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("name"), str):
        raise ValueError("Each field to add is an object with a name.")
    field_type = body.get("type", "varchar")
    if field_type not in fields.TYPES:
        raise ValueError(f"“{field_type}” is not a type. Types are: {', '.join(fields.TYPES)}.")
    row = company.new_field(kind, body["name"], field_type, [str(one) for one in body.get("options", ())])
    if body.get("required"):
        known = company.custom_fields(kind)
        company.put_custom_fields(kind, {**known, row["field_code"]: row | {"required": True}})


def _change_options(company: Company, kind: str, change: Mapping[str, Any]) -> None:
    row = company.field_called(kind, str(change.get("field")))
    if row is None or row["field_type"] not in OPTION_TYPES:
        raise ValueError(f"{kind} have no field “{change.get('field')}” with options.")
    gone, renamed = set(change.get("remove", ())), dict(change.get("rename", {}))
    options = [
        option | {"label": renamed.get(option["label"], option["label"])}
        for option in row["options"]
        if option["label"] not in gone
    ]
    options += [company.new_option(str(label)) for label in change.get("add", ())]
    company.put_options(kind, row["field_code"], options)


def add_recommended_fields(company: Company) -> list[str]:
    """The names that were new."""
    made = []
    for name, field_type in RECOMMENDED:
        if company.field_called("persons", name) is None:
            company.new_field("persons", name, field_type)
            made.append(name)
    return made


def delete(company: Company, kind: str, record_id: Any) -> None:
    """As a user of the vendor would. Raises KeyError when it is not there."""
    record = company.living(kind, record_id)
    if record is None:
        raise KeyError(f"{kind} {record_id}")
    contacts.bury(company, kind, record)


def kind_in(name: str) -> str:
    """The kind of an object name; the part after the `@` names the company. Raises KeyError."""
    kind = name.partition("@")[0]
    if kind not in KINDS:
        raise KeyError(f"object “{name}”; its objects are {', '.join(KINDS)}")
    return kind
