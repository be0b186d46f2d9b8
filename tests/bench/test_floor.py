"""The arithmetic that the benchmark holds the engine against: 1,000 leads of every case, by hand."""

import pytest

from tests.bench.floor import fewest_calls
from tests.bench.flow import backfill_of
from tests.bench.stage import CASES, Case

# Persons; 300 companies; 1,000 companies; persons with a membership and an engagement; 300 companies and both.
BY_HAND = {
    "salesforce": (400, [4, 5, 8, 9, 10]),
    "hubspot": (500, [10, 17, 31, 21, 28]),
    "pipedrive": (8, [1000, 1300, 2000, 2000, 2300]),
    "zoho": (100, [10, 13, 20, 30, 33]),
}


@pytest.mark.parametrize("vendor", BY_HAND)
def test_the_floor_is_what_one_reckons_by_hand(vendor):
    rows, wanted = BY_HAND[vendor]

    assert [fewest_calls(vendor, case, 1_000, rows) for case in CASES] == wanted


def test_a_company_more_than_there_are_leads_is_none():
    assert fewest_calls("zoho", Case("own", "each its own", companies=1_000), 100, 100) == 2


def test_fewer_rows_a_request_raise_the_floor():
    assert fewest_calls("zoho", Case("persons", "persons only"), 1_000, 50) == 20


def test_a_vendor_that_takes_one_lead_a_call_gets_a_shorter_backfill():
    assert {key: backfill_of(key, 20_000) for key in ("salesforce", "hubspot", "pipedrive", "zoho")} == {
        "salesforce": 20_000,
        "hubspot": 20_000,
        "pipedrive": 4_000,
        "zoho": 20_000,
    }
