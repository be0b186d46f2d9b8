"""What a person sees of the stack: each step with its time, then what the processes have to say."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_COLOURS = {"web": 36, "worker": 35, "beat": 34, "sandbox": 33}
# Logging as settings.py writes it, and as Celery does: "2026-11-21 20:14:57,123 WARNING ..." and "[...: WARNING/...]".
_LEVEL = re.compile(r"^\[?\d{4}-\d\d-\d\d[ T][\d:,. +-]*?\s?(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")


class Terminal:
    """Prints to standard output. `everything` shows every line; otherwise web's lines and what others warn of."""

    def __init__(self, *, everything: bool = False) -> None:
        self.everything = everything
        self.colour = sys.stdout.isatty()
        self._loud: dict[str, bool] = {}
        self._quiet = True
        self._lock = threading.Lock()

    def say(self, text: str = "") -> None:
        with self._lock:
            print(text, flush=True)  # noqa: T201 -- a terminal is for printing

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        if self.colour:
            print(f"  {name:<26}", end="", flush=True)  # noqa: T201
        try:
            yield
        except BaseException:
            self.say("failed" if self.colour else f"  {name:<26}failed")
            raise
        seconds = f"{time.monotonic() - began:5.1f} s"
        self.say(seconds if self.colour else f"  {name:<26}{seconds}")

    def follow(self) -> None:
        """From here on, lines of the processes are shown; while steps are, they only go to the logs."""
        self._quiet = False

    def hush(self) -> None:
        """While everything ends, its farewells only go to the logs."""
        self._quiet = True

    def line(self, process: str, line: str) -> None:
        if self._quiet or not self._worth_showing(process, line):
            return
        kind = process.rstrip("0123456789")
        prefix = f"{process:<8}"
        self.say(f"\033[{_COLOURS.get(kind, 37)}m{prefix}\033[0m {line}" if self.colour else f"{prefix} {line}")

    def _worth_showing(self, process: str, line: str) -> bool:
        level = _LEVEL.match(line)
        if level:
            # The lines of a traceback have no level of their own: they follow the line that began it.
            self._loud[process] = level[1] in ("WARNING", "ERROR", "CRITICAL")
        return self.everything or self._loud.get(process, process == "web")
