"""A server that answers what a test says, and keeps what it was asked: for answers no sandbox would give."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    method: str
    path: str
    body: Any
    headers: Mapping[str, str]


@dataclass
class Says:
    """One answer: a JSON value, or text as it is. `cut` sends half of the body and drops the line."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def payload(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Answering = Callable[[Asked], Says]


class Scripted:
    """Answers in turn, the last one for ever; or by a function of the request."""

    def __init__(self, *answers: Says | Answering) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    body = json.loads(raw)
                except ValueError:
                    body = raw.decode()
                asked = Asked(self.command, self.path, body, dict(self.headers.items()))
                outer.asked.append(asked)
                outer._answer(self, asked)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        says = answer if isinstance(answer, Says) else answer(asked)
        payload = says.payload
        handler.send_response(says.status)
        kind = "text/html" if isinstance(says.body, str) else "application/json;charset=utf-8"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(payload)), **says.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(payload[: len(payload) // 2] if says.cut else payload)
        handler.close_connection = handler.close_connection or says.cut

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
