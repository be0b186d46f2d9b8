"""Out to the vendor and back: what a sign-in is bound to, what it stores, and what Disconnect leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import mapping
from integrations.connect import disconnect
from integrations.contract import ConnectMethod
from integrations.models import ConnectAttempt, Credential, Integration
from integrations.signals import account_changed
from leads.models import Member, Organization, User
from tests.integrations.conftest import come_back, go_out, make_member
from tests.integrations.fake_provider import OTHER, FakeProvider

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_connecting_stores_the_account_the_schema_and_the_check(
    connect: Callable[..., Integration], fake: FakeProvider, admin: User
) -> None:
    integration = connect()

    assert integration.status == Integration.Status.CONNECTED
    assert (integration.account_id, integration.account_name) == ("ORG-1", "Halden Robotics, production")
    assert integration.connected_by == admin
    assert [row.object for row in integration.schemas.all()] == ["Person"]
    assert [line["ok"] for line in integration.check_result] == [True, False]
    assert integration.credential.tokens["refresh_token"] == "refresh-1"
    assert fake.verifiers == ["verifier-of-this-attempt"]


def test_the_state_is_stored_only_as_a_hash(browser: Client, fake: FakeProvider) -> None:
    state = go_out(browser)

    attempt = ConnectAttempt.objects.get()
    assert state not in {attempt.state_hash, attempt.session_hash}
    assert len(state) >= 32


def test_a_state_is_used_once(browser: Client, connect: Callable[..., Integration], fake: FakeProvider) -> None:
    state = go_out(browser)
    come_back(browser, state=state, code="good-code")

    again = come_back(browser, state=state, code="good-code")

    assert again.status_code == 400
    assert "was used already" in words(again)
    assert len(fake.verifiers) == 1


def test_a_state_is_good_for_ten_minutes(browser: Client, fake: FakeProvider) -> None:
    state = go_out(browser)
    ConnectAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=11))

    late = come_back(browser, state=state, code="good-code")

    assert "took longer than 10 minutes" in words(late)
    assert not Integration.objects.exists()


def test_a_state_of_another_session_of_the_same_person_is_refused(
    browser: Client, admin: User, fake: FakeProvider
) -> None:
    state = go_out(browser)
    elsewhere = Client()
    elsewhere.force_login(admin)

    refused = come_back(elsewhere, state=state, code="good-code")

    assert refused.status_code == 400
    assert "was not started here by you" in words(refused)
    assert not Integration.objects.exists()


def test_another_organizations_callback_is_refused(browser: Client, admin: User, fake: FakeProvider) -> None:
    state = go_out(browser)
    other = Organization.objects.create(name="Zeta Works", slug="zeta")
    Member.objects.create(organization=other, user=admin, role=Member.Role.ADMIN)
    session = browser.session
    session["organization"] = other.pk
    session.save()

    refused = come_back(browser, state=state, code="good-code")

    assert refused.status_code == 400
    assert not Integration.objects.exists()


def test_a_rep_finds_no_integrations(organization: Organization, fake: FakeProvider) -> None:
    rep = Client()
    rep.force_login(make_member(organization, "tom@halden.example", Member.Role.REP))

    assert rep.get(reverse("integrations:list")).status_code == 404
    assert rep.post(reverse("integrations:authorize", args=["fakecrm"])).status_code == 404
    assert come_back(rep, state="anything", code="good-code").status_code == 404


@pytest.mark.parametrize("query", [{}, {"state": "x"}, {"state": "\x00", "code": "c"}, {"code": "good-code"}])
def test_a_callback_nobody_asked_for_is_refused_in_words(
    browser: Client, fake: FakeProvider, query: dict[str, str]
) -> None:
    refused = come_back(browser, **query)

    assert refused.status_code == 400
    assert "Choose Connect" in words(refused) or "choose Connect" in words(refused)


def test_a_denied_sign_in_says_so_and_changes_nothing(browser: Client, fake: FakeProvider) -> None:
    denied = come_back(browser, state=go_out(browser), error="access_denied")

    assert "Access was not allowed at Fake CRM" in words(denied)
    assert not Integration.objects.exists()


def test_a_refused_code_shows_the_vendors_words(browser: Client, fake: FakeProvider) -> None:
    refused = come_back(browser, state=go_out(browser), code="old-code")

    assert "Fake CRM refused the sign-in: expired authorization code" in words(refused)
    assert not Credential.objects.exists()


def test_a_vendor_that_is_down_is_told_in_words(browser: Client, fake: FakeProvider) -> None:
    state = go_out(browser)
    fake.down = True

    assert "Fake CRM refused the connection." in words(come_back(browser, state=state, code="good-code"))


def test_the_popup_page_leaves_without_a_redirect_and_without_an_opener_policy(
    browser: Client, fake: FakeProvider
) -> None:
    leaving = browser.post(reverse("integrations:authorize", args=["fakecrm"]))

    assert leaving.status_code == 200
    assert 'http-equiv="refresh" content="0; url=https://login.crm.example/authorize?' in words(leaving)
    assert leaving["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_the_callback_page_tells_the_page_beneath_whose_sign_in_ended(browser: Client, fake: FakeProvider) -> None:
    page = come_back(browser, state=go_out(browser), code="good-code")

    assert 'data-signed-in="fakecrm"' in words(page)
    assert page["Cross-Origin-Opener-Policy"] == "unsafe-none"
    beneath = browser.get(
        reverse("integrations:connect", args=["fakecrm"]), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="connection"
    )
    assert "Fake CRM is connected." in words(beneath)
    assert words(beneath).startswith('<section class="panel" id="connection"')


# --- One of a category ------------------------------------------------------------------------------------------------


def test_a_second_crm_is_refused_with_the_name_of_the_active_one(
    browser: Client, integration: Integration, second_fake: FakeProvider
) -> None:
    refused = browser.post(reverse("integrations:authorize", args=["othercrm"]))

    assert "Fake CRM is the active CRM. Disconnect it before you connect Other CRM." in words(refused)


def test_a_second_crm_that_began_first_is_refused_when_it_comes_back(
    browser: Client, connect: Callable[..., Integration], second_fake: FakeProvider
) -> None:
    state = go_out(browser, "othercrm")
    connect()

    refused = come_back(browser, state=state, code="good-code")

    assert refused.status_code == 400
    assert [entry.provider for entry in Integration.objects.active()] == ["fakecrm"]


def test_another_crm_connects_once_the_first_is_disconnected(
    connect: Callable[..., Integration], admin: User, second_fake: FakeProvider
) -> None:
    disconnect(integration=connect(), by=admin)

    assert connect("othercrm").status == Integration.Status.CONNECTED


# --- Another account --------------------------------------------------------------------------------------------------


@pytest.fixture
def heard() -> Any:
    """The integrations whose account changed, as an upper app hears of them."""
    said: list[Integration] = []

    def listen(integration: Integration, **_: Any) -> None:
        said.append(integration)

    account_changed.connect(listen)
    yield said
    account_changed.disconnect(listen)


def test_connecting_the_same_account_again_keeps_everything_and_asks_nothing(
    connect: Callable[..., Integration], heard: list[Integration]
) -> None:
    first = connect()

    again = connect()

    assert again.pk == first.pk
    assert again.status == Integration.Status.CONNECTED
    assert again.credential.tokens["access_token"] == "access-2"
    assert heard == []


def test_another_account_asks_before_anything_changes(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider, heard: list[Integration]
) -> None:
    before = connect()
    fake.account_now = OTHER

    connect()

    integration = Integration.objects.get()
    assert integration.account_id == "ORG-1"
    assert integration.credential.tokens == before.credential.tokens
    page = words(browser.get(reverse("integrations:connect", args=["fakecrm"])))
    assert "This is another Fake CRM account than before." in page
    assert "Use Halden Labs, sandbox" in page
    assert heard == []


def test_using_the_other_account_tells_who_holds_remote_ids(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider, heard: list[Integration]
) -> None:
    connect()
    fake.account_now = OTHER
    connect()

    browser.post(reverse("integrations:answer_account", args=["fakecrm"]), {"answer": "use"})

    integration = Integration.objects.get()
    assert integration.account_id == "ORG-2"
    assert integration.credential.tokens["access_token"] == "access-2"
    assert heard == [integration]
    assert not ConnectAttempt.objects.filter(tokens__isnull=False).exists()


def test_keeping_the_account_gives_the_new_access_back(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider, heard: list[Integration]
) -> None:
    connect()
    fake.account_now = OTHER
    connect()

    browser.post(reverse("integrations:answer_account", args=["fakecrm"]), {"answer": "keep"})

    assert Integration.objects.get().account_id == "ORG-1"
    assert fake.revoked == ["access-2"]
    assert heard == []


def test_the_question_is_answered_once(
    browser: Client, connect: Callable[..., Integration], fake: FakeProvider
) -> None:
    connect()
    fake.account_now = OTHER
    connect()
    url = reverse("integrations:answer_account", args=["fakecrm"])
    browser.post(url, {"answer": "keep"})

    again = browser.post(url, {"answer": "use"}, follow=True)

    assert "was answered already" in words(again)
    assert Integration.objects.get().account_id == "ORG-1"


# --- Away -------------------------------------------------------------------------------------------------------------


def test_disconnect_revokes_forgets_and_keeps_the_mappings(
    integration: Integration, admin: User, fake: FakeProvider
) -> None:
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    warning = disconnect(integration=integration, by=admin)

    assert warning == ""
    assert integration.status == Integration.Status.DISCONNECTED
    assert fake.revoked == ["access-1"]
    assert not Credential.objects.exists()
    assert integration.field_mappings.count() == 4


def test_disconnect_forgets_the_credentials_even_when_the_vendor_cannot_be_told(
    integration: Integration, admin: User, fake: FakeProvider
) -> None:
    fake.down = True

    warning = disconnect(integration=integration, by=admin)

    assert warning.startswith("Fake CRM could not be told: Fake CRM refused the connection.")
    assert not Credential.objects.exists()


def test_reconnecting_after_disconnect_finds_the_mappings(connect: Callable[..., Integration], admin: User) -> None:
    first = connect()
    mapping.set_defaults(integration=first, object_name="Person", by=admin)
    disconnect(integration=first, by=admin)

    again = connect()

    assert again.status == Integration.Status.CONNECTED
    assert again.field_mappings.count() == 4


def test_connecting_again_does_not_undo_a_pause(browser: Client, connect: Callable[..., Integration]) -> None:
    connect()
    browser.post(reverse("integrations:pause", args=["fakecrm"]), {"action": "disable"})

    assert connect().status == Integration.Status.DISABLED


def test_connecting_again_heals_what_needed_attention(connect: Callable[..., Integration]) -> None:
    connect()
    Integration.objects.update(status=Integration.Status.NEEDS_ATTENTION, status_reason="revoked")

    healed = connect()

    assert (healed.status, healed.status_reason) == (Integration.Status.CONNECTED, "")


def test_the_window_of_another_address_of_the_vendor_opens_there(
    browser: Client, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    elsewhere = ConnectMethod("sandbox_window", "Sandbox", "For sandboxes.", elsewhere=True)
    monkeypatch.setattr(fake, "methods", (*fake.methods, elsewhere))
    app = {**settings.PROVIDERS[fake.key], "regions": ["https://sandbox.crm.example"]}
    settings.PROVIDERS = {**settings.PROVIDERS, fake.key: app}

    page = browser.post(reverse("integrations:authorize", args=[fake.key]), {"method": "sandbox_window"})

    assert "https://sandbox.crm.example/authorize" in words(page)
    assert ConnectAttempt.objects.get().method == "sandbox_window"


def test_a_window_that_the_vendor_does_not_have_is_refused_in_words(browser: Client, fake: FakeProvider) -> None:
    page = browser.post(reverse("integrations:authorize", args=[fake.key]), {"method": "carrier-pigeon"})

    assert page.status_code == 400
    assert "has no such sign-in window" in words(page)
