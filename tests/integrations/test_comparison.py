"""The comparison of the CRM integrations: made of what the providers declare, in the product and in the docs."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from integrations.contract import Feature
from integrations.providers import PROVIDERS

DOCS = Path(__file__).parents[2] / "docs" / "comparison.md"


@pytest.mark.parametrize("key", PROVIDERS)
def test_every_provider_says_of_every_feature_that_it_has_or_lacks_it(key: str) -> None:
    said = PROVIDERS[key].capabilities

    assert set(said.has) | set(said.lacks) == set(Feature)
    assert not set(said.has) & set(said.lacks)


@pytest.mark.parametrize("key", PROVIDERS)
def test_every_declaration_is_a_sentence(key: str) -> None:
    said = PROVIDERS[key].capabilities

    assert [words for words in [*said.has.values(), *said.lacks.values()] if not words.endswith(".")] == []


def test_the_page_in_the_docs_is_what_the_providers_declare_now() -> None:
    out = StringIO()
    call_command("comparison", stdout=out)

    assert DOCS.read_text() == out.getvalue(), "Run: manage.py comparison > docs/comparison.md"


def test_an_admin_reads_the_comparison_in_the_product(browser: Client) -> None:
    page = browser.get(reverse("integrations:comparison")).content.decode()

    assert "Comparing the CRM integrations" in page
    for provider in PROVIDERS.values():
        assert f">{provider.name}</th>" in page
    assert "A converted Lead leads to its Contact." in page


def test_the_list_of_integrations_leads_to_the_comparison(browser: Client) -> None:
    assert reverse("integrations:comparison") in browser.get(reverse("integrations:list")).content.decode()
