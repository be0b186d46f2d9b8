"""The one way out: every request to a vendor goes through a `Session` of this module.

A session goes only to the hosts it was given, follows no redirect, keeps no cookie, reads no proxy or netrc from the
environment, reads no more than it was allowed and waits no longer than it was told, even when a server sends one byte a
second. Its failures say the one thing exactly-once delivery has to know:

* `NotSent`   the request certainly was not processed: no connection, or the request did not leave this machine whole;
* `NoAnswer`  the request left this machine and no whole answer came back: it may have been processed.

Knows no Django: providers import it, and the limits come from settings by `configure` when the apps are ready.
"""

import ipaddress
import json as jsonlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn
from urllib.parse import urlencode

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import LocationParseError

from mobly_sync import points
from mobly_sync.connection import Call, RefusedPeer, WatchedAdapter, on_this_call
from mobly_sync.exchange import Exchange
from mobly_sync.redaction import REDACTED, redact

__all__ = [
    "REDACTED", "Answer", "AnswerTooLarge", "Exchange", "Failure", "HostRefused", "Limits", "NoAnswer", "NotSent",
    "Session", "UnreadableAnswer", "configure", "redact",
]  # fmt: skip

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """How long and how much. Seconds and bytes."""

    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    # The whole call, however the bytes drip in.
    deadline: float = 120.0
    max_bytes: int = 32 * 1024 * 1024
    # A PEM file of certificate authorities to trust instead of the public ones.
    ca_bundle: str = ""


_limits = Limits()


def configure(limits: Limits) -> None:
    """Set the limits of every session made from now on that does not name its own."""
    global _limits  # noqa: PLW0603 -- process-wide by intention, written once at start
    _limits = limits


class Failure(Exception):
    """A call without a usable answer. `exchange` is what happened, redacted; None if nothing was attempted."""

    def __init__(self, message: str, exchange: Exchange | None = None) -> None:
        super().__init__(message)
        self.exchange = exchange


class HostRefused(Failure):
    """The address is not one this session may speak to. Nothing was sent; trying again is of no use."""


class NotSent(Failure):
    """The request was certainly not processed: unknown name, refused or timed-out connection, TLS failure."""


class NoAnswer(Failure):
    """The request left, and no whole answer came: time-out, reset, a cut or broken body. It may have been processed."""


class AnswerTooLarge(NoAnswer):
    """The answer is larger than allowed; what it said is unknown."""


class UnreadableAnswer(Failure):
    """An answer arrived, but it is not what its reader needs (HTML where JSON was due). `answer` has it."""

    def __init__(self, message: str, answer: "Answer") -> None:
        super().__init__(message, answer.exchange)
        self.answer = answer


@dataclass(frozen=True, eq=False)
class Answer:
    """What came back, whole and decompressed. Redirects are answers too: nobody follows them."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes
    exchange: Exchange

    @property
    def text(self) -> str:
        match = re.search(r"charset=\"?([\w.:-]+)", self.headers.get("Content-Type", ""), re.I)
        try:
            return self.body.decode(match[1] if match else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises `UnreadableAnswer`."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.get("Content-Type", "no content type").partition(";")[0]
            raise UnreadableAnswer(f"The answer ({self.status}, {kind}) is not JSON.", self) from error

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, from `Retry-After` in either of its forms; None if the server did not say."""
        said = self.headers.get("Retry-After", "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", said):
            return float(said)
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return None
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())

    def __repr__(self) -> str:
        return f"<Answer {self.status}, {len(self.body)} bytes>"


