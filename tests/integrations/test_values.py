"""Fitting a Mobly value into a remote field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.contract import FieldType, Option, RemoteField
from integrations.values import Unfit, fit

RATING = RemoteField(
    "Rating",
    "Lead Rating",
    FieldType.PICKLIST,
    restricted=True,
    options=(Option("Hot", "Hot"), Option("W", "Warm"), Option("Old", "Old", False)),
)


def field(kind: FieldType, **more: object) -> RemoteField:
    return RemoteField("Title", "Job Title", kind, **more)  # type: ignore[arg-type]


def test_a_text_that_fits_arrives_as_it_is() -> None:
    assert fit("O'Brien \\ 100% \n 💡", field(FieldType.TEXT, length=255)) == "O'Brien \\ 100% \n 💡"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("https://x.com/halden_robotics?lang=en&utm_source=a-very-long-campaign-name", "halden_robotics"),
        ("http://www.twitter.com/@ada/", "ada"),
        ("twitter.com/ada#top", "ada"),
        ("@ada", "ada"),
        ("ada", "ada"),
        ("https://x.com/ada/status/1", "https://x.com/ada/status/1"),
        ("https://notx.com/ada", "https://notx.com/ada"),
    ],
)
def test_a_field_for_a_profiles_name_gets_the_name_of_its_address(said: str, sent: str) -> None:
    assert fit(said, field(FieldType.TEXT, length=50, handle=True)) == sent
    assert fit(said.replace("?", "#"), field(FieldType.TEXT)) == said.replace("?", "#")


def test_a_text_that_is_too_long_is_refused_with_both_lengths_and_never_cut() -> None:
    with pytest.raises(Unfit) as unfit:
        fit("x" * 300, field(FieldType.TEXT, length=128))
    assert "300 characters" in unfit.value.sentence
    assert "holds 128" in unfit.value.sentence


def test_a_sentence_survives_braces_in_the_value() -> None:
    with pytest.raises(Unfit) as unfit:
        fit("{vendor} {0}", field(FieldType.NUMBER))
    assert unfit.value.sentence.format(vendor="HubSpot").startswith("“{vendor} {0}” is not a number")


@pytest.mark.parametrize(("said", "sent"), [("12", 12), (" 1,200 ", 1200), ("3.5", 3.5), (7, 7), ("-4", -4)])
def test_numbers_are_read_as_people_write_them(said: object, sent: object) -> None:
    assert fit(said, field(FieldType.NUMBER)) == sent


@pytest.mark.parametrize("said", ["51-200", "many", "1,2", "NaN", "1e5"])
def test_what_is_not_a_number_is_refused(said: str) -> None:
    with pytest.raises(Unfit):
        fit(said, field(FieldType.NUMBER))


@pytest.mark.parametrize(
    ("said", "sent"), [("Yes", True), ("no", False), (True, True), (("false", "true"), True), ("0", False)]
)
def test_a_checkbox_takes_yes_and_no(said: object, sent: bool) -> None:
    assert fit(said, field(FieldType.BOOLEAN)) is sent


def test_an_option_is_found_by_its_label_whatever_the_case_and_sent_by_its_value() -> None:
    assert fit("warm", RATING) == "W"


def test_an_inactive_option_of_a_restricted_list_is_refused_by_name() -> None:
    with pytest.raises(Unfit) as unfit:
        fit("Old", RATING)
    assert unfit.value.sentence == "“Old” is not an option of “Lead Rating” in {vendor}."


def test_two_values_do_not_fit_a_single_list() -> None:
    with pytest.raises(Unfit) as unfit:
        fit(("Hot", "W"), RATING)
    assert "are 2 values" in unfit.value.sentence


def test_a_list_in_text_is_split_for_a_multi_picklist() -> None:
    remote = RemoteField(
        "P", "Products", FieldType.MULTI_PICKLIST, options=(Option("A", "A"), Option("B", "B")), restricted=True
    )
    assert fit("A; B", remote) == ("A", "B")


@given(st.text(), st.sampled_from(list(FieldType)), st.one_of(st.none(), st.integers(1, 300)))
def test_every_text_fits_any_field_or_is_refused_in_words(text: str, kind: FieldType, length: int | None) -> None:
    try:
        assert fit(text, field(kind, length=length)) is not None
    except Unfit as unfit:
        sentence = unfit.sentence.format(vendor="Salesforce")
        assert sentence.endswith(".")
