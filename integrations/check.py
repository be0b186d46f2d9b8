"""The connection check: what the vendor lets us do, line by line, kept on the integration until it runs again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict

from django.utils import timezone

from integrations.contract import Check, Fault, ProviderError
from integrations.models import Integration
from integrations.providers import options_of, provider_of
from integrations.tokens import open_client


def run(*, integration: Integration) -> list[Check]:
    """Ask the vendor and keep the answer. A vendor that cannot be asked is a failed line, never an error."""
    provider = provider_of(integration.provider)
    try:
        lines = provider.check(open_client(integration), options_of(provider, integration.options), mapped(integration))
    except ProviderError as error:
        return record_failure(integration=integration, fault=error.fault)
    return _keep(integration, lines)


def record_failure(*, integration: Integration, fault: Fault) -> list[Check]:
    name = provider_of(integration.provider).name
    title = f"{name} could not be asked."
    return _keep(
        integration, [Check(title, ok=False, detail=fault.message, fix="Run the check again, or Connect again.")]
    )


def mapped(integration: Integration) -> dict[str, list[str]]:
    """Remote object -> the remote fields that Mobly fields, qualifiers and constants go to."""
    found: dict[str, list[str]] = defaultdict(list)
    for rows in (integration.field_mappings, integration.qualifier_mappings, integration.constants):
        for remote_object, remote_field in rows.values_list("object", "remote_field"):
            if remote_field not in found[remote_object]:
                found[remote_object].append(remote_field)
    return dict(found)


def _keep(integration: Integration, lines: list[Check]) -> list[Check]:
    integration.check_result = [asdict(line) for line in lines]
    integration.checked_at = timezone.now()
    integration.save(update_fields=["check_result", "checked_at"])
    return lines
