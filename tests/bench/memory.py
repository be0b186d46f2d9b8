"""How much memory each process of the stack took at most."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

from mobly_sync.stack.stack import Stack

MB = 1024 * 1024
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Watch:
    """Looks at every process of the stack each second. `peaks`: role -> the largest resident set of any process in
    that role, in MB, as the kernel kept it; `shares`: the largest proportional set (shared pages divided among those
    that share them).
    """

    def __init__(self, stack: Stack, every: float = 1.0) -> None:
        self.stack, self.every = stack, every
        self.peaks: dict[str, float] = {}
        self.shares: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        turn = 0
        while not self._stop.wait(self.every):
            turn += 1
            self.look(with_shares=turn % 5 == 0)

    def look(self, *, with_shares: bool = True) -> None:
        for role, process in self._processes():
            try:
                self._keep(self.peaks, role, _peak(process))
                if with_shares:
                    self._keep(self.shares, role, process.memory_full_info().pss / MB)
            except (psutil.Error, OSError):
                continue  # it ended while we looked

    def _keep(self, kept: dict[str, float], role: str, value: float) -> None:
        kept[role] = max(kept.get(role, 0.0), value)

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        started = {**self.stack.children, **{one.name: one.child for one in self.stack.services if one.child}}
        for name, child in started.items():
            try:
                main = psutil.Process(child.pid)
                children = main.children(recursive=True)
            except psutil.Error:
                continue
            yield name, main
            for one in children:
                yield f"{name}, child", one


def _peak(process: psutil.Process) -> float:
    """The high-water mark of the resident set; where the kernel keeps none, the present one."""
    status = Path(f"/proc/{process.pid}/status")
    told = _PEAK.search(status.read_text()) if status.exists() else None
    return int(told[1]) / 1024 if told else process.memory_info().rss / MB
