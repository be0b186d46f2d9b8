"""One organisation over the store: its fields, records, time and numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..lag import Lag
from ..store import Record, Store
from .fields import MODULES, RECOMMENDED_ON, Field, module_id, packaged, recommended
from .places import Place
from .refusals import Refused, invalid_module

if TYPE_CHECKING:
    from .faults import ZohoFaults

MEMBERS = "CampaignMembers"
BIN = "_bin"
SYSTEM_KEYS = {"Leads": "Email", "Contacts": "Email", "Accounts": "Account_Name", "Campaigns": "Campaign_Name"}
NAME_FIELDS = {"Accounts": "Account_Name", "Campaigns": "Campaign_Name", "Notes": "Note_Title"}
SPECIAL_TYPES = ("boolean", "lookup", "ownerlookup", "userlookup")
COMPUTED = {"Full_Name", "Converted__s"}
INDEXED_TYPES = ("text", "email", "phone", "website", "integer", "bigint")
# Statuses of people in campaigns; one list for the whole organisation.
MEMBER_STATUSES = ["Planned", "Invited", "Sent", "Received", "Opened", "Responded", "Visited Booth", "Bounced"]


class Org:
    """What one data centre holds. Records of all data centres share the store; each carries its place in `$org`."""

    def __init__(
        self, place: Place, store: Store, faults: Callable[[], ZohoFaults], clock: Callable[[], float] = time.time
    ) -> None:
        self.place, self.store, self.clock = place, store, clock
        self._faults = faults
        self._fields: dict[str, dict[str, Field]] = {}
        self._special: dict[str, frozenset[str]] = {}
        self._people: dict[tuple[str, bool], dict[str, str]] = {}
        self._company_mandatory: bool | None = None
        self.lag = Lag()

    @property
    def faults(self) -> ZohoFaults:
        return self._faults()

    def faults_used(self) -> None:
        """Keep a counted-down switch over a restart."""
        self.store.set_fact("faults", self.faults.as_dict())

    # Time and numbers

    def now(self) -> str:
        return self.place.moment(self.clock())

    def new_id(self) -> str:
        return self.place.number(1_000_000_000 + self.store.next_number(f"id:{self.place.key}"))

    def module_id(self, module: str) -> str:
        return module_id(self.place, module)

    def user(self, person_id: str = "", *, email: bool = False) -> dict[str, str]:
        """A reference to a user; the administrator when none is named."""
        known = self._people.get((person_id, email))
        if known is None:
            person = self.place.person(person_id) or self.place.admin
            known = {"name": person.name, "id": self.place.number(person.number)}
            if email:
                known["email"] = person.email
            self._people[person_id, email] = known
        return known

    # Fields

    def module(self, name: str) -> str:
        """The module of that name, whatever its case. Raises `Refused`."""
        found = next((module for module in MODULES if module.casefold() == name.casefold()), None)
        if found is None or found in self.faults.names("hidden_modules"):
            raise invalid_module(name)
        return found

    def fields(self, module: str) -> dict[str, Field]:
        """Definitions by name, in order; the Company switch is in them."""
        if self._company_mandatory != self.faults.company_mandatory:
            self._company_mandatory = self.faults.company_mandatory
            self.forget()
        known = self._fields.get(module)
        if known is None:
            rows = self.store.fact(f"fields:{self.place.key}:{module}")
            if rows is None:
                rows = packaged(module)
                self.store.set_fact(f"fields:{self.place.key}:{module}", rows)
            known = {row["api_name"]: row for row in rows}
            if module == "Leads" and "Company" in known:
                known["Company"] = {**known["Company"], "system_mandatory": self.faults.company_mandatory}
            self._fields[module] = known
        return known

    def forget(self) -> None:
        """Read the definitions anew."""
        self._fields.clear()
        self._special.clear()

    def special(self, module: str) -> frozenset[str]:
        """Fields that reads show otherwise than they are kept: computed ones, references, booleans."""
        if module not in self._special:
            fields = self.fields(module)
            names = {name for name, field in fields.items() if field["data_type"] in SPECIAL_TYPES}
            self._special[module] = frozenset(names | COMPUTED)
        return self._special[module]

    def begin_anew(self) -> None:
        """A fresh organisation: packaged fields, an empty search index."""
        self.forget()
        self.lag = Lag()
        for module in MODULES:
            self.index(module)

    def define(self, module: str, field: Field) -> Field:
        """Keep one more definition, with a number of its own."""
        number = self.store.next_number(f"field:{self.place.key}") + 200
        field = {**field, "number": number, "options": field.get("options", [])}
        self.save(module, [*self.fields(module).values(), field])
        return field

    def save(self, module: str, rows: Iterable[Field]) -> None:
        self.store.set_fact(f"fields:{self.place.key}:{module}", list(rows))
        self._fields.pop(module, None)
        self._special.pop(module, None)
        self.index(module)

    def add_recommended(self) -> list[str]:
        """The names, such as `Leads.Mobly_Lead_ID`, that were new."""
        added = []
        for module in RECOMMENDED_ON:
            for field in recommended():
                if field["api_name"] not in self.fields(module):
                    self.define(module, field)
                    added.append(f"{module}.{field['api_name']}")
        return added

    def unique_names(self, module: str) -> list[str]:
        return [name for name, field in self.fields(module).items() if field.get("unique")]

    # Records

    def index(self, module: str) -> None:
        """Keep indexes over the keys of a module."""
        for name in {SYSTEM_KEYS.get(module, ""), *self.unique_names(module)} - {""}:
            self.index_key(module, name)

    def index_key(self, module: str, name: str) -> None:
        """An index over one field, of all organisations."""
        if not self.store.indexed(module, name):
            self.store.index(module, name, lambda row: _key(row, name))

    def get(self, module: str, record_id: Any) -> Record | None:
        record = self.store.get(module, str(record_id or ""))
        return record if record is not None and record["$org"] == self.place.key else None

    def find(self, module: str, name: str, value: Any) -> list[Record]:
        """Records whose key has this value, oldest first; converted leads are no longer among them."""
        return [row for row in self.find_all(module, name, value) if not row.get("$converted")]

    def find_all(self, module: str, name: str, value: Any) -> list[Record]:
        """The same with converted leads."""
        self.index_key(module, name)
        return self.store.find(module, name, f"{self.place.key}:{value}")

    def all(self, module: str) -> list[Record]:
        return [row for row in self.store.all(module) if row["$org"] == self.place.key]

    def put(self, module: str, record: Record) -> None:
        """Create or replace a record; search shows it after the lag."""
        record_id = record["id"]
        if self.faults.search_lag:
            until = self.clock() + self.faults.search_lag
            self.lag.note(module, record_id, self.store.get(module, record_id), until)
        self.store.put(module, record_id, {**record, "$org": self.place.key})

    def remove(self, module: str, record_id: str) -> None:
        record = self.store.get(module, record_id)
        self.store.remove(module, record_id)
        for key in ("campaign", "person"):
            for member in self.store.find(MEMBERS, key, record_id):
                self.store.remove(MEMBERS, member["id"])
        for note in self.store.find("Notes", "parent", record_id):
            self.store.remove("Notes", note["id"])
        if record is not None:
            self.store.put(BIN, record_id, {**record, "module": module, "deleted": self.now()})

    def named(self, record: Record, module: str) -> str:
        """What people call the record."""
        if module in NAME_FIELDS:
            return str(record.get(NAME_FIELDS[module]) or "")
        return " ".join(part for part in (record.get("First_Name"), record.get("Last_Name")) if part)

    def where(self, record_id: str) -> str | None:
        """The module a record is in."""
        return next((module for module in MODULES if self.get(module, record_id)), None)

    def by_path(self, module: str, value: str, external: str = "") -> Record:
        """The record an address names, by id or by the external field of `X-EXTERNAL`. Raises `Refused`."""
        record = self.by_key(module, value, external)
        if record is None:
            raise Refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
        return record

    def by_key(self, module: str, value: Any, external: str = "") -> Record | None:
        """The record with this id, or with this value of the external field `Leads.Key`. Raises `Refused`."""
        owner, _, name = external.partition(".")
        if not external or owner != module:
            return self.get(module, value)
        field = self.fields(module).get(name)
        if field is None or not field.get("external"):
            details = {"api_name": name, "header": "X-EXTERNAL"}
            raise Refused("INVALID_DATA", "The value of the external field is invalid.", details)
        return next(iter(self.find(module, name, value)), None)


def _key(row: Record, name: str) -> Any:
    value = row.get(name)
    return None if value in (None, "") else f"{row['$org']}:{value}"


def common_indexes(store: Store) -> None:
    """Keys that belong to no field."""
    store.index(MEMBERS, "campaign", lambda row: row["campaign"])
    store.index(MEMBERS, "person", lambda row: row["person"])
    store.index("Notes", "parent", lambda row: (row.get("Parent_Id") or {}).get("id"))
    store.index("Contacts", "account", lambda row: (row.get("Account_Name") or {}).get("id"))
    store.index("_token", "refresh", lambda row: row.get("refresh"))
