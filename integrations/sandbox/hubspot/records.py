"""Writing and showing records: automatic properties, unique keys, lifecycle, merging, the bin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..store import Record
from . import associations
from .account import APP_ID, BIN, MEMBERSHIPS, PORTAL_ID, Account, emails_of, parts_of
from .calls import Call
from .kinds import KINDS, Kind
from .refusals import conflict, error, invalid_values, not_found, required_missing
from .validation import check, may_follow

_FREE_MAIL = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "aol.com",
    "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com",
}  # fmt: skip


def checked(account: Account, kind: Kind, values: Mapping[str, Any]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    return check(values, account.definitions(kind), portal_id=PORTAL_ID)


def accepted(account: Account, kind: Kind, values: Mapping[str, Any]) -> dict[str, str]:
    """The values as stored. Raises `Refusal` with all faults."""
    clean, faults = checked(account, kind, values)
    if faults:
        raise invalid_values(faults)
    return clean


def create(
    account: Account, call: Call, kind: Kind, values: Mapping[str, str], *, links: Sequence[Any] = (), told: bool = True
) -> Record:
    """Store a new record with checked values, and link it. Raises `Refusal`; the caller takes back what was written."""
    values = {name: value for name, value in values.items() if value != ""}
    _check_rules(call, kind, values)
    _check_unique(account, kind, values, own_id=None, told=told)
    record_id, now = account.new_id(kind.name), account.now()
    record = {
        "id": record_id,
        "properties": dict(sorted({**_automatic(account, kind, record_id, values, now), **values}.items())),
        "createdAt": now,
        "updatedAt": now,
        "archived": False,
    }
    account.put(kind, record)
    for link in links:
        associations.link_inline(account, kind, record_id, link)
    if kind.name == "contacts" and call.faults.company_auto_creation:
        _bring_company(account, call, record)
    return account.store.get(kind.name, record_id) or record


def _check_rules(call: Call, kind: Kind, values: Mapping[str, str]) -> None:
    missing = [name for name in kind.required if not values.get(name)]
    if missing:
        raise required_missing(kind.upper, missing)
    if kind.name != "contacts" or not call.enforces_rules:
        return
    demanded = [name.strip() for name in call.faults.required_properties.split(",") if name.strip()]
    missing = [name for name in demanded if not values.get(name)]
    if missing:
        raise required_missing(kind.upper, missing)
    if call.faults.rule_message:
        raise error(400, call.faults.rule_message)


def _check_unique(account: Account, kind: Kind, values: Mapping[str, str], *, own_id: str | None, told: bool) -> None:
    email = values.get("email") if kind.name == "contacts" else None
    other = account.find(kind, email, "email") if email else None
    if other and other["id"] != own_id:
        raise conflict(other["id"], told=told)
    for name in account.unique_names(kind):
        other = account.find(kind, values[name], name) if values.get(name) else None
        if other and other["id"] != own_id:
            raise invalid_values([_taken(kind, name, values[name], own_id, other["id"])])


def _taken(kind: Kind, name: str, value: str, own_id: str | None, other_id: str) -> dict[str, Any]:
    where = f"portalId={PORTAL_ID}, objectTypeId={kind.type_id}, propertyName={name}, value={value}"
    here = own_id or "a new object"
    sentence = f"Cannot set PropertyValueCoordinates{{{where}}} on {here}. {other_id} already has that value."
    return {"isValid": False, "message": sentence, "error": "CONFLICTING_UNIQUE_VALUE", "name": name}


def _automatic(account: Account, kind: Kind, record_id: str, values: Mapping[str, str], now: str) -> dict[str, str]:
    """What HubSpot fills in by itself, as in the recorded creates."""
    filled = {
        kind.created: now,
        kind.modified: now,
        "hs_object_id": record_id,
        "hs_object_source": "INTEGRATION",
        "hs_object_source_id": APP_ID,
        "hs_object_source_label": "INTEGRATION",
    }
    if kind.name == "companies" and values.get("domain"):
        filled["website"] = values["domain"]
    if kind.name == "contacts":
        filled |= {
            "hs_all_contact_vids": record_id,
            "hs_associated_target_accounts": "0",
            "hs_is_contact": "true",
            "hs_is_unworked": "true",
            "hs_lifecyclestage_lead_date": str(round(account.clock() * 1000)),
            "hs_pipeline": "contacts-lifecycle-pipeline",
            "lifecyclestage": "lead",
            "num_notes": "0",
            **_derived(values),
        }
    return filled


def _derived(values: Mapping[str, str]) -> dict[str, str]:
    """Properties of a contact that follow from others."""
    email = values.get("email", "")
    name = " ".join(part for part in (values.get("firstname", ""), values.get("lastname", "")) if part)
    derived = {"hs_email_domain": email.partition("@")[2], "hs_full_name_or_email": name or email}
    return {key: value for key, value in derived.items() if value}


def _bring_company(account: Account, call: Call, contact: Record) -> None:
    domain = contact["properties"].get("hs_email_domain", "")
    if not domain or domain in _FREE_MAIL:
        return
    kind = KINDS["companies"]
    found = account.store.find("companies", "domain", domain)
    company = found[0] if found else create(account, call, kind, {"domain": domain, "name": domain})
    associations.link(account, KINDS["contacts"], contact["id"], kind, company["id"], [279, 1])


def update(account: Account, call: Call, kind: Kind, record: Record, values: Mapping[str, str]) -> Record:
    """Write checked values over a record; an empty string clears. Raises `Refusal`."""
    values = dict(values)
    current = record["properties"]
    if not may_follow(current.get("lifecyclestage"), values.get("lifecyclestage", "")):
        del values["lifecyclestage"]
    _check_rules(call, kind, {**current, **values})
    _check_unique(account, kind, values, own_id=record["id"], told=True)
    now = account.now()
    merged = {**current, **values, kind.modified: now}
    if kind.name == "contacts":
        merged |= _derived(merged)
        _keep_addresses(current, merged)
    shown = {name: value for name, value in sorted(merged.items()) if value != ""}
    changed = {**record, "properties": shown, "updatedAt": now}
    account.put(kind, changed)
    return changed


def _keep_addresses(current: Mapping[str, str], merged: dict[str, str]) -> None:
    """A secondary address that becomes the primary one changes places with it."""
    others = [address for address in merged.get("hs_additional_emails", "").split(";") if address]
    if merged.get("email") in others:
        others[others.index(merged["email"])] = current.get("email", "")
        merged["hs_additional_emails"] = ";".join(address for address in others if address)


def archive(account: Account, kind: Kind, record_id: str) -> bool:
    """Move a record to the bin and cut its links; False when there is none."""
    record = account.find(kind, record_id)
    if record is None:
        return False
    now = account.now()
    account.store.put(BIN, f"{kind.type_id}:{record['id']}", {**record, "archived": True, "archivedAt": now})
    account.remove(kind, record["id"])
    associations.unlink_all(account, kind, record["id"])
    _leave_lists(account, record["id"])
    return True


def _leave_lists(account: Account, record_id: str) -> list[tuple[str, str]]:
    """Take a record out of all lists; which ones, and since when it was there."""
    rows = account.store.find(MEMBERSHIPS, "record", record_id)
    for row in rows:
        account.store.remove(MEMBERSHIPS, f"{row['list']}:{record_id}")
    return [(row["list"], row["since"]) for row in rows]


def binned(account: Account, kind: Kind, record_id: str) -> Record | None:
    return account.store.get(BIN, f"{kind.type_id}:{record_id}")


def merge(account: Account, kind: Kind, primary_id: str, other_id: str) -> Record:
    """Fold one record into another: its id keeps resolving, its address becomes a secondary one."""
    primary, other = account.find(kind, primary_id), account.find(kind, other_id)
    if primary is None or other is None:
        raise not_found()
    if primary["id"] == other["id"]:
        raise error(400, "Cannot merge a record with itself.")
    moved = associations.ends(account, kind, other["id"])
    associations.unlink_all(account, kind, other["id"])
    account.remove(kind, other["id"])
    for list_id, since in _leave_lists(account, other["id"]):
        if account.store.get(MEMBERSHIPS, f"{list_id}:{primary['id']}") is None:
            member = {"list": list_id, "record": primary["id"], "since": since}
            account.store.put(MEMBERSHIPS, f"{list_id}:{primary['id']}", member)
    for row in moved:
        if row["to"] != primary["id"]:
            associations.link(account, kind, primary["id"], KINDS[row["to_kind"]], row["to"], row["types"])
    now = account.now()
    merged = {**primary, "properties": _merged_values(kind, primary, other) | {kind.modified: now}, "updatedAt": now}
    account.put(kind, merged)
    return merged


def _merged_values(kind: Kind, primary: Record, other: Record) -> dict[str, str]:
    """The survivor's values, filled up from the other one."""
    values = {**other["properties"], **primary["properties"]}
    merged_before = [part for row in (primary, other) for part in parts_of(row, "hs_merged_object_ids")]
    values["hs_merged_object_ids"] = _joined([*merged_before, other["id"]])
    if kind.name == "contacts":
        addresses = list(dict.fromkeys([*emails_of(primary), *emails_of(other)]))
        values["hs_additional_emails"] = _joined(addresses[1:])
        values["hs_all_contact_vids"] = _joined([primary["id"], *values["hs_merged_object_ids"].split(";")])
    return {name: value for name, value in sorted(values.items()) if value}


