"""The companies as people see them on the pages of the sandbox: lines of lists, records with what belongs to them."""

import re
from typing import Any

from ..store import Record
from . import contacts, directory
from .company import SINGULAR, Company


def list_row(kind: str, record: Record) -> dict[str, str]:
    """One line of a list for people."""
    return {"id": str(record["id"]), "title": title(kind, record), "detail": _detail(kind, record),
            "when": record["update_time"]}  # fmt: skip


def title(kind: str, record: Record) -> str:
    if kind in ("persons", "organizations"):
        return str(record["name"])
    if kind == "notes":
        return re.sub(r"<[^>]*>", " ", record["content"]).strip()[:80] or "A note"
    return str(record["subject"] if kind == "activities" else record["title"])


def _detail(kind: str, record: Record) -> str:
    if kind == "persons":
        return ", ".join(row["value"] for row in [*record["emails"], *record["phones"]])
    if kind == "organizations":
        return str((record["address"] or {}).get("value") or "")
    if kind == "activities":
        return ", ".join(part for part in (record["type"], record["due_date"]) if part)
    return str(record["add_time"])


def record_page(company: Company, kind: str, record_id: str) -> dict[str, Any] | None:
    """One record for people, None when it is not there."""
    record = company.living(kind, record_id)
    if record is None:
        return None
    plain = directory.shown(company, kind, record)
    return {
        "title": title(kind, record),
        "kind": SINGULAR[kind].capitalize(),
        "id": str(record["id"]),
        "fields": _fields(company, kind, record, plain),
        "related": _related(company, kind, record),
        "deeds": ("merge", "delete") if kind in ("persons", "organizations") else ("delete",),
    }


def _fields(company: Company, kind: str, record: Record, plain: Record) -> list[dict[str, str]]:
    if kind not in ("persons", "organizations"):
        return [{"label": _in_words(key), "name": key, "value": _plain(value)} for key, value in plain.items()]
    rows = []
    for code, field in company.fields(kind).items():
        value = record["custom_fields"].get(code) if field["is_custom_field"] else plain.get(code)
        if field["is_custom_field"] or code in plain or code in contacts.CONTACT_SYNC:
            words = directory.in_words(value, field) if value is not None else None
            rows.append({"label": field["field_name"], "name": code, "value": _plain(words)})
    return rows


def _in_words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part is not None)
    if isinstance(value, list):
        return "; ".join(_contact(part) if isinstance(part, dict) else str(part) for part in value)
    return "" if value is None else str(value)


def _contact(part: Record) -> str:
    if "value" not in part:
        return _plain(part)
    return f"{part['value']} ({part['label']}{', primary' if part.get('primary') else ''})"


def _related(company: Company, kind: str, record: Record) -> list[dict[str, str]]:
    links: list[tuple[str, Record | None]] = []
    if record.get("org_id") and kind != "organizations":
        links.append(("organizations", company.living("organizations", record["org_id"])))
    if record.get("person_id"):
        links.append(("persons", company.living("persons", record["person_id"])))
    key = {"persons": "person_id", "organizations": "org_id"}.get(kind)
    for hanging in ("activities", "notes", *(("persons",) if kind == "organizations" else ())) if key else ():
        links += [(hanging, row) for row in company.store.find(company.table(hanging), key or "", record["id"])[:200]]
    return [
        {
            "kind": SINGULAR[other].capitalize(),
            "record": title(other, row),
            "state": "",
            "url": url(company, other, row),
        }
        for other, row in links
        if row is not None and not row["is_deleted"]
    ]


def url(company: Company, kind: str, record: Record) -> str:
    """Where a person opens the record."""
    if kind in ("persons", "organizations"):
        return f"/{company.profile.domain}/{SINGULAR[kind]}/{record['id']}"
    return f"/_sandbox/objects/{company.table(kind)}/{record['id']}"
