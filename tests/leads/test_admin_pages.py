"""What staff sees of the lead side."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin as site
from django.urls import reverse

from leads.engagements import log_engagement
from leads.labels import put_label
from leads.models import Answer, Headcount, Upload, UploadRow, User
from leads.qualifiers import save_qualifier

# What triggers count up says nothing to a person, row by row.
COUNTERS = {Headcount}
MODELS = [
    model
    for model in apps.get_app_config("leads").get_models()
    if not model._meta.auto_created and model not in COUNTERS
]


@pytest.fixture
def staff(client, db):
    user = User.objects.create_superuser("operator@mobly.example")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def full_house(organization, admin, meet, event, rep):
    """Several rows of every model."""
    for number in range(5):
        score = save_qualifier(organization=organization, by=admin, name=f"Score {number}", values=["Hot", "Cold"])
        lead = meet(
            email=f"lead{number}@many.example",
            event=event,
            source="badge_scan",
            by=rep,
            answers={score.pk: [score.values.first().pk]},
        ).lead
        event.activations.create(name=f"Booth {number}")
        put_label(lead=lead, name=f"Label {number}")
        log_engagement(lead=lead, kind="call", by=rep)
        upload = Upload.objects.create(
            organization=organization, uploaded_by=admin, filename=f"{number}.csv", encoding="utf-8", delimiter=","
        )
        UploadRow.objects.create(upload=upload, number=2, cells=["x"])


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_its_list_with_a_bounded_number_of_queries(
    model, staff, full_house, django_assert_max_num_queries
):
    assert model in site.site._registry

    with django_assert_max_num_queries(10):
        assert staff.get(address(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_can_be_searched(model, staff, full_house):
    assert staff.get(address(model, "changelist"), {"q": "o'brien 100%"}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_opens(model, staff, full_house):
    assert staff.get(address(model, "change", model.objects.first().pk)).status_code == 200


def test_what_the_services_compute_cannot_be_typed_over(staff, full_house):
    lead = Answer.objects.first().lead

    form = staff.get(address(type(lead), "change", lead.pk)).context["adminform"].form

    assert not {"version", "number_of_scans", "email_key", "provenance", "all_campaigns"} & form.fields.keys()
