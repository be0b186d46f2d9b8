"""What became of a mapping since the vendor last described itself."""

from __future__ import annotations

from dataclasses import replace

from integrations import drift
from integrations.contract import FieldType, Option, RemoteField
from tests.integrations.fake_provider import person

RATING = RemoteField(
    "Rating",
    "Lead Rating",
    FieldType.PICKLIST,
    restricted=True,
    options=(Option("P1", "Priority 1"), Option("P0", "Priority 0", active=False)),
)


def test_a_field_that_is_there_and_writable_has_not_drifted() -> None:
    assert drift.of_field(person(), "Title") == ""


def test_a_vanished_field_is_named() -> None:
    assert drift.of_field(person(), "Gone__c").startswith("Gone__c is gone")


def test_an_option_that_is_gone_is_named() -> None:
    assert drift.of_option(RATING, "Hot") == "“Hot” is no longer an option of “Lead Rating”."


def test_an_inactive_option_is_named_by_its_label() -> None:
    assert drift.of_option(RATING, "P0") == "“Priority 0” of “Lead Rating” is no longer active."


def test_an_unrestricted_picklist_loses_nothing() -> None:
    assert drift.of_option(replace(RATING, restricted=False), "Hot") == ""
