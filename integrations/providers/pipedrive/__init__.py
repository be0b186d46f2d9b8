"""Pipedrive: persons, organizations, labels, activities and notes."""

from integrations.providers.pipedrive.provider import Pipedrive

PROVIDER = Pipedrive()

__all__ = ["PROVIDER"]
