"""Statements: nothing a person typed can leave its quotes, and none grows too long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.providers.salesforce import soql


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("O'Brien", r"'O\'Brien'"),
        ("back\\slash", r"'back\\slash'"),
        ("\\' OR Name != '", r"'\\\' OR Name != \''"),
        ("100%", "'100%'"),
        ("a_b", "'a_b'"),
        ("two\nlines\r\n", r"'two\nlines\r\n'"),
        ("tab\there", r"'tab\there'"),
        ('say "hi"', r"'say \"hi\"'"),
        ("nul\x00l", "'null'"),
        ("Żółć 🎉 שלום", "'Żółć 🎉 שלום'"),
        ("", "''"),
    ],
)
def test_a_value_is_quoted(value: str, literal: str) -> None:
    assert soql.text(value) == literal


@pytest.mark.parametrize(
    ("fragment", "pattern"),
    [("100%", r"'%100\%%'"), ("a_b", r"'%a\_b%'"), ("O'Brien", r"'%O\'Brien%'"), ("\\", r"'%\\%'")],
)
def test_a_search_takes_wildcards_as_they_are(fragment: str, pattern: str) -> None:
    assert soql.like(fragment) == pattern


def test_a_statement_selects_each_field_once() -> None:
    statement = soql.select(["Id", "Email", "email", "Title"], "Lead", "Email != null", "LIMIT 1")

    assert statement == "SELECT Id, Email, Title FROM Lead WHERE Email != null LIMIT 1"


def test_five_hundred_values_fit_one_statement() -> None:
    emails = [f"person{n}@example.com" for n in range(1000)]

    assert len(soql.selects(["Id"], "Lead", "Email", emails)) == 2


def test_no_statement_is_longer_than_salesforce_takes() -> None:
    values = ["'" * 240 for _ in range(3)] + [f"{n}{'x' * 250}" for n in range(900)]

    statements = soql.selects(["Id"], "Account", "Website", values)

    assert max(map(len, statements)) < soql.STATEMENT
    assert sum(statement.count("xxx'") for statement in statements) == 900


def test_a_value_is_asked_for_once() -> None:
    assert soql.selects(["Id"], "Lead", "Email", ["a", "b", "a"]) == ["SELECT Id FROM Lead WHERE Email IN ('a', 'b')"]


def test_no_values_are_no_statement() -> None:
    assert soql.selects(["Id"], "Lead", "Email", []) == []


def test_conditions_are_joined_in_groups() -> None:
    groups = list(soql.either([f"LastName = '{n}'" for n in range(150)]))

    assert len(groups) == 2
    assert groups[0].startswith("(LastName = '0') OR (LastName = '1')")


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("00Q5g000001AbCd", True),
        ("00Q5g000001AbCdEAK", True),
        ("00Q5g000001AbC", False),
        ("00Q5g000001AbCdEA'", False),
        ("", False),
    ],
)
def test_what_is_an_id(value: str, is_one: bool) -> None:
    assert soql.is_id(value) is is_one


LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def read(literal: str) -> str:
    """A literal as SOQL reads it."""
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), literal[1:-1], flags=re.DOTALL)


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), whitelist_characters="\n\r\t'\\"), max_size=200))
def test_whatever_is_quoted_stays_in_its_quotes_and_is_read_as_it_was(value: str) -> None:
    literal = soql.text(value)

    assert LITERAL.fullmatch(literal)
    assert read(literal) == value


@given(st.lists(st.text(max_size=60), max_size=50))
def test_a_list_of_anything_has_as_many_literals_as_different_values(values: list[str]) -> None:
    statements = soql.selects(["Id"], "Lead", "Email", values)

    assert sum(len(LITERAL.findall(statement)) for statement in statements) == len(set(values))
