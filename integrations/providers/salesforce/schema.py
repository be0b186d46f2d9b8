"""Describe: what Salesforce says of its objects, in the contract's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.contract import (
    Cause,
    Choice,
    Fault,
    FieldType,
    Option,
    Refused,
    RemoteField,
    RemoteObject,
    Role,
    Setting,
    Step,
    Unavailable,
)
from integrations.providers.salesforce import errors
from integrations.providers.salesforce.client import Part, PartAnswer, SalesforceClient

LEADS_AND_CONTACTS = "leads_and_contacts"
LEADS_ONLY = "leads_only"
ACCOUNTS_AND_CONTACTS = "accounts_and_contacts"

STRATEGY = Setting(
    "strategy",
    "Matching strategy",
    "Which records are searched, in which order, and what is created when none is found.",
    (
        Choice(
            LEADS_AND_CONTACTS,
            "Leads and Contacts",
            "Contact id, Contact e-mail, Lead id, Lead e-mail. Otherwise create a Lead.",
        ),
        Choice(LEADS_ONLY, "Leads only", "Lead id, Lead e-mail. Otherwise create a Lead."),
        Choice(
            ACCOUNTS_AND_CONTACTS,
            "Accounts and Contacts",
            "Contact id, Contact e-mail, then the Account by website and name. Otherwise create the Contact, and the "
            "Account if there is none.",
        ),
    ),
)
SEVERAL_MATCHES = Setting(
    "several_matches",
    "Several matches",
    "What to do when more than one record in Salesforce has the lead’s e-mail.",
    (
        Choice(
            "oldest", "Update the oldest", "The record that was created first is updated; the lead keeps a warning."
        ),
        Choice("ask", "Ask", "The lead fails, and somebody chooses the record."),
    ),
)
THE_ORG, THE_REP = "org", "rep"
OWNER = Setting(
    "owner",
    "Owner of new records",
    "Whom a record belongs to when Mobly creates it. A record that is there keeps its owner.",
    (
        Choice(THE_ORG, "Salesforce decides", "By its assignment rules, or the org’s default owner."),
        Choice(
            THE_REP,
            "The rep who captured the lead",
            "The active user with the rep’s e-mail. Where there is none, Salesforce decides and the lead keeps a "
            "warning.",
        ),
    ),
)
RUN, SKIP = "run", "skip"
ASSIGNMENT = Setting(
    "assignment_rules",
    "Assignment rules",
    "Whether the org’s active rules for Leads and Accounts run for records that Mobly creates. They never run for "
    "updates.",
    (
        Choice(RUN, "Run them", "Not for a record that gets the rep as its owner."),
        Choice(SKIP, "Do not run them", "New records belong to the Mobly user or the rep."),
    ),
)
SETTINGS = (STRATEGY, SEVERAL_MATCHES, OWNER, ASSIGNMENT)

OBJECTS: Mapping[str, tuple[tuple[str, Role], ...]] = {
    LEADS_AND_CONTACTS: (("Lead", Role.PERSONA), ("Contact", Role.PERSONA)),
    LEADS_ONLY: (("Lead", Role.PERSONA),),
    ACCOUNTS_AND_CONTACTS: (("Contact", Role.PERSONA), ("Account", Role.COMPANY)),
}

_TYPES: Mapping[str, FieldType] = {
    "string": FieldType.TEXT,
    "encryptedstring": FieldType.TEXT,
    "textarea": FieldType.LONG_TEXT,
    "email": FieldType.EMAIL,
    "url": FieldType.URL,
    "phone": FieldType.PHONE,
    "int": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "boolean": FieldType.BOOLEAN,
    "picklist": FieldType.PICKLIST,
    "combobox": FieldType.PICKLIST,
    "multipicklist": FieldType.MULTI_PICKLIST,
    "reference": FieldType.REFERENCE,
}
# A textarea up to this length is a box of a few lines (Street), not a long text.
_SHORT_AREA = 255


def chosen(options: Mapping[str, str], setting: Setting) -> str:
    """What the admin chose; the default for a value the setting does not have."""
    value = options.get(setting.key, "")
    return value if any(choice.value == value for choice in setting.choices) else setting.default


def object_names(options: Mapping[str, str]) -> list[tuple[str, Role]]:
    return list(OBJECTS[chosen(options, STRATEGY)])


def describe_part(object_name: str) -> Part:
    return Part("GET", f"sobjects/{object_name}/describe")


def describe(client: SalesforceClient, options: Mapping[str, str]) -> list[RemoteObject]:
    """The strategy's objects, in one call. Raises `Refused` when one of them is hidden from the user."""
    names = object_names(options)
    answers = client.composite([describe_part(name) for name, _ in names])
    described = []
    for (name, role), answer in zip(names, answers, strict=True):
        remote = remote_object(name, role, answer)
        if remote is None:
            raise not_described(name, answer)
        described.append(remote)
    return described


