"""What urllib3 does not tell: whether a request left whole, over a fresh or a kept connection, and when time is up.

Two small additions to its connections. Sending is watched, because "not sent" and "sent, no answer" are different
things for a create. Reading is held against one deadline for the whole call, because a time-out per read never ends
for a server that drips.
"""

import http.client
import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

# A connection idle for longer is not used again: the closer to the server's own limit, the likelier it closes under us,
# and then nobody knows whether the request arrived.
IDLE_SECONDS = 15.0


class RefusedPeer(Exception):
    """The address a name led to is one we do not speak to."""


@dataclass
class Call:
    """One request on its way. `whole`: the network took all of it. `reused`: on a connection kept from before."""

    read_timeout: float
    deadline: float
    check_peer: Callable[[str], None]
    whole: bool = False
    reused: bool = False
    started: float = field(default_factory=time.monotonic)

    def again(self) -> "Call":
        return replace(self, whole=False, reused=False)

    def seconds_left(self) -> float:
        return self.started + self.deadline - time.monotonic()


_this_call: ContextVar[Call] = ContextVar("this_call")


@contextmanager
def on_this_call(call: Call) -> Iterator[None]:
    token = _this_call.set(call)
    try:
        yield
    finally:
        _this_call.reset(token)


class DeadlineReader(io.RawIOBase):
    """The bytes of one answer; every read waits for the read time-out or for what is left of the call, the shorter."""

    def __init__(self, raw: Any, sock: socket.socket, call: Call) -> None:
        self._raw, self._sock, self._call = raw, sock, call

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def readinto(self, buffer: Any) -> int | None:
        left = self._call.seconds_left()
        if left <= 0:
            raise TimeoutError("The answer took longer than the whole call may take.")
        self._sock.settimeout(min(self._call.read_timeout, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(DeadlineReader(self.fp.detach(), sock, _this_call.get()))


class _Watched:
    """Mixed into both kinds of connection."""

    sock: Any
    _last_used = 0.0

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        try:
            _this_call.get().check_peer(sock.getpeername()[0])
        except RefusedPeer:
            sock.close()
            raise
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        call = _this_call.get()
        if self.sock is not None and self._last_used and time.monotonic() - self._last_used > IDLE_SECONDS:
            self.close()  # type: ignore[attr-defined]
        call.reused = self.sock is not None and bool(self._last_used)
        if self.sock is not None:
            self._give_time_to_send(call)
        super().request(*args, **kwargs)  # type: ignore[misc]
        call.whole = True
        self._last_used = time.monotonic()

    def connect(self) -> None:
        self._last_used = 0.0
        super().connect()  # type: ignore[misc]
        self._give_time_to_send(_this_call.get())

    def _give_time_to_send(self, call: Call) -> None:
        """urllib3 would send under the connection's time-out, which is too short for a large batch on a slow line."""
        self.sock.settimeout(max(0.001, min(call.read_timeout, call.seconds_left())))


class WatchedHTTPConnection(_Watched, HTTPConnection):
    response_class = DeadlineResponse


class WatchedHTTPSConnection(_Watched, HTTPSConnection):
    response_class = DeadlineResponse


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = WatchedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = WatchedHTTPSConnection


class WatchedAdapter(HTTPAdapter):
    """The adapter of a `mobly_sync.http.Session`; it never retries by itself."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
