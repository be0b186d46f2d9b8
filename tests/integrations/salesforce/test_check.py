"""The connection check: a line for each thing that must be right, a fix for each that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations.contract import Check, Refused
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.errors import fault_of
from tests.integrations.salesforce.org import CONTACTS_ONLY, LEADS_ONLY, Org
from tests.vendors import SandboxVendor

MAPPED = {"Lead": ["FirstName", "LastName", "Email", "Company"]}


def lines_of(org: Org, options: dict[str, str] | None = None, mapped: Any = None) -> list[Check]:
    return PROVIDER.check(org.client, options or {}, MAPPED if mapped is None else mapped)


def wrong(lines: list[Check]) -> list[Check]:
    return [line for line in lines if not line.ok]


def test_an_org_in_order_has_only_good_lines(org: Org) -> None:
    lines = lines_of(org)

    assert wrong(lines) == []
    assert [line.title for line in lines] == [
        "Signed in as mobly.integration@halden.example",
        "API version 64.0",
        "API calls left today: 99,997",
        "Lead: can read, create and edit",
        "Lead: all 4 mapped fields can be written",
        "Contact: can read, create and edit",
        "Campaign: can read",
        "Campaign Member: can read, create and edit",
        "Task: can read and create",
        "Event: can read and create",
    ]
    assert lines[2].detail == "3 of 100,000 used."
    assert org.client.calls == 3


def test_a_further_object_is_checked_with_its_mapped_fields(org: Org) -> None:
    org.sandbox.faults(no_edit="Booth_Visit__c")
    lines = lines_of(org, mapped={**MAPPED, "Booth_Visit__c": ["Booth__c"]})

    assert [line.title for line in wrong(lines)] == ["Booth Visit: cannot edit"]
    assert "Booth Visit: all 1 mapped fields can be written" in [line.title for line in lines]


def test_the_lines_follow_the_strategy(org: Org) -> None:
    titles = [line.title for line in lines_of(org, CONTACTS_ONLY, {})]

    assert "Account: can read, create and edit" in titles
    assert not any(title.startswith("Lead") for title in titles)


@pytest.mark.parametrize(
    ("switches", "title"),
    [
        ({"no_create": "Lead"}, "Lead: cannot create"),
        ({"no_edit": "Lead"}, "Lead: cannot edit"),
        ({"no_create": "Lead", "no_edit": "Lead"}, "Lead: cannot create or edit"),
        ({"hidden_objects": "Lead"}, "Lead: cannot read, create or edit"),
        ({"no_create": "Task"}, "Task: cannot create"),
    ],
)
def test_a_right_that_is_lacking_is_a_line_with_its_fix(org: Org, switches: dict[str, str], title: str) -> None:
    org.sandbox.faults(**switches)

    (line,) = wrong(lines_of(org, LEADS_ONLY, {}))

    assert line.title == title
    assert "Permission Sets" in line.fix


def test_campaign_rights_name_the_marketing_user(org: Org) -> None:
    org.sandbox.faults(campaign_rights="read")

    lines = {line.title: line for line in lines_of(org)}

    assert lines["Campaign: can read"].ok
    assert "Marketing User" in lines["Campaign Member: cannot create or edit"].fix


def test_mapped_fields_that_cannot_be_written_are_named(org: Org) -> None:
    org.sandbox.faults(read_only_fields="Lead.Title", hidden_fields="Lead.Phone")

    (line,) = wrong(lines_of(org, LEADS_ONLY, {"Lead": ["LastName", "Title", "Phone"]}))

    assert line.title == "Lead: 2 of 3 mapped fields cannot be written"
    assert line.detail == "Phone is gone or hidden from this user; Title is read-only for this user."
    assert "Read and Edit Access to Phone and Title" in line.fix


def test_few_calls_left_are_a_line(org: Org) -> None:
    org.sandbox.faults(daily_limit=50)
    for _ in range(46):
        PROVIDER.account(org.client)

    (line,) = wrong(lines_of(org))

    assert line.title == "API calls left today: 1"
    assert line.fix


def test_an_old_version_is_a_line(salesforce_sandbox: SandboxVendor) -> None:
    (line,) = wrong(lines_of(Org(salesforce_sandbox, api_version="59.0")))

    assert line.title == "API version 59.0"
    assert "SALESFORCE_API_VERSION" in line.fix


def test_limits_hidden_from_the_user_are_read_from_the_header(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(org.client, "get", _refused("INSUFFICIENT_ACCESS"))

    assert "API calls left today: 99,998" in [line.title for line in lines_of(org)]


def test_an_api_that_is_switched_off_cannot_be_checked(org: Org) -> None:
    org.sandbox.faults(api_disabled=True)

    with pytest.raises(Refused):
        lines_of(org)


def _refused(code: str) -> Callable[..., Any]:
    def get(path: str, **rest: Any) -> Any:
        raise Refused(fault_of([{"errorCode": code, "message": "no"}]))

    return get
