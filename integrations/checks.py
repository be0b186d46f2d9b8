"""What must be true of the vendors' settings before anything starts; `manage.py check` and every command run these."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, register

from integrations.contract import App
from integrations.providers import PROVIDERS, app_of


@register()
def settings_of_vendors_take_effect(**_: Any) -> list[Error]:
    """Only of vendors that are configured at all."""
    return [
        Error(sentence, id="integrations.E001")
        for key, provider in PROVIDERS.items()
        if key in settings.PROVIDERS
        for sentence in (*_out_of_reach(key.upper(), app_of(key)), *provider.wrong_settings(app_of(key)))
    ]


def _out_of_reach(prefix: str, app: App) -> Iterable[str]:
    """Addresses that the way out (`mobly_sync.http`) would refuse at every call."""
    for name, url in ((f"{prefix}_LOGIN_URL", app.login_url), (f"{prefix}_API_URL", app.api_url)):
        host = (urlsplit(url).hostname or "").lower()
        allowed = [one.lower().rstrip(".") for one in app.hosts]
        below = any(one.startswith(".") and host.endswith(one) for one in allowed)
        if host and host not in allowed and not below and "*" not in allowed:
            yield f"{name} leads to {host}, which {prefix}_HOSTS does not allow: nothing could be sent there."
