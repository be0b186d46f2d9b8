"""A webhook as Slack runs it: takes JSON, answers in plain text; over real sockets."""

from __future__ import annotations

import json
from typing import Any

from tests.mobly_sync.wire import Connection, WireServer

SECRET = "T0HALDEN/B0FLOOR/kq3vVt9Yx1ZsP0uRw7LmAb2C"


class Slack:
    """`answers` are what the next posts get, one each: (status, body, headers) or None to hang up; then it is `ok`."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, bytes, str] | None] = []
        self._server = WireServer(self._serve)
        self.webhook = f"{self._server.url}/services/{SECRET}"

    @property
    def texts(self) -> list[str]:
        """What stands in the channel."""
        return [self._posted(request)["text"] for request in self._server.requests]

    def answer(self, status: str, body: bytes = b"", headers: str = "") -> None:
        self.answers.append((status, body, headers))

    def hang_up(self) -> None:
        self.answers.append(None)

    def stop(self) -> None:
        self._server.stop()

    def _serve(self, server: WireServer, connection: Connection) -> None:
        while server.read(connection):
            said = self.answers.pop(0) if self.answers else ("200 OK", b"ok", "")
            if said is None:
                connection.sock.close()
                return
            connection.answer(said[1], status=said[0], headers=said[2])

    @staticmethod
    def _posted(request: bytes) -> Any:
        return json.loads(request.partition(b"\r\n\r\n")[2])
