"""Search over the index, which may lag: exact without regard to case, else ranked; one field exactly as it stands."""

from collections.abc import Callable, Iterable
from typing import Any

from ..store import Record, folded
from .calls import Answer, Call, told
from .company import SEARCHABLE, SINGULAR, Company, values_of
from .pages import page_of
from .refusals import error, invalid, required

FIELDS = {
    "persons": ("custom_fields", "email", "notes", "phone", "name"),
    "organizations": ("address", "custom_fields", "notes", "name"),
}
_KEYS = {"email": "emails", "phone": "phones"}
_INDEXED = ("email", "phone", "name")


def search(call: Call, kind: str) -> Answer:
    """GET persons/search and organizations/search."""
    term, exact = _term(call), call.flag("exact_match")
    wanted = call.names("fields") or list(FIELDS[kind])
    strange = [name for name in wanted if name not in FIELDS[kind]]
    if strange:
        raise invalid([f"fields: Expected some of {', '.join(FIELDS[kind])}, received '{strange[0]}'"])
    organization = call.number("organization_id")
    found = _exact(call.company, kind, term, wanted) if exact else _near(call.company, kind, term, wanted)
    if organization is not None:
        found = [(score, row) for score, row in found if row.get("org_id") == organization]
    found.sort(key=lambda pair: (-pair[0], pair[1]["id"]))
    page, cursor = page_of([row | {"_score": score} for score, row in found], call, key=lambda row: row["id"])
    items = [{"result_score": row["_score"], "item": _item(call.company, kind, row, term)} for row in page]
    return told({"items": items}, additional_data={"next_cursor": cursor})


def _term(call: Call) -> str:
    term = call.args.get("term", "").strip()
    if not term:
        raise invalid([required("term")])
    exact = call.flag("exact_match") or call.args.get("match") == "exact"
    if len(term) < (1 if exact else 2):
        raise invalid(["term: String must contain at least 2 character(s)"])
    return term


def _texts(company: Company, kind: str, row: Record, name: str) -> list[str]:
    """What search reads of a record under one of its field names."""
    if name in _KEYS:
        return values_of(row, _KEYS[name])
    if name == "custom_fields":
        fields = company.custom_fields(kind)
        return [plain(value) for code, value in row["custom_fields"].items()
                if code in fields and fields[code]["field_type"] in SEARCHABLE]  # fmt: skip
    if name == "address":
        return [row["address"]["value"]] if row.get("address") else []
    if name == "notes":
        link = "person_id" if kind == "persons" else "org_id"
        notes = company.store.find(company.table("notes"), link, row["id"])
        return [note["content"] for note in notes if not note["is_deleted"]]
    return [row["name"]]


def plain(value: Any) -> str:
    """A value as search reads it: of an amount or an address its main part."""
    return str(value["value"] if isinstance(value, dict) else value)


def _exact(company: Company, kind: str, term: str, names: list[str]) -> list[tuple[float, Record]]:
    key = folded(term)

    def fits(row: Record) -> bool:
        return any(folded(text) == key for name in names for text in _texts(company, kind, row, name))

    rows: Iterable[Record]
    if all(name in _INDEXED for name in names):
        unseen = company.unseen(kind)
        live = (row for name in names for row in company.store.find(company.table(kind), name, term))
        kept = {row["id"]: row for row in live if str(row["id"]) not in unseen}
        rows = [*kept.values(), *(row for row in unseen.values() if row and not row["is_deleted"] and fits(row))]
    else:
        rows = filter(fits, company.searchable(kind))
    # Exact hits score low or high in the recordings: the figure says nothing about certainty.
    return [(0.1997, row) for row in rows]


def _near(company: Company, kind: str, term: str, names: list[str]) -> list[tuple[float, Record]]:
    """All words of the term somewhere in one value; the nearer in length, the higher."""
    words = folded(term).split()
    found = []
    for row in company.searchable(kind):
        scores = [
            round(0.2 + 0.4 * len(term) / max(len(text), len(term)), 8)
            for name in names
            for text in _texts(company, kind, row, name)
            if all(word in folded(text) for word in words)
        ]
        if scores:
            found.append((max(scores), row))
    return found


