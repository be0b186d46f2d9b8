"""Who owns a new record, and when assignment rules run."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.providers.salesforce import PROVIDER
from tests.integrations.salesforce.org import CONTACTS_ONLY, Org, lead

REP = {"owner": "rep"}


def user(org: Org, email: str, **values: Any) -> str:
    made = org.sandbox.seed("User", Username=f"{email}.sf", Email=email, IsActive=True, **values)
    return str(made["Id"])


def owners(org: Org, object_name: str = "Lead") -> list[str]:
    return [record["OwnerId"] for record in org.sandbox.records(object_name)]


def mobly(org: Org) -> str:
    return str(org.sandbox.records("User")[0]["Id"])


def test_salesforce_decides_by_default(org: Org) -> None:
    user(org, "tom@halden.example")

    org.one(lead(captured_by="tom@halden.example"))

    assert owners(org) == [mobly(org)]


def test_a_new_record_belongs_to_the_rep_who_captured_the_lead(org: Org) -> None:
    tom = user(org, "tom@halden.example")

    result = org.one(lead(captured_by="Tom@Halden.example"), **REP)

    assert owners(org) == [tom]
    assert result.warnings == []


def test_a_new_account_belongs_to_the_rep_too(org: Org) -> None:
    tom = user(org, "tom@halden.example")

    org.one(lead(captured_by="tom@halden.example", company="Acme", domain="acme.com"), **CONTACTS_ONLY, **REP)

    assert (owners(org, "Contact"), owners(org, "Account")) == ([tom], [tom])


def test_a_record_that_is_there_keeps_its_owner(org: Org) -> None:
    user(org, "tom@halden.example")
    org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")

    result = org.one(lead(captured_by="tom@halden.example", values={"Title": "CTO"}), **REP)

    assert owners(org) == [mobly(org)]
    assert result.warnings == []


@pytest.mark.parametrize("active", [False, None])
def test_a_rep_without_an_active_user_leaves_it_to_salesforce_with_a_warning(org: Org, active: bool | None) -> None:
    if active is not None:
        org.sandbox.seed("User", Username="x", Email="tom@halden.example", IsActive=active)

    result = org.one(lead(captured_by="tom@halden.example"), **REP)

    assert owners(org) == [mobly(org)]
    assert "has the e-mail tom@halden.example" in result.warnings[0]


def test_an_upload_without_a_rep_needs_no_warning(org: Org) -> None:
    assert org.one(lead(), **REP).warnings == []


def test_the_owners_of_a_batch_are_asked_for_once(org: Org) -> None:
    tom, ines = user(org, "tom@halden.example"), user(org, "ines@halden.example")
    batch = [
        lead(str(number), f"p{number}@acme.com", captured_by=("tom@halden.example", "ines@halden.example")[number % 2])
        for number in range(6)
    ]

    org.deliver(*batch, **REP)
    org.deliver(lead("9", "p9@acme.com", captured_by="tom@halden.example"), **REP)

    assert sorted(owners(org)) == sorted([tom] * 4 + [ines] * 3)
    asked = [part["url"] for body in org.sent() for part in body["compositeRequest"] if "FROM%20User" in part["url"]]
    assert len(asked) == 1


def test_users_that_are_hidden_do_not_stop_a_lead(org: Org) -> None:
    org.sandbox.faults(hidden_objects="User")

    result = org.one(lead(captured_by="tom@halden.example"), **REP)

    assert result.ok
    assert "No active user" in result.warnings[0]


def test_assignment_rules_run_for_new_records_unless_told_not_to(org: Org) -> None:
    queue = user(org, "queue@halden.example")
    org.sandbox.faults(assignment_rule="queue@halden.example")

    org.one(lead("1", "a@acme.com"))
    org.one(lead("2", "b@acme.com"), assignment_rules="skip")

    assert owners(org) == [queue, mobly(org)]


def test_assignment_rules_do_not_take_a_record_from_its_rep(org: Org) -> None:
    tom = user(org, "tom@halden.example")
    queue = user(org, "queue@halden.example")
    org.sandbox.faults(assignment_rule="queue@halden.example")

    org.deliver(lead("1", "a@acme.com", captured_by="tom@halden.example"), lead("2", "b@acme.com"), **REP)

    assert sorted(owners(org)) == sorted([tom, queue])


def test_with_state_and_country_picklists_the_codes_are_the_defaults(org: Org) -> None:
    org.sandbox.faults(state_country_picklists=True)

    fields = PROVIDER.describe(org.client, {})[0].fields
    places = {default.mobly_field: default.remote_fields for default in PROVIDER.defaults("Lead")}

    assert places["company_country"] == ("CountryCode", "Country")
    assert fields["CountryCode"].restricted
    assert org.one(lead(values={"CountryCode": "US", "StateCode": "CA"})).ok
    assert org.values("Lead", "Country", "State") == [("United States", "California")]
