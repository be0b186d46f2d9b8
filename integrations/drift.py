"""What became of a mapping since the vendor last described itself: field gone, read-only, option gone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.contract import RemoteField, RemoteObject

# As many fields of one kind are named as a person reads.
MOST = 20


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


def differences(known: Mapping[str, RemoteObject], found: Mapping[str, RemoteObject]) -> str:
    """What a vendor describes otherwise than before, by object: `Lead: new Score__c; gone Rating; changed Email`."""
    told = [f"{remote.label} is gone" for name, remote in known.items() if name not in found]
    for name, remote in found.items():
        if name not in known:
            told.append(f"{remote.label} is new")
            continue
        before, now = known[name].fields, remote.fields
        parts = {
            "new": [field for field in now if field not in before],
            "gone": [field for field in before if field not in now],
            "changed": [field for field in now if field in before and now[field] != before[field]],
        }
        said = [f"{what} {_listed(fields)}" for what, fields in parts.items() if fields]
        if said or remote != known[name]:
            told.append(f"{remote.label}: {'; '.join(said) or 'other rights or another name'}")
    return ". ".join(told)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" and {more} more" if more > 0 else "")