def remote_object(name: str, role: Role, answer: PartAnswer) -> RemoteObject | None:
    """None when the answer is not a describe of an object."""
    body = answer.body
    if not answer.ok or not isinstance(body, Mapping) or not isinstance(body.get("fields"), list):
        return None
    fields = [remote_field(said) for said in body["fields"] if isinstance(said, Mapping) and said.get("name")]
    return RemoteObject(
        name=str(body.get("name") or name),
        label=str(body.get("label") or name),
        plural=str(body.get("labelPlural") or f"{name}s"),
        role=role,
        fields={remote.name: remote for remote in fields},
        readable=bool(body.get("queryable", True)),
        creatable=bool(body.get("createable", False)),
        updatable=bool(body.get("updateable", False)),
    )


def remote_field(said: Mapping[str, Any]) -> RemoteField:
    """One field of a describe. Required: `createable && !nillable && !defaultedOnCreate`."""
    name = str(said["name"])
    vendor_type = str(said.get("type") or "")
    length = _length(said)
    creatable = bool(said.get("createable"))
    return RemoteField(
        name=name,
        label=str(said.get("label") or name),
        type=_type(vendor_type, length),
        vendor_type=vendor_type,
        length=length,
        required=creatable and said.get("nillable") is False and not said.get("defaultedOnCreate"),
        creatable=creatable,
        updatable=bool(said.get("updateable")),
        unique=bool(said.get("unique")),
        custom=bool(said.get("custom")),
        restricted=bool(said.get("restrictedPicklist")),
        options=_options(said.get("picklistValues")),
        group=str(said.get("compoundFieldName") or ("Custom" if said.get("custom") else "")),
        help=str(said.get("inlineHelpText") or ""),
    )


def _type(vendor_type: str, length: int | None) -> FieldType:
    if vendor_type == "textarea" and length is not None and length <= _SHORT_AREA:
        return FieldType.TEXT
    return _TYPES.get(vendor_type, FieldType.OTHER)


def _length(said: Mapping[str, Any]) -> int | None:
    length = said.get("length")
    return length if isinstance(length, int) and length > 0 else None


def _options(said: Any) -> tuple[Option, ...]:
    if not isinstance(said, Sequence) or isinstance(said, str):
        return ()
    values = [value for value in said if isinstance(value, Mapping) and value.get("value") is not None]
    return tuple(
        Option(str(value["value"]), str(value.get("label") or value["value"]), bool(value.get("active", True)))
        for value in values
    )


def not_described(name: str, answer: PartAnswer) -> Refused | Unavailable:
    """Why an object, or the list of them, did not come."""
    fault = errors.fault_of(
        answer.body, object_name=name, step=Step.PLAN, status=answer.status, request_id=answer.request_id
    )
    if answer.status >= 500 or answer.ok:
        message = f"Salesforce did not describe its object {name}."
        return Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, message, Step.PLAN, status=answer.status, transient=True))
    if answer.status == 404:
        message = f"Salesforce has no object {name} that the connected user may see."
        return Refused(Fault(Cause.MISSING_REMOTE_FIELD, message, Step.PLAN, fault.code, object=name, status=404))
    return Refused(fault)
