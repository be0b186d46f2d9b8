"""The two ways to connect by a form: who gets in, what a refusal says beside which input, and where nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integrations.contract import AuthenticationFailed, AuthorizationRefused, ProviderError, Tokens, Unavailable
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.addresses import address_of
from mobly_sync.http import Exchange
from tests.integrations.salesforce.org import Held, Org, Scripted, app_of, lead, session_of
from tests.vendors import SandboxVendor

METHODS = {method.key: method for method in PROVIDER.methods}
KEY = {"consumer_key": "sandbox-salesforce-consumer-key", "consumer_secret": "sandbox-salesforce-consumer-secret"}
PERSON = {
    "username": "mobly.integration@halden.example",
    "password": "sandbox-salesforce-password",
    "token": "sandboxSecurityToken",
}
REAL = app_of("https://login.salesforce.com", hosts=("login.salesforce.com", ".my.salesforce.com"))


def enter(sandbox: SandboxVendor, method: str, recorded: list[Exchange] | None = None, **changes: str) -> Tokens:
    """Fill the form of a method in for the sandbox, with these changes, and send it."""
    base = {"domain": sandbox.url, **KEY} if method == "client_credentials" else {"url": sandbox.url, **PERSON}
    app = app_of(sandbox.url)
    sign_in = METHODS[method].sign_in
    assert sign_in is not None
    return sign_in(session_of(app, recorder=None if recorded is None else recorded.append), app, {**base, **changes})


def refused(sandbox: SandboxVendor, method: str, **changes: str) -> tuple[str, str]:
    with pytest.raises(AuthorizationRefused) as caught:
        enter(sandbox, method, **changes)
    return caught.value.fault.field, caught.value.fault.message


def test_the_sign_in_window_comes_first() -> None:
    assert list(METHODS) == ["window", "sandbox_window", "client_credentials", "password"]
    assert METHODS["password"].notice == "Salesforce ends it in Summer ’27"
    assert all(method.steps for method in METHODS.values())


@pytest.mark.parametrize("method", ["client_credentials", "password"])
def test_a_form_connects_and_delivers(salesforce_sandbox: SandboxVendor, method: str) -> None:
    app = app_of(salesforce_sandbox.url)
    client = PROVIDER.client(session_of(app), app, Held(app, enter(salesforce_sandbox, method)))

    account = PROVIDER.account(client)
    result = PROVIDER.deliver(client, [lead()], {})["1"]

    assert (account.name, account.user) == ("Halden Robotics", "mobly.integration@halden.example")
    assert result.ok


@pytest.mark.parametrize("method", ["client_credentials", "password"])
def test_an_expired_session_is_renewed_with_what_was_kept(salesforce_sandbox: SandboxVendor, method: str) -> None:
    app = app_of(salesforce_sandbox.url)
    held = Held(app, enter(salesforce_sandbox, method))
    client = PROVIDER.client(session_of(app), app, held)
    salesforce_sandbox.faults(expired_token=True)

    assert PROVIDER.account(client).name == "Halden Robotics"
    assert held.renewals == 1
    assert held.tokens.extra["method"] == method


@pytest.mark.parametrize("method", ["client_credentials", "password"])
def test_a_renewal_that_is_refused_is_final(salesforce_sandbox: SandboxVendor, method: str) -> None:
    tokens = enter(salesforce_sandbox, method)
    salesforce_sandbox.faults(client_credentials_off=True, soap_login_off=True)
    app = app_of(salesforce_sandbox.url)

    with pytest.raises(AuthenticationFailed):
        PROVIDER.refresh(session_of(app), app, tokens)


def test_a_renewal_during_an_outage_may_be_tried_again(
    salesforce_sandbox: SandboxVendor, scripted: Callable[..., Scripted]
) -> None:
    tokens = enter(salesforce_sandbox, "password")
    server = scripted((503, "text/html", "<h1>Down</h1>"))
    app = app_of(server.url)
    tokens = replace(tokens, extra={**tokens.extra, "url": server.url})

    with pytest.raises(Unavailable):
        PROVIDER.refresh(session_of(app), app, tokens)


@pytest.mark.parametrize("method", ["client_credentials", "password"])
def test_disconnect_ends_the_session(salesforce_sandbox: SandboxVendor, method: str) -> None:
    app = app_of(salesforce_sandbox.url)
    tokens = enter(salesforce_sandbox, method)

    PROVIDER.revoke(session_of(app), app, tokens)
    PROVIDER.revoke(session_of(app), app, tokens)

    answer = session_of(app).request("GET", f"{tokens.api_url}/services/data/v64.0/limits", bearer=tokens.access_token)
    assert answer.status == 401


@pytest.mark.parametrize("method", ["client_credentials", "password"])
def test_no_recording_keeps_a_secret(salesforce_sandbox: SandboxVendor, method: str) -> None:
    recorded: list[Exchange] = []

    tokens = enter(salesforce_sandbox, method, recorded)

    kept = json.dumps([one.as_dict() for one in recorded], default=str)
    assert recorded
    for secret in (KEY["consumer_secret"], PERSON["password"], PERSON["token"], tokens.access_token):
        assert secret not in kept
    assert KEY["consumer_secret"] not in repr(tokens)


def test_the_app_acts_as_the_user_its_policies_name(salesforce_sandbox: SandboxVendor) -> None:
    rep = salesforce_sandbox.seed("User", Username="ines@halden.example", Email="ines@halden.example", IsActive=True)
    salesforce_sandbox.faults(run_as="ines@halden.example")

    assert enter(salesforce_sandbox, "client_credentials").extra["user_id"] == rep["Id"]


@pytest.mark.parametrize(
    ("switches", "changes", "field", "words"),
    [
        ({}, {"consumer_key": "wrong"}, "consumer_key", "Copy the Consumer Key of the app again."),
        ({}, {"consumer_secret": "wrong"}, "consumer_secret", "Copy the Consumer Secret of the app again."),
        ({"client_credentials_off": True}, {}, "", "under Run As"),
        ({"run_as": "nobody@halden.example"}, {}, "", "under Run As"),
        ({"my_domain_only": True}, {}, "domain", "Use the org’s own address (My Domain)"),
    ],
)
def test_client_credentials_say_what_to_mend(
    salesforce_sandbox: SandboxVendor, switches: dict[str, Any], changes: dict[str, str], field: str, words: str
) -> None:
    salesforce_sandbox.faults(**switches)

    found = refused(salesforce_sandbox, "client_credentials", **changes)

    assert found[0] == field
    assert words in found[1]


def test_client_credentials_work_under_the_my_domain_address(salesforce_sandbox: SandboxVendor) -> None:
    salesforce_sandbox.faults(my_domain_only=True)

    tokens = enter(salesforce_sandbox, "client_credentials", domain=f"{salesforce_sandbox.url}/my-domain/")

    assert tokens.access_token


@pytest.mark.parametrize(
    ("switches", "changes", "field", "words"),
    [
        ({}, {"password": "wrong"}, "password", "A changed password brings a new security token."),
        ({}, {"token": " "}, "token", "Reset the token in the user’s settings"),
        ({"mfa_required": True}, {}, "", "second factor. Connect with the sign-in window"),
        ({"soap_login_off": True}, {}, "", "The org does not allow sign-in by password."),
        ({"soap_last_version": 63.0}, {}, "", "Salesforce took sign-in by password out of its API."),
    ],
)
def test_a_password_that_is_refused_says_why(
    salesforce_sandbox: SandboxVendor, switches: dict[str, Any], changes: dict[str, str], field: str, words: str
) -> None:
    salesforce_sandbox.faults(**switches)

    found = refused(salesforce_sandbox, "password", **changes)

    assert found[0] == field
    assert words in found[1]


def test_the_version_of_the_password_sign_in_is_a_setting(salesforce_sandbox: SandboxVendor) -> None:
    salesforce_sandbox.faults(soap_last_version=60.0)
    app = app_of(salesforce_sandbox.url, more={"soap_version": "60.0"})
    sign_in = METHODS["password"].sign_in
    assert sign_in is not None

    assert sign_in(session_of(app), app, {"url": salesforce_sandbox.url, **PERSON}).access_token


def test_a_quote_or_an_angle_bracket_in_a_password_is_sent_as_it_is(scripted: Callable[..., Scripted]) -> None:
    server = scripted((500, "text/xml", "<a><faultcode>sf:INVALID_LOGIN</faultcode><faultstring>No</faultstring></a>"))
    app = app_of(server.url)
    sign_in = METHODS["password"].sign_in
    assert sign_in is not None

    with pytest.raises(AuthorizationRefused):
        sign_in(session_of(app), app, {**PERSON, "url": server.url, "password": " a<b&\"'"})

    assert "<p:password> a&lt;b&amp;\"'sandboxSecurityToken</p:password>" in server.bodies[0][1]


@pytest.mark.parametrize("body", ["", "<html>", "{}", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a/>"])
def test_an_answer_that_is_no_envelope_is_an_outage(scripted: Callable[..., Scripted], body: str) -> None:
    server = scripted((200, "text/xml", body))
    app = app_of(server.url)
    sign_in = METHODS["password"].sign_in
    assert sign_in is not None

    with pytest.raises(Unavailable) as caught:
        sign_in(session_of(app), app, {**PERSON, "url": server.url})

    assert caught.value.fault.field == "url"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("https://halden.my.salesforce.com", "https://halden.my.salesforce.com"),
        ("halden.my.salesforce.com/", "https://halden.my.salesforce.com"),
        (
            "https://Halden--QA.sandbox.my.salesforce.com/lightning/setup",
            "https://halden--qa.sandbox.my.salesforce.com",
        ),
    ],
)
def test_an_address_is_taken_as_people_paste_it(said: str, address: str) -> None:
    assert address_of(REAL, said, field="domain", shared=False) == address


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("http://halden.my.salesforce.com", "only spoken to over https"),
        ("https://halden.my.salesforce.com:8443", "only spoken to over https"),
        ("https://halden.my.salesforce.com.evil.example", "is not an address of Salesforce"),
        ("https://evil.example/halden.my.salesforce.com", "is not an address of Salesforce"),
        ("https://evilmy.salesforce.com", "is not an address of Salesforce"),
        ("https://halden.my.salesforce.com@evil.example", "without a user name"),
        ("https://mara:pw@halden.my.salesforce.com", "without a user name"),
        ("https://evil.example\\.my.salesforce.com", "is not an address of Salesforce"),
        ("https://login.salesforce.com", "belongs to all orgs"),
        ("https://halden.lightning.force.com", "Enter https://halden.my.salesforce.com instead"),
        ("https://127.0.0.1", "is not an address of Salesforce"),
        ("https://[::1", "is not a web address"),
        ("", "is not an address of Salesforce"),
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_salesforces(said: str, words: str) -> None:
    with pytest.raises(AuthorizationRefused) as caught:
        address_of(REAL, said, field="domain", shared=False)

    assert caught.value.fault.field == "domain"
    assert words in caught.value.fault.message


def test_a_password_may_be_given_at_the_sign_in_host_of_all_orgs() -> None:
    assert address_of(REAL, "login.salesforce.com", field="url", shared=True) == "https://login.salesforce.com"


def test_a_kept_address_that_is_no_longer_allowed_gets_no_secret(org: Org) -> None:
    tokens = enter(org.sandbox, "client_credentials")
    moved = replace(tokens, extra={**tokens.extra, "domain": "https://evil.example"})

    with pytest.raises(ProviderError) as caught:
        PROVIDER.refresh(session_of(org.app), org.app, moved)

    assert "is not an address of Salesforce" in caught.value.fault.message
