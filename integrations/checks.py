"""What must be true of the vendors' settings before anything starts; `manage.py check` and every command run these."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from integrations.providers import PROVIDERS, app_of


@register()
def settings_of_vendors_take_effect(**_: Any) -> list[Error]:
    """Only of vendors that are configured at all."""
    return [
        Error(sentence, id="integrations.E001")
        for key, provider in PROVIDERS.items()
        if key in settings.PROVIDERS
        for sentence in provider.wrong_settings(app_of(key))
    ]
