"""Pipedrive's field definitions as the contract's remote fields.

Custom fields are named by a 40-character hash that differs in every account. Of Pipedrive's own fields only those are
writable that its write requests take; the lists of e-mails and phones are told apart by their labels, so that several
of a lead's values have a place in them (`emails` and `emails_home`, `phones` and `phones_other`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.contract import FieldType, Option, Refused, RemoteField, RemoteObject, Role
from integrations.providers.pipedrive.client import V1, Client
from integrations.providers.pipedrive.errors import CONTACT_SYNC

PERSONS, ORGANIZATIONS = "persons", "organizations"
OBJECTS: tuple[tuple[str, Role], ...] = ((PERSONS, Role.PERSONA), (ORGANIZATIONS, Role.COMPANY))
LABELS = {PERSONS: ("Person", "Persons"), ORGANIZATIONS: ("Organization", "Organizations")}
DEFINITIONS = {PERSONS: "personFields", ORGANIZATIONS: "organizationFields"}
CONTACTS_SCOPE = "contacts:full"

LINE = 255
FIRST_NAME, LAST_NAME, NAME = "first_name", "last_name", "name"
EMAILS, EMAILS_HOME, PHONES, PHONES_OTHER = "emails", "emails_home", "phones", "phones_other"
LABEL_IDS, OWNER, ADDRESS, ORGANIZATION = "label_ids", "owner_id", "address", "org_id"

TYPES = {
    "varchar": FieldType.TEXT,
    "varchar_auto": FieldType.TEXT,
    "text": FieldType.LONG_TEXT,
    "phone": FieldType.PHONE,
    "double": FieldType.NUMBER,
    "int": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "enum": FieldType.PICKLIST,
    "set": FieldType.MULTI_PICKLIST,
    "address": FieldType.LONG_TEXT,
    "monetary": FieldType.NUMBER,
    "daterange": FieldType.TEXT,
    "time": FieldType.TEXT,
    "timerange": FieldType.TEXT,
    "user": FieldType.REFERENCE,
    "org": FieldType.REFERENCE,
    "people": FieldType.REFERENCE,
}
# What a lead's value can be sent into. An amount needs a currency and a user one of theirs to choose from: see
# `remote_field`. Another organization or person is no value of a lead's.
SENDABLE = {"varchar", "varchar_auto", "text", "phone", "double", "boolean", "date", "enum", "set", "address",
            "daterange", "time", "timerange"}  # fmt: skip
SHORT = {"varchar", "varchar_auto"}
MONETARY, USER = "monetary", "user"
HELP = {
    "daterange": "One day, or two with a slash between them: 2026-11-22/2026-11-24.",
    "time": "Hours and minutes: 14:30.",
    "timerange": "Two times with a slash between them: 14:30/16:00.",
}

# The names of older answers for Pipedrive's own fields.
_SAME = {"email": EMAILS, "phone": PHONES, "label": LABEL_IDS}
_OWN = {
    PERSONS: (FIRST_NAME, LAST_NAME, EMAILS, PHONES, LABEL_IDS, OWNER, "job_title", "notes", "birthday"),
    ORGANIZATIONS: (NAME, ADDRESS, LABEL_IDS, OWNER),
}
# Composed by us of its parts, or set by the delivery itself.
_NOT_OFFERED = {PERSONS: (NAME, ORGANIZATION), ORGANIZATIONS: ()}

Definition = dict[str, Any]


def describe(client: Client) -> list[RemoteObject]:
    """Persons and organizations with their fields, as the connected user sees them."""
    users = _users(client)
    return [_object(client, name, role, users) for name, role in OBJECTS]


def definitions(client: Client, kind: str, *, fresh: bool = False) -> dict[str, Definition]:
    """The definitions by our field name, from this process's memory unless they are asked for `fresh`."""
    known = None if fresh else client.memory.fields(kind)
    if known is None:
        known = _with_currency(client, {field_name(row): row for row in read_all(client, kind)})
        client.memory.keep_fields(kind, known)
    return known


def _with_currency(client: Client, known: dict[str, Definition]) -> dict[str, Definition]:
    """Amounts with the currency a new one is in: the connected user's own. Asked only where there are amounts."""
    amounts = [name for name, row in known.items() if row.get("is_custom_field") and field_type(name, row) == MONETARY]
    if not amounts:
        return known
    currency = str(client.get(f"{V1}/users/me").record.get("default_currency") or "")
    return {name: {**row, "currency": currency} if name in amounts else row for name, row in known.items()}


def read_all(client: Client, kind: str) -> list[Definition]:
    """All pages of the definitions. Raises `ProviderError`."""
    params: dict[str, Any] = {"include_fields": "ui_visibility,important_fields,required_fields", "limit": 500}
    rows: list[Definition] = []
    while True:
        reply = client.get(f"{client.v2}/{DEFINITIONS[kind]}", params, gives="list")
        rows += [row for row in reply.rows if isinstance(row.get("field_code"), str)]
        if not reply.next_cursor or reply.next_cursor == params.get("cursor"):
            return rows
        params = {**params, "cursor": reply.next_cursor}


