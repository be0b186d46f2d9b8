"""HubSpot's property definitions as the contract's remote fields."""

from __future__ import annotations

from typing import Any

from integrations.contract import FieldType, Option, RemoteField, RemoteObject, Role
from integrations.providers.hubspot.client import Client

CONTACTS, COMPANIES = "contacts", "companies"
OBJECTS: tuple[tuple[str, Role], ...] = ((CONTACTS, Role.PERSONA), (COMPANIES, Role.COMPANY))
LABELS = {CONTACTS: ("Contact", "Contacts"), COMPANIES: ("Company", "Companies")}
TYPE_IDS = {CONTACTS: "0-1", COMPANIES: "0-2"}
SCOPE_OF = {CONTACTS: "crm.objects.contacts", COMPANIES: "crm.objects.companies"}

TYPES = {
    "string": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "enumeration": FieldType.PICKLIST,
    "bool": FieldType.BOOLEAN,
    "phone_number": FieldType.PHONE,
}
# What the form element adds to the type.
SHAPES = {
    ("string", "textarea"): FieldType.LONG_TEXT,
    ("string", "html"): FieldType.LONG_TEXT,
    ("string", "phonenumber"): FieldType.PHONE,
    ("enumeration", "checkbox"): FieldType.MULTI_PICKLIST,
    ("enumeration", "booleancheckbox"): FieldType.BOOLEAN,
}


def describe(client: Client) -> list[RemoteObject]:
    """Contacts and companies with the properties people see; hidden and archived ones are left out."""
    scopes = client.tokens.current().scopes
    return [_object(client, name, role, scopes) for name, role in OBJECTS]


def _object(client: Client, name: str, role: Role, scopes: tuple[str, ...]) -> RemoteObject:
    rows = client.get(client.paths.properties(name)).rows("results")
    fields = [
        remote_field(name, row) for row in rows if row.get("name") and not row.get("hidden") and not row.get("archived")
    ]
    label, plural = LABELS[name]
    # An older token endpoint does not tell the scopes; then the first write will.
    allowed = {verb: not scopes or f"{SCOPE_OF[name]}.{verb}" in scopes for verb in ("read", "write")}
    return RemoteObject(
        name=name,
        label=label,
        plural=plural,
        role=role,
        fields={remote.name: remote for remote in fields},
        readable=allowed["read"],
        creatable=allowed["write"],
        updatable=allowed["write"],
    )


def remote_field(object_name: str, row: dict[str, Any]) -> RemoteField:
    """One definition. Read-only for us is what HubSpot calculates or keeps to itself."""
    name, shape = str(row["name"]), str(row.get("fieldType") or "")
    by_email = object_name == CONTACTS and name == "email"
    writable = not read_only(row)
    external = bool(row.get("externalOptions"))
    kind = FieldType.EMAIL if by_email else _type(str(row.get("type") or ""), shape)
    options = () if external or kind is FieldType.BOOLEAN else _options(row.get("options"))
    return RemoteField(
        name=name,
        label=str(row.get("label") or name),
        type=kind,
        vendor_type=f"{row.get('type') or ''} ({shape})" if shape else str(row.get("type") or ""),
        creatable=writable,
        updatable=writable,
        unique=by_email or bool(row.get("hasUniqueValue")),
        custom=not row.get("hubspotDefined"),
        restricted=bool(options),
        options=options,
        group=str(row.get("groupName") or ""),
        help=str(row.get("description") or ""),
        handle=name == "twitterhandle",
    )


def read_only(row: dict[str, Any]) -> bool:
    kept = row.get("modificationMetadata")
    return (
        bool(row.get("calculated"))
        or str(row.get("fieldType") or "").startswith("calculation_")
        or (isinstance(kept, dict) and bool(kept.get("readOnlyValue")))
    )


def _type(kind: str, shape: str) -> FieldType:
    return SHAPES.get((kind, shape)) or TYPES.get(kind, FieldType.OTHER)


def _options(rows: Any) -> tuple[Option, ...]:
    listed = (
        [row for row in rows if isinstance(row, dict) and row.get("value") is not None]
        if isinstance(rows, list)
        else []
    )
    listed.sort(key=lambda row: _order(row.get("displayOrder")))
    return tuple(
        Option(str(row["value"]), str(row.get("label") or row["value"]), active=not row.get("hidden")) for row in listed
    )


def _order(said: Any) -> int:
    """HubSpot's -1 means: wherever, which is after the ordered ones."""
    return said if isinstance(said, int) and said >= 0 else 1_000_000
