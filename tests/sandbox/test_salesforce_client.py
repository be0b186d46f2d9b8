"""An unmodified client library of the vendor, over TLS as it insists."""

import pytest
import requests
from simple_salesforce import Salesforce as Client
from simple_salesforce import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceLogin,
    SalesforceResourceNotFound,
)
from simple_salesforce.exceptions import SalesforceMalformedRequest

from integrations.sandbox.salesforce.account import CREDENTIALS, FIXED_TOKEN
from integrations.sandbox.salesforce.vendor import Salesforce
from integrations.sandbox.store import Store


@pytest.fixture
def server(serve, monkeypatch):
    server = serve(Salesforce(Store()), tls=True)
    # The variable and not `session.verify`: requests lets the environment win over a session.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
    return server


@pytest.fixture
def client(server):
    return Client(instance_url=server.base_url, session_id=FIXED_TOKEN)


def sign_in(server, **changed):
    known = {name: CREDENTIALS[name] for name in ("username", "password", "security_token")}
    return SalesforceLogin(scratch_url=server.base_url, **{**known, **changed})


def test_it_signs_in_with_password_and_token_over_soap(server):
    session_id, instance = sign_in(server)

    client = Client(instance=instance, session_id=session_id)

    assert client.query("SELECT Name FROM Organization")["records"][0]["Name"] == "Halden Robotics"


def test_it_says_why_it_cannot_sign_in(server):
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        sign_in(server, password="wrong")


def test_it_takes_a_token_of_the_client_credentials_flow(server):
    form = {"grant_type": "client_credentials", **{name: CREDENTIALS[name] for name in ("client_id", "client_secret")}}
    answer = requests.post(f"{server.base_url}/services/oauth2/token", data=form, timeout=5).json()

    client = Client(instance_url=answer["instance_url"], session_id=answer["access_token"])

    assert client.limits()["DailyApiRequests"]["Max"] == 100000


def test_it_describes(client):
    assert {item["name"] for item in client.describe()["sobjects"]} >= {
        "Lead",
        "Contact",
        "Account",
        "Campaign",
        "Task",
    }
    assert [f["name"] for f in client.Lead.describe()["fields"]][:4] == [
        "Id",
        "IsDeleted",
        "MasterRecordId",
        "LastName",
    ]


def test_it_creates_reads_updates_and_deletes(client):
    made = client.Lead.create({"LastName": "O'Brien", "Company": "Acme", "Email": "ob@acme.com"})
    client.Lead.update(made["id"], {"Title": "Engineer"})

    assert client.Lead.get(made["id"])["Title"] == "Engineer"
    client.Lead.delete(made["id"])
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get(made["id"])


def test_it_upserts_by_external_id(client, server):
    server.vendor.add_recommended_fields()

    first = client.Lead.upsert("mobly_lead_id__c/k-1", {"LastName": "A", "Company": "B"})
    second = client.Lead.upsert("mobly_lead_id__c/k-1", {"Title": "x"})

    assert (first, second) == (201, 200)
    assert client.Lead.get_by_custom_id("mobly_lead_id__c", "k-1")["Title"] == "x"


def test_it_queries_page_by_page(client):
    for start in (0, 200, 400):
        rows = [{"attributes": {"type": "Account"}, "Name": f"A{start + n}"} for n in range(200)]
        client.restful("composite/sobjects", method="POST", json={"records": rows})

    found = client.query_all("SELECT Name FROM Account", headers={"Sforce-Query-Options": "batchSize=250"})

    assert (found["totalSize"], len(found["records"])) == (600, 600)


def test_it_escapes_what_it_formats(client):
    from simple_salesforce.format import format_soql

    client.Lead.create({"LastName": "O'Brien \\ % _", "Company": "Acme"})

    assert client.query(format_soql("SELECT Id FROM Lead WHERE LastName = {}", "O'Brien \\ % _"))["totalSize"] == 1
    assert client.query(format_soql("SELECT Id FROM Lead WHERE LastName LIKE '%{:like}'", "\\ % _"))["totalSize"] == 1


def test_it_reads_its_limit_from_the_header(client):
    client.limits()

    assert client.api_usage["api-usage"].total == 100000


def test_it_raises_what_the_vendor_says(client, server):
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        client.Lead.create({"Company": "Acme"})
    server.vendor.expire_access_tokens()
    with pytest.raises(SalesforceExpiredSession):
        client.limits()
