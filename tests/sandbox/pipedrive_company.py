"""A Pipedrive company under test, and short ways to call it."""

from typing import Any

import requests

from integrations.sandbox.person import allow
from integrations.sandbox.pipedrive.oauth import API_TOKEN, CLIENT_ID, CLIENT_SECRET
from integrations.sandbox.pipedrive.vendor import Pipedrive
from integrations.sandbox.server import SandboxServer
from tests.sandbox.hubspot_portal import Clock

BACK = "https://app.mobly.example/callback?next=1"
APP = (CLIENT_ID, CLIENT_SECRET)


class CompanyClient:
    """Calls with the personal token of the first company unless another token is given.

    Before each call the clock goes on by a fifth of a second, so that no test runs into the burst by chance.
    """

    def __init__(self, server: SandboxServer, clock: Clock) -> None:
        assert isinstance(server.vendor, Pipedrive)
        self.server, self.clock, self.vendor = server, clock, server.vendor
        self.base = server.base_url
        self.api = f"{self.base}/halden-robotics"
        self.session = requests.Session()
        self.pause = 0.25

    def call(self, method: str, path: str, body: Any = None, *, token: str = "", **options: Any):
        headers = {"Authorization": f"Bearer {token}"} if token else {"x-api-token": API_TOKEN}
        if body is not None:
            options["json"] = body
        self.clock.advance(self.pause)
        return self.session.request(method, f"{self.api}{path}", headers=headers, timeout=10, **options)

    def get(self, path: str, **options: Any):
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any):
        return self.call("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any):
        return self.call("PATCH", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any):
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, **options: Any):
        return self.call("DELETE", path, **options)

    # Short ways to have something

    def person(self, **body: Any) -> dict[str, Any]:
        return self._made("persons", {"name": "Ada Lovelace", **body})

    def organization(self, **body: Any) -> dict[str, Any]:
        return self._made("organizations", {"name": "Brightforge", **body})

    def _made(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(f"/api/v2/{kind}", body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def field(self, name: str, kind: str = "person") -> dict[str, Any]:
        """The definition with this name."""
        rows = self.get(f"/api/v2/{kind}Fields?limit=500").json()["data"]
        return next(row for row in rows if row["field_name"] == name)

    def options(self, name: str) -> dict[str, int]:
        """Labels of a person field with their ids."""
        return {option["label"]: option["id"] for option in self.field(name)["options"]}

    def found(self, kind: str = "persons", **query: Any) -> list[int]:
        """Ids that a search finds."""
        answer = self.get(f"/api/v2/{kind}/search", params=query)
        assert answer.status_code == 200, answer.text
        return [row["item"]["id"] for row in answer.json()["data"]["items"]]

    # The panel

    def switch(self, **faults: Any) -> None:
        self.control("PATCH", "faults", faults)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.base}/_sandbox/{path}", json=body, timeout=5)
        assert answer.ok, answer.text
        return answer.json()

    def kept(self, kind: str, **query: str) -> list[dict[str, Any]]:
        """What stands in the company, as the control API tells it."""
        answer = requests.get(f"{self.base}/_sandbox/records/{kind}", params=query, timeout=5)
        return answer.json()["records"]

    # Sign-in

    def authorize_url(self, **changes: str) -> str:
        asked = {"client_id": CLIENT_ID, "redirect_uri": BACK, "state": "st 1", **changes}
        return f"{self.base}/oauth/authorize?{requests.models.RequestEncodingMixin._encode_params(asked)}"

    def token(self, *, auth: Any = APP, **form: str):
        return requests.post(f"{self.base}/oauth/token", data=form, auth=auth, timeout=5)

    def signed_in(self, account: str = "") -> dict[str, Any]:
        """The tokens of a user who pressed Allow."""
        code = allow(self.authorize_url(), account=account)["code"]
        answer = self.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
        assert answer.status_code == 200, answer.text
        return answer.json()


def error_of(answer: Any) -> tuple[int, str, str]:
    """Status, sentence and code of a refusal."""
    body = answer.json()
    assert body["success"] is False
    return answer.status_code, body["error"], body.get("code", "")
