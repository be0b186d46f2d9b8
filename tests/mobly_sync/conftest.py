import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mobly_sync.terminal_run import TerminalRun
from tests.mobly_sync.wire import Connection, WireServer

Script = Callable[[WireServer, Connection], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Script], WireServer]]:
    """Start a server that follows a script for each connection: `server = serve(script)`."""
    servers: list[WireServer] = []

    def start(script: Script) -> WireServer:
        servers.append(WireServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder another user may enter: run by root, Postgres is nobody, and pytest keeps it out of `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="mobly-data-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture
def up(folder) -> Iterator[Callable[..., TerminalRun]]:
    """Run `manage.py up` with the data folder of this test: `up("--no-sandbox", PORT="8001")`."""
    runs: list[TerminalRun] = []

    def start(*arguments: str, **environment: str) -> TerminalRun:
        runs.append(TerminalRun(folder / "data", *arguments, **environment))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
