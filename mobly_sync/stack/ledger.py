"""Who was started from a data folder, so that the next start can clear away what a killed one left behind."""

import contextlib
import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from mobly_sync.stack.processes import Child


def remember(data_dir: Path, children: Iterable[Child], **where: Any) -> None:
    """Write down what runs, and `where` it answers. A process is its number and its birth: numbers are used again."""
    entries = []
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            entries.append({"name": child.name, "pid": child.pid, "born": psutil.Process(child.pid).create_time()})
    text = json.dumps({"pid": os.getpid(), **where, "processes": entries})
    _file(data_dir).write_text(text)


def forget(data_dir: Path) -> None:
    _file(data_dir).unlink(missing_ok=True)


def sweep(data_dir: Path) -> None:
    """End what an earlier start left running. Only for the holder of the stack's lock."""
    for entry in read(data_dir).get("processes", []):
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            process = psutil.Process(entry["pid"])
            if abs(process.create_time() - entry["born"]) < 1:
                os.killpg(entry["pid"], signal.SIGTERM)
                with contextlib.suppress(psutil.TimeoutExpired):
                    process.wait(5)
                os.killpg(entry["pid"], signal.SIGKILL)
    forget(data_dir)


def already_running(data_dir: Path) -> str:
    found = read(data_dir)
    where = f" at {found['address']}" if found.get("address") else ""
    holder = (data_dir / "stack.lock").read_text().strip()
    return f"mobly_sync already runs from {data_dir}{where} (process {holder}): stop it first, or set another DATA_DIR."


def read(data_dir: Path) -> dict[str, Any]:
    """What was written down; empty when nothing was, when it was cut off in the middle or cannot be read."""
    try:
        found: dict[str, Any] = json.loads(_file(data_dir).read_text())
    except (OSError, ValueError):
        return {}
    return found


def _file(data_dir: Path) -> Path:
    return data_dir / "stack.json"
