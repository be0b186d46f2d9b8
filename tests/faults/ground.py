"""What a fault run stands on: a Postgres, a Redis and simulated vendors of its own, and two real workers whose children
die at kill points and are replaced by their pools."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import redis
from django.db import connections
from kombu.exceptions import OperationalError

from mobly_sync.celery import app
from mobly_sync.stack import processes
from mobly_sync.stack.processes import Child
from mobly_sync.stack.services import Service
from mobly_sync.stack.stack import ROOT, Stack
from tests.crm import CRMS, Vendor
from tests.faults.traps import Traps

WORKERS = 2
CHILDREN = 2
QUEUES = ("fresh", "default", "sync")
SWEEP_SECONDS = 0.35


class Ground:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder, workers=0, beat=False, sandbox_port=0)
        self.traps = Traps(folder / "traps")
        self.vendors: dict[str, Vendor] = {}
        self.workers: list[Child] = []
        self._started = 0
        self._over = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweeps", daemon=True)

    def __enter__(self) -> Ground:
        try:
            self.stack.start()
            self.vendors = {name: kind(self.stack.vendors[name]["url"]) for name, kind in CRMS.items()}
            for _ in range(WORKERS):
                self._start_worker()
            for worker in self.workers:
                _await_ready(worker)
            self._sweeper.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._over.set()
        self.traps.wake()
        processes.stop(self.workers, now=True)
        connections.close_all()
        self.stack.stop()

    # The workers

    def _start_worker(self) -> None:
        self._started += 1
        name = f"worker{self._started}"
        command = [sys.executable, "-m", "celery", "-A", "tests.faults.worker_app", "worker"]
        command += ["-Q", ",".join(QUEUES), "--concurrency", str(CHILDREN), "--without-gossip", "--without-mingle"]
        env = {**os.environ, "PYTHONUNBUFFERED": "1", "FAULTS_FOLDER": str(self.folder / "traps")}
        log = self.folder / "logs" / f"{name}.log"
        options = {"log": log, "env": env, "cwd": ROOT, "patience": 2.0}
        self.workers.append(processes.start(name, [*command, "-l", "INFO", "-n", f"{name}@%h"], **options))

    def kill_worker(self) -> None:
        """SIGKILL to a whole worker with its children, as when a machine goes; another one starts."""
        self.workers.pop(0).kill()
        self._start_worker()

    def replace_fallen(self) -> None:
        for worker in [worker for worker in self.workers if not worker.running()]:
            self.workers.remove(worker)
            self._start_worker()

    def _sweep(self) -> None:
        """What beat does in production, at a quicker pace."""
        while not self._over.wait(SWEEP_SECONDS):
            if not self.has_time():
                continue
            with suppress(OperationalError, OSError):
                app.send_task("reconciliation.tasks.sweep", retry=False)
                app.send_task("leads.tasks.sweep_enrichment", retry=False)

    def has_time(self) -> bool:
        """Whether the workers keep up: on a busy machine a longer queue would only be a longer queue."""
        try:
            with redis.Redis.from_url(self.stack.redis_url) as client:
                return sum(int(client.llen(queue)) for queue in QUEUES) < 2 * WORKERS * CHILDREN
        except redis.RedisError:
            return False

    # The servers

    def _service(self, name: str) -> Service:
        return next(service for service in self.stack.services if service.name == name)

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.stack.redis_url) as client:
            client.flushall()

    def restart_redis(self) -> None:
        self._service("redis").restart(signal.SIGKILL)

    def restart_postgres(self) -> None:
        """In immediate mode: the connections break in the middle of whatever they do, and the log is replayed."""
        self._service("postgres").restart(signal.SIGQUIT)
        connections.close_all()

    def logs(self) -> list[Path]:
        """Every log the product or a server of it writes; the simulated vendors' own is theirs."""
        return [path for path in sorted((self.folder / "logs").glob("*.log")) if path.stem != "sandbox"]


def _await_ready(worker: Child) -> None:
    until = time.monotonic() + 60
    while " ready." not in worker.log.read_text():
        if not worker.running() or time.monotonic() > until:
            raise RuntimeError(f"The worker does not start:\n{worker.log.read_text()[-3000:]}")
        time.sleep(0.05)
