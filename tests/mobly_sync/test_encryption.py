"""Secrets at rest: ciphertext in the column, keys that can change, nothing shown by accident."""

import base64
from collections.abc import Iterator
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib import admin
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from mobly_sync import checks
from mobly_sync.encryption import CannotDecrypt, EncryptedJSONField, EncryptedTextField, fernet, rotate

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
pytestmark = pytest.mark.django_db


@pytest.fixture
def vault(settings) -> Iterator[type[models.Model]]:
    """A model with one secret of each kind, and its table."""
    settings.ENCRYPTION_KEYS = [OLD]
    with isolate_apps("mobly_sync"):

        class Vault(models.Model):  # noqa: DJ008 -- nobody reads its name
            word = EncryptedTextField(blank=True)
            tokens = EncryptedJSONField(null=True)

            class Meta:
                app_label = "mobly_sync"

        with connection.schema_editor() as editor:
            editor.create_model(Vault)
        yield Vault
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE mobly_sync_vault")


def stored(row: models.Model) -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT word, tokens FROM mobly_sync_vault WHERE id = %s", [row.pk])
        return cursor.fetchone()


def test_what_was_put_in_comes_back(vault):
    vault.objects.create(word="Grüße, O’Brien", tokens={"access_token": "a" * 2000, "scopes": ["é", 1, None]})

    row = vault.objects.get()

    assert row.word == "Grüße, O’Brien"
    assert row.tokens == {"access_token": "a" * 2000, "scopes": ["é", 1, None]}


def test_the_column_holds_ciphertext_that_differs_each_time(vault):
    first = stored(vault.objects.create(word="hush", tokens={"t": "hush"}))
    second = stored(vault.objects.create(word="hush", tokens={"t": "hush"}))

    assert "hush" not in "".join(first)
    assert set(first).isdisjoint(second)
    assert Fernet(OLD).decrypt(first[0]) == b"hush"


def test_empty_text_and_no_json_are_stored_as_they_are(vault):
    assert stored(vault.objects.create(word="", tokens=None)) == ("", None)
    assert (vault.objects.get().word, vault.objects.get().tokens) == ("", None)


def test_a_secret_does_not_show_itself(vault):
    vault.objects.create(word="hush", tokens={"access_token": "at-1", "expires_in": 3600})

    row = vault.objects.get()

    assert repr(row.word) == "[hidden]"
    assert repr(row.tokens) == str(row.tokens) == "{access_token: [hidden], expires_in: [hidden]}"
    assert f"{row.word}" == "hush", "it still is the text that has to be sent"


def test_a_dump_holds_no_secret(vault):
    vault.objects.create(word="hush", tokens={"access_token": "at-1"})

    dump = serializers.serialize("json", vault.objects.all())

    assert "hush" not in dump
    assert "at-1" not in dump


def test_a_form_offers_no_secret(vault):
    assert [field.name for field in vault._meta.fields if field.editable] == ["id"]


def test_a_secret_cannot_be_searched_for(vault):
    with pytest.raises(FieldError, match="Unsupported lookup"):
        vault.objects.filter(word="hush")
    with pytest.raises(FieldError, match="Unsupported lookup"):
        vault.objects.filter(tokens__contains={"a": 1})
    assert vault.objects.filter(tokens__isnull=True).count() == 0


def test_the_newest_key_encrypts_and_older_ones_still_decrypt(vault, settings):
    old = vault.objects.create(word="before")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    new = vault.objects.create(word="after")

    assert [row.word for row in vault.objects.order_by("pk")] == ["before", "after"]
    assert Fernet(NEW).decrypt(stored(new)[0]) == b"after"
    assert Fernet(OLD).decrypt(stored(old)[0]) == b"before"


def test_a_secret_without_its_key_says_what_to_do(vault, settings):
    vault.objects.create(word="hush")
    settings.ENCRYPTION_KEYS = [NEW]

    with pytest.raises(CannotDecrypt, match="Add the key that wrote it"):
        vault.objects.get()