def field_name(row: Mapping[str, Any]) -> str:
    code = str(row["field_code"])
    return code if row.get("is_custom_field") else _SAME.get(code, code)


def field_type(name: str, definition: Mapping[str, Any] | None) -> str:
    """Pipedrive's type of one of our fields; empty for one that it does not have."""
    if name in (LABEL_IDS,):
        return "set"
    return str(definition.get("field_type") or "") if definition else ""


def _users(client: Client) -> tuple[Option, ...]:
    """Who may own a record; nobody where the app may not read users."""
    try:
        rows = users(client)
    except Refused:
        return ()
    active = [row for row in rows if row.get("active_flag", True) and not row.get("is_deleted")]
    return tuple(Option(str(row["id"]), str(row.get("name") or row.get("email") or row["id"])) for row in active)


def users(client: Client) -> list[dict[str, Any]]:
    """The company's users, read once by a client. Raises `ProviderError`."""
    if "users" not in client.kept:
        rows = client.get(f"{V1}/users", gives="list").rows
        client.kept["users"] = [row for row in rows if isinstance(row.get("id"), int)]
    return client.kept["users"]


def _object(client: Client, name: str, role: Role, users: tuple[Option, ...]) -> RemoteObject:
    scopes = client.tokens.current().scopes
    rows = definitions(client, name, fresh=True)
    fields = [field for code, row in rows.items() for field in _fields(name, code, row, users)]
    label, plural = LABELS[name]
    # An answer that does not tell the scopes says nothing against us; the first write will.
    allowed = not scopes or CONTACTS_SCOPE in scopes
    return RemoteObject(
        name=name,
        label=label,
        plural=plural,
        role=role,
        fields={field.name: field for field in fields},
        readable=allowed or "contacts:read" in scopes,
        creatable=allowed,
        updatable=allowed,
    )


def _fields(kind: str, name: str, row: Definition, users: tuple[Option, ...]) -> Iterable[RemoteField]:
    """The fields one definition stands for."""
    if name in _NOT_OFFERED[kind] and not row.get("is_custom_field"):
        return
    field = remote_field(kind, name, row, users)
    yield field
    if name == EMAILS:
        yield _part(field, EMAILS_HOME, f"{field.label} (home)", FieldType.EMAIL)
    if name == PHONES:
        yield _part(field, PHONES_OTHER, f"{field.label} (other)", FieldType.LONG_TEXT, "Separated by semicolons.")


def _part(whole: RemoteField, name: str, label: str, type: FieldType, help: str = "") -> RemoteField:
    return RemoteField(name=name, label=label, type=type, vendor_type=whole.vendor_type, group=whole.group, help=help)


def remote_field(kind: str, name: str, row: Definition, users: tuple[Option, ...] = ()) -> RemoteField:
    """One definition. No length and no writable flag is published: texts of one line hold 255 characters."""
    custom = bool(row.get("is_custom_field"))
    vendor_type = field_type(name, row)
    writable = vendor_type in SENDABLE if custom else name in _OWN[kind]
    type, options = TYPES.get(vendor_type, FieldType.OTHER), _options(row.get("options"))
    if not custom and name == EMAILS:
        type = FieldType.EMAIL
    if custom and vendor_type == MONETARY:
        writable = bool(row.get("currency"))
    if (custom and vendor_type == USER) or (not custom and name == OWNER):
        type, options, writable = (FieldType.PICKLIST if users else FieldType.REFERENCE), users, bool(users)
    return RemoteField(
        name=name,
        label=str(row.get("field_name") or name),
        type=type,
        vendor_type=vendor_type,
        length=LINE if vendor_type in SHORT or name in (EMAILS, PHONES) else None,
        required=kind == ORGANIZATIONS and name == NAME,
        creatable=writable,
        updatable=writable,
        custom=custom,
        restricted=bool(options),
        options=options,
        help=_help(name, row),
    )


def _help(name: str, row: Mapping[str, Any]) -> str:
    said = str(row.get("description") or "")
    needed = row.get("required_fields")
    if isinstance(needed, dict) and needed.get("enabled"):
        # Whether the API is held to this is not documented: a hint, no rule.
        said = f"{said} Required on Pipedrive’s own screens.".strip()
    if row.get("is_custom_field"):
        said = f"{said} {HELP.get(field_type(name, row), '')}".strip()
        said = f"{said} In {row['currency']}, or the currency it has.".strip() if row.get("currency") else said
    if name in CONTACT_SYNC:
        said = f"{said} Only while Contact Sync is on.".strip()
    return said


def _options(rows: Any) -> tuple[Option, ...]:
    listed = (
        [row for row in rows if isinstance(row, dict) and row.get("id") is not None] if isinstance(rows, list) else []
    )
    return tuple(Option(str(row["id"]), str(row.get("label") or row["id"])) for row in listed)
