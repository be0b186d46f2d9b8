"""Settings from the environment, each value checked as it is read: what is wrong is told by its name, in a sentence.

    env = Environment()
    HTTP_READ_TIMEOUT = env.number("HTTP_READ_TIMEOUT", 60.0, above=0)
    env.refuse_what_is_wrong()

Nothing is raised before the end, so that one start tells all that is wrong. Until then the default stands in. Of values
that are secrets, or hold one, the sentence shows nothing.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Collection, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

_YES, _NO = ("true", "on", "ok", "y", "yes", "1"), ("false", "off", "no", "n", "0", "")
# A name, a suffix of names, every host, or an address of IPv4 or IPv6; never a scheme, a port or a path.
_HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[?[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*\]?", re.I)
_BROKERS = ("redis", "rediss", "redis+socket", "unix", "sentinel", "amqp", "amqps", "pyamqp")
_POSTGRES = "a Postgres address like postgresql://user:password@host/name, special characters of the password escaped"
_REDIS = "a Redis address like redis://host:6379/0, rediss://… or unix:///path?db=0"
_BROKER = "an address like redis://host:6379/0, sentinel://… for Redis Sentinel or amqp://… for RabbitMQ"
_MAIL = "a mail server like smtp+tls://user:password@host:587"
_PAIRS = "a list of name=secret, separated by commas"
_KEYS = "a list of Fernet keys, newest first: 32 random bytes each, in URL-safe base64, separated by commas"


class Environment(environ.Env):
    """The variables of the process, and of `.env` once `read_env` was called.

    Every reader takes the variable's name and its default; `wrong` are the sentences about those that cannot be used.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        # Every name that was asked for, set or not.
        self.asked: set[str] = set()

    def refuse_what_is_wrong(self) -> None:
        """Raises `ImproperlyConfigured`, a line for each wrong value."""
        if self.wrong:
            raise ImproperlyConfigured("\n".join(self.wrong))

    def refuse(self, sentence: str) -> None:
        self.wrong.append(sentence)

    def needed(self, name: str, *, stand_in: str) -> str:
        """A text that production must set; elsewhere `stand_in`, which is empty in production."""
        text = self._said(name) or stand_in
        if not text:
            self.refuse(f"{name} is not set. Production (DEBUG=false) needs one of its own.")
        return text

    def text(self, name: str, default: str) -> str:
        text = self._said(name)
        return default if text is None else text

    def flag(self, name: str, default: bool) -> bool:
        return self._read(name, default, _flag, "true or false")

    def whole(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        def read(text: str) -> int:
            return _within(int(text), least <= int(text) and (most is None or int(text) <= most))

        upto = f"from {least} to {most}" if most is not None else f"of at least {least}"
        return self._read(name, default, read, f"a whole number {upto}")

    def number(self, name: str, default: float, *, above: float | None = None, most: float | None = None) -> float:
        """At least 0; with `above`, more than that."""

        def read(text: str) -> float:
            value = float(text)
            low = value >= 0 if above is None else value > above
            return _within(value, low and math.isfinite(value) and (most is None or value <= most))

        bounds = [f"above {above:g}" if above is not None else "of at least 0", f"at most {most:g}" if most else ""]
        return self._read(name, default, read, f"a number {' and '.join(filter(None, bounds))}")

    def one_of(self, name: str, default: str, choices: Collection[str]) -> str:
        """Without regard to case."""
        known = {choice.lower(): choice for choice in choices}
        return self._read(name, default, lambda text: known[text.lower()], f"one of {', '.join(choices)}")

    def shaped(self, name: str, default: str, shape: str) -> str:
        """A text of a shape that the default shows."""

        def read(text: str) -> str:
            return _within(text, re.fullmatch(shape, text) is not None)

        return self._read(name, default, read, f"written like {default}")

    def listed(self, name: str, default: Sequence[str]) -> list[str]:
        text = self._said(name)
        return list(default) if text is None else _parts(text)

    def hosts(self, name: str, default: Sequence[str]) -> list[str]:
        for part in self.listed(name, ()):
            if not _HOST.fullmatch(part):
                self.refuse(
                    f"{name} has “{part}”; it must be names of hosts alone, without https://, port or path. "
                    "A leading dot stands for all names below."
                )
                return list(default)
        return self.listed(name, default)

    def address(self, name: str, default: str) -> str:
        """A web address, without a slash at its end."""
        return self._read(name, default, _web_address, "a web address like https://mobly.example").rstrip("/")

    def addresses(self, name: str, default: Sequence[str]) -> list[str]:
        def read(text: str) -> list[str]:
            return [_web_address(part).rstrip("/") for part in _parts(text)]

        return self._read(
            name, list(default), read, "a list of web addresses like https://mobly.example, separated by commas"
        )

    def file(self, name: str) -> str:
        """The path of a file that is there; empty when none is set."""

        def read(text: str) -> str:
            return _within(text, not text or Path(text).is_file())

        return self._read(name, "", read, "the path of a file that can be read")

    def time_zone(self, name: str, default: str) -> str:
        return self._read(name, default, lambda text: ZoneInfo(text).key, "a time zone like Europe/Oslo")

    def sender(self, name: str, default: str) -> str:
        def read(text: str) -> str:
            return _within(text, "@" in parseaddr(text)[1])

        return self._read(name, default, read, "an e-mail address, or Name <address>")

    # -- secrets, or what holds one

    def keys(self, name: str, *, stand_in: Sequence[str]) -> list[str]:
        """Fernet keys that production must set; elsewhere `stand_in`, which is empty in production."""
        if not self._said(name):
            if not stand_in:
                self.refuse(f"{name} is not set. Production (DEBUG=false) needs {_KEYS}.")
            return list(stand_in)
        return self._read(name, list(stand_in), lambda text: [_key(part) for part in _parts(text)], _KEYS, secret=True)

    def pairs(self, name: str) -> dict[str, str]:
        def read(text: str) -> dict[str, str]:
            return {key.strip(): value.strip() for key, _, value in map(_pair, _parts(text))}

        return self._read(name, {}, read, _PAIRS, secret=True)

    def database(self, name: str, default: str) -> dict[str, Any]:
        """As an entry of `DATABASES`."""
        return self._read(name, _database(default), _database, _POSTGRES, secret=True)

    def redis(self, name: str, default: str) -> str:
        return self._read(name, default, _redis, _REDIS, secret=True)

    def broker(self, name: str, default: str) -> str:
        def read(text: str) -> str:
            return _within(text, "://" in text and text.partition("://")[0].lower() in _BROKERS)

        return self._read(name, default, read, _BROKER, secret=True)

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """As the settings of Django's e-mail."""
        return self._read(name, _mail(default), _mail, _MAIL, secret=True)

    # --

    def get_value(self, var: str, *how: Any, **more: Any) -> Any:
        self.asked.add(var)
        return super().get_value(var, *how, **more)

    def _said(self, name: str) -> str | None:
        self.asked.add(name)
        text = self.ENVIRON.get(name)
        return None if text is None else str(text).strip()

    def _read(self, name: str, default: T, read: Callable[[str], T], must: str, *, secret: bool = False) -> T:
        text = self._said(name)
        if text is None:
            return default
        try:
            return read(text)
        except (ValueError, KeyError, OSError, ImproperlyConfigured):
            held = "not understood" if secret and text else f"“{text[:200]}”" if text else "empty"
            self.refuse(f"{name} is {held}; it must be {must}.")
            return default


def _within(value: T, fits: bool) -> T:
    if not fits:
        raise ValueError
    return value


def _flag(text: str) -> bool:
    return _within(text.lower() in _YES, text.lower() in (*_YES, *_NO))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    whole = bool(parts.hostname) and not (parts.query or parts.fragment) and not re.search(r"\s", text)
    # Reading a port that is none raises.
    return _within(text, parts.scheme in ("http", "https") and whole and parts.port != 0)


def _key(text: str) -> str:
    return _within(text, len(base64.urlsafe_b64decode(text)) == 32)


def _pair(text: str) -> tuple[str, str, str]:
    found = text.partition("=")
    return _within(found, bool(found[0].strip() and found[1]))


def _database(text: str) -> dict[str, Any]:
    _within(text, text.partition("://")[0] in ("postgres", "postgresql", "psql", "pgsql"))
    found: dict[str, Any] = environ.Env.db_url_config(text)
    return _within(found, bool(found.get("NAME")))


def _redis(text: str) -> str:
    parts = urlsplit(text)
    place = parts.path.strip("/")
    there = bool(place) if parts.scheme == "unix" else bool(parts.hostname) and (not place or place.isdecimal())
    return _within(text, parts.scheme in ("redis", "rediss", "unix") and there and parts.port != 0)


def _mail(text: str) -> dict[str, Any]:
    found: dict[str, Any] = environ.Env.email_url_config(text)
    return _within(found, not text.startswith("smtp") or bool(found.get("EMAIL_HOST")))
