"""Which Mobly type goes into which remote type, with the sentence a person reads."""

from __future__ import annotations

import pytest

from integrations.contract import FieldType, Option, RemoteField
from integrations.sources import FIELDS, Source
from integrations.types import HOLDER, WHAT, Grade, badge, fit
from leads.fields import Type

SOURCES = {source.key: source for source in FIELDS}
TWO = (Option("a", "A"), Option("b", "B"))


def remote(kind: FieldType, **more: object) -> RemoteField:
    return RemoteField("Field", "Field", kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("type_", list(Type))
def test_every_pair_of_types_is_decided_and_every_no_says_why(type_: Type, kind: FieldType) -> None:
    found = fit(Source("x", "X", type_, "Basic"), remote(kind))

    assert (found.grade is Grade.OK) == (found.sentence == "")
    assert found.sentence == "" or found.sentence.endswith(".")


def test_every_type_has_its_words() -> None:
    assert set(WHAT) == set(Type)
    assert set(HOLDER) == set(FieldType)


@pytest.mark.parametrize(
    ("source", "field", "grade", "sentence"),
    [
        ("email", remote(FieldType.EMAIL, length=80), Grade.OK, ""),
        ("email", remote(FieldType.PHONE), Grade.REFUSED, "A phone field cannot hold an e-mail address."),
        ("job_title", remote(FieldType.DATE), Grade.REFUSED, "A date field cannot hold text."),
        ("job_title", remote(FieldType.BOOLEAN), Grade.REFUSED, "A checkbox cannot hold text."),
        ("job_title", remote(FieldType.REFERENCE), Grade.REFUSED, "A reference to another record cannot hold text."),
        (
            "job_title",
            remote(FieldType.TEXT, length=10),
            Grade.LOSSY,
            "Holds 10 characters. A lead with more is not sent.",
        ),
        ("x_twitter", remote(FieldType.TEXT, length=50, handle=True), Grade.OK, ""),
        (
            "x_twitter",
            remote(FieldType.TEXT, length=50),
            Grade.LOSSY,
            "Holds 50 characters. A lead with more is not sent.",
        ),
        ("job_title", remote(FieldType.PICKLIST, options=TWO, restricted=True), Grade.LOSSY, "Only its 2 options fit."),
        (
            "job_title",
            remote(FieldType.PICKLIST, options=TWO[:1], restricted=True),
            Grade.LOSSY,
            "Only its one option fits.",
        ),
        ("job_title", remote(FieldType.PICKLIST, options=TWO), Grade.OK, ""),
        ("company_size", remote(FieldType.NUMBER), Grade.OK, ""),
        ("company_size", remote(FieldType.EMAIL), Grade.REFUSED, "An e-mail field cannot hold a number."),
        (
            "other_phone_numbers",
            remote(FieldType.TEXT, length=255),
            Grade.LOSSY,
            "Holds 255 characters. A lead with more is not sent.",
        ),
        ("other_phone_numbers", remote(FieldType.LONG_TEXT, length=32000), Grade.OK, ""),
        (
            "description",
            remote(FieldType.TEXT, creatable=False, updatable=False),
            Grade.REFUSED,
            "Read-only for the connected user.",
        ),
        (
            "first_name",
            remote(FieldType.TEXT, updatable=False),
            Grade.LOSSY,
            "Written only when the record is created.",
        ),
    ],
)
def test_a_field_fits_as_far_as_it_does(source: str, field: RemoteField, grade: Grade, sentence: str) -> None:
    found = fit(SOURCES[source], field)

    assert (found.grade, found.sentence) == (grade, sentence)


@pytest.mark.parametrize("kind", [FieldType.PICKLIST, FieldType.MULTI_PICKLIST, FieldType.TEXT, FieldType.BOOLEAN])
def test_a_single_picklist_qualifier_goes_into_options_text_and_checkboxes(kind: FieldType) -> None:
    single = Source("qualifier:1", "Lead Score", Type.LIST, "Qualifiers", options=True)

    assert fit(single, remote(kind, options=TWO, restricted=True)).grade is Grade.OK


def test_a_multiple_qualifier_in_a_single_picklist_is_lossy() -> None:
    multiple = Source("qualifier:1", "Interest", Type.LIST, "Qualifiers", options=True, multiple=True)

    assert fit(multiple, remote(FieldType.PICKLIST, options=TWO)).grade is Grade.LOSSY
    assert fit(multiple, remote(FieldType.MULTI_PICKLIST, options=TWO)).grade is Grade.OK


def test_a_badge_tells_type_and_length() -> None:
    assert badge(remote(FieldType.TEXT, length=128)) == "TEXT 128"
    assert badge(remote(FieldType.MULTI_PICKLIST)) == "LIST"
