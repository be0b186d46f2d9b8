"""Serving vendors over HTTP/1.1 with keep-alive, each on its own port of this machine."""

from __future__ import annotations

import datetime
import errno
import fcntl
import importlib
import io
import ipaddress
import json
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .store import Store
from .vendor import ConnectionCut, Vendor

HOST = "127.0.0.1"
VENDORS = {
    "salesforce": ("integrations.sandbox.salesforce.vendor", "Salesforce"),
    "hubspot": ("integrations.sandbox.hubspot.vendor", "HubSpot"),
    "pipedrive": ("integrations.sandbox.pipedrive.vendor", "Pipedrive"),
    "zoho": ("integrations.sandbox.zoho.vendor", "Zoho"),
}
PORTS = {"salesforce": 8801, "hubspot": 8802, "pipedrive": 8803, "zoho": 8804}


class SandboxRefused(Exception):
    """The sandbox cannot start; the text is a sentence for a person."""


class Handler(WSGIRequestHandler):
    """Werkzeug's handler closes after each answer; clients of the vendors keep their connections."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit():
            self.close_connection = True
            self.send_error(400)
            return
        source = environ["wsgi.input"]
        # The body is always read whole: what is left of it would be taken for the next request.
        body = source.read() if environ.get("wsgi.input_terminated") else source.read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        try:
            self._answer(environ)
        except ConnectionCut:
            self._drop()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            self.close_connection = True

    def _answer(self, environ: dict[str, Any]) -> None:
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            head[:] = [status, headers]
            return None

        pieces = self.server.app(environ, start_response)
        status, headers = head
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        declared = None
        for name, value in headers:
            if name.lower() == "content-length":
                declared = int(value)
            self.send_header(name, value)
        bodiless = environ["REQUEST_METHOD"] == "HEAD" or code in ("204", "304")
        data = b""
        if declared is None and not bodiless:
            data = b"".join(pieces)
            declared = len(data)
            self.send_header("Content-Length", str(declared))
            pieces = (data,)
        sent = self._send(pieces, bodiless)
        if not bodiless and declared is not None and sent < declared:
            self._drop()

    def _send(self, pieces: Iterable[bytes], bodiless: bool) -> int:
        head = [*getattr(self, "_headers_buffer", []), b"\r\n"]
        self._headers_buffer: list[bytes] = []
        pending, sent = b"".join(head), 0
        for piece in pieces:
            if bodiless:
                break
            self.wfile.write(pending + piece)
            pending = b""
            sent += len(piece)
        if pending:
            self.wfile.write(pending)
        return sent

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The Requests page of the sandbox shows the calls; the terminal stays quiet."""


class _Server(ThreadedWSGIServer):
    daemon_threads = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def drop_all(self) -> None:
        """A stopped vendor must not go on answering on kept connections."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class SandboxServer:
    """One vendor on one port.

    >>> server = SandboxServer(Salesforce(Store()))       # port 0: any free one
    >>> base_url = server.start()
    >>> server.stop()

    With `tls`, `certificate` is the path of the self-signed certificate to trust.
    """

    def __init__(self, vendor: Vendor, port: int = 0, tls: bool = False) -> None:
        self.vendor, self.port, self.tls = vendor, port, tls
        self.certificate: Path | None = None
        self.base_url = ""
        self._server: _Server | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> str:
        """Serve in a thread and return the base URL. Raises `SandboxRefused` when the port is taken."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, self.port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise SandboxRefused(
                    f"Port {self.port} for {self.vendor.label} is taken or not allowed. "
                    "Stop what runs there, or choose other ports with --port-base."
                ) from error
            raise
        context = self._tls_files() if self.tls else None
        self._server = _Server(HOST, self.port, self.vendor, Handler, ssl_context=context, fd=listener.fileno())
        listener.close()
        self.port = self._server.port
        self.base_url = f"{'https' if self.tls else 'http'}://{HOST}:{self.port}"
        self.vendor.base_url = self.base_url
        name = f"sandbox-{self.vendor.name}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name=name, daemon=True).start()
        return self.base_url

    def stop(self) -> None:
        """Stop answering, close every connection and the store."""
        if self._server is not None:
            self._server.shutdown()
            self._server.drop_all()
            self._server = None
        self.vendor.store.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> SandboxServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _tls_files(self) -> tuple[str, str]:
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-tls-")
        self.certificate = Path(self._folder.name, "certificate.pem")
        key_path = Path(self._folder.name, "key.pem")
        write_certificate(self.certificate, key_path)
        return str(self.certificate), str(key_path)


def write_certificate(certificate_path: Path, key_path: Path) -> None:
    """A self-signed certificate for localhost and 127.0.0.1, good for thirty days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def build_vendor(name: str, data_dir: Path | str | None = None) -> Vendor:
    """The vendor by its name, with its records under `data_dir` (None: in memory only)."""
    module_name, class_name = VENDORS[name]
    vendor_class = getattr(importlib.import_module(module_name), class_name)
    return vendor_class(Store(Path(data_dir, f"{name}.sqlite3") if data_dir is not None else None))


def run(
    names: Iterable[str] | None = None,
    data_dir: Path | str | None = None,
    ports: Mapping[str, int] | None = None,
    tls: bool = False,
    as_json: bool = False,
    stop: threading.Event | None = None,
    out: IO[str] | None = None,
) -> int:
    """Serve the vendors until Ctrl-C, SIGTERM or `stop`; returns the exit code.

    `as_json` prints one JSON object, vendor -> url and credentials, as soon as all of them answer.
    """
    out = out or sys.stdout
    data_dir = Path(data_dir or os.environ.get("SANDBOX_DATA") or ".data/sandbox")
    stop = stop or _stop_on_signals()
    servers: list[SandboxServer] = []
    locks: list[IO[str]] = []
    try:
        for name in names or VENDORS:
            locks.append(_claim(data_dir, name))
            server = SandboxServer(build_vendor(name, data_dir), {**PORTS, **(ports or {})}[name], tls)
            server.start()
            servers.append(server)
        _announce(servers, as_json, out)
        stop.wait()
    except SandboxRefused as refused:
        say(str(refused), sys.stderr)
        return 1
    except OSError as error:
        say(f"The sandbox cannot keep its data in {data_dir}: {error.strerror}.", sys.stderr)
        return 1
    finally:
        for server in servers:
            server.stop()
        for lock in locks:
            lock.close()
    return 0


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _claim(data_dir: Path, name: str) -> IO[str]:
    """Two sandboxes over the same data would overwrite each other; the lock dies with its process."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = open(data_dir / f"{name}.lock", "w")  # noqa: SIM115 (held as long as the sandbox runs)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise SandboxRefused(
            f"Another sandbox uses {data_dir / name}. Stop it, or choose another folder with --data."
        ) from error
    return lock


def _announce(servers: list[SandboxServer], as_json: bool, out: IO[str]) -> None:
    if as_json:
        answer = {s.vendor.name: {"url": s.base_url, **s.vendor.credentials()} for s in servers}
        for server in servers:
            if server.certificate:
                answer[server.vendor.name]["certificate"] = str(server.certificate)
        say(json.dumps(answer), out)
        return
    for server in servers:
        pages = f"{server.base_url}/_sandbox/"
        say(f"{server.vendor.label} answers at {server.base_url}, its records are at {pages}.", out)


def say(sentence: str, out: IO[str]) -> None:
    out.write(sentence + "\n")
    out.flush()
