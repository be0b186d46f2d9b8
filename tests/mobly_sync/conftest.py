from collections.abc import Callable, Iterator

import pytest

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
