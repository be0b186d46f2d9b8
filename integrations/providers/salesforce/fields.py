"""Recommended fields: made by the Tooling API, then opened to the connected user.

A field made through the API is hidden from everybody, an administrator included, until a profile or a permission set
gives access to it. So there is a permission set of Mobly's own that the connected user is assigned to. Making fields
twice does no harm: Salesforce says which are there, and what is missing of the access is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrations.contract import (
    MOBLY_ONLY,
    Cause,
    Fault,
    FieldType,
    MadeField,
    NewField,
    ProviderError,
    Refused,
    Role,
    Step,
    recommended,
)
from integrations.providers.salesforce import errors, schema, soql
from integrations.providers.salesforce.client import Part, SalesforceClient

# No permission set of an admin's own is touched.
SET_NAME, SET_LABEL = "Mobly_Fields", "Mobly Fields"
_SET_HELP = "Access of the Mobly user to the fields Mobly made. Assigned by Mobly."
_EXISTS = frozenset({"DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"})
# Salesforce's label of a field holds 40 characters.
LABEL_LENGTH = 40
_VISIBLE_LINES = 5
_DIGITS = 18


def _of(*mobly_fields: str) -> tuple[NewField, ...]:
    return tuple(replace(new, name=f"{new.name}__c") for new in recommended(*mobly_fields))


_PERSON = _of(
    *MOBLY_ONLY,
    "personal_email",
    "personal_address",
    "linkedin",
    "facebook",
    "x_twitter",
    "profile_picture",
    "other_phone_numbers",
    "company_linkedin",
    # Where state and country picklists are on, an address is refused unless it keeps to them.
    "company_street_address",
)
RECOMMENDED: Mapping[str, tuple[NewField, ...]] = {
    "Lead": _PERSON,
    "Contact": _PERSON,
    "Account": _of("company_linkedin", "company_street_address"),
}


def create(client: SalesforceClient, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
    """One answer per field, in order. Raises `ProviderError` when nothing could be asked."""
    if not fields:
        return []
    ready = _writable(client, object_name)
    tries = [_Try(new, there=new.name in ready) for new in fields]
    _make(client, object_name, [one for one in tries if not one.there])
    closed = [one for one in tries if one.there and one.field.name not in ready]
    if closed:
        _open(client, object_name, closed)
    return [MadeField(one.field, problem=one.problem) if one.problem else _made(one.field) for one in tries]


@dataclass(slots=True)
class _Try:
    """One field on its way: `there` once Salesforce has it, `problem` when something did not work."""

    field: NewField
    there: bool = False
    problem: str = ""


def _made(new: NewField) -> MadeField:
    return MadeField(new, new.name)


def _writable(client: SalesforceClient, object_name: str) -> set[str]:
    """The object's fields that the connected user can write already."""
    answer = client.composite([schema.describe_part(object_name)])[0]
    remote = schema.remote_object(object_name, Role.OTHER, answer)
    if remote is None:
        raise Refused(errors.fault_of(answer.body, object_name=object_name, step=Step.PLAN, status=answer.status))
    return {name for name, known in remote.fields.items() if known.creatable and known.updatable}


# --- Making -----------------------------------------------------------------------------------------------------------


def _make(client: SalesforceClient, object_name: str, tries: Sequence[_Try]) -> None:
    """Ask for one after the other: Salesforce changes its metadata one at a time. A right that is missing for one is
    missing for all. Raises `ProviderError` at the first of them only."""
    for position, one in enumerate(tries):
        try:
            client.request("POST", "tooling/sobjects/CustomField", json=metadata(object_name, one.field), writes=True)
        except Refused as refused:
            if refused.fault.code in _EXISTS:
                one.there = True
                continue
            if refused.fault.cause is Cause.PERMISSION:
                return _tell(tries[position:], _no_right(object_name, refused.fault))
            one.problem = f"Salesforce did not make “{one.field.label}”: {refused.fault.message}"
        except ProviderError as error:
            if position == 0:
                raise
            return _tell(tries[position:], f"It was not made: {error.fault.message}")
        else:
            one.there = True
    return None


def _tell(tries: Sequence[_Try], problem: str) -> None:
    for one in tries:
        one.problem = problem


def _no_right(object_name: str, fault: Fault) -> str:
    return (
        f"The connected user may not make fields: {fault.message} Give it “Customize Application” in a permission set "
        f"for as long as this takes, or make the field under Setup, Object Manager, {object_name}."
    )


def metadata(object_name: str, new: NewField) -> dict[str, Any]:
    """The body that makes a field; `new.name` carries its `__c`."""
    described: dict[str, Any] = {"label": new.label[:LABEL_LENGTH], "inlineHelpText": new.help or None}
    described |= _kind(new)
    if new.unique:
        described |= {"unique": True, "externalId": True, "caseSensitive": False}
    return {"FullName": f"{object_name}.{new.name}", "Metadata": described}


