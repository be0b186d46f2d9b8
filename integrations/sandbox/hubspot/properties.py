"""The property definitions of an account: the defaults from the recordings, and what a caller may add or change."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from .kinds import Kind
from .refusals import Refusal, error

MAX_UNIQUE = 10
TYPES = {"string", "number", "date", "datetime", "enumeration", "bool", "phone_number", "object_coordinates", "json"}
FIELD_TYPES = {
    "text", "textarea", "html", "select", "radio", "checkbox", "booleancheckbox", "date", "number", "phonenumber",
    "file", "calculation_equation",
}  # fmt: skip
_CHANGEABLE = (
    "label", "type", "fieldType", "groupName", "description", "options", "displayOrder", "hidden", "formField",
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SINCE = "2020-06-30T15:57:36.706Z"


@cache
def _packaged(name: str) -> dict[str, Any]:
    return json.loads(resources.files(__package__).joinpath("data", f"{name}.json").read_text("utf-8"))


def default_groups(kind: Kind) -> list[dict[str, Any]]:
    rows = _packaged(kind.name)["groups"]
    return [
        {"name": name, "label": label, "displayOrder": n, "archived": False} for n, (name, label) in enumerate(rows)
    ]


def default_properties(kind: Kind) -> list[dict[str, Any]]:
    return [_expanded(row) for row in _packaged(kind.name)["properties"]]


def _expanded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A packaged row in HubSpot's long form; options are kept there as a value, or as [value, label]."""
    options = [(item, item) if isinstance(item, str) else item for item in row.get("options", ())]
    definition = _definition(row) | {
        "updatedAt": _SINCE,
        "createdAt": _SINCE,
        "options": [option(value, label, order) for order, (value, label) in enumerate(options)],
        "calculated": row.get("calculated", False),
        "hubspotDefined": True,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": True,
            "readOnlyValue": row.get("readOnlyValue", False),
        },
    }
    if row["type"] == "enumeration":
        definition["modificationMetadata"]["readOnlyOptions"] = False
    return definition


def option(value: str, label: str, order: int, description: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "description": description, "displayOrder": order, "hidden": False}


def _definition(row: Mapping[str, Any]) -> dict[str, Any]:
    definition = {
        "name": row["name"],
        "label": row["label"],
        "type": row["type"],
        "fieldType": row["fieldType"],
        "description": row.get("description") or "",
        "groupName": row["groupName"],
        "options": [],
        "displayOrder": row.get("displayOrder", -1),
        "calculated": False,
        "externalOptions": bool(row.get("externalOptions")),
        "archived": False,
        "hasUniqueValue": bool(row.get("hasUniqueValue")),
        "hidden": bool(row.get("hidden")),
        "formField": bool(row.get("formField")),
        "dataSensitivity": row.get("dataSensitivity") or "non_sensitive",
    }
    if row.get("referencedObjectType"):
        definition["referencedObjectType"] = row["referencedObjectType"]
    return definition


def new_property(
    body: Mapping[str, Any], *, existing: Mapping[str, Mapping[str, Any]], groups: set[str], now: str
) -> dict[str, Any]:
    """The definition a caller asked for, in long form. Raises `Refusal` where HubSpot would refuse it."""
    for key in ("name", "label", "type", "fieldType", "groupName"):
        if not isinstance(body.get(key), str) or not body[key].strip():
            raise error(400, f"Invalid input JSON: some required fields were not set: [{key}]")
    name = body["name"]
    if not _NAME.fullmatch(name):
        raise error(400, f"Property name '{name}' must start with a letter and hold only a-z, 0-9 and _.")
    known = existing.get(name)
    if known and not known["archived"]:
        raise already_exists(name)
    _check_shape(body, groups)
    if body.get("hasUniqueValue"):
        _check_unique_budget(body, existing)
    return _definition(body) | {
        "updatedAt": now,
        "createdAt": now,
        "createdUserId": "9000001",
        "updatedUserId": "9000001",
        "options": _options(body.get("options") or []),
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": False},
    }


def already_exists(name: str) -> Refusal:
    return error(
        409,
        f"A property named '{name}' already exists.",
        "OBJECT_ALREADY_EXISTS",
        subCategory="Properties.PROPERTY_WITH_NAME_EXISTS",
        context={"name": [name]},
    )


def changed_property(
    current: Mapping[str, Any], body: Mapping[str, Any], *, groups: set[str], now: str
) -> dict[str, Any]:
    """The definition after a PATCH. HubSpot's own properties keep everything but label, group and options."""
    changes = {key: body[key] for key in _CHANGEABLE if key in body}
    if current.get("hubspotDefined") and {"type", "fieldType"} & changes.keys():
        raise error(400, f"Property '{current['name']}' has a read-only definition.")
    merged = {**current, **changes}
    _check_shape(merged, groups)
    if "options" in changes:
        merged["options"] = _options(changes["options"])
    return merged | {"updatedAt": now, "updatedUserId": "9000001"}


def _check_shape(body: Mapping[str, Any], groups: set[str]) -> None:
    for key in ("label", "type", "fieldType", "groupName"):
        if not isinstance(body[key], str):
            raise error(400, f"Invalid input JSON on line 1, column 1: {key} must be a text")
    if body["type"] not in TYPES:
        raise error(400, f"Invalid property type: {body['type']}")
    if body["fieldType"] not in FIELD_TYPES and not body["fieldType"].startswith("calculation_"):
        raise error(400, f"Invalid property fieldType: {body['fieldType']}")
    if body["groupName"] not in groups:
        raise error(400, f"Property group '{body['groupName']}' does not exist.")


def _check_unique_budget(body: Mapping[str, Any], existing: Mapping[str, Mapping[str, Any]]) -> None:
    if body["type"] not in ("string", "number"):
        raise error(400, "hasUniqueValue may only be set for string and number properties.")
    taken = sum(1 for row in existing.values() if row["hasUniqueValue"] and not row["archived"])
    if taken >= MAX_UNIQUE:
        raise error(400, f"An object may have at most {MAX_UNIQUE} properties with hasUniqueValue.")


def _options(rows: Any) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("value") is not None for row in rows):
        raise error(400, "Invalid input JSON: options must be a list of objects with a label and a value.")
    values = [str(row["value"]) for row in rows]
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise error(400, f"Property option values must be unique. Repeated: {', '.join(repeated)}")
    return [
        option(value, row.get("label") or value, row.get("displayOrder", order), row.get("description") or "")
        | {"hidden": bool(row.get("hidden"))}
        for order, (value, row) in enumerate(zip(values, rows, strict=True))
    ]


def new_group(body: Mapping[str, Any], *, existing: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    for key in ("name", "label"):
        if not isinstance(body.get(key), str) or not body[key].strip():
            raise error(400, f"Invalid input JSON: some required fields were not set: [{key}]")
    if body["name"] in existing:
        raise error(
            409,
            f"A property group named '{body['name']}' already exists.",
            "OBJECT_ALREADY_EXISTS",
            subCategory="Properties.PROPERTY_GROUP_WITH_NAME_EXISTS",
            context={"name": [body["name"]]},
        )
    order = body.get("displayOrder")
    return {
        "name": body["name"],
        "label": body["label"],
        "displayOrder": order if isinstance(order, int) else len(existing),
        "archived": False,
    }
