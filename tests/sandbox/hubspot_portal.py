"""A HubSpot account under test, and short ways to call it."""

from typing import Any

import requests

from integrations.sandbox.hubspot.oauth import PRIVATE_TOKEN
from integrations.sandbox.hubspot.vendor import HubSpot
from integrations.sandbox.server import SandboxServer


class Clock:
    """Seconds since 1970 that pass only when told to. 2026-11-21 20:00:00 UTC."""

    def __init__(self) -> None:
        self.now = 1795291200.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Portal:
    """Calls as the private app unless another token is given."""

    def __init__(self, server: SandboxServer, clock: Clock) -> None:
        assert isinstance(server.vendor, HubSpot)
        self.server, self.clock, self.vendor = server, clock, server.vendor
        self.base = server.base_url
        self.session = requests.Session()

    def call(self, method: str, path: str, body: Any = None, *, token: str = PRIVATE_TOKEN, **options: Any):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            options["json"] = body
        return self.session.request(method, f"{self.base}{path}", headers=headers, timeout=10, **options)

    def get(self, path: str, **options: Any):
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any):
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any):
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any):
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any):
        return self.call("DELETE", path, **options)

    def contact(self, **properties: str) -> dict[str, Any]:
        """A new contact."""
        return self._made("contacts", properties)

    def company(self, **properties: str) -> dict[str, Any]:
        return self._made("companies", properties)

    def _made(self, kind: str, properties: dict[str, str]) -> dict[str, Any]:
        answer = self.post(f"/crm/v3/objects/{kind}", {"properties": properties})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def search(self, kind: str, **body: Any):
        """A search, a second after the one before."""
        self.clock.advance(1)
        return self.post(f"/crm/v3/objects/{kind}/search", body)

    def switch(self, **faults: Any) -> None:
        answer = requests.patch(f"{self.base}/_sandbox/faults", json=faults, timeout=5)
        assert answer.status_code == 200, answer.text

    def kept(self, kind: str, **query: str) -> list[dict[str, Any]]:
        """What stands in the account, as the control API tells it."""
        answer = requests.get(f"{self.base}/_sandbox/records/{kind}", params=query, timeout=5)
        return answer.json()["records"]

    def values(self, kind: str, *names: str) -> list[tuple]:
        """The named values of all records, in order of arrival."""
        return [tuple(row["properties"].get(name) for name in names) for row in self.kept(kind)]


def by_id(answer: Any) -> dict[str, dict[str, Any]]:
    """The results of a batch, which come in no order, by their id."""
    return {row["id"]: row for row in answer.json()["results"]}


def eq(name: str, value: str) -> dict[str, str]:
    return {"propertyName": name, "operator": "EQ", "value": value}