def _joined(values: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(value for value in values if value))


def shown(
    kind: Kind, record: Record, *, ui_url: str, wanted: Iterable[str] | None = None, every: bool = False
) -> Record:
    """A record as an answer carries it: named properties (absent ones null), the default ones, or all of them."""
    values = record["properties"]
    if every:
        properties: dict[str, Any] = dict(values)
    else:
        names = {*kind.always, *wanted} if wanted else set(kind.shown)
        properties = {name: values.get(name) for name in sorted(names)}
    answer = {
        "id": record["id"],
        "properties": properties,
        "createdAt": record["createdAt"],
        "updatedAt": record["updatedAt"],
        "archived": record["archived"],
    }
    if record["archived"]:
        answer["archivedAt"] = record["archivedAt"]
    if kind.name in ("contacts", "companies"):
        answer["url"] = f"{ui_url}/contacts/{PORTAL_ID}/record/{kind.type_id}/{record['id']}"
    return answer


def echo(kind: Kind, record: Record, *, ui_url: str, sent: Iterable[str]) -> Record:
    """The answer to an update: what was sent and a few automatic properties."""
    few = {*kind.always, "hs_email_domain", "hs_is_unworked", "hs_object_source", "hs_object_source_id",
           "hs_object_source_label", "hs_pipeline", "lifecyclestage", *sent}  # fmt: skip
    answer = shown(kind, record, ui_url=ui_url, every=True)
    answer["properties"] = {name: value for name, value in record["properties"].items() if name in few}
    return answer
