"""Connecting by a form: what it shows, what stands beside which input, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import waiting
from integrations.contract import (
    AuthorizationRefused,
    Cause,
    ConnectField,
    ConnectMethod,
    Fault,
    Provider,
    Tokens,
    Unavailable,
    sign_in_window,
)
from integrations.guides import guide_of
from integrations.models import ConnectAttempt, Integration
from integrations.providers import PROVIDERS
from leads.models import Organization
from tests.integrations.conftest import come_back, go_out
from tests.integrations.fake_provider import OTHER, FakeProvider

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "connection"}
GOOD = {"domain": "https://keys.crm.example", "secret": " correct "}


@pytest.fixture
def keyed(fake: FakeProvider) -> FakeProvider:
    """A vendor with a form besides the window: one address, one secret."""

    def sign_in(session: Any, app: Any, values: Mapping[str, str]) -> Tokens:
        if "crm.example" not in values["domain"]:
            said = "That is not an address of Fake CRM."
            raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, said, field="domain"))
        if values["secret"] == "nobody chosen":
            raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, "No user is chosen."))
        if values["secret"] == "down":
            raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, "It is down.", field="domain", transient=True))
        if values["secret"] != " correct ":
            raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, "Copy the secret again.", field="secret"))
        tokens = fake._grant("")
        return Tokens(tokens.access_token, extra=dict(values))

    fields = (ConnectField("domain", "Domain", "url"), ConnectField("secret", "Secret", "secret", "Never shown again."))
    steps = ("Make an app.", "Copy its secret.")
    form = ConnectMethod("keys", "App keys", "For machines.", steps, fields, "Ends in 2027.", sign_in)
    fake.methods = (sign_in_window("A window opens.", "Choose Allow."), form)
    return fake


def enter(browser: Client, values: Mapping[str, str], **headers: str) -> Any:
    return browser.post(reverse("integrations:sign_in", args=["fakecrm", "keys"]), values, headers=headers)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def tab(browser: Client) -> str:
    return words(browser.get(reverse("integrations:connect", args=["fakecrm"])))


def fold(page: str, key: str) -> str:
    return page.split(f'id="method-{key}"')[1].split("</details>")[0]


def test_the_window_comes_first_and_each_way_has_its_checklist(browser: Client, keyed: FakeProvider) -> None:
    page = tab(browser)

    assert page.index('id="method-window"') < page.index('id="method-keys"')
    assert fold(page, "window").startswith(" open>")
    assert "<li>Choose Allow.</li>" in fold(page, "window")
    assert "<li>Make an app.</li>" in fold(page, "keys")
    assert "Ends in 2027." in fold(page, "keys")


def test_a_form_connects_and_says_which_way_is_in_use(browser: Client, keyed: FakeProvider) -> None:
    answer = enter(browser, GOOD, **HTMX)

    integration = Integration.objects.get()
    assert integration.status == Integration.Status.CONNECTED
    assert integration.connect_method == "keys"
    page = words(answer)
    assert "<dt>Method</dt><dd>App keys" in page
    assert "In use" in fold(page, "keys")
    assert "In use" not in fold(page, "window")


def test_what_was_entered_is_shown_again_but_no_secret(browser: Client, keyed: FakeProvider) -> None:
    enter(browser, GOOD)

    found = fold(tab(browser), "keys")

    assert 'value="https://keys.crm.example"' in found
    assert "correct" not in found


def test_the_window_afterwards_is_in_use_again(
    browser: Client, keyed: FakeProvider, connect: Callable[..., Integration]
) -> None:
    enter(browser, GOOD)

    assert connect().connect_method == "window"
    assert "https://keys.crm.example" not in tab(browser)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"domain": "https://evil.example"}, "keys-domain", "That is not an address of Fake CRM."),
        ({"secret": "wrong"}, "keys-secret", "Copy the secret again."),
        ({"secret": "down"}, "keys-domain", "It is down."),
        ({"domain": ""}, "keys-domain", "Domain is missing."),
        ({"domain": "x" * 2001}, "keys-domain", "Domain is longer than 2,000 characters."),
    ],
)
def test_a_refusal_stands_beside_its_input_and_keeps_what_was_typed(
    browser: Client, keyed: FakeProvider, changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = enter(browser, {**GOOD, **changes}, **HTMX)

    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#methods")
    page = words(answer)
    beside = page.split(f'id="{field}_error"')[1].split("</div>")[0]
    assert sentence in beside
    assert f'value="{({**GOOD, **changes})["domain"]}"' in page or not ({**GOOD, **changes})["domain"]
    assert "correct" not in page
    assert not Integration.objects.exists()


def test_a_refusal_about_no_input_stands_above_the_form(browser: Client, keyed: FakeProvider) -> None:
    answer = enter(browser, {**GOOD, "secret": "nobody chosen"})

    assert answer.status_code == 422
    assert "Fake CRM refused the sign-in: No user is chosen." in fold(words(answer), "keys")
    assert "<title>" in answer.content.decode()


def test_another_account_is_asked_about_and_the_way_is_kept(
    browser: Client, keyed: FakeProvider, connect: Callable[..., Integration]
) -> None:
    connect()
    keyed.account_now = OTHER

    asked = words(enter(browser, GOOD, **HTMX))
    assert "This is another Fake CRM account than before." in asked
    assert Integration.objects.get().account_id == "ORG-1"

    browser.post(reverse("integrations:answer_account", args=["fakecrm"]), {"answer": "use"})
    integration = Integration.objects.get()
    assert (integration.account_id, integration.connect_method) == (OTHER.id, "keys")


def test_a_second_crm_is_refused_before_anything_is_sent(
    browser: Client, keyed: FakeProvider, second_fake: FakeProvider, connect: Callable[..., Integration]
) -> None:
    connect("othercrm")

    answer = enter(browser, GOOD, **HTMX)

    assert answer.status_code == 422
    assert "Other CRM" in fold(words(answer), "keys")


@pytest.mark.parametrize("method", ["window", "nothing"])
def test_a_way_without_a_form_takes_none(browser: Client, keyed: FakeProvider, method: str) -> None:
    answer = browser.post(reverse("integrations:sign_in", args=["fakecrm", method]), GOOD)

    assert answer.status_code == 404


def test_an_account_nobody_answered_for_is_given_back(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider
) -> None:
    connect()
    fake.account_now = OTHER
    come_back(browser, state=go_out(browser), code="good-code")
    ConnectAttempt.objects.update(created_at=timezone.now() - timedelta(hours=1))

    waiting.forget_old()

    assert not ConnectAttempt.objects.exists()
    assert fake.revoked == ["access-2"]


def test_an_account_that_is_in_use_by_now_keeps_its_access(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider, organization: Organization
) -> None:
    connect()
    fake.account_now = OTHER
    come_back(browser, state=go_out(browser), code="good-code")
    Integration.objects.update(account_id=OTHER.id)
    ConnectAttempt.objects.update(created_at=timezone.now() - timedelta(hours=1))

    waiting.forget_old()

    assert fake.revoked == []


def test_a_question_that_still_waits_is_kept(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider
) -> None:
    connect()
    fake.account_now = OTHER
    come_back(browser, state=go_out(browser), code="good-code")

    waiting.forget_old()

    assert fake.revoked == []
    assert ConnectAttempt.objects.filter(tokens__isnull=False).exists()


@pytest.mark.parametrize("key", ["salesforce", "hubspot"])
def test_the_setup_guide_is_the_readmes_part_for_admins(key: str) -> None:
    guide = guide_of(key)

    assert "<h3>" in guide
    assert "For developers" not in guide
    assert "<h1>" not in guide


def test_the_guide_stands_on_the_connect_tab(browser: Client, organization: Organization) -> None:
    page = words(browser.get(reverse("integrations:connect", args=["salesforce"])))

    assert "Salesforce API Only System Integration" in page.split('id="guide"')[1]


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_the_connect_tab_says_what_the_vendor_cannot_do(browser: Client, provider: Provider) -> None:
    page = unescape(browser.get(reverse("integrations:connect", args=[provider.key])).content.decode())

    assert ('id="lacks"' in page) is bool(provider.capabilities.lacks)
    said = page.partition('id="lacks"')[2]
    assert [words for words in provider.capabilities.lacks.values() if f">{words}<" not in said] == []
