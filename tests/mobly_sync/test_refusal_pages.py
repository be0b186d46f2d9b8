"""The two pages of status 403: a form that came from elsewhere, and something a person may not do."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import permission_denied


@pytest.mark.django_db
def test_a_form_from_elsewhere_is_told_to_load_the_page_again() -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {})

    assert answer.status_code == 403
    assert "Load it again and repeat the last step." in answer.content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [("Only an Admin may invite.", "Only an Admin may invite."), ("", "Your role in this organization")],
)
def test_what_a_person_may_not_do_is_not_called_an_old_page(said: str, words: str) -> None:
    page = permission_denied(RequestFactory().get("/"), PermissionDenied(said)).content.decode()

    assert words in page
    assert "open for too long" not in page
