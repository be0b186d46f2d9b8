from django.apps import AppConfig
from django.conf import settings

from mobly_sync import http


class MoblySyncConfig(AppConfig):
    name = "mobly_sync"
    verbose_name = "Mobly sync"

    def ready(self) -> None:
        from mobly_sync import checks  # noqa: F401 -- registers them; needs the apps to be loaded

        http.configure(
            http.Limits(
                connect_timeout=settings.HTTP_CONNECT_TIMEOUT,
                read_timeout=settings.HTTP_READ_TIMEOUT,
                deadline=settings.HTTP_DEADLINE,
                max_bytes=settings.HTTP_MAX_BYTES,
                ca_bundle=settings.HTTP_CA_BUNDLE,
            )
        )
