from django.apps import AppConfig
from django.conf import settings

from integrations import providers


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        from integrations import checks  # noqa: F401 -- registers them; needs the apps to be loaded
        from leads import audit

        providers.configure(lambda: settings.PROVIDERS)
        audit.name_providers(lambda: {key: provider.name for key, provider in providers.PROVIDERS.items()})
