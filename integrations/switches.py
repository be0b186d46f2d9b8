"""What an admin switches on the Connect tab: paused or not, the sync mode, the provider's own settings.

No word travels upwards from here: whether a lead is Frozen, paused or free to go follows from the integration's row,
and who sends leads reads that row each time.
"""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import F

from integrations import audit, schema
from integrations.contract import ProviderError, Role
from integrations.models import Integration
from integrations.providers import options_of, provider_of
from leads.models import User

logger = logging.getLogger(__name__)
Status = Integration.Status


class SwitchRefused(Exception):
    """The switch cannot be set like this; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def disable(*, integration: Integration, by: User) -> None:
    """Pause it: connection and mappings stay, leads gather in Pre-Sync. Raises `SwitchRefused` without a connection."""
    allowed = (Status.CONNECTED, Status.NEEDS_ATTENTION, Status.DISABLED)
    if not _moved(integration, allowed, Status.DISABLED, by):
        raise SwitchRefused(f"{_name(integration)} is not connected, so there is nothing to disable.")
    logger.info("Integration %s (%s) disabled by user %s", integration.pk, integration.provider, by.pk)


def enable(*, integration: Integration, by: User) -> None:
    """Let leads flow again. Raises `SwitchRefused` when it is not a paused connection."""
    if not _moved(integration, (Status.DISABLED, Status.CONNECTED), Status.CONNECTED, by):
        raise SwitchRefused(f"{_name(integration)} is not connected. Choose Connect to sign in.")
    logger.info("Integration %s (%s) enabled by user %s", integration.pk, integration.provider, by.pk)


def set_sync_mode(*, integration: Integration, mode: Integration.Mode, by: User) -> None:
    with transaction.atomic():
        row = Integration.objects.select_for_update().get(pk=integration.pk)
        before = row.get_sync_mode_display()
        Integration.objects.filter(pk=row.pk).update(sync_mode=mode, setup_version=F("setup_version") + 1)
        _note(integration, by, "Sync mode", before, Integration.Mode(mode).label)
    integration.refresh_from_db()
    logger.info("Integration %s (%s) set to %s by user %s", integration.pk, integration.provider, mode, by.pk)


def set_option(*, integration: Integration, key: str, value: str, by: User) -> str:
    """Choose one of the provider's settings. Raises `SwitchRefused` for a setting or a choice the provider has not.

    A choice can bring new objects to the Mapping tab; they are read at once. Answers an empty text, or a sentence when
    that did not work.
    """
    provider = provider_of(integration.provider)
    setting = next((setting for setting in provider.settings if setting.key == key), None)
    if setting is None or value not in {choice.value for choice in setting.choices}:
        raise SwitchRefused(f"{provider.name} has no such choice. Load the page again to see what it offers.")
    with transaction.atomic():
        row = Integration.objects.select_for_update().get(pk=integration.pk)
        words = {choice.value: choice.label for choice in setting.choices}
        _note(integration, by, setting.label, words[options_of(provider, row.options)[key]], words[value])
        row.options = {**row.options, key: value}
        row.setup_version = F("setup_version") + 1
        row.save(update_fields=["options", "setup_version"])
    integration.refresh_from_db()
    logger.info("Integration %s (%s): %s set to %s by user %s", integration.pk, integration.provider, key, value, by.pk)
    return _read_new_objects(integration)


def chosen(integration: Integration) -> dict[str, str]:
    """The provider's settings as they apply to this integration."""
    return options_of(provider_of(integration.provider), integration.options)


def _read_new_objects(integration: Integration) -> str:
    wanted = [name for name, _ in provider_of(integration.provider).object_names(chosen(integration))]
    known = list(integration.schemas.exclude(role=Role.OTHER.value).values_list("object", flat=True))
    if wanted == known or integration.status == Status.DISCONNECTED:
        return ""
    try:
        schema.refresh(integration=integration)
    except ProviderError as error:
        return f"Saved, but the fields could not be read: {error.fault.message} Choose Refresh on the Mapping tab."
    return ""


@transaction.atomic
def _moved(integration: Integration, allowed: tuple[str, ...], status: Status, by: User) -> bool:
    row = Integration.objects.select_for_update().filter(pk=integration.pk, status__in=allowed).first()
    if row is not None:
        _note(integration, by, "Connection", row.get_status_display(), status.label)
        Integration.objects.filter(pk=row.pk).update(status=status, status_reason="")
    integration.refresh_from_db()
    return row is not None


def _note(integration: Integration, by: User, subject: str, before: str, after: str) -> None:
    audit.note(integration=integration, by=by, area=audit.Area.CONNECT, subject=subject, before=before, after=after)


def _name(integration: Integration) -> str:
    return provider_of(integration.provider).name