def _kind(new: NewField) -> dict[str, Any]:
    match new.type:
        case FieldType.LONG_TEXT:
            return {"type": "LongTextArea", "length": new.length or 32_768, "visibleLines": _VISIBLE_LINES}
        case FieldType.NUMBER:
            return {"type": "Number", "precision": _DIGITS, "scale": 0}
        case FieldType.EMAIL:
            return {"type": "Email"}
        case FieldType.URL:
            return {"type": "Url"}
        case FieldType.PHONE:
            return {"type": "Phone"}
        case FieldType.BOOLEAN:
            return {"type": "Checkbox", "defaultValue": False}
        case FieldType.DATE:
            return {"type": "Date"}
    return {"type": "Text", "length": min(new.length or 255, 255)}


# --- Opening ----------------------------------------------------------------------------------------------------------


def _open(client: SalesforceClient, object_name: str, tries: Sequence[_Try]) -> None:
    """Let the connected user read and edit the fields; what does not work is the fields' problem, for they stand."""
    try:
        parent = _permission_set(client)
        _assign(client, parent)
        _grant(client, object_name, parent, tries)
    except ProviderError as error:
        said = error.fault.message
        for one in tries:
            one.problem = _closed(object_name, one.field, said)


def _closed(object_name: str, new: NewField, said: str) -> str:
    return (
        f"“{new.label}” is in Salesforce, but the connected user cannot write it yet: {said} Under Setup, Permission "
        f"Sets, Object Settings, {object_name} give Read and Edit Access to {new.name}, then choose Refresh."
    )


def _permission_set(client: SalesforceClient) -> str:
    found = _rows(client, soql.select(("Id",), "PermissionSet", f"Name = {soql.text(SET_NAME)}"))
    if found:
        return str(found[0]["Id"])
    body = {"Name": SET_NAME, "Label": SET_LABEL, "Description": _SET_HELP}
    answer = client.request("POST", "sobjects/PermissionSet", json=body, writes=True)
    return str(answer.json()["id"])


def _assign(client: SalesforceClient, parent: str) -> None:
    user = _user_id(client)
    where = f"PermissionSetId = {soql.text(parent)} AND AssigneeId = {soql.text(user)}"
    if _rows(client, soql.select(("Id",), "PermissionSetAssignment", where)):
        return
    body = {"AssigneeId": user, "PermissionSetId": parent}
    client.request("POST", "sobjects/PermissionSetAssignment", json=body, writes=True)


def _user_id(client: SalesforceClient) -> str:
    """The connected user: as the sign-in named it, or as Salesforce tells it now."""
    known = client.tokens.current().extra.get("user_id", "")
    if soql.is_id(known):
        return known
    said = client.get("/services/oauth2/userinfo")
    return str(said.get("user_id") or "") if isinstance(said, Mapping) else ""


def _grant(client: SalesforceClient, object_name: str, parent: str, tries: Sequence[_Try]) -> None:
    where = f"ParentId = {soql.text(parent)} AND SobjectType = {soql.text(object_name)}"
    rows = _rows(client, soql.select(("Id", "Field"), "FieldPermissions", where))
    known = {str(row.get("Field")): str(row["Id"]) for row in rows}
    access = {"PermissionsRead": True, "PermissionsEdit": True}
    kind = {"attributes": {"type": "FieldPermissions"}}
    new, old = [], []
    for one in tries:
        name = f"{object_name}.{one.field.name}"
        if name in known:
            old.append((one, {**kind, "id": known[name], **access}))
        else:
            of = {"ParentId": parent, "SobjectType": object_name, "Field": name}
            new.append((one, {**kind, **of, **access}))
    for method, rows_of in (("POST", new), ("PATCH", old)):
        if rows_of:
            _write(client, object_name, method, rows_of)


def _write(
    client: SalesforceClient, object_name: str, method: str, rows: Sequence[tuple[_Try, dict[str, Any]]]
) -> None:
    body = {"allOrNone": False, "records": [row for _, row in rows]}
    answer = client.composite([Part(method, "composite/sobjects", body)], writes=True)[0]
    said = answer.body if isinstance(answer.body, list) and len(answer.body) == len(rows) else []
    for position, (one, _) in enumerate(rows):
        entry = said[position] if said else answer.body
        if not (said and isinstance(entry, Mapping) and entry.get("success") is True):
            fault = errors.fault_of(
                entry, object_name="FieldPermissions", step=Step.PLAN, status=answer.status, row=True
            )
            one.problem = _closed(object_name, one.field, fault.message)


def _rows(client: SalesforceClient, statement: str) -> list[dict[str, Any]]:
    found = client.query([statement])[0]
    if isinstance(found, Fault):
        raise Refused(found)
    return found
