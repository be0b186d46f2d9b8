"""The account behind the API: its definitions, its numbers and its clock, over the store."""

import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from ..lag import Lag
from ..store import Record, Store
from . import properties
from .kinds import KINDS, Kind
from .refusals import error
from .validation import iso_of

PORTAL_ID = 44556677
APP_ID = "20000001"
OTHER_APP_ID = "20000009"
USER_ID = 9000001
USER_EMAIL = "mobly.integration@halden.example"
DETAILS = {
    "portalId": PORTAL_ID,
    "accountType": "STANDARD",
    "timeZone": "US/Eastern",
    "companyCurrency": "USD",
    "additionalCurrencies": [],
    "utcOffset": "-05:00",
    "utcOffsetMilliseconds": -18000000,
}
# The accounts the one user may choose from, by portal id: name and domain. They share their records.
HUBS = {PORTAL_ID: ("Halden Robotics", "halden.example"), 55667788: ("Another account", "another.example")}

LINKS = "_associations"
BIN = "_bin"
MEMBERSHIPS = "_memberships"
ATTENDANCE = "_attendance"
LISTS = "lists"
EVENTS = "marketing_events"

_FIRST_ID = {"contacts": 171_591_000_000, "companies": 7_945_000_000, EVENTS: 555_442_000_000}


class Account:
    """Definitions and record keeping. `clock` gives seconds since 1970; tests may replace it."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.clock = clock
        self.lag_seconds = 0.0
        self._lag = Lag()
        store.index(LINKS, "end", lambda row: f"{row['from']}>{row['to_kind']}")
        store.index(LISTS, "name", lambda row: f"{row['objectTypeId']}:{row['name']}")
        store.index(MEMBERSHIPS, "list", lambda row: row["list"])
        store.index(MEMBERSHIPS, "record", lambda row: row["record"])
        store.index(ATTENDANCE, "event", lambda row: row["event"])
        store.index(ATTENDANCE, "contact", lambda row: row["contact"])
        store.index(EVENTS, "key", lambda row: f"{row['appId']}:{row['externalAccountId']}:{row['externalEventId']}")
        for kind in KINDS.values():
            store.index(kind.name, "merged", lambda row: parts_of(row, "hs_merged_object_ids"))
            for name in self.unique_names(kind):
                self._index_unique(kind, name)
        store.index("contacts", "email", emails_of)
        store.index("companies", "domain", lambda row: row["properties"].get("domain"))

    def index_at_once(self) -> None:
        """Forget what search does not show yet: a fresh account's ids begin anew."""
        self._lag = Lag()

    # Time and numbers

    def now(self) -> str:
        return iso_of(self.clock())

    def new_id(self, name: str) -> str:
        return str(_FIRST_ID.get(name, 61_000_000_000) + self.store.next_number(f"id:{name}"))

    def new_list_id(self) -> str:
        return str(self.store.next_number("id:lists"))

    def details(self, base_url: str, portal_id: int) -> Record:
        """The account information; people open records at `uiDomain`."""
        return DETAILS | {"portalId": portal_id, "uiDomain": urlsplit(base_url).netloc, "dataHostingLocation": "na1"}

    # Definitions

    def definitions(self, kind: Kind) -> dict[str, Record]:
        """Property definitions by name, archived ones included."""
        known = self.store.fact(f"properties:{kind.name}")
        if known is None:
            known = {row["name"]: row for row in properties.default_properties(kind)}
            self.store.set_fact(f"properties:{kind.name}", known)
        return known

    def groups(self, kind: Kind) -> dict[str, Record]:
        known = self.store.fact(f"groups:{kind.name}")
        if known is None:
            known = {row["name"]: row for row in properties.default_groups(kind)}
            self.store.set_fact(f"groups:{kind.name}", known)
        return known

    def define(self, kind: Kind, definition: Record) -> Record:
        self.store.set_fact(f"properties:{kind.name}", {**self.definitions(kind), definition["name"]: definition})
        if definition["hasUniqueValue"] and not self.store.indexed(kind.name, f"unique:{definition['name']}"):
            self._index_unique(kind, definition["name"])
        return definition

    def define_group(self, kind: Kind, group: Record) -> Record:
        self.store.set_fact(f"groups:{kind.name}", {**self.groups(kind), group["name"]: group})
        return group

    def create_property(self, kind: Kind, body: Record) -> Record:
        definition = properties.new_property(
            body, existing=self.definitions(kind), groups=set(self.groups(kind)), now=self.now()
        )
        return self.define(kind, definition)

    def unique_names(self, kind: Kind) -> list[str]:
        """Custom properties with unique values; `email` and the record id are keys without being among them."""
        return [name for name, row in self.definitions(kind).items() if row["hasUniqueValue"] and not row["archived"]]

    def _index_unique(self, kind: Kind, name: str) -> None:
        self.store.index(kind.name, f"unique:{name}", lambda row: row["properties"].get(name))

    # Records

    def find(self, kind: Kind, value: str, key: str | None = None) -> Record | None:
        """The living record with this id (also the id of one merged into it), e-mail or unique value.

        Raises `Refusal` when `key` is no unique property.
        """
        if key in (None, "", "hs_object_id"):
            return self.store.get(kind.name, value) or self._first(self.store.find(kind.name, "merged", value))
        if key in kind.unique:
            return self._first(self.store.find(kind.name, key, value.strip()))
        if key not in self.unique_names(kind):
            raise error(400, f"Unable to perform update/upsert by non-unique {kind.type_id} property {key}")
        return self._first(self.store.find(kind.name, f"unique:{key}", value))

    def put(self, kind: Kind, record: Record) -> None:
        """Create or replace a record; search shows it after the lag."""
        if self.lag_seconds:
            before = self.store.get(kind.name, record["id"])
            self._lag.note(kind.name, record["id"], before, self.clock() + self.lag_seconds)
        self.store.put(kind.name, record["id"], record)

    def remove(self, kind: Kind, record_id: str) -> None:
        if self.lag_seconds:
            before = self.store.get(kind.name, record_id)
            self._lag.note(kind.name, record_id, before, self.clock() + self.lag_seconds)
        self.store.remove(kind.name, record_id)

    def searchable(self, kind: Kind) -> list[Record]:
        """The records as the search index shows them now."""
        return self._lag.seen(kind.name, self.store.all(kind.name), self.clock())

    @staticmethod
    def _first(records: Iterable[Record]) -> Record | None:
        return next(iter(records), None)


def parts_of(record: Record, name: str) -> list[str]:
    """A property that holds several values."""
    return [part for part in record["properties"].get(name, "").split(";") if part]


def emails_of(record: Record) -> list[str]:
    """The primary address, then the secondary ones."""
    email = record["properties"].get("email")
    return [*([email] if email else []), *parts_of(record, "hs_additional_emails")]
