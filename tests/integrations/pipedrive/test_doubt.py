"""After a lost answer: nothing becomes two, and where nobody can tell a person is asked."""

import pytest

from integrations.contract import Cause, Unavailable
from tests.integrations.pipedrive.company import lead


class LeaseLost(Exception):
    """What the engine's guard raises."""


@pytest.mark.parametrize("key", ["email", "own id"])
@pytest.mark.parametrize("size", ["company", "crowded"])
def test_a_create_whose_answer_was_lost_is_found_again(request, size, key):
    recommended = request.getfixturevalue(size)
    recommended.vendor.add_recommended_fields()
    before = len(recommended.vendor.records("persons"))
    code = recommended.code("Mobly Lead ID")
    keys = {"email": "ada@acme.example"} if key == "email" else {"mobly_id": "m-1", "own_field": code}
    recommended.vendor.faults(cut_after_commit=1, path="POST .*/persons", search_lag=60)

    lost = recommended.one(lead(**keys))
    recommended.anew()
    again = recommended.one(lead(**keys, in_doubt=True))

    assert (lost.fault.cause, lost.fault.ambiguous) == (Cause.REMOTE_UNAVAILABLE, True)
    assert (again.ok, again.created) == (True, False)
    assert len(recommended.vendor.records("persons")) == before + 1


def test_a_create_that_never_arrived_is_sent_again(company):
    company.vendor.faults(cut_before_commit=1, path="POST .*/persons")

    company.one(lead("ada@acme.example"))
    again = company.one(lead("ada@acme.example", in_doubt=True))

    assert (again.ok, again.created) == (True, True)


def test_without_a_key_a_person_has_to_say(company):
    company.vendor.faults(cut_after_commit=1, path="POST .*/persons")

    lost = company.one(lead())
    again = company.one(lead(in_doubt=True))

    assert (lost.fault.cause, again.fault.cause) == (Cause.UNCONFIRMED, Cause.UNCONFIRMED)
    assert len(company.vendor.records("persons")) == 1


def test_an_email_that_is_not_mapped_is_no_key(company):
    company.vendor.faults(cut_after_commit=1, path="POST .*/persons")

    lost = company.one(lead("ada@acme.example", emails=None))
    again = company.one(lead("ada@acme.example", emails=None, in_doubt=True))

    assert (lost.fault.cause, again.fault.cause) == (Cause.UNCONFIRMED, Cause.UNCONFIRMED)
    assert len(company.vendor.records("persons")) == 1


@pytest.mark.parametrize("size", ["company", "crowded"])
def test_an_organization_whose_answer_was_lost_is_found_again(request, size):
    company = request.getfixturevalue(size)
    company.vendor.faults(cut_after_commit=1, path="POST .*/organizations", search_lag=60)

    lost = company.one(lead("ada@acme.example", name="Acme"))
    company.anew()
    again = company.one(lead("ada@acme.example", name="Acme", in_doubt=True))

    assert lost.fault.ambiguous
    assert again.ok
    assert [row["name"] for row in company.vendor.records("organizations")].count("Acme") == 1


def test_a_change_whose_answer_was_lost_is_simply_sent_again(company):
    known = company.vendor.seed("persons", email="ada@acme.example", name="Ada")
    company.vendor.faults(cut_after_commit=1, path="PATCH .*/persons")

    with pytest.raises(Unavailable) as lost:
        company.one(lead("ada@acme.example", known=known["id"]))
    again = company.one(lead("ada@acme.example", known=known["id"]))

    assert not lost.value.fault.ambiguous
    assert again.ok


def test_what_was_written_before_an_outage_stays_done(company):
    company.client.at_once = 1
    company.vendor.faults(cut_after_commit=1, path="p3|POST .*/activities")

    results = company.deliver(*(lead(f"p{number}@acme.example") for number in range(3)))
    company.vendor.faults(html_503=1, path="POST .*/persons")
    company.client.at_once = 2
    more = company.deliver(lead("known@acme.example", name="Acme"), lead("bo@acme.example"))

    assert all(result.ok for result in results)
    assert {result.fault.cause for result in more if result.fault} == {Cause.REMOTE_UNAVAILABLE}
    assert len(company.vendor.records("organizations")) == 1


def test_a_lost_lease_stops_what_has_not_left_yet(company):
    seen = []

    def guard():
        seen.append(1)
        if len(seen) > 10:
            raise LeaseLost

    company.client.session.guard = guard

    with pytest.raises(LeaseLost):
        company.deliver(*(lead(f"p{number}@acme.example") for number in range(40)))

    assert len(company.vendor.records("persons")) < 12


def test_the_guard_is_asked_before_every_call(company):
    asked = []
    company.client.session.guard = lambda: asked.append(1)

    company.deliver(*(lead(f"p{number}@acme.example") for number in range(12)))

    assert len(asked) == company.client.calls == company.vendor.stats()["calls"]


def test_a_host_that_is_not_allowed_gets_no_token(company):
    tokens = company.source.tokens
    company.source.tokens = type(tokens)(tokens.access_token, "r", tokens.expires_at, "https://elsewhere.example")

    result = company.one(lead(known="1"))

    assert (result.fault.cause, result.fault.code) == (Cause.INTERNAL, "HOST_REFUSED")