def _item(company: Company, kind: str, row: Record, term: str) -> Record:
    item: Record = {"id": row["id"], "type": SINGULAR[kind], "name": row["name"]}
    if kind == "persons":
        item |= {"phones": values_of(row, "phones"), "emails": values_of(row, "emails")}
    else:
        item["address"] = _address(row)
    item |= {"visible_to": row["visible_to"], "owner": {"id": row["owner_id"]}}
    if kind == "persons":
        item["organization"] = _linked(company.get("organizations", row["org_id"]) if row["org_id"] else None)
    # Of custom fields and notes only what the term was found in.
    hits = {name: [text for text in _texts(company, kind, row, name) if folded(term) in folded(text)]
            for name in ("custom_fields", "notes")}  # fmt: skip
    return item | hits


def _linked(organization: Record | None) -> Record | None:
    if organization is None:
        return None
    return {"id": organization["id"], "name": organization["name"], "address": _address(organization)}


def _address(row: Record) -> str | None:
    return row["address"]["value"] if row.get("address") else None


# One field

_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda text, term: text == term,
    "beginning": lambda text, term: text.startswith(term),
    "middle": lambda text, term: term in text,
}
_ENTITIES = {"person": "persons", "organization": "organizations"}


def field_search(call: Call) -> Answer:
    """GET itemSearch/field: case counts here, and only some types of fields can be searched."""
    term, match = _term(call), call.args.get("match", "exact")
    kind = _ENTITIES.get(call.args.get("entity_type", ""))
    if kind is None or match not in _MATCHES:
        key, allowed = ("match", _MATCHES) if kind else ("entity_type", _ENTITIES)
        raise invalid([f"{key}: Expected one of {', '.join(allowed)}, received '{call.args.get(key, '')}'"])
    code = call.args.get("field", "")
    field = call.company.custom_fields(kind).get(code)
    if field is None:
        raise invalid([f"field: There is no {SINGULAR[kind]} field '{code}'"])
    if field["field_type"] not in SEARCHABLE:
        raise error(400, f"Fields of type {field['field_type']} cannot be searched.", code="ERR_BAD_REQUEST")
    rows = [
        row for row in _with_value(call.company, kind, code, term, match) if _MATCHES[match](_value(row, code), term)
    ]
    page, cursor = page_of(rows, call, key=lambda row: row["id"])
    return told([{"id": row["id"], "name": row["name"]} for row in page], additional_data={"next_cursor": cursor})


def _value(row: Record, code: str) -> str:
    return plain(row["custom_fields"][code]) if code in row["custom_fields"] else ""


def _with_value(company: Company, kind: str, code: str, term: str, match: str) -> list[Record]:
    """Candidates: by an index, made when the field is first searched, or all."""
    if match != "exact":
        return company.searchable(kind)
    table, name = company.table(kind), f"field:{code}"
    if not company.store.indexed(table, name):
        company.store.index(table, name, lambda row: None if row["is_deleted"] else _value(row, code))
    unseen = company.unseen(kind)
    kept = [row for row in company.store.find(table, name, term) if str(row["id"]) not in unseen]
    return [*kept, *(row for row in unseen.values() if row and not row["is_deleted"])]


def item_search(call: Call) -> Answer:
    """GET itemSearch: persons and organizations together."""
    term, exact = _term(call), call.flag("exact_match")
    types = call.names("item_types") or list(_ENTITIES)
    items: list[Record] = []
    for kind in (_ENTITIES[name] for name in types if name in _ENTITIES):
        names = [name for name in call.names("fields") or FIELDS[kind] if name in FIELDS[kind]]
        found = _exact(call.company, kind, term, names) if exact else _near(call.company, kind, term, names)
        items += [{"result_score": score, "item": _item(call.company, kind, row, term)} for score, row in found]
    items.sort(key=lambda row: -row["result_score"])
    page, cursor = page_of(items, call, key=lambda row: [row["item"]["type"], row["item"]["id"]])
    return told({"items": page, "related_items": []}, additional_data={"next_cursor": cursor})
