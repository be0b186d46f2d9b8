"""Values, moments, domains and paths as HubSpot spells them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.providers.hubspot import values
from integrations.providers.hubspot.engagements import page, plain
from integrations.providers.hubspot.paths import Paths


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (1e21, "1000000000000000000000"),
        (0.0000001, "0.0000001"),
        ("  two words \n", "two words"),
        ("2026-11-18", "2026-11-18"),
        (("a", "b"), "a;b"),
        ((), ""),
        (None, ""),
    ],
)
def test_every_value_is_a_string(value, text):
    assert values.text(value) == text


def test_a_blank_value_is_never_sent_and_no_is_not_blank():
    assert values.properties({"a": " ", "b": "", "c": None, "d": (), "e": False, "f": 0}) == {"e": "false", "f": "0"}


def test_moments_are_utc_with_milliseconds():
    moment = datetime(2026, 11, 18, 14, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=2)))

    assert values.iso(moment) == "2026-11-18T12:00:00.123Z"
    assert values.milliseconds(datetime(2026, 11, 18, 12, tzinfo=UTC)) == 1_795_003_200_000


@pytest.mark.parametrize(
    "said", ["2026-11-18T12:00:00.000Z", "2026-11-18T12:00:00Z", "1795003200000", 1_795_003_200_000]
)
def test_moments_are_read_in_each_spelling(said):
    assert values.moment_of(said) == datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize("said", ["", None, "yesterday", "9" * 30])
def test_what_is_no_moment_is_none(said):
    assert values.moment_of(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "acme.example",
        "ACME.example",
        "www.acme.example",
        "https://www.acme.example/about",
        "http://acme.example:8080",
        "acme.example.",
    ],
)
def test_a_domain_is_a_bare_host(said):
    assert values.domain_of(said) == "acme.example"


def test_a_page_reads_as_the_text_it_was_made_of():
    said = "5 < 6 & “O'Brien”\r\nsecond\nthird"

    assert page(said) == "5 &lt; 6 &amp; “O'Brien”<br>second<br>third"
    assert plain(page(said)) == plain("<div><p>5 &lt; 6 &amp; “O'Brien”</p> second<br/>third</div>")


@pytest.mark.parametrize(
    ("version", "paths"),
    [
        (
            "2026-03",
            [
                "/crm/objects/2026-03/contacts/batch/read",
                "/crm/properties/2026-03/contacts",
                "/crm/associations/2026-03/contacts/companies/batch/create",
                "/crm/lists/2026-03/search",
                "/marketing/marketing-events/2026-03",
                "/account-info/2026-03/details",
                "/oauth/2026-03/token",
            ],
        ),
        (
            "v3",
            [
                "/crm/v3/objects/contacts/batch/read",
                "/crm/v3/properties/contacts",
                "/crm/v4/associations/contacts/companies/batch/create",
                "/crm/v3/lists/search",
                "/marketing/v3/marketing-events",
                "/account-info/v3/details",
                "/oauth/v3/token",
            ],
        ),
    ],
)
def test_both_path_families(version, paths):
    at = Paths(version)

    assert [
        at.objects("contacts", "/batch/read"),
        at.properties("contacts"),
        at.associations("contacts", "companies", "create"),
        at.lists("/search"),
        at.marketing_events(),
        at.account,
        at.token,
    ] == paths


def test_a_beta_version_is_a_dated_one():
    assert Paths("2026-09-beta").account == "/account-info/2026-09-beta/details"
