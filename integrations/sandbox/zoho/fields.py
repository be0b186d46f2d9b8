"""Field definitions: packaged ones, new ones as the API takes them, and the metadata that describes them.

A definition is a small JSON object: `api_name`, `field_label`, `data_type`, and where they apply `length`,
`system_mandatory`, `read_only`, `custom_field`, `unique`, `external`, `lookup` (a module) and `options`, a list of
`[display value, actual value]`. Metadata is made of it at each call.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .places import Place
from .refusals import Refused

Field = dict[str, Any]
DATA = Path(__file__).with_name("data")
MODULES = ("Leads", "Contacts", "Accounts", "Campaigns", "Notes")
MAX_LABEL = 25
MAX_NEW = 5
SPAN = 100_000  # ids of a module's fields and options

JSON_TYPES = {
    "integer": "integer", "bigint": "long", "double": "double", "currency": "double", "percent": "double",
    "boolean": "boolean", "lookup": "jsonobject", "ownerlookup": "jsonobject", "userlookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
}  # fmt: skip
LENGTHS = {
    "text": 255, "textarea": 2000, "email": 100, "phone": 30, "website": 450, "picklist": 120, "integer": 9,
    "multiselectpicklist": 765, "bigint": 18, "double": 16, "currency": 16, "percent": 5, "boolean": 5, "date": 20,
    "datetime": 120, "lookup": 120, "ownerlookup": 120, "userlookup": 120,
}  # fmt: skip
CREATABLE = frozenset(LENGTHS) - {"lookup", "ownerlookup"}
UNIQUE_TYPES = ("text", "email", "phone", "integer", "bigint")
PROFILES = (("Administrator", 1), ("Standard", 2))
PLACEHOLDER = ["-None-", "-None-"]

RECOMMENDED = (
    ("Mobly Description", "textarea"),
    ("Mobly Number of Scans", "integer"),
    ("Mobly First Scanned By", "text"),
    ("Mobly Last Scanned By", "text"),
    ("Mobly Last Scanned Event", "text"),
    ("Mobly All Events", "textarea"),
    ("Mobly Recent Campaign", "text"),
    ("Mobly All Campaigns", "textarea"),
    ("Mobly Lead ID", "text"),
)
RECOMMENDED_ON = ("Leads", "Contacts")


def packaged(module: str) -> list[Field]:
    """The fields of a fresh organisation, options spelled out."""
    text = DATA.joinpath(f"{module.lower()}.json").read_text(encoding="utf-8")
    rows: list[Field] = json.loads(text)["fields"]
    for number, row in enumerate(rows, start=1):
        row["number"] = number
        row["options"] = option_pairs(row.get("options", []), row["data_type"])
    return rows


def option_pairs(options: list[Any], data_type: str) -> list[list[str]]:
    """Options as `[display, actual]`; a picklist begins with “-None-”."""
    pairs = [[option, option] if isinstance(option, str) else list(option) for option in options]
    if data_type == "picklist" and PLACEHOLDER not in pairs:
        pairs.insert(0, list(PLACEHOLDER))
    return pairs


def recommended() -> list[Field]:
    """The product's recommended fields as definitions without a number."""
    rows = []
    for label, data_type in RECOMMENDED:
        row: Field = {"field_label": label, "data_type": data_type, "custom_field": True, "options": []}
        if data_type == "textarea":
            row |= {"length": 32_000, "textarea": "large"}
        if label == "Mobly Lead ID":
            row |= {"length": 100, "unique": {"case_sensitive": False}}
        rows.append({"api_name": api_name(label), **row})
    return rows


def api_name(label: str) -> str:
    """“Mobly Lead ID” is `Mobly_Lead_ID`."""
    name = re.sub(r"\W+", "_", label, flags=re.ASCII).strip("_")
    return name if name and not name[0].isdigit() else f"Field_{name}".rstrip("_")


def length_of(field: Field) -> int:
    return int(field.get("length") or LENGTHS.get(field["data_type"], 255))


def writable(field: Field, *, creating: bool) -> bool:
    return not field.get("read_only")


def field_id(place: Place, module: str, field: Field) -> str:
    return place.number((MODULES.index(module) + 1) * SPAN * 1000 + field["number"] * 1000)


def new_field(sent: Any, known: list[Field], at: str) -> Field:
    """A custom field as the API takes it, without its number. Raises `Refused`."""
    if not isinstance(sent, dict):
        raise Refused("INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject", "json_path": at})
    label, data_type = sent.get("field_label"), sent.get("data_type")
    for name, value in (("field_label", label), ("data_type", data_type)):
        if not isinstance(value, str) or not value.strip():
            details = {"api_name": name, "json_path": f"{at}.{name}"}
            raise Refused("MANDATORY_NOT_FOUND", "required field not found", details)
    label, data_type = str(label), str(data_type)
    if len(label) > MAX_LABEL:
        raise _invalid("field_label", at, maximum_length=MAX_LABEL)
    if data_type not in CREATABLE:
        raise _invalid("data_type", at, supported_values=sorted(CREATABLE))
    if label.casefold() in {row["field_label"].casefold() for row in known}:
        raise Refused("DUPLICATE_DATA", "duplicate data", {"api_name": "field_label", "json_path": f"{at}.field_label"})
    field: Field = {"field_label": label, "data_type": data_type, "custom_field": True}
    field |= {**_sized(sent, data_type, at), **_keys(sent, data_type, at), **_listed(sent, data_type, at)}
    return {"api_name": _free_name(label, known), **field}


