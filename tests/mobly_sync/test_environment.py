"""Settings from the environment: whoever sets one wrongly reads which, and what it must be."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from mobly_sync import checks
from mobly_sync.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
KEY = "ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleSE="


def started(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a process of its own."""
    command = [sys.executable, "manage.py", "check", *arguments]
    env = {name: value for name, value in os.environ.items() if name not in ("SECRET_KEY", "ENCRYPTION_KEYS")}
    return subprocess.run(command, cwd=ROOT, env={**env, **variables}, capture_output=True, text=True, check=False)


def test_one_start_names_everything_that_is_wrong_and_shows_no_secret_and_no_traceback() -> None:
    ran = started(SWEEP_SECONDS="soon", REDIS_URL="cache:hunter2", PUBLIC_URL="mobly.example", TIME_ZONE="Oslo")

    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        "PUBLIC_URL is “mobly.example”; it must be a web address like https://mobly.example.",
        "REDIS_URL is not understood; it must be a Redis address like redis://host:6379/0, rediss://… or "
        "unix:///path?db=0.",
        "TIME_ZONE is “Oslo”; it must be a time zone like Europe/Oslo.",
        "SWEEP_SECONDS is “soon”; it must be a number above 0.",
    ]


def test_production_does_not_start_without_its_own_secrets() -> None:
    ran = started(DEBUG="false")

    assert ran.returncode == 1
    assert [line.partition(" is ")[0] for line in ran.stderr.splitlines()] == ["SECRET_KEY", "ENCRYPTION_KEYS"]


def test_production_is_told_that_nobody_can_reach_it(settings: Any) -> None:
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.PUBLIC_URL = False, [], "http://127.0.0.1:8000"
    assert [found.id for found in checks.production_can_be_reached()] == ["mobly_sync.E004", "mobly_sync.W001"]

    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["mobly.example"], "https://mobly.example"
    assert checks.production_can_be_reached() == []


def test_a_variable_that_is_almost_one_of_ours_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"SOMETHING_ELSE": "1", "LOG_LEVEL": "INFO"})
    assert checks.variables_are_spelt_as_we_read_them() == []
    monkeypatch.setenv("SALEFORCE_HOSTS", ".my.salesforce.com")

    (told,) = checks.variables_are_spelt_as_we_read_them()

    assert told.msg == "The environment sets SALEFORCE_HOSTS, which nothing reads. Is SALESFORCE_HOSTS meant?"
    # Whoever sets both knows what the other is for.
    monkeypatch.setenv("SALESFORCE_HOSTS", ".my.salesforce.com")
    assert checks.variables_are_spelt_as_we_read_them() == []


GOOD = [
    ("flag", (True,), " Off ", False),
    ("whole", (7,), "12", 12),
    ("number", (1.5,), "0", 0.0),
    ("one_of", ("INFO", ("INFO", "DEBUG")), "debug", "DEBUG"),
    ("shaped", ("64.0", r"\d+\.0"), "61.0", "61.0"),
    ("listed", (["x"],), "a, b,,", ["a", "b"]),
    ("hosts", (["x"],), ".zoho.eu,127.0.0.1,[::1],*", [".zoho.eu", "127.0.0.1", "[::1]", "*"]),
    ("address", ("http://x",), "https://mobly.example:8443/", "https://mobly.example:8443"),
    ("addresses", (["http://x"],), "", []),
    ("keys", ([KEY],), f"{KEY}, {KEY}", [KEY, KEY]),
    ("pairs", (), "accounts.zoho.eu=a=b, accounts.zoho.in=c", {"accounts.zoho.eu": "a=b", "accounts.zoho.in": "c"}),
    ("redis", ("redis://x",), "unix:///run/redis.sock?db=3", "unix:///run/redis.sock?db=3"),
    ("broker", ("redis://x",), "sentinel://a:26379;sentinel://b:26379", "sentinel://a:26379;sentinel://b:26379"),
    ("sender", ("a@b",), "Mobly <no-reply@mobly.example>", "Mobly <no-reply@mobly.example>"),
]


@pytest.mark.parametrize(("reader", "default", "text", "value"), GOOD)
def test_a_good_value_is_read_as_what_it_is(
    monkeypatch: pytest.MonkeyPatch, reader: str, default: tuple[object, ...], text: str, value: object
) -> None:
    env, name = Environment(), "A_SETTING"
    asked = {"stand_in": default[0]} if reader == "keys" else {}
    assert getattr(env, reader)(name, *(() if asked else default), **asked) == (default or ({},))[0]
    monkeypatch.setenv(name, text)

    assert getattr(env, reader)(name, *(() if asked else default), **asked) == value
    env.refuse_what_is_wrong()


BAD = [
    ("flag", (True,), "maybe", "“maybe”"),
    ("whole", (7,), "1.5", "a whole number of at least 0"),
    ("whole", (7,), "-1", "“-1”"),
    ("whole", (7,), "", "is empty"),
    ("number", (1.5,), "nan", "“nan”"),
    ("number", (1.5,), "inf", "of at least 0"),
    ("one_of", ("INFO", ("INFO", "DEBUG")), "LOUD", "one of INFO, DEBUG"),
    ("shaped", ("64.0", r"\d+\.0"), "v64", "written like 64.0"),
    ("hosts", (["x"],), "a.example, https://b.example", "has “https://b.example”"),
    ("hosts", (["x"],), "a.example:443", "without https://, port or path"),
    ("hosts", (["x"],), "*.a.example", "A leading dot stands for all names below."),
    ("address", ("http://x",), "https://a b", "a web address"),
    ("address", ("http://x",), "https://a:port", "a web address"),
    ("addresses", (["http://x"],), "https://a,ftp://b", "a list of web addresses"),
    ("file", (), "/nowhere/ca.pem", "the path of a file that can be read"),
    ("sender", ("a@b",), "Mobly", "an e-mail address"),
]
SECRET = [
    ("keys", f"{KEY},hunter2", "a list of Fernet keys"),
    ("pairs", "hunter2", "a list of name=secret"),
    ("database", "mysql://u:hunter2@h/name", "a Postgres address"),
    ("database", "postgresql://u:hunter2@h", "a Postgres address"),
    ("redis", "redis://:hunter2@cache:port/0", "a Redis address"),
    ("broker", "hunter2@rabbit", "amqp://…"),
    ("mail", "smtp://u:hunter2@", "a mail server"),
    ("mail", "post://u:hunter2@h", "a mail server"),
]


@pytest.mark.parametrize(("reader", "default", "text", "words"), BAD)
def test_a_wrong_value_is_named_with_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, reader: str, default: tuple[object, ...], text: str, words: str
) -> None:
    monkeypatch.setenv("A_SETTING", text)
    env = Environment()

    # The default stands in until all are read.
    assert getattr(env, reader)("A_SETTING", *default) == (default or ("",))[0]
    with pytest.raises(ImproperlyConfigured, match=r"^A_SETTING (is|has) ") as told:
        env.refuse_what_is_wrong()
    assert words in str(told.value)


@pytest.mark.parametrize(("reader", "text", "words"), SECRET)
def test_a_wrong_value_that_holds_a_secret_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, reader: str, text: str, words: str
) -> None:
    monkeypatch.setenv("A_SETTING", text)
    env = Environment()
    default = {"keys": {"stand_in": [KEY]}, "pairs": {}, "database": {"default": "postgres:///x"}}
    getattr(env, reader)("A_SETTING", **default.get(reader, {"default": "consolemail://"}))

    (sentence,) = env.wrong
    assert sentence.startswith("A_SETTING is not understood; it must be ")
    assert words in sentence
    assert "hunter2" not in sentence
