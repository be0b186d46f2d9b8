"""One company behind the API: its fields, users and numbers, over the store that all companies share."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ..lag import Lag
from ..store import Record, Store
from .refusals import missing

DATA = Path(__file__).with_name("data")
KINDS = ("persons", "organizations", "activities", "notes", "leads")
FIELD_KINDS = {"personFields": "persons", "organizationFields": "organizations", "dealFields": "deals"}
SINGULAR = {"persons": "person", "organizations": "organization", "activities": "activity", "notes": "note",
            "leads": "lead", "deals": "deal"}  # fmt: skip
SEARCHABLE = ("address", "varchar", "text", "varchar_auto", "double", "monetary", "phone")
OPTION_TYPES = ("enum", "set")


@dataclass(frozen=True)
class Profile:
    """A company as it is registered. `suffix` parts its records from those of the other company in the store."""

    id: int
    name: str
    domain: str
    suffix: str
    users: tuple[tuple[int, str, str, bool], ...]  # id, name, e-mail, admin


PROFILES = (
    Profile(
        1000001,
        "Halden Robotics",
        "halden-robotics",
        "",
        (
            (2000001, "Mobly Integration", "mobly.integration@halden.example", True),
            (2000002, "Tom Okafor", "tom@halden.example", False),
        ),
    ),
    Profile(
        1000002,
        "Halden Sandbox Company",
        "halden-sandbox",
        "@halden-sandbox",
        ((2000101, "Mobly Integration", "mobly.integration@halden.example", True),),
    ),
)


@cache
def _shipped(name: str) -> list[Record]:
    rows: list[Record] = json.loads((DATA / f"{name}.json").read_text())
    return rows


class Company:
    """Definitions and record keeping of one company. `clock` gives seconds since 1970."""

    def __init__(self, profile: Profile, store: Store, clock: Callable[[], float]) -> None:
        self.profile, self.store, self.clock = profile, store, clock
        self.lag_seconds = 0.0
        self.contact_sync = False
        self._lag = Lag()
        persons, organizations = self.table("persons"), self.table("organizations")
        store.index(persons, "email", lambda row: values_of(row, "emails"))
        store.index(persons, "phone", lambda row: values_of(row, "phones"))
        for table in (persons, organizations):
            store.index(table, "name", lambda row: None if row["is_deleted"] else row["name"])
        for table in (self.table("notes"), self.table("activities"), persons):
            store.index(table, "org_id", lambda row: row["org_id"])
        for table in (self.table("notes"), self.table("activities"), self.table("leads")):
            store.index(table, "person_id", lambda row: row["person_id"])

    def table(self, kind: str) -> str:
        """The name of the kind's records in the store."""
        return f"{kind}{self.profile.suffix}"

    # Time and numbers

    def now(self) -> str:
        return rfc3339(self.clock())

    def new_id(self, kind: str) -> int:
        return self.store.next_number(f"id:{self.table(kind)}")

    # Fields

    def fields(self, kind: str) -> dict[str, Record]:
        """Definitions by code, system fields first, in the order of creation."""
        known = self.custom_fields(kind)
        shipped = _shipped(f"{SINGULAR[kind]}_fields")
        if kind == "persons" and self.contact_sync:
            shipped = [*shipped, *_shipped("contact_sync_fields")]
        options = self.store.fact(f"options:{self.table(kind)}", {})
        system = {row["field_code"]: row for row in shipped}
        return {**system, **{code: system[code] | {"options": rows} for code, rows in options.items()}, **known}

    def custom_fields(self, kind: str) -> dict[str, Record]:
        known: dict[str, Record] = self.store.fact(f"fields:{self.table(kind)}", {})
        return known

    def put_custom_fields(self, kind: str, known: dict[str, Record]) -> None:
        self.store.set_fact(f"fields:{self.table(kind)}", known)

    def put_options(self, kind: str, code: str, options: list[Record]) -> None:
        """Replace the options of a field, a custom or a system one."""
        known = self.custom_fields(kind)
        if code in known:
            self.put_custom_fields(kind, {**known, code: known[code] | {"options": options}})
            return
        name = f"options:{self.table(kind)}"
        self.store.set_fact(name, {**self.store.fact(name, {}), code: options})

    def new_field(self, kind: str, name: str, field_type: str, labels: Iterable[str] = ()) -> Record:
        """A custom field; its code is a hash that no other company has."""
        number = self.store.next_number(f"fields:{self.profile.domain}")
        code = hashlib.sha1(f"{self.profile.domain}:{kind}:{number}:{name}".encode()).hexdigest()
        options = [self.new_option(label) for label in labels] if field_type in OPTION_TYPES else None
        row = {
            "field_name": name,
            "field_code": code,
            "field_type": field_type,
            "options": options,
            "subfields": subfields_of(name, field_type),
            "is_custom_field": True,
            "is_optional_response_field": False,
            "required": False,
            "add": False,
        }
        self.put_custom_fields(kind, {**self.custom_fields(kind), code: row})
        return row

    def new_option(self, label: str) -> Record:
        now = self.now()
        number = 10 + self.store.next_number(f"option:{self.profile.domain}")
        return {"id": number, "label": label, "color": None, "add_time": now, "update_time": now}

    def field_called(self, kind: str, name: str) -> Record | None:
        """By code, else by the name people read."""
        fields = self.fields(kind)
        by_name = (row for row in fields.values() if row["field_name"].casefold() == name.casefold())
        return fields.get(name) or next(by_name, None)

    # Users

    def users(self) -> list[Record]:
        return [{"id": i, "name": n, "email": e, "admin": a} for i, n, e, a in self.profile.users]

    def user(self, user_id: Any) -> Record | None:
        return next((row for row in self.users() if row["id"] == user_id), None)

    # Records

    def get(self, kind: str, record_id: Any) -> Record | None:
        return self.store.get(self.table(kind), str(record_id))

    def living(self, kind: str, record_id: Any) -> Record | None:
        """The record unless it was deleted."""
        record = self.get(kind, record_id)
        return None if record is None or record["is_deleted"] else record

    def the(self, kind: str, record_id: Any) -> Record:
        """The record, deleted or not. Raises `Refusal` 404, also when it was deleted for more than 30 days."""
        record = self.get(kind, record_id)
        if record is None or record.get("deleted_at", self.clock()) < self.clock() - 30 * 86_400:
            raise missing()
        return record

    def put(self, kind: str, record: Record) -> Record:
        """Create or replace a record; search shows it after the lag."""
        table, record_id = self.table(kind), str(record["id"])
        if self.lag_seconds:
            self._lag.note(table, record_id, self.store.get(table, record_id), self.clock() + self.lag_seconds)
        self.store.put(table, record_id, record)
        return record

    def index_at_once(self) -> None:
        """Forget what search does not show yet: a fresh account's ids begin anew."""
        self._lag = Lag()

    def unseen(self, kind: str) -> dict[str, Record | None]:
        """What search still shows of records written a moment ago, by id."""
        return self._lag.pending(self.table(kind), self.clock())

    def searchable(self, kind: str) -> list[Record]:
        rows = self._lag.seen(self.table(kind), self.store.all(self.table(kind)), self.clock())
        return [row for row in rows if not row["is_deleted"]]


def values_of(record: Mapping[str, Any], key: str) -> list[str]:
    """The e-mails or phones of a person that is not deleted."""
    return [] if record["is_deleted"] else [row["value"] for row in record[key] if row["value"]]


def rfc3339(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def v1_time(moment: str) -> str:
    """The way v1 writes the same moment."""
    return moment.replace("T", " ").removesuffix("Z")


_PARTS = {
    "monetary": (("value", "Amount", "double"), ("currency", "Currency", "varchar")),
    "daterange": (("value", "Start", "date"), ("until", "End", "date")),
    "time": (("value", "Time", "time"), ("timezone_name", "Time zone", "varchar")),
    "timerange": (("value", "Start", "time"), ("until", "End", "time"), ("timezone_name", "Time zone", "varchar")),
}


def subfields_of(name: str, field_type: str) -> list[Record] | None:
    """The parts of a field whose value is an object."""
    if field_type == "address":
        address = next(row for row in _shipped("organization_fields") if row["field_code"] == "address")
        return [dict(row) for row in address["subfields"]]
    parts = _PARTS.get(field_type)
    if parts is None:
        return None
    return [{"field_code": code, "field_name": f"{word} of {name}", "field_type": kind} for code, word, kind in parts]
