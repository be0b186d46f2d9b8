import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mobly_sync.terminal_run import TerminalRun, data_folder
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
    with data_folder() as path:
        yield path


@pytest.fixture
def up(folder) -> Iterator[Callable[..., TerminalRun]]:
    """Run `manage.py up`, in the data folder of this test or in another's: `up("--no-sandbox", PORT="8001")`."""
    runs: list[TerminalRun] = []
    own = folder / "data"

    def start(*arguments: str, folder: Path = own, **environment: str) -> TerminalRun:
        runs.append(TerminalRun(folder, *arguments, **environment))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
