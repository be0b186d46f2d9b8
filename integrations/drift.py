"""What became of a mapping since the vendor last described itself: field gone, read-only, option gone. Pure."""

from __future__ import annotations

from integrations.contract import RemoteField, RemoteObject


def of_field(remote: RemoteObject, name: str) -> str:
    """Why a mapped remote field can no longer be written, as a sentence; empty when it can."""
    field = remote.fields.get(name)
    if field is None:
        return f"{name} is gone, or no longer shown to the connected user. Choose another field or clear this row."
    if not field.writable:
        return f"“{field.label}” is read-only for the connected user. Give it edit access or choose another field."
    return ""


def of_option(field: RemoteField, value: str) -> str:
    """Why a mapped option can no longer be sent, as a sentence; empty when it can.

    Fields that accept any value (unrestricted picklists, text, checkboxes) lose nothing when an option goes.
    """
    if not field.options or not field.restricted:
        return ""
    option = field.option(value)
    if option is None:
        return f"“{value}” is no longer an option of “{field.label}”."
    if not option.active:
        return f"“{option.label}” of “{field.label}” is no longer active."
    return ""
