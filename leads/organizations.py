"""Organisations as their admins change them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from leads.models import Organization


@transaction.atomic
def save_organization(*, organization: Organization, **fields: Any) -> Organization:
    """Change `name`, `default_country` (ISO code) or `enrichment_patience` (seconds; None is the default)."""
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    for field, value in fields.items():
        setattr(organization, field, value)
    organization.save(update_fields=list(fields))
    return organization
