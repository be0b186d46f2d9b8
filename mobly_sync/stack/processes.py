"""Child processes that never outlive us: own process group, a leash on Linux, and an end in order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def leash(end: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends `end` to the child when the thread that started it dies, SIGKILL included."""
    if _libc is None:
        return None
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, end)
        if os.getppid() != parent:
            os._exit(1)

    return tie


@dataclass
class Child:
    """One running process of the stack, leader of its own process group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    end: signal.Signals = signal.SIGTERM
    patience: float = 10.0

    @property
    def pid(self) -> int:
        return self.process.pid

    def running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, to the whole group: what a crash looks like."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def start(
    name: str,
    command: Sequence[str | os.PathLike[str]],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    end: signal.Signals = signal.SIGTERM,
    patience: float = 10.0,
    on_line: Callable[[str], None] | None = None,
    cwd: Path | None = None,
) -> Child:
    """Start a child. Its output goes to the end of `log`, and line by line to `on_line` where that is given."""
    log.parent.mkdir(parents=True, exist_ok=True)
    _shorten(log)
    options: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user is not None else {}
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if on_line else file,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=leash(end),  # noqa: PLW1509 -- two system calls, no lock, no memory
            **options,
        )
    if on_line:
        threading.Thread(target=_pump, args=(process, log, on_line), name=f"log of {name}", daemon=True).start()
    return Child(name, process, log, end, patience)


def stop(children: Sequence[Child], *, now: bool = False) -> None:
    """End these together: each is asked, given its patience, then killed with all it started."""
    for child in children:
        if child.running() and not now:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(child.end)
    for child in children:
        asked = time.monotonic()
        while child.running() and not now and time.monotonic() - asked < child.patience:
            time.sleep(0.02)
        # The group too, when the leader is gone: a grandchild that did not listen must not stay.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.process.wait()


def _pump(process: subprocess.Popen[bytes], log: Path, on_line: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with log.open("ab", buffering=0) as file:
        for raw in process.stdout:
            # A full disk must not stop the process whose words these are.
            with contextlib.suppress(OSError):
                file.write(raw)
            on_line(raw.decode("utf-8", "replace").rstrip("\r\n"))


def _shorten(log: Path, most: int = 5_000_000) -> None:
    if log.exists() and log.stat().st_size > most:
        log.replace(log.with_suffix(".old.log"))
