from django.apps import AppConfig
from django.conf import settings

from integrations import providers


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        providers.configure(lambda: settings.PROVIDERS)
