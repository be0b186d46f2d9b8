"""Making the recommended fields: five a call, labels of at most 25 characters, the API name told only by a new read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import FieldType, MadeField, NewField
from integrations.providers.zoho import errors
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.schema import field_rows
from integrations.providers.zoho.values import chunks

AT_ONCE = 5
LABEL = 25
# A field with unique values is kept short by Zoho.
UNIQUE = 100
TEXT = 255
KINDS = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "textarea",
    FieldType.EMAIL: "email",
    FieldType.URL: "website",
    FieldType.PHONE: "phone",
    FieldType.NUMBER: "integer",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
}


def create_fields(client: Client, module: str, fields: Sequence[NewField]) -> list[MadeField]:
    """One answer per field, in order. Raises `ProviderError` when the fields of the module cannot be read."""
    there = _names(client, module)
    problems: dict[str, str] = {}
    missing = [field for field in fields if _found(there, field) == ""]
    for group in chunks(missing, AT_ONCE):
        problems |= _create(client, module, group)
    now = _names(client, module) if missing else there
    return [_made(field, now, problems) for field in fields]


def _made(field: NewField, names: Mapping[str, str], problems: Mapping[str, str]) -> MadeField:
    name = _found(names, field)
    if name:
        return MadeField(field, name=name)
    return MadeField(field, problem=problems.get(field.mobly_field) or "Zoho CRM does not show the field yet.")


def _names(client: Client, module: str) -> dict[str, str]:
    """Label and API name, case aside -> API name."""
    rows = field_rows(client, module)
    by_label = {str(row.get("field_label") or "").casefold(): str(row["api_name"]) for row in rows}
    return {**by_label, **{str(row["api_name"]).casefold(): str(row["api_name"]) for row in rows}}


def _found(names: Mapping[str, str], field: NewField) -> str:
    return names.get(field.label[:LABEL].rstrip().casefold()) or names.get(field.name.casefold(), "")


def _create(client: Client, module: str, fields: Sequence[NewField]) -> dict[str, str]:
    """What went wrong, by Mobly field. A field that is there already is no problem."""
    body = {"fields": [definition(field) for field in fields]}
    try:
        reply = client.call(
            "POST", "settings/fields", json=body, params={"module": module}, results=("fields", len(fields))
        )
    except errors.Rejected as rejected:
        return {field.mobly_field: rejected.fault.message for field in fields}
    found = {}
    for field, item in zip(fields, reply.results("fields", len(fields)), strict=False):
        if item.get("status") == "error" and errors.code_of(item) != "DUPLICATE_DATA":
            found[field.mobly_field] = errors.fault_of(item, reply, row=True).message
    return found


def definition(field: NewField) -> dict[str, Any]:
    """A field as Zoho wants it described."""
    said: dict[str, Any] = {
        "field_label": field.label[:LABEL].rstrip(),
        "data_type": KINDS.get(field.type, "text"),
    }
    if field.type is FieldType.LONG_TEXT:
        said["textarea"] = {"type": "large"}
    elif said["data_type"] == "text":
        said["length"] = UNIQUE if field.unique else min(field.length or TEXT, TEXT)
    if field.unique:
        said["unique"] = {"case_sensitive": False}
    if field.help:
        said["tooltip"] = {"name": "info_icon", "value": field.help}
    return said
