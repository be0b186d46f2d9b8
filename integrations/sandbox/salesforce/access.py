"""Field-level security of fields that were made through the API: hidden until a permission set of the user opens them.

Fields that stand there from the beginning, or that an admin made by hand (the control API), are open to everybody.
"""

from __future__ import annotations

from typing import Any

from ..store import Store
from .calls import Refused

# The facts of the store that a view of an object depends on.
OBJECTS = ("PermissionSetAssignment", "FieldPermissions")
MADE = "_custom_field"


def limits(store: Store) -> tuple[frozenset[str], frozenset[str]]:
    """`Object.Field` names the connected user may not see, and those it may only read."""
    made = {f"{row['TableEnumOrId']}.{row['DeveloperName']}__c" for row in store.all(MADE)}
    if not made:
        return frozenset(), frozenset()
    user = store.fact("user_id")
    sets = {row["PermissionSetId"] for row in store.all("PermissionSetAssignment") if _of(row, user)}
    given = [row for row in store.all("FieldPermissions") if row["ParentId"] in sets and not row.get("IsDeleted")]
    readable = {row["Field"] for row in given if row["PermissionsRead"]}
    editable = {row["Field"] for row in given if row["PermissionsEdit"]}
    return frozenset(made - readable), frozenset((made & readable) - editable)


def _of(row: dict[str, Any], user: Any) -> bool:
    return row["AssigneeId"] == user and not row.get("IsDeleted")


def check(store: Store, name: str, record: dict[str, Any], before: dict[str, Any] | None, known: set[str]) -> None:
    """The rules of the three objects. `known` are the `Object.Field` names of the record's object. Raises `Refused`."""
    if name == "FieldPermissions":
        if record["Field"] not in known:
            message = f"Field Name: bad value for restricted picklist field: {record['Field']}"
            raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["Field"])
        if record.get("PermissionsEdit") and not record.get("PermissionsRead"):
            message = "Permission Edit Field depends on permission(s): Read Field"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message, [])
    if before is None and _twin(store, name, record):
        raise Refused("DUPLICATE_VALUE", f"duplicate value found: {name} duplicates value on another record", [])


def _twin(store: Store, name: str, record: dict[str, Any]) -> bool:
    key = {
        "PermissionSet": ("Name",),
        "PermissionSetAssignment": ("PermissionSetId", "AssigneeId"),
        "FieldPermissions": ("ParentId", "Field"),
    }[name]
    return any(
        all(other.get(part) == record.get(part) for part in key)
        for other in store.all(name)
        if not other.get("IsDeleted")
    )
