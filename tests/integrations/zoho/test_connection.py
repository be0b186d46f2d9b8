"""One connection: renewal, outages and limits as they reach a batch, the account and its check."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.contract import AuthenticationFailed, Cause, Check, Refused, Throttled, Tokens, Unavailable
from integrations.providers.zoho import PROVIDER
from tests.integrations.hubspot.scripted import Says
from tests.integrations.zoho.org import AS_CONTACTS, deliver_to, lead, logged


def line(checks: list[Check], title: str) -> Check:
    return next(check for check in checks if check.title == title)


def test_an_expired_token_is_renewed_once_and_the_call_repeated(org):
    org.vendor.faults(expired_token=True)

    assert org.one(lead("ada@x.example")).ok
    assert org.source.renewals == 1


def test_a_token_that_dies_in_the_middle_of_a_batch_stops_nothing(org):
    org.vendor.faults(expire_in_calls=3)

    results = org.deliver(*(lead(f"a{number}@x.example") for number in range(450)))

    assert all(result.created for result in results)
    assert (org.source.renewals, len(org.leads("id"))) == (1, 450)


def test_a_token_that_still_is_refused_after_renewal_is_lost_authentication(scripted, client_of):
    server = scripted(Says(401, {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token"}))
    client = client_of(server)

    with pytest.raises(AuthenticationFailed) as failed:
        deliver_to(client, lead("ada@x.example"))

    assert failed.value.fault.code == "INVALID_TOKEN"
    assert (client.tokens.renewals, len(server.asked)) == (1, 2)


def test_a_missing_scope_asks_for_no_new_token(org):
    org.vendor.faults(missing_scope="ZohoCRM.coql.READ")

    result = org.one(lead("ada@x.example", if_blank={"City": "Oslo"}))

    assert (result.fault.cause, org.source.renewals) == (Cause.PERMISSION, 0)
    assert "Connect again" in result.fault.message


def test_a_token_about_to_expire_is_renewed_before_it_is_used(org):
    held = org.source.tokens
    org.source.tokens = Tokens(
        "dead", held.refresh_token, datetime.now(UTC) + timedelta(seconds=20), held.api_url, extra=held.extra
    )

    assert (org.one(lead("ada@x.example")).ok, org.source.renewals) == (True, 1)


def test_the_word_zoho_wants_stands_before_the_token(scripted, client_of):
    server = scripted(Says(204))

    client_of(server).get("Leads")

    assert server.asked[0].headers["Authorization"] == "Zoho-oauthtoken t"
    assert server.asked[0].path == "/crm/v8/Leads"


def test_a_host_that_is_not_ours_is_never_called(scripted, client_of):
    client = client_of(scripted(Says(204)))
    client.tokens.tokens = Tokens("t", api_url="https://evil.example")

    with pytest.raises(Refused) as refused:
        client.get("Leads")

    assert refused.value.fault.code == "HOST_REFUSED"


@pytest.mark.parametrize(
    ("switches", "error"),
    [({"rate_limit_next": 1}, Throttled), ({"server_error": 1}, Unavailable), ({"credits_spent": True}, Throttled)],
)
def test_before_anything_was_written_a_failure_is_the_whole_batchs(org, switches, error):
    org.vendor.faults(path="/coql" if "server_error" in switches else "", **switches)

    with pytest.raises(error) as failed:
        org.deliver(lead("a@x.example", if_blank={"City": "Oslo"}), lead("b@x.example"))

    assert failed.value.fault.ambiguous is False
    assert org.leads("id") == []


def test_a_throttled_batch_waits_a_sensible_time(org):
    org.vendor.faults(rate_limit_next=1)

    with pytest.raises(Throttled) as throttled:
        org.one(lead("a@x.example"))

    assert throttled.value.fault.wait == 20


def test_spent_credits_wait_longer(scripted, client_of):
    said = {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "too many requests", "status": "error"}
    server = scripted(Says(429, said, {"X-API-CREDITS-REMAINING": "0"}))

    with pytest.raises(Throttled) as throttled:
        deliver_to(client_of(server), lead("a@x.example"))

    assert throttled.value.fault.wait >= 600


def test_after_something_was_written_a_limit_is_told_lead_by_lead(org):
    org.vendor.faults(path="POST .*/Notes", rate_limit_next=1)
    result = org.one(lead("a@x.example", engagements=(logged(),)))

    assert (result.person_written, result.fault.cause, result.fault.ambiguous) == (True, Cause.RATE_LIMITED, False)


def test_wrapped_refusals_are_read_like_flat_ones(org):
    org.vendor.faults(wrapped_errors=True, no_permission="Leads.create")

    results = org.deliver(lead("a@x.example"), lead("b@x.example"))

    assert {result.fault.cause for result in results} == {Cause.PERMISSION}


def test_lists_that_are_empty_in_the_other_way_are_empty_too(org):
    org.vendor.faults(empty_lists_200=True)

    assert org.one(lead("ada@x.example", if_blank={"City": "Oslo"})).created


def test_usage_is_told_once_zoho_says_what_is_left(scripted, client_of):
    organization = {
        "id": "1",
        "zgid": "2",
        "license_details": {"paid_type": "enterprise", "users_license_purchased": 10},
    }
    server = scripted(Says(200, {"org": [organization]}), Says(200, {"users": []}, {"X-API-CREDITS-REMAINING": "1000"}))
    client = client_of(server)
    assert client.usage is None

    PROVIDER.account(client)

    assert client.usage == (59_000, 60_000)


def test_a_delivery_reckons_the_usage_once_half_of_the_credits_are_used(org):
    org.vendor.faults(daily_credits=30)
    for _ in range(15):
        org.client.get("settings/modules")

    org.one(lead("ada@x.example"))
    org.one(lead("bob@x.example"))

    assert org.client.usage[1] == 60_000
    assert org.paths()["GET /org"] == 1


def test_calls_are_counted(org):
    org.one(lead("ada@x.example"))

    assert org.client.calls == org.vendor.stats()["calls"] == 1


def test_the_account_is_the_organization(org):
    account = PROVIDER.account(org.client)

    assert (account.id, account.name, account.kind) == ("60012345", "Halden Robotics", "Production")
    assert (account.user, account.url) == ("mobly.integration@halden.example", f"{org.vendor.url}/crm/org60012345")


def test_the_check_is_green_where_everything_is_allowed(org):
    checks = PROVIDER.check(org.client, AS_CONTACTS, {"Contacts": ["Email"], "Accounts": ["Account_Name"]})

    assert [check for check in checks if not check.ok] == []
    assert line(checks, "Contacts: mapped fields").detail == "All 1 can be written."
    assert "Leads: can read" not in [check.title for check in checks]


def test_the_check_names_what_is_missing_and_how_to_mend_it(org):
    org.vendor.faults(no_permission="Leads.create", hidden_modules="Campaigns")

    checks = PROVIDER.check(org.client, {}, {"Leads": ["Email", "Gone", "Converted_Contact"]})

    assert (line(checks, "Leads: can create").ok, line(checks, "Leads: can edit").ok) == (False, True)
    assert "Profiles" in line(checks, "Leads: can create").fix
    assert "hidden" in line(checks, "Campaigns: can read").detail
    assert line(checks, "Leads: mapped fields").detail == (
        "No longer in Zoho CRM: Gone. Read-only in Zoho CRM: Converted_Contact."
    )


def test_the_check_names_a_scope_that_was_not_granted(org):
    org.source.tokens = Tokens(
        org.source.tokens.access_token,
        expires_at=org.source.tokens.expires_at,
        api_url=org.source.tokens.api_url,
        scopes=("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.users.READ", "ZohoCRM.org.READ"),
        extra=org.source.tokens.extra,
    )

    assert line(PROVIDER.check(org.client, {}, {}), "Permissions granted").detail == "Not granted: ZohoCRM.coql.READ."


def test_api_access_that_is_switched_off_is_said(org):
    org.vendor.faults(api_disabled=True)

    with pytest.raises(Refused) as refused:
        PROVIDER.check(org.client, {}, {})

    assert "API access is switched off" in refused.value.fault.message
