"""What the broker may do to a worker."""

from __future__ import annotations

from mobly_sync.celery import app


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
