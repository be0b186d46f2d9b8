"""A server of plain sockets that does exactly what a test says, as no polite server would."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Connection:
    """One accepted connection. `request()` reads one whole request; b"" means the client is gone."""

    sock: socket.socket
    number: int
    _rest: bytes = b""

    def request(self) -> bytes:
        data = self._rest
        while b"\r\n\r\n" not in data:
            more = self.sock.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += self.sock.recv(65536)
        self._rest = body[length:]
        return head + b"\r\n\r\n" + body[:length]

    def answer(
        self, body: bytes = b"{}", *, status: str = "200 OK", headers: str = "", length: int | None = None
    ) -> None:
        size = len(body) if length is None else length
        self.sock.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body)

    def reset(self) -> None:
        """Close with RST, as a crashed process or a firewall does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


@dataclass
class WireServer:
    """Runs `script(connection)` in a thread for each connection; `requests` are the raw requests read so far."""

    script: Callable[["WireServer", Connection], None]
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def read(self, connection: Connection) -> bytes:
        request = connection.request()
        if request:
            self.requests.append(request)
        return request

    def stop(self) -> None:
        self._listener.close()
        for sock in self._open:
            sock.close()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            threading.Thread(target=self._run, args=(Connection(sock, self.connections),), daemon=True).start()

    def _run(self, connection: Connection) -> None:
        # A client that goes away in the middle is what some tests are about.
        with contextlib.suppress(OSError):
            self.script(self, connection)
