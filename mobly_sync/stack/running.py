"""The stack that runs from a data folder, for commands typed beside it in another terminal."""

import os
from pathlib import Path
from typing import TypedDict

from mobly_sync.stack import ledger


class Running(TypedDict, total=False):
    """Where it answers. Servers it did not start itself are not in here: their addresses may hold passwords."""

    address: str
    database_url: str
    redis_url: str
    sandbox_port: int


def running(data_dir: Path) -> Running:
    """Empty when nothing runs from there."""
    found = ledger.read(data_dir)
    if not _is_alive(found.get("pid", 0)):
        return {}
    return {key: found[key] for key in Running.__annotations__ if found.get(key)}  # type: ignore[return-value]


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
