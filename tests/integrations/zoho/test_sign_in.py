"""Signing in: any data centre of Zoho and no other server gets our secret."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.checks import settings_of_vendors_take_effect
from integrations.contract import (
    AuthenticationFailed,
    AuthorizationRefused,
    Cause,
    ProviderError,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.zoho import PROVIDER, places
from mobly_sync.http import Session
from mobly_sync.redaction import redact, redact_text
from tests.integrations.hubspot.scripted import Says
from tests.integrations.zoho.org import REDIRECT, Organization, app_at, approve, connect, lead

GIVEN = {"access_token": "1000.a", "refresh_token": "1000.r", "api_domain": "", "expires_in": 3600, "scope": "A.B,C.D"}


def exchanged(url, callback=None, app=None):
    with Session(allowed_hosts=["127.0.0.1"]) as session:
        return PROVIDER.exchange(
            session, app or app_at(url), code="c", redirect_uri=REDIRECT, code_verifier="", callback=callback
        )


def test_the_sign_in_asks_for_a_lasting_permission():
    asked = PROVIDER.authorization(app_at("https://accounts.zoho.com"), redirect_uri=REDIRECT, state="s")

    query = {key: values[0] for key, values in parse_qs(urlsplit(asked.url).query).items()}
    assert asked.url.startswith("https://accounts.zoho.com/oauth/v2/auth?")
    assert (query["access_type"], query["prompt"], query["state"]) == ("offline", "consent", "s")
    assert "ZohoCRM.modules.ALL,ZohoCRM.settings.fields.READ" in query["scope"]
    assert asked.code_verifier == ""


def test_an_organization_in_europe_signs_in_at_its_own_data_centre(zoho_sandbox):
    org = connect(zoho_sandbox, "eu")

    assert org.source.tokens.api_url == f"{zoho_sandbox.url}/api-eu"
    assert org.source.tokens.extra["accounts_server"] == f"{zoho_sandbox.url}/eu"
    assert PROVIDER.account(org.client).name == "Halden Robotics Europe"
    assert org.one(lead("ada@x.example")).ok


def test_a_renewal_goes_to_the_data_centre_and_keeps_the_refresh_token(zoho_sandbox):
    org = connect(zoho_sandbox, "eu")
    before = org.source.tokens

    after = org.source.renewed(before)

    assert after.access_token != before.access_token
    assert (after.refresh_token, after.api_url, after.extra) == (before.refresh_token, before.api_url, before.extra)


@pytest.mark.parametrize(
    "named",
    [
        "https://accounts.zoho.com.evil.example",
        "https://evil.example",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com:8443",
        "https://accounts.zoho.com@evil.example",
        "https://accounts.zoho.com/evil",
        "https://ACCOUNTS.zoho.com.",
        "accounts.zoho.eu",
    ],
)
def test_a_foreign_accounts_server_is_refused_before_the_secret_leaves(scripted, named):
    server = scripted(Says(200, GIVEN))

    with pytest.raises(AuthorizationRefused) as refused:
        exchanged(server.url, {"accounts-server": named})

    assert refused.value.fault.code == "unknown_accounts_server"
    assert named in refused.value.fault.message
    assert server.asked == []


def test_another_server_of_the_same_host_is_refused_unless_it_was_listed(scripted):
    server = scripted(Says(200, {**GIVEN, "api_domain": ""}))
    listed, other = f"{server.url}/eu", f"{server.url}/in"

    with pytest.raises(AuthorizationRefused):
        exchanged(server.url, {"accounts-server": other})

    assert places.accounts_server(app_at(server.url), listed) == listed
    assert server.asked == []


def test_a_data_centre_with_a_secret_of_its_own_gets_that_and_the_others_the_one_of_all(scripted):
    server = scripted(lambda asked: Says(200, {**GIVEN, "api_domain": ""}))
    app = replace(app_at(server.url), more={f"{server.url.partition('://')[2]}/eu": "secret-of-europe"})

    for callback in (None, {"accounts-server": f"{server.url}/eu"}):
        with pytest.raises(AuthorizationRefused, match="none of Zoho's addresses"):
            exchanged(server.url, callback, app)

    sent = [parse_qs(asked.body)["client_secret"] for asked in server.asked]
    assert sent == [[app.client_secret], ["secret-of-europe"]]


def test_a_secret_for_a_misspelt_or_nameless_data_centre_is_named_at_every_start(settings):
    known = {"accounts.zoho.eu": "secret-of-europe"}
    configured = settings.PROVIDERS["zoho"]
    settings.PROVIDERS = {**settings.PROVIDERS, "zoho": {**configured, "more": known}}
    assert settings_of_vendors_take_effect() == []

    settings.PROVIDERS["zoho"]["more"] = {**known, "accounts.zoho.ue": "x", "accounts.zoho.in": ""}
    misspelt, empty = (error.msg for error in settings_of_vendors_take_effect())

    assert misspelt.startswith("ZOHO_CLIENT_SECRETS has a secret for “accounts.zoho.ue”, which is no sign-in server")
    assert "accounts.zoho.com, accounts.zoho.eu, accounts.zoho.in" in misspelt
    assert empty.startswith("ZOHO_CLIENT_SECRETS has an empty secret for “accounts.zoho.in”.")


def test_every_data_centre_of_the_table_is_known():
    app = app_at("https://accounts.zoho.com")

    for host, end in places.DATA_CENTRES.items():
        assert places.accounts_server(app, f"https://{host}") == f"https://{host}"
        for edition in places.EDITIONS:
            assert places.api_domain(app, f"https://{edition}.{end}") == f"https://{edition}.{end}"
    assert places.web_address("https://accounts.zoho.eu") == "https://crm.zoho.eu"


@pytest.mark.parametrize(
    "named", ["https://www.zohoapis.com.evil.example", "http://www.zohoapis.com", "https://evil.example", "https://"]
)
def test_a_foreign_api_is_refused(scripted, named):
    server = scripted(Says(200, {**GIVEN, "api_domain": named}))

    with pytest.raises(AuthorizationRefused) as refused:
        exchanged(server.url)

    assert refused.value.fault.code == "unknown_api_domain"
    assert len(server.asked) == 1


def test_a_code_that_was_used_is_refused_although_zoho_answers_200(zoho_sandbox):
    app = app_at(zoho_sandbox.url)
    back = approve(PROVIDER.authorization(app, redirect_uri=REDIRECT, state="s").url)
    with Session(allowed_hosts=app.hosts) as session:
        given = {"code": back["code"], "redirect_uri": REDIRECT, "code_verifier": "", "callback": back}
        PROVIDER.exchange(session, app, **given)

        with pytest.raises(AuthorizationRefused) as refused:
            PROVIDER.exchange(session, app, **given)

    assert (refused.value.fault.code, refused.value.fault.status) == ("invalid_code", 200)


def test_a_wrong_secret_is_told_in_words(zoho_sandbox):
    app = replace(app_at(zoho_sandbox.url), client_secret="wrong")
    back = approve(PROVIDER.authorization(app, redirect_uri=REDIRECT, state="s").url)

    with pytest.raises(AuthorizationRefused) as refused:
        exchanged("", back, app)

    assert "secret" in refused.value.fault.message
    assert "wrong" not in refused.value.fault.message


def test_an_answer_without_a_refresh_token_does_not_connect(scripted):
    server = scripted(lambda asked: Says(200, {**GIVEN, "refresh_token": "", "api_domain": server.url}))

    with pytest.raises(AuthorizationRefused) as refused:
        exchanged(server.url)

    assert refused.value.fault.code == "no_refresh_token"


def test_a_revoked_connection_is_final(org: Organization):
    org.vendor.faults(refresh_revoked=True)

    with pytest.raises(AuthenticationFailed) as failed:
        org.source.renewed(org.source.tokens)

    assert failed.value.fault.cause is Cause.AUTHENTICATION


@pytest.mark.parametrize("status", [200, 400])
def test_too_many_token_calls_are_a_wait_and_no_disconnection(org: Organization, status):
    org.vendor.faults(throttle_status=status)
    for _ in range(9):
        org.source.renewed(org.source.tokens)

    with pytest.raises(Throttled) as throttled:
        org.source.renewed(org.source.tokens)

    assert throttled.value.fault.wait >= 60


@pytest.mark.parametrize(
    "says",
    [
        Says(500, {"code": "INTERNAL_ERROR"}),
        Says(200, "<html>"),
        Says(200, {}),
        Says(302),
        Says(200, {"error": "general_error"}),
    ],
)
def test_a_sign_in_server_that_is_away_may_be_asked_again(scripted, says):
    server = scripted(says)
    with Session(allowed_hosts=["127.0.0.1"]) as session, pytest.raises(Unavailable):
        PROVIDER.refresh(session, app_at(server.url), Tokens("1000.a", "1000.r", extra={"accounts_server": server.url}))


def test_disconnecting_ends_the_refresh_token_and_may_be_repeated(org: Organization):
    PROVIDER.revoke(org.session, org.app, org.source.tokens)
    PROVIDER.revoke(org.session, org.app, org.source.tokens)

    with pytest.raises(ProviderError):
        org.source.renewed(org.source.tokens)


def test_what_is_kept_of_a_call_has_no_token_in_it(zoho_sandbox):
    kept = []
    app = app_at(zoho_sandbox.url)
    org = connect(zoho_sandbox)
    session = Session(allowed_hosts=app.hosts, recorder=kept.append)
    PROVIDER.account(PROVIDER.client(session, app, org.source))
    PROVIDER.revoke(session, app, org.source.tokens)
    session.close()

    told = repr([exchange.as_dict() for exchange in kept])
    assert len(kept) == 3
    assert org.source.tokens.access_token not in told
    assert org.source.tokens.refresh_token not in told


def test_a_zoho_token_is_known_by_its_shape_and_its_word():
    token = f"1000.{'a1' * 16}.{'b2' * 16}"

    assert token not in redact_text(f"refused for {token} at noon")
    assert redact("Zoho-oauthtoken 1000.abcdefgh") == "Zoho-oauthtoken [redacted]"
