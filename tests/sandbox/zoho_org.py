"""A Zoho organization under test, and short ways to call it."""

from typing import Any

import requests

from integrations.sandbox.person import allow
from integrations.sandbox.server import SandboxServer
from integrations.sandbox.zoho.oauth import ALL_SCOPES
from integrations.sandbox.zoho.places import CLIENT_ID, CLIENT_SECRET, FIXED_TOKEN
from integrations.sandbox.zoho.vendor import Zoho

BACK = "http://127.0.0.1:9/integrations/callback/zoho"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


class Organization:
    """Calls with the fixed token of the first data centre unless another token or data centre is given."""

    def __init__(self, server: SandboxServer, clock) -> None:
        assert isinstance(server.vendor, Zoho)
        self.server, self.clock, self.vendor = server, clock, server.vendor
        self.base = server.base_url
        self.session = requests.Session()

    def call(self, method: str, path: str, body: Any = None, *, token=FIXED_TOKEN, at="us", headers=None, **options):
        """`path` is relative to `/crm/v8/`."""
        sent = {"Authorization": f"Zoho-oauthtoken {token}", **(headers or {})} if token else headers or {}
        if body is not None:
            options["json"] = body
        return self.session.request(method, f"{self.base}/api-{at}/crm/v8/{path}", headers=sent, timeout=10, **options)

    def get(self, path: str, **options: Any):
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any):
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any):
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, **options: Any):
        return self.call("DELETE", path, **options)

    def coql(self, text: str, **options: Any):
        return self.post("coql", {"select_query": text}, **options)

    # Sign-in

    def authorize_url(self, **changes: str) -> str:
        query = {"response_type": "code", "client_id": CLIENT_ID, "scope": ",".join(ALL_SCOPES), "redirect_uri": BACK}
        query |= {"access_type": "offline", "prompt": "consent", "state": "st", **changes}
        return requests.Request("GET", f"{self.base}/oauth/v2/auth", params=query).prepare().url or ""

    def consent(self, account: str = "", answer: str = "allow", **changes: str) -> dict[str, str]:
        return allow(self.authorize_url(**changes), account=account, answer=answer)

    def token(self, accounts_path: str = "", **form: str):
        return requests.post(f"{self.base}{accounts_path}/oauth/v2/token", data={**APP, **form}, timeout=10)

    def signed_in(self, account: str = "", **changes: str) -> dict[str, Any]:
        """The token answer after a consent."""
        back = self.consent(account, **changes)
        path = "/eu" if back["location"] == "eu" else ""
        answer = self.token(path, grant_type="authorization_code", code=back["code"], redirect_uri=BACK)
        return answer.json()

    def refresh(self, refresh_token: str, path: str = ""):
        return self.token(path, grant_type="refresh_token", refresh_token=refresh_token)

    # Records

    def made(self, module: str, **values: Any) -> str:
        """The id of a new record."""
        answer = self.post(module, {"data": [values]})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"][0]["details"]["id"]

    def lead(self, **values: Any) -> str:
        return self.made("Leads", **{"Last_Name": "Raman", "Company": "Brightforge", **values})

    def upsert(self, *rows: dict[str, Any], module: str = "Leads", **body: Any):
        full = [{"Last_Name": "Raman", "Company": "Brightforge", **row} for row in rows]
        return self.post(f"{module}/upsert", {"data": full, **body})

    def campaign(self, name: str = "Automate Summit 2026") -> str:
        return self.coql(f"select id from Campaigns where Campaign_Name = '{name}'").json()["data"][0]["id"]

    # Control

    def control(self, method: str, path: str, body: Any = None, **options: Any):
        return requests.request(method, f"{self.base}/_sandbox/{path}", json=body, timeout=10, **options)

    def switch(self, **faults: Any) -> None:
        answer = self.control("PATCH", "faults", faults)
        assert answer.status_code == 200, answer.text

    def kept(self, module: str, **query: str) -> list[dict[str, Any]]:
        """What stands in the organizations, as the control API tells it."""
        return self.control("GET", f"records/{module}", params=query).json()["records"]

    def values(self, module: str, *names: str) -> list[tuple]:
        """The named values of all records, in order of arrival."""
        return [tuple(row.get(name) for name in names) for row in self.kept(module)]


def items(answer) -> list[tuple]:
    """(code, message) of each record of a batch, in order."""
    return [(row["code"], row["message"]) for row in answer.json()["data"]]


def codes(answer) -> list[str]:
    return [row["code"] for row in answer.json()["data"]]
