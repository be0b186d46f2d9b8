"""One connection: renewal, pace, outages and limits, as they reach a batch of leads."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.contract import AuthenticationFailed, Cause, Fault, Refused, Throttled, Tokens, Unavailable
from integrations.providers.hubspot import PROVIDER
from integrations.providers.hubspot.account import account as account_of
from tests.integrations.hubspot.account import Held, app_at, connect, deliver_to, lead, logged
from tests.integrations.hubspot.scripted import Says

EXPIRED = {"status": "error", "message": "The OAuth token used to make this call expired 75 second(s) ago.",
           "correlationId": "c-1", "category": "EXPIRED_AUTHENTICATION"}  # fmt: skip


def test_an_expired_token_is_renewed_once_and_the_call_repeated(portal):
    portal.vendor.faults(expired_token=True)

    result = portal.one(lead("ada@acme.example"))

    assert result.ok
    assert portal.source.renewals == 1


def test_a_token_that_still_is_refused_after_renewal_is_lost_authentication(scripted, client_of):
    server = scripted(Says(401, EXPIRED))
    client = client_of(server)

    with pytest.raises(AuthenticationFailed) as failed:
        deliver_to(client, lead("ada@acme.example"))

    assert failed.value.fault.code == "EXPIRED_AUTHENTICATION"
    assert (client.tokens.renewals, len(server.asked)) == (1, 2)


def test_a_token_about_to_expire_is_renewed_before_it_is_used(portal):
    portal.source.tokens = Tokens(
        "dead", portal.source.tokens.refresh_token, datetime.now(UTC) + timedelta(seconds=20), portal.app.api_url
    )

    result = portal.one(lead("ada@acme.example"))

    assert (result.ok, portal.source.renewals) == (True, 1)
    assert [entry for entry in portal.vendor.stats()["by_path"].items() if entry[1] > 1] == []


def test_a_renewal_that_cannot_be_had_now_leaves_the_last_seconds_of_the_old_token(scripted, client_of):
    server = scripted(Says(200, {"portalId": 1}))
    client = client_of(server, expires_at=datetime.now(UTC) + timedelta(seconds=30))

    def away(rejected):
        raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, "down"))

    client.tokens.renewed = away

    assert client.get("/x").body == {"portalId": 1}


def test_a_host_that_is_not_ours_is_never_called(scripted, client_of):
    client = client_of(scripted(Says(200, {})), api_url="https://evil.example")

    with pytest.raises(Refused) as refused:
        client.get("/crm/objects/2026-03/contacts")

    assert refused.value.fault.cause is Cause.INTERNAL


def test_calls_are_counted(portal):
    portal.one(lead("ada@acme.example"))

    assert portal.client.calls == portal.vendor.stats()["calls"] == 1


def test_searches_keep_to_what_the_account_may_do_in_a_second(portal):
    portal.vendor.faults(real_limits=True)
    path = portal.client.paths.objects("companies", "/search")

    answers = [portal.client.search(path, {"filterGroups": []}).status for _ in range(11)]

    assert answers == [200] * 11


@pytest.mark.parametrize(
    ("says", "error", "cause"),
    [
        (Says(429, {"message": "You have reached your secondly limit."}), Throttled, Cause.RATE_LIMITED),
        (Says(477, {"message": "moving"}, {"Retry-After": "7200"}), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ],
)
def test_before_anything_was_written_a_failure_is_the_whole_batchs(scripted, client_of, says, error, cause):
    server = scripted(says)

    with pytest.raises(error) as failed:
        deliver_to(client_of(server), lead("a@acme.example"), lead("b@acme.example"))

    assert (failed.value.fault.cause, failed.value.fault.ambiguous) == (cause, False)
    assert len(server.asked) == 1


def test_the_daily_limit_holds_the_batch_until_midnight_of_the_account(portal):
    portal.vendor.faults(daily_limit_reached=True)

    with pytest.raises(Throttled) as failed:
        portal.one(lead("ada@acme.example"))

    there = datetime.now(UTC) - timedelta(hours=5)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert abs(failed.value.fault.wait - (midnight - there).total_seconds()) < 60


def test_an_unreachable_hubspot_is_the_whole_batchs(client_of, scripted):
    server = scripted(Says(200, {}))
    client = client_of(server)
    server.stop()

    with pytest.raises(Unavailable) as failed:
        deliver_to(client, lead("a@acme.example"))

    assert failed.value.fault.ambiguous is False


def test_a_limit_in_the_middle_stops_the_rest_unsent(portal):
    portal.vendor.faults(rate_limit_next=1, path="companies/batch/create", rate_limit_policy="TEN_SECONDLY_ROLLING")
    first = lead("a@acme.example", domain="acme.example", name="Acme", engagements=(logged(),))

    result = portal.one(first)

    assert (result.fault.cause, result.fault.wait, result.fault.ambiguous) == (Cause.RATE_LIMITED, 10.0, False)
    assert result.person is not None
    assert result.engagements == {}
    assert portal.vendor.records("notes") == []


@pytest.mark.parametrize("fault", ["server_error", "html_503", "empty_500", "cut_after_commit", "truncate_body"])
def test_an_outage_in_the_middle_leaves_doubt_only_where_something_was_sent(portal, fault):
    portal.vendor.faults(path="contacts/batch/upsert", **{fault: 1})
    leads = [lead(f"p{number}@acme.example") for number in range(150)]

    results = portal.deliver(*leads)

    assert {result.fault.cause for result in results} == {Cause.REMOTE_UNAVAILABLE}
    assert [result.fault.ambiguous for result in results] == [True] * 100 + [False] * 50
    assert portal.vendor.stats()["calls"] == 1


def test_a_locked_record_is_tried_again_and_the_others_go_on(portal):
    portal.vendor.faults(locked=1)
    leads = [lead(f"p{number}@acme.example") for number in range(120)]

    results = portal.deliver(*leads)

    assert {result.fault.cause for result in results[:100]} == {Cause.RECORD_LOCKED}
    assert {(result.fault.transient, result.fault.wait) for result in results[:100]} == {(True, 2.0)}
    assert all(result.ok for result in results[100:])


def test_a_missing_scope_fails_the_leads_with_permission(portal):
    portal.vendor.faults(missing_scope="crm.objects.contacts.write")

    result = portal.one(lead("ada@acme.example"))

    assert (result.fault.cause, result.fault.code) == (Cause.PERMISSION, "MISSING_SCOPES")


def test_a_property_required_by_an_admins_rule_is_named(hubspot_sandbox):
    portal = connect(hubspot_sandbox, "2026-09")
    portal.vendor.faults(required_properties="jobtitle")

    result = portal.one(lead("ada@acme.example"))

    assert (result.fault.cause, result.fault.field) == (Cause.REQUIRED_FIELD_MISSING, "jobtitle")


def test_an_admins_rule_is_told_in_its_own_words(hubspot_sandbox):
    portal = connect(hubspot_sandbox, "2026-09")
    portal.vendor.faults(rule_message="No leads on Sundays.")

    result = portal.one(lead("ada@acme.example"))

    assert (result.fault.cause, result.fault.message) == (Cause.REMOTE_RULE, "No leads on Sundays.")


def test_a_removed_property_is_missing_and_named(portal):
    portal.vendor.change_schema("contacts", remove=["jobtitle"])

    good, bad = portal.deliver(lead("a@acme.example"), lead("b@acme.example", jobtitle="Boss"))

    assert good.ok
    assert (bad.fault.cause, bad.fault.field, bad.fault.value) == (Cause.MISSING_REMOTE_FIELD, "jobtitle", "Boss")


def test_a_record_without_a_link_gets_one_made_of_the_account(scripted, client_of):
    server = scripted(Says(200, {"results": [{"id": "7", "objectWriteTraceId": "0"}]}))
    extra = {"portal_id": "12", "ui_url": "https://app-eu1.hubspot.com"}

    (result,) = deliver_to(client_of(server, extra=extra), lead("a@acme.example"))

    assert result.person.url == "https://app-eu1.hubspot.com/contacts/12/record/0-1/7"


def test_an_account_without_details_is_still_named_by_its_token(scripted, client_of):
    server = scripted(Says(200, []), Says(200, {"active": True, "hub_id": 12, "hub_domain": "acme.example"}))

    account = account_of(client_of(server))

    assert (account.id, account.name, account.url) == ("12", "acme.example", server.url)


def test_a_wrong_api_version_is_our_own_fault(portal):
    portal.client = PROVIDER.client(portal.session, app_at(portal.vendor.url, "2031-03"), Held(portal.source.tokens))

    result = portal.one(lead("ada@acme.example"))

    assert (result.fault.cause, result.fault.status) == (Cause.INTERNAL, 404)
    assert "does not exist" in result.fault.message


def test_five_hundred_leads_with_companies_need_few_calls(portal):
    portal.vendor.faults(real_limits=True)
    leads = [
        lead(f"p{number}@d{number}.example", firstname="Ada", domain=f"d{number}.example", name=f"D{number}",
             engagements=(logged(),))
        for number in range(500)
    ]  # fmt: skip

    results = portal.deliver(*leads)
    made = portal.client.calls
    again = portal.deliver(*[lead(f"p{number}@d{number}.example", firstname="Ada") for number in range(500)])

    assert all(result.ok and result.created for result in results)
    assert not any(result.created for result in again)
    assert made <= 22
    assert len(portal.vendor.records("companies")) == len(portal.vendor.records("contacts")) == 500
