"""What must be true before anything starts; `manage.py check` and every command run these."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from mobly_sync.encryption import encrypted_fields, fernet

DEVELOPMENT_KEY = "ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleSE="


@register(Tags.security)
def encryption_keys_are_usable(**_: Any) -> list[Error]:
    try:
        fernet()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="mobly_sync.E001")]
    if not settings.DEBUG and DEVELOPMENT_KEY in settings.ENCRYPTION_KEYS:
        return [Error("ENCRYPTION_KEYS holds the development key, which everybody knows.", id="mobly_sync.E002")]
    return []


@register(Tags.admin)
def admin_shows_no_secrets(**_: Any) -> list[Error]:
    """No ModelAdmin may name an encrypted field: the admin prints what it is given."""
    errors = []
    for model, model_admin in admin.site._registry.items():
        secret = {field.name for field in encrypted_fields(model)}
        shown = {*model_admin.list_display, *model_admin.readonly_fields, *model_admin.search_fields}
        shown |= {name for name in model_admin.fields or () if isinstance(name, str)}
        for name in sorted(secret & {str(item) for item in shown}):
            errors.append(
                Error(f"{type(model_admin).__name__} shows the encrypted field {name}.", id="mobly_sync.E003")
            )
    return errors
