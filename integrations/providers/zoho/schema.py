"""Zoho's field metadata as the contract's remote fields.

`settings/fields` says which fields there are and which may be written; what a layout requires stands only in the
layouts, and what a layout rule requires nowhere: Zoho says that when it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.contract import FieldType, Option, RemoteField, RemoteObject, Role
from integrations.providers.zoho import errors
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.settings import ACCOUNTS, CONTACTS, LEADS, object_names

# Zoho's own field for X: it holds the name of a profile and makes the link itself.
TWITTER = "Twitter"
LABELS = {LEADS: ("Lead", "Leads"), CONTACTS: ("Contact", "Contacts"), ACCOUNTS: ("Account", "Accounts")}

TYPES = {
    "text": FieldType.TEXT,
    "twitter": FieldType.TEXT,
    "textarea": FieldType.LONG_TEXT,
    "email": FieldType.EMAIL,
    "phone": FieldType.PHONE,
    "website": FieldType.URL,
    "picklist": FieldType.PICKLIST,
    "multiselectpicklist": FieldType.MULTI_PICKLIST,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "integer": FieldType.NUMBER,
    "bigint": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    "lookup": FieldType.REFERENCE,
    "ownerlookup": FieldType.REFERENCE,
    "userlookup": FieldType.REFERENCE,
    "multiselectlookup": FieldType.REFERENCE,
    "multiuserlookup": FieldType.REFERENCE,
}
# Kinds a Mobly value can go into. References are set by us alone; the others hold no plain value.
WRITABLE = frozenset(TYPES.values()) - {FieldType.REFERENCE}
_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL})
NONE = "-None-"


def describe(client: Client, options: Mapping[str, str]) -> list[RemoteObject]:
    """The modules of the settings with their fields; unused and hidden ones are left out. Raises `ProviderError`."""
    modules = modules_of(client)
    return [_object(client, name, role, modules.get(name, {})) for name, role in object_names(options)]


def modules_of(client: Client) -> dict[str, dict[str, Any]]:
    """What the user sees of each module; empty where modules cannot be read."""
    try:
        rows = client.get("settings/modules").rows("modules")
    except errors.Rejected:
        return {}
    return {str(row.get("api_name")): row for row in rows}


def field_rows(client: Client, module: str) -> list[dict[str, Any]]:
    return [row for row in client.get("settings/fields", {"module": module}).rows("fields") if row.get("api_name")]


def _object(client: Client, name: str, role: Role, module: Mapping[str, Any]) -> RemoteObject:
    required = layout_required(client, name)
    fields = [remote_field(row, required) for row in field_rows(client, name) if is_shown(row)]
    label, plural = LABELS[name]
    return RemoteObject(
        name=name,
        label=str(module.get("singular_label") or label),
        plural=str(module.get("plural_label") or plural),
        role=role,
        fields={remote.name: remote for remote in fields},
        readable=module.get("viewable") is not False,
        creatable=module.get("creatable") is not False,
        updatable=module.get("editable") is not False,
    )


def is_shown(row: Mapping[str, Any]) -> bool:
    return row.get("visible") is not False and row.get("type") != "unused"


def layout_required(client: Client, module: str) -> set[str]:
    """The fields every active layout of the module requires; empty where layouts cannot be read."""
    try:
        rows = client.get("settings/layouts", {"module": module}).rows("layouts")
    except errors.Rejected:
        return set()
    active = [row for row in rows if row.get("status") in (None, "active") and row.get("visible") is not False]
    named = [_required_in(row) for row in active]
    return set.intersection(*named) if named else set()


def _required_in(layout: Mapping[str, Any]) -> set[str]:
    sections = layout.get("sections")
    fields = [
        field
        for section in (sections if isinstance(sections, list) else ())
        if isinstance(section, dict) and isinstance(section.get("fields"), list)
        for field in section["fields"]
        if isinstance(field, dict)
    ]
    return {str(field.get("api_name")) for field in fields if field.get("required") is True}


def remote_field(row: Mapping[str, Any], required: set[str] = frozenset()) -> RemoteField:  # type: ignore[assignment]
    """One definition. Written only if the field itself and both switches of the API let us."""
    name, vendor_type = str(row["api_name"]), str(row.get("data_type") or "")
    kind = TYPES.get(vendor_type, FieldType.OTHER)
    options = _options(row.get("pick_list_values")) if kind in (FieldType.PICKLIST, FieldType.MULTI_PICKLIST) else ()
    length = row.get("length")
    return RemoteField(
        name=name,
        label=str(row.get("field_label") or row.get("display_label") or name),
        type=kind,
        vendor_type=vendor_type,
        length=length if kind in _TEXTS and isinstance(length, int) and length > 0 else None,
        required=row.get("system_mandatory") is True or name in required,
        creatable=is_writable(row, "api_create"),
        updatable=is_writable(row, "api_update"),
        unique=bool(row.get("unique")) or bool(row.get("external")),
        custom=row.get("custom_field") is True,
        restricted=bool(options),
        options=options,
        help=_tooltip(row.get("tooltip")),
        handle=vendor_type == "twitter" or (name == TWITTER and row.get("custom_field") is not True),
    )


def is_writable(row: Mapping[str, Any], operation: str) -> bool:
    allowed = row.get("operation_type")
    return (
        TYPES.get(str(row.get("data_type")), FieldType.OTHER) in WRITABLE
        and row.get("read_only") is not True
        and row.get("field_read_only") is not True
        and (not isinstance(allowed, dict) or allowed.get(operation) is not False)
        # A list of records and the tags of one have formats of their own, whatever they are called.
        and row.get("json_type") not in ("jsonobject",)
        and not (row.get("json_type") == "jsonarray" and row.get("data_type") != "multiselectpicklist")
    )


def _options(rows: Any) -> tuple[Option, ...]:
    """What people read and what is sent differ once an admin renamed an option."""
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    listed.sort(key=lambda row: row["sequence_number"] if isinstance(row.get("sequence_number"), int) else 1_000_000)
    return tuple(
        Option(str(value), str(row.get("display_value") or value), active=row.get("type") != "unused")
        for row in listed
        if (value := row.get("actual_value") or row.get("display_value")) and value != NONE
    )


def _tooltip(said: Any) -> str:
    return str(said.get("value") or "") if isinstance(said, dict) else ""
