"""Counting leads does not shuffle what is counted."""

from __future__ import annotations

import pytest

from leads.models import Organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden-robotics")


def test_values_and_qualifiers_keep_their_places_when_leads_are_counted(organization: Organization) -> None:
    second = organization.qualifiers.create(name="Next Steps", position=2)
    first = organization.qualifiers.create(name="Lead Score", position=1)
    for place, label in ((3, "Cold"), (1, "Hot"), (2, "Medium")):
        first.values.create(label=label, position=place)

    assert [value.label for value in first.values.with_counts()] == ["Hot", "Medium", "Cold"]
    assert list(organization.qualifiers.with_counts()) == [first, second]


def test_activations_stand_by_name_when_leads_are_counted(organization: Organization) -> None:
    event = organization.events.create(name="Automate Summit 2026")
    for name in ("Keynote", "Booth 412", "Giveaway"):
        event.activations.create(name=name)

    assert [activation.name for activation in event.activations.with_counts()] == ["Booth 412", "Giveaway", "Keynote"]
