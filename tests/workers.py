"""A real Celery worker process on the test's own database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from tests.vendors import SandboxVendor

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = ROOT / ".artifacts"
# Short, so that a dead worker's work is taken over within seconds.
LEASE_SECONDS = 2


def database_url() -> str:
    """The address of the test database this very test uses: the run's server, another name."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    # urlunsplit would drop the empty host of a socket address, and with it the two slashes.
    return f"{parts.scheme}://{parts.netloc}/{connection.settings_dict['NAME']}?{parts.query}"


class WorkerProcess:
    """`with WorkerProcess(sandbox) as worker:` runs one; `worker.kill()` is SIGKILL to all of it.

    With `beat` it also sweeps, every second; what earlier tests left in the queues is thrown away first.
    """

    def __init__(
        self,
        *sandboxes: SandboxVendor,
        concurrency: int = 1,
        beat: bool = False,
        lease: int = LEASE_SECONDS,
        app: str = "mobly_sync",
    ) -> None:
        env = {**os.environ, "DATABASE_URL": database_url(), "LANE_LEASE_SECONDS": str(lease)}
        # What Postgres calls its connections.
        self.name = f"worker {time.monotonic_ns()}"
        env |= {"PGAPPNAME": self.name}
        # The simulated vendors' searches show at once what is there.
        env |= {"COMPANY_DOUBT_SECONDS": "1"}
        env |= {"SWEEP_SECONDS": "1", "ENRICHMENT_SWEEP_SECONDS": "1", "IMPORT_SWEEP_SECONDS": "1"}
        # Tests send alerts by themselves, where a worker would look for another Slack; and hold bulk actions half-way.
        env |= {"ALERT_SWEEP_SECONDS": "3600", "BULK_SWEEP_SECONDS": "3600"}
        for sandbox in sandboxes:
            name = sandbox.name.upper()
            env |= {f"{name}_LOGIN_URL": sandbox.url, f"{name}_API_URL": sandbox.url}
            regions = settings.PROVIDERS[sandbox.name].get("regions", ())
            env |= {f"{name}_REGIONS": ",".join(f"{sandbox.url}{urlsplit(address).path}" for address in regions)}
        self.log = ARTIFACTS / f"worker-{os.getpid()}-{time.monotonic_ns()}.log"
        self.log.parent.mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            app,
            "worker",
            "-Q",
            "fresh,default,sync",
            "-l",
            "INFO",
        ]
        command += [
            "--concurrency",
            str(concurrency),
            "--without-gossip",
            "--without-mingle",
            "-n",
            f"{time.time()}@%h",
        ]
        if beat:
            command += ["--beat", "--schedule", str(self.log.with_suffix(".schedule")), "--purge"]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def __enter__(self) -> WorkerProcess:
        wait_for(lambda: " ready." in self.log.read_text(), "the worker to be ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for left in self.log.parent.glob(f"{self.log.stem}.schedule*"):
            left.unlink(missing_ok=True)
        if error is None:
            self.log.unlink(missing_ok=True)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def wait_for(happened: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Until `happened` is true. Fails with `what` it waited for."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"Waited {seconds:.0f} s for {what}."
        time.sleep(0.05)
