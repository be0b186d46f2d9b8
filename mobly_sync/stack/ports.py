"""Ports of this machine for servers that start a little later."""

import random
import socket

HOST = "127.0.0.1"
# Below the ports that Linux, macOS and Windows give to outgoing connections: one that is free now is not taken by a
# passing request before its server has started.
LOWEST, HIGHEST = 15_000, 32_767


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int = 1) -> int:
    """The first of `count` free ports in a row. Drawn at random, so that two who choose at one time choose apart."""
    while True:
        first = random.randint(LOWEST, HIGHEST - count)  # noqa: S311 -- nothing is kept secret by it
        if all(is_free(first + offset) for offset in range(count)):
            return first
