"""`manage.py up` as a person runs it: in its own process, on free ports, with a data folder of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from mobly_sync.stack.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder another user may enter: run by root, Postgres is nobody, and pytest keeps it out of `tmp_path`."""
    with tempfile.TemporaryDirectory(prefix="mobly-data-", ignore_cleanup_errors=True) as path:
        yield Path(path)


class TerminalRun:
    """One `manage.py up`; `output` is what its terminal shows so far."""

    def __init__(self, data_dir: Path, *arguments: str, **environment: str) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir, self.port = data_dir, int(environment.get("PORT", 0)) or free_ports()
        outside = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SANDBOX_PORT_BASE")
        env = {name: value for name, value in os.environ.items() if name not in outside}
        env |= {"DATA_DIR": str(data_dir), "PORT": str(self.port), "PYTHONUNBUFFERED": "1", **environment}
        self._environment = env
        self._file = data_dir / f"terminal-{self.port}.txt"
        with self._file.open("wb") as out:
            command = [sys.executable, "manage.py", "up", *arguments]
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        self.family: list[psutil.Process] = []

    @property
    def output(self) -> str:
        return self._file.read_text()

    def await_welcome(self, seconds: float = 240) -> "TerminalRun":
        """Until the address is shown; remembers every process of the run."""
        self.await_output("Ctrl-C stops everything", seconds)
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        return self

    def await_output(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)

    def beside(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command of `manage.py`, typed in a second terminal with the same settings."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=120, check=False
        )

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def finished(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)

    def orphans(self, seconds: float = 15) -> list[str]:
        """Processes of the run that are still there after a grace period."""
        _, alive = psutil.wait_procs(self.family, timeout=seconds)
        return [" ".join(process.cmdline()) for process in alive if process.status() != psutil.STATUS_ZOMBIE]
