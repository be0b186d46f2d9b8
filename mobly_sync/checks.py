"""What must be true before anything starts; `manage.py check` and every command run these."""

import difflib
import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, Warning, register
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


@register(Tags.security)
def production_can_be_reached(**_: Any) -> list[CheckMessage]:
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if not settings.ALLOWED_HOSTS:
        sentence = "ALLOWED_HOSTS is not set: every page would be refused. Set the names Mobly is reached by."
        found.append(Error(sentence, id="mobly_sync.E004"))
    if urlsplit(settings.PUBLIC_URL).hostname in ("127.0.0.1", "localhost"):
        sentence = (
            f"PUBLIC_URL is {settings.PUBLIC_URL}: the links in mails and the way back from a vendor’s sign-in lead "
            "there. Set the address people reach Mobly at."
        )
        found.append(Warning(sentence, id="mobly_sync.W001"))
    return found


@register(Tags.security)
def variables_are_spelt_as_we_read_them(**_: Any) -> list[CheckMessage]:
    """A variable that is almost one of ours, which is not set, is most likely meant for it."""
    found: list[CheckMessage] = []
    for name in sorted(set(os.environ) - settings.VARIABLES):
        meant = difflib.get_close_matches(name, settings.VARIABLES, n=1, cutoff=0.88)
        if meant and meant[0] not in os.environ:
            sentence = f"The environment sets {name}, which nothing reads. Is {meant[0]} meant?"
            found.append(Warning(sentence, id="mobly_sync.W002"))
    return found


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
