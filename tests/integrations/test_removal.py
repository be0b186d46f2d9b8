"""A vendor says at the callback address that our app was taken away there."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Integration
from integrations.providers import app_of
from leads.models import Organization

CALLBACK = "/integrations/callback/"


@pytest.fixture
def pipedrive(organization: Organization) -> Integration:
    return Integration.objects.create(
        organization=organization, provider="pipedrive", category="crm", status="connected", account_id="4711"
    )


def told(company: Any = 4711, secret: str = "") -> Any:
    app = app_of("pipedrive")
    proof = base64.b64encode(f"{app.client_id}:{secret or app.client_secret}".encode()).decode()
    body = {"client_id": app.client_id, "company_id": company, "user_id": 1, "timestamp": "2026-11-21T10:00:00Z"}
    return Client(enforce_csrf_checks=True).delete(
        reverse("integrations:callback"),
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Basic {proof}"},
    )


def test_the_integrations_of_that_account_need_attention_at_once(pipedrive: Integration) -> None:
    assert told().status_code == 204

    pipedrive.refresh_from_db()
    assert pipedrive.status == Integration.Status.NEEDS_ATTENTION
    assert pipedrive.status_reason == "Mobly was removed in Pipedrive."


def test_another_account_is_left_alone(pipedrive: Integration) -> None:
    assert told(company=12).status_code == 204

    pipedrive.refresh_from_db()
    assert pipedrive.status == "connected"


@pytest.mark.parametrize("company", [None, {}, "", True])
def test_a_message_without_a_company_is_refused_in_words(pipedrive: Integration, company: Any) -> None:
    answer = told(company=company)

    assert (answer.status_code, answer.content.decode()) == (401, "The message does not say which company it is about.")


def test_whoever_does_not_know_our_credentials_changes_nothing(pipedrive: Integration) -> None:
    assert told(secret="guessed").status_code == 401

    pipedrive.refresh_from_db()
    assert pipedrive.status == "connected"


def test_a_message_without_any_proof_is_refused(pipedrive: Integration) -> None:
    assert Client().delete(reverse("integrations:callback"), b"\xff{").status_code == 401


def test_a_stranger_who_opens_the_address_is_sent_to_the_sign_in_page(db: None) -> None:
    assert Client().get(reverse("integrations:callback")).url.startswith(reverse("account_login"))
