"""The two data centres, told apart by path on one port, and the organisation in each of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

CLIENT_ID = "sandbox-zoho-client-id"
CLIENT_SECRET = "sandbox-zoho-client-secret"
FIXED_TOKEN = "1000.sandbox-zoho-access-token"


@dataclass(frozen=True)
class Person:
    number: int
    first_name: str
    last_name: str
    email: str
    profile: str
    role: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Place:
    """One data centre and its organisation. `key` is also the `location` of a callback."""

    key: str
    prefix: str  # of every id
    zgid: str
    company: str
    time_zone: str
    offset: int  # hours from UTC
    currency: tuple[str, str, str]  # name, symbol, ISO code
    country: tuple[str, str]
    users: tuple[Person, ...]

    @property
    def accounts_path(self) -> str:
        """The accounts server on this port: the root for the first data centre."""
        return "" if self.key == "us" else f"/{self.key}"

    @property
    def api_path(self) -> str:
        return f"/api-{self.key}"

    @property
    def content_path(self) -> str:
        return f"/content-{self.key}"

    def number(self, number: int) -> str:
        """A record id: 19 digits."""
        return f"{self.prefix}{number:012d}"

    @property
    def admin(self) -> Person:
        return self.users[0]

    def person(self, person_id: str) -> Person | None:
        return next((person for person in self.users if self.number(person.number) == person_id), None)

    def moment(self, seconds: float) -> str:
        """ISO 8601 with the organisation's offset, without fractions."""
        zone = datetime.timezone(datetime.timedelta(hours=self.offset))
        return datetime.datetime.fromtimestamp(int(seconds), zone).isoformat()


def _users(domain: str) -> tuple[Person, ...]:
    return (
        Person(1001, "Mobly", "Integration", f"mobly.integration@{domain}", "Administrator", "CEO"),
        Person(1002, "Tom", "Okafor", f"tom@{domain}", "Standard", "Manager"),
    )


PLACES = {
    place.key: place
    for place in (
        Place(
            "us", "6172731", "60012345", "Halden Robotics", "America/Chicago", -6, ("US Dollar", "$", "USD"),
            ("United States", "US"), _users("halden.example"),
        ),
        Place(
            "eu", "5843902", "20098765", "Halden Robotics Europe", "Europe/Berlin", 1, ("Euro", "€", "EUR"),
            ("Germany", "DE"), _users("halden-europe.example"),
        ),
    )
}  # fmt: skip
FIRST = PLACES["us"]