class Session:
    """Connections, kept alive, to the hosts of one vendor.

    `allowed_hosts`: exact names, or `.suffix` for all names below it, or `*` for every public host. Plain http and
    literal addresses need the exact name. `recorder` is called with the `Exchange` of every call, failed ones too.
    `guard` is asked before every call; what it raises goes to the caller, and nothing is sent.
    Time-outs are seconds; what is not given comes from `configure`. Not for use by several threads at once.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Sequence[str],
        recorder: Callable[[Exchange], None] | None = None,
        guard: Callable[[], None] | None = None,
        connect_timeout: float | None = None,
        read_timeout: float | None = None,
        max_bytes: int | None = None,
        deadline: float | None = None,
    ) -> None:
        self.allowed_hosts = tuple(host.lower().rstrip(".") for host in allowed_hosts)
        self.recorder = recorder
        self.guard = guard
        given: dict[str, Any] = {
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "max_bytes": max_bytes,
            "deadline": deadline,
        }
        self.limits = replace(_limits, **{name: value for name, value in given.items() if value is not None})
        self._requests = requests.Session()
        self._requests.trust_env = False  # a netrc entry would overwrite the Authorization header
        self._requests.headers["User-Agent"] = "mobly-sync"
        self._requests.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = WatchedAdapter()
        self._requests.mount("http://", adapter)
        self._requests.mount("https://", adapter)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._requests.close()

    def another(self) -> "Session":
        """One more session with the same hosts, limits, recorder and guard: for a thread of its own."""
        made = Session(allowed_hosts=self.allowed_hosts, recorder=self.recorder, guard=self.guard)
        made.limits = self.limits
        return made

    def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        data: str | bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        bearer: str | None = None,
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status.

        Raises `HostRefused`, `NotSent`, `NoAnswer`, `AnswerTooLarge`.
        """
        prepared = self._prepare(method, url, _body(json, form, data), params, dict(headers or {}), bearer)
        url = prepared.url or ""
        call = Call(self.limits.read_timeout, self.limits.deadline, lambda peer: self._refuse_private(url, peer))
        exchange = Exchange.of(prepared)
        if self.guard:
            self.guard()
        started = time.monotonic()
        try:
            answer = self._send(prepared, call, exchange)
        except Failure as failure:
            exchange.failed(str(failure), time.monotonic() - started)
            failure.exchange = exchange
            self._record(exchange)
            raise
        exchange.milliseconds = round((time.monotonic() - started) * 1000)
        self._record(exchange)
        points.reached(points.ANSWERED)
        return answer

    def _record(self, exchange: Exchange) -> None:
        if self.recorder:
            self.recorder(exchange)

    def _prepare(
        self,
        method: str,
        url: str,
        body: tuple[bytes | None, str],
        params: Mapping[str, Any] | None,
        headers: dict[str, str],
        bearer: str | None,
    ) -> requests.PreparedRequest:
        content, kind = body
        sent: CaseInsensitiveDict[str] = CaseInsensitiveDict(headers)
        if kind:
            sent.setdefault("Content-Type", kind)
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        try:
            prepared = self._requests.prepare_request(
                requests.Request(method.upper(), url, params=dict(params or {}), data=content, headers=dict(sent))
            )
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
            raise HostRefused(f"{redact(url)} is not a complete web address.") from error
        self._check_address(prepared.url or "")
        return prepared

    def _check_address(self, url: str) -> None:
        """Raises `HostRefused`. Reads the very text that is sent with the very parser that sends it."""
        try:
            address = urllib3.util.parse_url(url)
        except LocationParseError as error:
            raise HostRefused(f"{redact(url)} is not a complete web address.") from error
        host = (address.host or "").lower().rstrip(".").strip("[]")
        if address.scheme not in ("http", "https") or not host:
            raise HostRefused(f"{redact(url)} is not a web address.")
        if address.auth:
            raise HostRefused(f"The address of {host} carries a user name; it was not used.")
        if host in self.allowed_hosts:
            return
        if _literal(host):
            raise HostRefused(f"{host} is not one of the hosts this integration may speak to.")
        by_suffix = any(allowed.startswith(".") and host.endswith(allowed) for allowed in self.allowed_hosts)
        if not by_suffix and "*" not in self.allowed_hosts:
            raise HostRefused(f"{host} is not one of the hosts this integration may speak to.")
        if address.scheme != "https":
            raise HostRefused(f"{host} is only spoken to over https.")

    def _refuse_private(self, url: str, peer: str) -> None:
        """With `*`, a public name that leads into our own network is refused once its address is known."""
        host = (urllib3.util.parse_url(url).host or "").lower().rstrip(".").strip("[]")
        listed = host in self.allowed_hosts or any(a.startswith(".") and host.endswith(a) for a in self.allowed_hosts)
        if not listed and not ipaddress.ip_address(peer.partition("%")[0]).is_global:
            raise RefusedPeer(f"{host} leads to {peer}, which is not a public address.")

    def _send(self, prepared: requests.PreparedRequest, call: Call, exchange: Exchange) -> Answer:
        try:
            return self._send_once(prepared, call, exchange)
        except NotSent:
            # Closed by the server while it was idle, noticed while sending: it cannot have been processed.
            if not call.reused:
                raise
            self._requests.close()
            return self._send_once(prepared, call.again(), exchange)

    def _send_once(self, prepared: requests.PreparedRequest, call: Call, exchange: Exchange) -> Answer:
        limits = self.limits
        with on_this_call(call):
            try:
                response = self._requests.send(
                    prepared,
                    stream=True,
                    allow_redirects=False,
                    timeout=(limits.connect_timeout, limits.read_timeout),
                    verify=limits.ca_bundle or True,
                )
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, RefusedPeer) as error:
                _explain(error, prepared, call)
        try:
            body = self._read(response)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            exchange.answered(response.status_code, response.headers, b"")
            response.close()
            _explain(error, prepared, call)
        except AnswerTooLarge:
            exchange.answered(response.status_code, response.headers, b"")
            response.close()
            raise
        exchange.answered(response.status_code, response.headers, body)
        return Answer(response.status_code, response.headers, body, exchange)

    def _read(self, response: requests.Response) -> bytes:
        limit = self.limits.max_bytes
        body = bytearray()
        for chunk in response.raw.stream(CHUNK, decode_content=True):
            body += chunk
            if len(body) > limit:
                raise AnswerTooLarge(f"The answer is larger than {limit} bytes.")
        return bytes(body)


