"""Secrets at rest: model fields whose column holds ciphertext only.

    tokens = EncryptedJSONField(default=dict)     # {"access_token": ..., "refresh_token": ...}
    signing_secret = EncryptedTextField(blank=True)

`ENCRYPTION_KEYS` are Fernet keys of this product alone, newest first: the first encrypts, all decrypt. To rotate, put a
new key in front, restart, run `manage.py rotate_encryption`, then drop the old key. What is read from such a field does
not show itself in `repr`, in a traceback or in the admin, and cannot be searched for.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.db.models.functions import Cast

HIDDEN = "[hidden]"


class CannotDecrypt(ImproperlyConfigured):
    """A stored secret was written with a key that is no longer in ENCRYPTION_KEYS, or was damaged."""

    def __init__(self) -> None:
        super().__init__(
            "A stored secret cannot be read with ENCRYPTION_KEYS. Add the key that wrote it behind the newest one."
        )


class Secret(str):
    """Text that does not show itself by accident. It is the text: pass it on as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return HIDDEN


class Secrets(dict[str, Any]):
    """A dictionary that shows which keys it has, never their values."""

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{key}: {HIDDEN}' for key in sorted(map(str, self)))}}}"

    __str__ = __repr__


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS must be Fernet keys: 32 random bytes each, in URL-safe base64, separated by commas."
        ) from error


def fernet() -> MultiFernet:
    """Raises ImproperlyConfigured when ENCRYPTION_KEYS is empty or holds something that is not a key."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    return fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises CannotDecrypt."""
    try:
        return fernet().decrypt(token.encode()).decode()
    except (InvalidToken, UnicodeDecodeError) as error:
        raise CannotDecrypt from error


class EncryptedTextField(models.TextField):
    """Text, encrypted in its column. Reads as `Secret`. Empty text and None are stored as they are."""

    description = "Encrypted text"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "" or hasattr(value, "resolve_expression"):
            return value
        return encrypt(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return value if value in (None, "") else Secret(decrypt(value))

    def to_python(self, value: Any) -> Any:
        return value if value in (None, "") or isinstance(value, Secret) else Secret(value)

    def value_to_string(self, obj: models.Model) -> str:
        """What `dumpdata` would write: never the secret."""
        return HIDDEN

    def get_lookup(self, lookup_name: str) -> Any:
        # The same text never encrypts to the same column value; a filter would silently find nothing.
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedJSONField(EncryptedTextField):
    """A JSON object, encrypted in its column. Reads as `Secrets`, a dictionary."""

    description = "Encrypted JSON"

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return value if value is None else _shielded(json.loads(decrypt(value)))

    def to_python(self, value: Any) -> Any:
        return _shielded(value)


def _shielded(value: Any) -> Any:
    return Secrets(value) if isinstance(value, dict) and not isinstance(value, Secrets) else value


def encrypted_fields(model: type[models.Model]) -> list[EncryptedTextField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def rotate(model: type[models.Model], *, batch: int = 200, dry_run: bool = False) -> Iterator[tuple[Any, str]]:
    """Re-encrypt with the newest key whatever an older key wrote; yields (pk, outcome) for each row.

    Outcomes: `current`, `rotated`, `unreadable` (no key fits; left as it is). Rows are locked by the batch, so that
    a token refreshed meanwhile is not overwritten by its older self.
    """
    names = [field.name for field in encrypted_fields(model)]
    raw = {f"raw_{name}": Cast(name, models.TextField()) for name in names}
    last: Any = None
    while names:
        with transaction.atomic():
            rows = model._base_manager.order_by("pk").annotate(**raw).select_for_update(of=("self",))
            if last is not None:
                rows = rows.filter(pk__gt=last)
            page = list(rows.values("pk", *raw)[:batch])
            outcomes = [(row["pk"], _rotate_row(model, row, names, dry_run)) for row in page]
        yield from outcomes
        if len(page) < batch:
            return
        last = page[-1]["pk"]


def _rotate_row(model: type[models.Model], row: dict[str, Any], names: list[str], dry_run: bool) -> str:
    changed = {}
    for name in names:
        token = row[f"raw_{name}"]
        if not token or _is_current(token):
            continue
        try:
            changed[name] = models.Value(fernet().rotate(token).decode(), output_field=models.TextField())
        except InvalidToken:
            return "unreadable"
    if changed and not dry_run:
        model._base_manager.filter(pk=row["pk"]).update(**changed)
    return "rotated" if changed else "current"


def _is_current(token: str) -> bool:
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True
