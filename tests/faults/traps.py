"""Kill points between two programs: the fault program arms a trap, a worker process that passes the point springs it.

A trap lies in a folder both can reach, so that it survives whatever happens to Redis, Postgres and the workers. The
worker writes down that it is about to die before it does: what is counted as hit was hit.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Trap:
    """Springs when `point` is passed after `skip` more passages. `stall`: the process is stopped, not killed."""

    number: int
    point: str
    skip: int = 0
    stall: bool = False


@dataclass(frozen=True, slots=True)
class Sprung:
    """A worker's last word, or its last before a long sleep."""

    number: int
    point: str
    stall: bool
    pid: int
    at: float


class Traps:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._set = folder / "traps.json"
        self._said = folder / "sprung.jsonl"
        self._lock = folder / "traps.lock"
        self._numbers = 0

    # The fault program's side

    def arm(self, point: str, *, skip: int = 0, stall: bool = False) -> Trap:
        self._numbers += 1
        trap = Trap(self._numbers, point, skip, stall)
        with self._locked():
            self._write([*self._read(), trap])
        return trap

    def disarm(self) -> None:
        with self._locked():
            self._write([])

    def sprung(self) -> list[Sprung]:
        """Everything that happened so far, oldest first."""
        if not self._said.exists():
            return []
        return [Sprung(**json.loads(line)) for line in self._said.read_text().splitlines()]

    def wake(self) -> None:
        """Let the stalled processes go on."""
        for entry in self.sprung():
            if entry.stall:
                wake(entry.pid)

    # The worker's side

    def passed(self, point: str) -> None:
        """The listener of `mobly_sync.points`. Does not return when a trap that kills springs."""
        if not self._set.exists():
            return
        with self._locked():
            traps = self._read()
            trap = next((entry for entry in traps if entry.point == point), None)
            if trap is None:
                return
            others = [entry for entry in traps if entry is not trap]
            if trap.skip:
                self._write([*others, Trap(trap.number, trap.point, trap.skip - 1, trap.stall)])
                return
            self._write(others)
            said = Sprung(trap.number, point, trap.stall, os.getpid(), time.time())
            with self._said.open("a") as file:
                file.write(json.dumps(asdict(said)) + "\n")
        os.kill(os.getpid(), signal.SIGSTOP if trap.stall else signal.SIGKILL)

    # Between them

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """A dead process holds nothing: the kernel lets go of its lock."""
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read(self) -> list[Trap]:
        return [Trap(**entry) for entry in json.loads(self._set.read_text())] if self._set.exists() else []

    def _write(self, traps: list[Trap]) -> None:
        if not traps:
            self._set.unlink(missing_ok=True)
            return
        fresh = self._set.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(trap) for trap in traps]))
        fresh.replace(self._set)


def wake(pid: int) -> None:
    """Let a stopped process go on, if it is one of ours and still there."""
    try:
        if b"tests.faults.worker_app" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGCONT)
    except (FileNotFoundError, ProcessLookupError):
        return