@pytest.mark.parametrize("keys", [[], ["short"], ["not base64 !!"], [base64.urlsafe_b64encode(b"x" * 16).decode()]])
def test_keys_that_are_no_keys_are_refused_in_words(settings, keys):
    settings.ENCRYPTION_KEYS = keys

    with pytest.raises(ImproperlyConfigured, match="ENCRYPTION_KEYS must be"):
        fernet()
    assert [error.id for error in checks.encryption_keys_are_usable()] == ["mobly_sync.E001"]


def test_the_development_key_is_a_key_and_refused_in_production(settings):
    settings.ENCRYPTION_KEYS = [checks.DEVELOPMENT_KEY]

    settings.DEBUG = True
    assert checks.encryption_keys_are_usable() == []
    settings.DEBUG = False
    assert [error.id for error in checks.encryption_keys_are_usable()] == ["mobly_sync.E002"]


def test_the_default_of_the_settings_is_the_development_key(settings):
    assert settings.ENCRYPTION_KEYS == [checks.DEVELOPMENT_KEY]
    assert len(base64.urlsafe_b64decode(checks.DEVELOPMENT_KEY)) == 32


# --- Rotation ---------------------------------------------------------------------------------------------------------


def test_rotation_moves_every_secret_to_the_newest_key(vault, settings):
    rows = [vault.objects.create(word=f"w{n}", tokens={"n": n}) for n in range(5)]
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    rows.append(vault.objects.create(word="w5", tokens={"n": 5}))

    outcomes = [outcome for _, outcome in rotate(vault, batch=2)]

    assert outcomes == ["rotated"] * 5 + ["current"]
    settings.ENCRYPTION_KEYS = [NEW]
    assert [(row.word, row.tokens) for row in vault.objects.order_by("pk")] == [(f"w{n}", {"n": n}) for n in range(6)]


def test_rotation_leaves_what_no_key_can_read(vault, settings):
    row = vault.objects.create(word="lost")
    before = stored(row)
    settings.ENCRYPTION_KEYS = [NEW]

    assert list(rotate(vault)) == [(row.pk, "unreadable")]
    assert stored(row) == before


def test_a_dry_rotation_counts_and_changes_nothing(vault, settings):
    row = vault.objects.create(word="w", tokens=None)
    before = stored(row)
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    assert list(rotate(vault, dry_run=True)) == [(row.pk, "rotated")]
    assert stored(row) == before


def test_the_command_says_how_many(vault, settings, monkeypatch):
    vault.objects.create(word="w")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    monkeypatch.setattr(apps, "get_models", lambda: [vault])
    out = StringIO()

    call_command("rotate_encryption", "--dry-run", stdout=out)
    call_command("rotate_encryption", stdout=out)
    call_command("rotate_encryption", stdout=out)

    assert out.getvalue().splitlines() == [
        "1 would be re-encrypted, 0 already use the newest key.",
        "1 re-encrypted, 0 already use the newest key.",
        "0 re-encrypted, 1 already use the newest key.",
    ]


def test_the_command_fails_when_something_cannot_be_read(vault, settings, monkeypatch):
    vault.objects.create(word="w")
    settings.ENCRYPTION_KEYS = [NEW]
    monkeypatch.setattr(apps, "get_models", lambda: [vault])

    with pytest.raises(CommandError, match="1 cannot be read with any of ENCRYPTION_KEYS"):
        call_command("rotate_encryption", stdout=StringIO())


# --- The admin --------------------------------------------------------------------------------------------------------


def test_no_admin_shows_a_secret():
    assert checks.admin_shows_no_secrets() == []


def test_an_admin_that_would_show_a_secret_is_refused(vault, monkeypatch):
    class VaultAdmin(admin.ModelAdmin):
        list_display = ("id", "word")
        readonly_fields = ("tokens",)

    monkeypatch.setitem(admin.site._registry, vault, VaultAdmin(vault, admin.site))

    assert [error.msg for error in checks.admin_shows_no_secrets()] == [
        "VaultAdmin shows the encrypted field tokens.",
        "VaultAdmin shows the encrypted field word.",
    ]
