"""A client's view of a served Salesforce, for tests: thin over requests, nothing clever."""

import requests

from integrations.sandbox.salesforce.account import FIXED_TOKEN


class Client:
    """Calls with the fixed token; `path` is relative to the pinned version unless it begins with a slash."""

    def __init__(self, base, version="60.0"):
        self.base = base
        self.version = version
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {FIXED_TOKEN}"

    def call(self, method, path, json=None, **options):
        url = self.base + (path if path.startswith("/") else f"/services/data/v{self.version}/{path}")
        return self.session.request(method, url, json=json, timeout=20, **options)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.call("POST", path, json, **options)

    def patch(self, path, json=None, **options):
        return self.call("PATCH", path, json, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)

    def query(self, text, **options):
        """The rows of a query without their attributes; fails on anything but 200."""
        answer = self.get("query", params={"q": text}, **options)
        assert answer.status_code == 200, answer.text
        return [bare(row) for row in answer.json()["records"]]

    def create(self, name, **values):
        """The id of a new record."""
        answer = self.post(f"sobjects/{name}", values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def lead(self, **values):
        return self.create("Lead", **{"LastName": "Raman", "Company": "Brightforge", **values})

    def rows(self, method, records, path="composite/sobjects", **body):
        """The results of a collection call."""
        answer = self.call(method, path, {"allOrNone": False, "records": records, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def composite(self, *parts, **body):
        """The parts' answers, each as (status, body)."""
        answer = self.post("composite", {"compositeRequest": list(parts), **body})
        assert answer.status_code == 200, answer.text
        return [(part["httpStatusCode"], part["body"]) for part in answer.json()["compositeResponse"]]

    def switch(self, **faults):
        answer = self.patch("/_sandbox/faults", faults)
        assert answer.status_code == 200, answer.text

    def records(self, name, **args):
        return self.get(f"/_sandbox/records/{name}", params=args).json()["records"]

    def campaign(self, name="Automate Summit 2026"):
        return self.query(f"SELECT Id FROM Campaign WHERE Name = '{name}'")[0]["Id"]


def bare(row):
    return {key: bare(value) if isinstance(value, dict) else value for key, value in row.items() if key != "attributes"}


def part(reference, method, path, body=None, version="60.0", **more):
    """One subrequest of a composite."""
    made = {"referenceId": reference, "method": method, "url": f"/services/data/v{version}/{path}", **more}
    return made if body is None else {**made, "body": body}


def row(name, **values):
    """One row of a collection."""
    return {"attributes": {"type": name}, **values}


def error(answer):
    """(status, code, message) of a refused single call."""
    body = answer.json()
    return answer.status_code, body[0]["errorCode"], body[0]["message"]
