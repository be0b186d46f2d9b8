"""The vendors we can carry leads to: an explicit list. `docs/adding-a-provider.md` says what a folder holds.

Knows no Django: where each vendor lives is told by `configure` when the apps are ready (`integrations.apps`), as a
function, so that a changed setting is seen at the next call.
"""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.contract import App, Provider
from integrations.providers import hubspot, pipedrive, salesforce, zoho

# In the order of the Integrations page.
PROVIDERS: dict[str, Provider] = {
    provider.key: provider for provider in (salesforce.PROVIDER, hubspot.PROVIDER, pipedrive.PROVIDER, zoho.PROVIDER)
}

_addresses: Callable[[], Mapping[str, Mapping[str, Any]]] = dict


def configure(addresses: Callable[[], Mapping[str, Mapping[str, Any]]]) -> None:
    """Tell where the vendors live: a function that answers provider key -> the fields of `App`."""
    global _addresses  # noqa: PLW0603 -- process-wide by intention, written once at start
    _addresses = addresses


def provider_of(key: str) -> Provider:
    """Raises `KeyError` for a key no vendor has."""
    return PROVIDERS[key]


def app_of(key: str) -> App:
    """Who we are to this vendor and where it lives. Raises `KeyError` when it is not configured."""
    said = _addresses()[key]
    return App(**{**said, "hosts": tuple(said["hosts"]), "regions": tuple(said.get("regions", ()))})


def options_of(provider: Provider, chosen: Mapping[str, str]) -> dict[str, str]:
    """The provider's settings as they apply: what was chosen, the default where nothing valid was."""
    return {
        setting.key: said
        if (said := chosen.get(setting.key)) in {choice.value for choice in setting.choices}
        else setting.default
        for setting in provider.settings
    }