def _invalid(name: str, at: str, **details: Any) -> Refused:
    return Refused("INVALID_DATA", "invalid data", {**details, "api_name": name, "json_path": f"{at}.{name}"})


def _free_name(label: str, known: list[Field]) -> str:
    taken = {row["api_name"].casefold() for row in known}
    name, number = api_name(label), 1
    while name.casefold() in taken:
        name, number = f"{api_name(label)}{number}", number + 1
    return name


def _sized(sent: Field, data_type: str, at: str) -> Field:
    length = sent.get("length")
    kind = (sent.get("textarea") or {}).get("type", "small") if data_type == "textarea" else ""
    most = {"small": 2000, "large": 32_000, "rich_text": 50_000}.get(kind, 255 if data_type == "text" else 10**6)
    if length is None:
        return {"textarea": kind, "length": most} if kind else {}
    if not isinstance(length, int) or isinstance(length, bool) or not 1 <= length <= most:
        raise _invalid("length", at, maximum_length=most)
    return {"length": length, **({"textarea": kind} if kind else {})}


def _keys(sent: Field, data_type: str, at: str) -> Field:
    made: Field = {}
    unique = sent.get("unique")
    if unique:
        if data_type not in UNIQUE_TYPES or not isinstance(unique, dict):
            raise _invalid("unique", at)
        sensitive = unique.get("case_sensitive", unique.get("casesensitive", False))
        made["unique"] = {"case_sensitive": sensitive in (True, "true")}
    external = sent.get("external")
    if external:
        if not isinstance(external, dict) or external.get("type") not in ("user", "org"):
            details = {"supported_values": ["user", "org"], "api_name": "type", "json_path": f"{at}.external.type"}
            raise Refused("INVALID_DATA", "invalid data", details)
        made["external"] = {"type": external["type"], "show": bool(external.get("show", True))}
        made.setdefault("unique", {"case_sensitive": False})
    return made


def _listed(sent: Field, data_type: str, at: str) -> Field:
    if data_type not in ("picklist", "multiselectpicklist"):
        return {"options": []}
    values = sent.get("pick_list_values")
    if not isinstance(values, list) or not values:
        details = {"api_name": "pick_list_values", "json_path": f"{at}.pick_list_values"}
        raise Refused("MANDATORY_NOT_FOUND", "required field not found", details)
    pairs = []
    for value in values:
        shown = value.get("display_value") if isinstance(value, dict) else None
        if not isinstance(shown, str) or not shown:
            details = {"api_name": "display_value", "json_path": f"{at}.pick_list_values"}
            raise Refused("MANDATORY_NOT_FOUND", "required field not found", details)
        pairs.append([shown, value.get("actual_value") or shown])
    return {"options": option_pairs(pairs, data_type)}


# Metadata


def described(place: Place, module: str, field: Field) -> dict[str, Any]:
    """A field as `settings/fields` shows it."""
    read_only = bool(field.get("read_only"))
    may = not read_only
    data_type = field["data_type"]
    own_id = field_id(place, module, field)
    lookup = field.get("lookup")
    shown: dict[str, Any] = {
        "id": own_id,
        "api_name": field["api_name"],
        "field_label": field["field_label"],
        "display_label": field["field_label"],
        "data_type": data_type,
        "json_type": field.get("json_type") or JSON_TYPES.get(data_type, "string"),
        "length": length_of(field),
        "system_mandatory": bool(field.get("system_mandatory")),
        "read_only": read_only,
        "field_read_only": read_only,
        "custom_field": bool(field.get("custom_field")),
        "visible": True,
        "type": "used",
        "searchable": data_type not in ("textarea",),
        "sortable": data_type not in ("textarea", "multiselectpicklist"),
        "filterable": data_type != "textarea",
        "mass_update": may,
        "virtual_field": False,
        "created_source": "default" if not field.get("custom_field") else "api",
        "sequence_number": field["number"],
        "unique": field.get("unique", {}),
        "external": field.get("external"),
        "operation_type": {"web_create": may, "web_update": may, "api_create": may, "api_update": may},
        "view_type": {"view": True, "edit": may, "create": may, "quick_create": False},
        "pick_list_values": option_rows(place, module, field),
        "lookup": {},
        "default_value": None,
        "profiles": [
            {
                "permission_type": "read_only" if read_only else "read_write",
                "name": name,
                "id": place.number(100 + number),
            }
            for name, number in PROFILES
        ],
        "layout_associations": [{"api_name": "Standard__s", "name": "Standard", "id": layout_id(place, module)}],
    }
    if data_type == "textarea":
        shown["textarea"] = {"type": field.get("textarea", "small")}
    if lookup:
        target = {"id": module_id(place, lookup), "api_name": lookup, "module_name": lookup}
        shown["lookup"] = {
            "display_label": f"{field['field_label']}",
            "api_name": f"{module}_{field['api_name']}",
            "module": target,
            "id": place.number(int(own_id[-12:]) + 999),
        }
    return shown


def option_rows(place: Place, module: str, field: Field) -> list[dict[str, Any]]:
    first = int(field_id(place, module, field)[-12:])
    return [
        {
            "display_value": display,
            "actual_value": actual,
            "reference_value": display,
            "sequence_number": number,
            "id": place.number(first + number),
            "colour_code": None,
            "type": "used",
        }
        for number, (display, actual) in enumerate(field["options"], start=1)
    ]


def module_id(place: Place, module: str) -> str:
    return place.number(2000 + MODULES.index(module))


def layout_id(place: Place, module: str) -> str:
    return place.number(3000 + MODULES.index(module))