def _body(json: Any, form: Mapping[str, Any] | None, data: str | bytes | None) -> tuple[bytes | None, str]:
    if sum(part is not None for part in (json, form, data)) > 1:
        raise ValueError("A request has one body: json, form or data.")
    if json is not None:
        return jsonlib.dumps(json, allow_nan=False).encode(), "application/json"
    if form is not None:
        return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    return (data.encode() if isinstance(data, str) else data), ""


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _explain(error: Exception, prepared: requests.PreparedRequest, call: Call) -> NoReturn:
    """Raise the failure this error means, in words."""
    host = urllib3.util.parse_url(prepared.url or "").host or "The server"
    causes = [error, *_below(error)]
    for cause in causes:
        if isinstance(cause, RefusedPeer):
            raise HostRefused(str(cause)) from error
    if not call.whole:
        raise NotSent(_why_not_sent(host, causes)) from error
    if any(isinstance(cause, urllib3.exceptions.ReadTimeoutError | TimeoutError) for cause in causes):
        raise NoAnswer(f"{host} took the request but did not answer in time.") from error
    if any(isinstance(cause, urllib3.exceptions.DecodeError) for cause in causes):
        raise NoAnswer(f"{host} answered with a body that cannot be decompressed.") from error
    raise NoAnswer(f"{host} cut the connection after the request was sent.") from error


def _why_not_sent(host: str, causes: list[BaseException]) -> str:
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (urllib3.exceptions.NameResolutionError, f"The name {host} is not known."),
        (urllib3.exceptions.SSLError, f"No secure connection to {host}: its certificate or TLS was not accepted."),
        (ConnectionRefusedError, f"{host} refused the connection."),
    )
    for kind, words in kinds:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    # Not isinstance: urllib3 makes every failed connection a kind of time-out.
    if any(type(cause) is urllib3.exceptions.ConnectTimeoutError for cause in causes):
        return f"{host} did not accept a connection in time."
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return f"{host} did not take the request in time."
    return f"{host} could not be reached."


def _below(error: BaseException, depth: int = 8) -> list[BaseException]:
    """The errors an error carries: its cause, its context, its arguments and urllib3's `reason`."""
    if depth == 0:
        return []
    inner = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
    found = [item for item in inner if isinstance(item, BaseException)]
    return found + [deeper for item in found for deeper in _below(item, depth - 1)]
