"""Tooling API: creating custom fields, as an admin's connection may."""

from __future__ import annotations

import re
from typing import Any

from . import access, rules
from .calls import Answer, Call, Refused
from .ids import make_id
from .records import Org
from .schema import OBJECTS, Field, custom_field

NAME = re.compile(r"(\w+)\.([A-Za-z](?:[A-Za-z0-9]|_(?!_))*)__c")
TYPES = {
    "Text": "string",
    "LongTextArea": "textarea",
    "TextArea": "textarea",
    "Number": "double",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
}


def create_field(org: Org, call: Call, body: dict[str, Any]) -> Answer:
    """POST tooling/sobjects/CustomField `{"FullName": "Lead.x__c", "Metadata": {"type", "label", ...}}` -> 201.

    Nobody sees the field before a permission set opens it (`access`).
    """
    match = NAME.fullmatch(str(body.get("FullName", "")))
    metadata = body.get("Metadata")
    if match is None or not isinstance(metadata, dict):
        raise Refused(
            "FIELD_INTEGRITY_EXCEPTION", "FullName and Metadata are required for a custom field.", ["FullName"]
        )
    object_name, name = match[1], f"{match[2]}__c"
    if object_name not in OBJECTS:
        message = f"Entity Enumeration Or ID: bad value for restricted picklist field: {object_name}"
        raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["TableEnumOrId"])
    if org.faults.may_not_customize:
        raise rules.not_allowed()
    known = org.schema.object(object_name)["fields"]
    if any(field["name"].lower() == name.lower() for field in known):
        message = f"There is already a field named {match[2]} on {object_name}."
        raise Refused("DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
    made = short_field(name, metadata)
    field_id = make_id("00N", org.store.next_number("id:CustomField"))
    record = {"Id": field_id, "TableEnumOrId": object_name, "DeveloperName": match[2], "FullName": body["FullName"]}
    org.store.put(access.MADE, field_id, record)
    org.schema.save(object_name, [*known, made])
    return Answer(201, {"id": field_id, "success": True, "errors": [], "warnings": [], "infos": []})


def short_field(name: str, metadata: dict[str, Any]) -> Field:
    """The describe field that this metadata makes. Raises `Refused`."""
    kind = TYPES.get(str(metadata.get("type")))
    if kind is None:
        raise Refused("INVALID_FIELD", f"Cannot use the type: {metadata.get('type')} in this API.", ["Metadata"])
    if kind == "string" and not 1 <= int(metadata.get("length") or 0) <= 255:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", "Text: length must be from 1 to 255.", ["Length"])
    more: dict[str, Any] = {"length": int(metadata.get("length") or 255)} if kind in ("string", "textarea") else {}
    if kind in ("email", "phone", "url"):
        more["length"] = {"email": 80, "phone": 40, "url": 255}[kind]
    if kind == "double":
        more = {"precision": int(metadata.get("precision") or 18), "scale": int(metadata.get("scale") or 0)}
    if metadata.get("type") == "LongTextArea":
        more |= {"length": int(metadata.get("length") or 32768), "extraTypeInfo": "plaintextarea"}
    if kind in ("picklist", "multipicklist"):
        definition = (metadata.get("valueSet") or {}).get("valueSetDefinition") or {}
        values = definition.get("value") or []
        more = {
            "length": 255 if kind == "picklist" else 4099,
            "restrictedPicklist": bool((metadata.get("valueSet") or {}).get("restricted")),
            "picklistValues": [
                [v.get("fullName") or v.get("valueName"), v.get("label"), True, bool(v.get("default"))] for v in values
            ],
        }
    if kind == "boolean":
        more = {"nillable": False, "defaultedOnCreate": True, "defaultValue": bool(metadata.get("defaultValue"))}
    if metadata.get("required"):
        more["nillable"] = False
    if metadata.get("externalId"):
        more |= {"externalId": True, "idLookup": True}
    if metadata.get("unique"):
        more |= {"unique": True, "caseSensitive": bool(metadata.get("caseSensitive"))}
    return custom_field(name, str(metadata.get("label") or name.removesuffix("__c")), kind, **more)


def drop_field(org: Org, field_id: str) -> Answer:
    """DELETE tooling/sobjects/CustomField/<id> -> 204. Raises `Refused` 404."""
    record = org.store.get(access.MADE, field_id)
    if record is None:
        raise Refused("NOT_FOUND", "The requested resource does not exist", status=404)
    name = f"{record['DeveloperName']}__c"
    fields = org.schema.object(record["TableEnumOrId"])["fields"]
    org.schema.save(record["TableEnumOrId"], [field for field in fields if field["name"] != name])
    org.store.remove(access.MADE, field_id)
    return Answer(204)


def query(org: Org, call: Call) -> Answer:
    """GET tooling/query over CustomField: `WHERE TableEnumOrId = 'Lead' [AND DeveloperName = 'x']`."""
    text = call.args.get("q", "")
    if not re.search(r"\bfrom\s+CustomField\b", text, re.IGNORECASE):
        raise Refused("INVALID_TYPE", "Only CustomField can be queried here.")
    wanted = dict(re.findall(r"\b(TableEnumOrId|DeveloperName)\s*=\s*'([^']*)'", text))
    rows = []
    for record in org.store.all(access.MADE):
        if all(record[name].casefold() == value.casefold() for name, value in wanted.items()):
            url = f"{call.base}/tooling/sobjects/CustomField/{record['Id']}"
            shown = {name: record[name] for name in ("Id", "TableEnumOrId", "DeveloperName")}
            rows.append({"attributes": {"type": "CustomField", "url": url}, **shown})
    return Answer(200, {"size": len(rows), "totalSize": len(rows), "done": True, "records": rows})
