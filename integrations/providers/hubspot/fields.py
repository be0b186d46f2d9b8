"""Recommended fields as properties in a group of their own. They are made in one batch; what HubSpot did not make that
way is asked for one by one, because a batch does not always say which of its properties it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import MOBLY_ONLY, Cause, FieldType, MadeField, NewField, ProviderError, Refused, recommended
from integrations.providers.hubspot import errors
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.reply import Reply
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS

GROUP = {"name": "mobly", "label": "Mobly", "displayOrder": -1}

# Only what HubSpot has no property of its own for: see `defaults.py`.
RECOMMENDED: Mapping[str, tuple[NewField, ...]] = {
    CONTACTS: recommended(
        *MOBLY_ONLY,
        "personal_email",
        "personal_address",
        "facebook",
        "profile_picture",
        "other_phone_numbers",
        "company_size",
        "company_linkedin",
    ),
    COMPANIES: recommended("company_industry"),
}

# type and fieldType of a property.
KINDS: Mapping[FieldType, tuple[str, str]] = {
    FieldType.LONG_TEXT: ("string", "textarea"),
    FieldType.PHONE: ("string", "phonenumber"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.DATE: ("date", "date"),
}
TEXT = ("string", "text")


def create(client: Client, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
    """One answer per field. Raises `ProviderError` when nothing could be asked."""
    if not fields:
        return []
    path = client.paths.properties(object_name)
    _make_group(client, path)
    there = _made_at_once(client, path, fields)
    made = []
    for field in fields:
        made.append(MadeField(field, field.name) if field.name in there else _made_alone(client, path, field))
    return made


def _make_group(client: Client, path: str) -> None:
    """A group that is there already is as good."""
    try:
        client.write("POST", f"{path}/groups", GROUP)
    except Refused as refused:
        if refused.fault.cause is not Cause.DUPLICATE_RECORD:
            raise


def _made_at_once(client: Client, path: str, fields: Sequence[NewField]) -> set[str]:
    """Names that stand at HubSpot after one batch; none when it refused the batch as a whole."""
    try:
        reply = client.write("POST", f"{path}/batch/create", {"inputs": [definition(field) for field in fields]})
    except Refused as refused:
        if refused.fault.cause is Cause.PERMISSION:
            raise
        return set()
    return {str(row["name"]) for row in reply.rows("results") if row.get("name")} | _there_already(reply)


def _there_already(reply: Reply) -> set[str]:
    found: set[str] = set()
    for error in reply.rows("errors"):
        context = error.get("context")
        names = context.get("name") if isinstance(context, dict) else None
        if errors.code_of(error) == "OBJECT_ALREADY_EXISTS" and isinstance(names, list):
            found |= {str(name) for name in names}
    return found


def _made_alone(client: Client, path: str, field: NewField) -> MadeField:
    try:
        client.write("POST", path, definition(field))
    except Refused as refused:
        if refused.fault.cause is Cause.DUPLICATE_RECORD:
            return MadeField(field, field.name)
        return MadeField(field, problem=f"HubSpot did not make “{field.label}”: {refused.fault.message}")
    except ProviderError as error:
        # Others of the same wish stand already, so this is told field by field.
        return MadeField(field, problem=f"It is not known whether “{field.label}” was made: {error.fault.message}")
    return MadeField(field, field.name)


def definition(field: NewField) -> dict[str, Any]:
    """The property as HubSpot is asked for it."""
    kind, shape = KINDS.get(field.type, TEXT)
    unique = {"hasUniqueValue": True} if field.unique else {}
    return {
        "name": field.name,
        "label": field.label,
        "type": kind,
        "fieldType": shape,
        "groupName": GROUP["name"],
        "description": field.help,
        **unique,
    }
