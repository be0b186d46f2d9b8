"""A simulated vendor as tests see it: an address, a fault panel and the records that arrived."""

from typing import Any

import requests


class SandboxVendor:
    """Speaks the JSON control of a running sandbox vendor; nothing here looks into its process."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self._http = requests.Session()

    def reset(self) -> None:
        """A fresh account: no records, no faults, no calls counted."""
        self._call("POST", "reset")

    def records(self, object_name: str, **filters: str) -> list[dict[str, Any]]:
        """What stands at the vendor; `email=` narrows it."""
        found: list[dict[str, Any]] = self._call("GET", f"records/{object_name}", params=filters)["records"]
        return found

    def seed(self, object_name: str, **values: Any) -> dict[str, Any]:
        """Put a record there, as somebody at the vendor would."""
        return self._call("POST", f"records/{object_name}", json=values)

    def faults(self, **switches: Any) -> dict[str, Any]:
        """Turn fault switches; returns all of them."""
        return self._call("PATCH", "faults", json=switches)

    def stats(self) -> dict[str, Any]:
        """`calls` as the vendor counts them, `by_path`, `created` and `updated` per object."""
        return self._call("GET", "stats")

    def forget_stats(self) -> None:
        self._call("POST", "stats")

    def change_schema(self, object_name: str, **change: Any) -> dict[str, Any]:
        return self._call("PATCH", f"schema/{object_name}", json=change)

    def add_recommended_fields(self) -> None:
        self._call("POST", "recommended-fields")

    def delete(self, object_name: str, record_id: str) -> None:
        """Delete a record, as somebody at the vendor would."""
        if self.name != "hubspot":
            where = {} if self.name == "salesforce" else {"object": object_name}
            self._call("POST", "delete", json={**where, "id": record_id})
            return
        token = {"Authorization": "Bearer pat-na1-sandbox-hubspot-access-token"}
        answer = self._http.delete(f"{self.url}/crm/v3/objects/{object_name}/{record_id}", headers=token, timeout=30)
        assert answer.status_code == 204, answer.text

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self._http.request(method, f"{self.url}/_sandbox/{path}", timeout=30, **options)
        assert answer.ok, f"{self.name}: {answer.status_code} {answer.text}"
        body: dict[str, Any] = answer.json()
        return body
