"""The whole product on one machine: servers, web, workers, beat and the simulated vendors.

    with Stack(data_dir, web_port=8000) as stack:
        print(stack.address)

Everything it starts ends with it, in order: first those who make work, then those who do it, the databases last.
`manage.py up` runs one in a terminal; the demo, the fault programs and the benchmark run smaller ones.
"""

import contextlib
import http.client
import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psycopg
import redis
from django.core.management import call_command, get_commands

from mobly_sync.stack import here, ledger, processes
from mobly_sync.stack.ports import HOST, free_ports, is_free
from mobly_sync.stack.processes import Child
from mobly_sync.stack.services import Postgres, Redis, Service, described, lock
from mobly_sync.stack.troubles import Trouble, last_lines, of_disk

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
VENDORS = 4

OnStep = Callable[[str], contextlib.AbstractContextManager[None]]
OnLine = Callable[[str, str], None]


def _silent(_: str) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


class Stack:
    """`database_url` and `redis_url` name servers of one's own instead of the embedded ones.

    `web_port=None` starts no web server, `workers=0` no Celery worker, `sandbox_port=None` no simulated vendors; port 0
    takes any free one. `on_step(name)` is entered while a step lasts; `on_line(process, line)` gets what processes say.
    After the start: `address`, `vendors` (as `sandbox --json` prints them), `demo` (what the demo says about itself).
    """

    def __init__(
        self,
        data_dir: Path | str,
        *,
        database_url: str = "",
        redis_url: str = "",
        web_port: int | None = None,
        workers: int = 1,
        beat: bool = True,
        sandbox_port: int | None = 8801,
        demo: bool = False,
        reload: bool = False,
        on_step: OnStep = _silent,
        on_line: OnLine | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.database_url, self.redis_url = database_url, redis_url
        self.web_port, self.sandbox_port = web_port, sandbox_port
        self.worker_count, self.with_beat, self.with_demo, self.reload = workers, beat, demo, reload
        self.on_step, self.on_line = on_step, on_line
        self.address = ""
        self.vendors: dict[str, dict[str, Any]] = {}
        self.demo = ""
        self.children: dict[str, Child] = {}
        self.services: list[Service] = []
        # Set once the end has begun; who handles signals leaves it alone from then on.
        self.stopping = False
        self._lock: IO[str] | None = None
        self._said: dict[str, list[str]] = {}

    def __enter__(self) -> "Stack":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it answers. Raises `Trouble`; then call `stop`."""
        try:
            self._lock = lock(self.data_dir / "stack.lock")
            if self._lock is None:
                raise Trouble(ledger.already_running(self.data_dir))
            ledger.sweep(self.data_dir)
            self._choose_ports()
            self._start_services()
            self._start_programs()
        except OSError as error:
            raise of_disk(error, self.data_dir) or error from error

    def stop(self, *, now: bool = False) -> None:
        """End everything, also after a start that went wrong. `now` asks nobody."""
        self.stopping = True
        for kinds in (("beat", "web"), ("worker",), ("sandbox",)):
            together = [child for name, child in self.children.items() if name.startswith(kinds)]
            processes.stop(together, now=now)
        self.children.clear()
        for service in reversed(self.services):
            service.stop()
        self.services.clear()
        if self._lock:
            ledger.forget(self.data_dir)
            self._lock.close()
            self._lock = None

    def fallen(self) -> Child | None:
        """The first process that ended by itself, if any."""
        return next((child for child in self.children.values() if not child.running()), None)

    def start_worker(self, name: str) -> Child:
        """One more Celery worker, two tasks at a time; `name` starts with `worker`."""
        command = ["worker", "-Q", "fresh,default,sync", "--concurrency", "2", "-n", f"{name}@%h", "-l", "INFO"]
        return self._run(name, [*self._celery(), *command, "--without-gossip", "--without-mingle"])

    def await_ready(self, name: str, sign: str) -> None:
        """Until the process has said `sign`."""
        self._await(name, lambda: any(sign in line for line in self._said[name]))

    def _start_services(self) -> None:
        if self.database_url:
            with self.on_step("Postgres (DATABASE_URL)"):
                _check_postgres(self.database_url)
        else:
            self.database_url = self._serve(Postgres(self.data_dir, durable=True), "Postgres")
        if self.redis_url:
            with self.on_step("Redis (REDIS_URL)"):
                _check_redis(self.redis_url)
        else:
            self.redis_url = self._serve(Redis(self.data_dir, durable=True), "Redis")
        here.use(database_url=self.database_url, redis_url=self.redis_url)
        with self.on_step("Migrations"):
            call_command("migrate", verbosity=0, interactive=False)

    def _serve(self, service: Service, name: str) -> str:
        with self.on_step(name):
            self.services.append(service)
            service.start()
        return service.url

    def _start_programs(self) -> None:
        # All at once, then waited for one after the other: each spends its first second on its own.
        if self.sandbox_port is not None:
            data = self.data_dir / "sandbox"
            arguments = ["--json", "--port-base", str(self.sandbox_port), "--data", str(data)]
            self._run("sandbox", [sys.executable, "-m", "integrations.sandbox", *arguments])
        if self.web_port is not None:
            self._run("web", self._gunicorn())
        workers = ["worker", *(f"worker{number}" for number in range(2, self.worker_count + 1))][: self.worker_count]
        for name in workers:
            self.start_worker(name)
        if self.with_beat:
            schedule = self.data_dir / "beat" / "schedule"
            schedule.parent.mkdir(exist_ok=True)
            self._run("beat", [*self._celery(), "beat", "--pidfile=", "--schedule", str(schedule), "-l", "INFO"])
        own = {service.name: service.url for service in self.services}
        ledger.remember(
            self.data_dir,
            self.children.values(),
            address=self.address,
            database_url=own.get("postgres", ""),
            redis_url=own.get("redis", ""),
            sandbox_port=self.sandbox_port,
        )
        if self.sandbox_port is not None:
            with self.on_step("Simulated vendors"):
                self._await("sandbox", self._vendors_known)
        if self.with_demo:
            self._seed_demo()
        if self.web_port is not None:
            with self.on_step("Web"):
                self._await("web", lambda: _answers(HOST, self.web_port or 0))
        for name in workers:
            with self.on_step(name.title()):
                self.await_ready(name, " ready.")
        if self.with_beat:
            with self.on_step("Beat"):
                self.await_ready("beat", "beat: Starting")

    def _choose_ports(self) -> None:
        if self.web_port is not None:
            self.web_port = self.web_port or free_ports()
            if not is_free(self.web_port):
                raise Trouble(f"Port {self.web_port} is taken by another program: choose another with PORT=....")
            self.address = f"http://{HOST}:{self.web_port}"
            here.use_address(self.address)
        if self.sandbox_port is not None:
            self.sandbox_port = self.sandbox_port or free_ports(VENDORS)
            for port in range(self.sandbox_port, self.sandbox_port + VENDORS):
                if not is_free(port):
                    raise Trouble(
                        f"Port {port}, meant for a simulated vendor, is taken by another program: choose others with "
                        "SANDBOX_PORT_BASE=..., or start without them (--no-sandbox)."
                    )
            here.use_sandbox(self.sandbox_port)

    def _seed_demo(self) -> None:
        if "seed_demo" not in get_commands():
            return
        with self.on_step("Demo organization"):
            said = io.StringIO()
            call_command("seed_demo", stdout=said)
            self.demo = said.getvalue().strip()

    def _vendors_known(self) -> bool:
        for line in self._said["sandbox"]:
            if line.startswith("{"):
                self.vendors = json.loads(line)
        return bool(self.vendors)

    def _celery(self) -> list[str]:
        return [sys.executable, "-m", "celery", "-A", "mobly_sync"]

    def _gunicorn(self) -> list[str]:
        options = ["--bind", f"{HOST}:{self.web_port}", "--worker-class", "gthread", "--workers", "1", "--threads", "8"]
        options += ["--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
        options += ["--reload"] if self.reload else []
        return [sys.executable, "-m", "gunicorn", "mobly_sync.wsgi", *options]

    def _run(self, name: str, command: list[str]) -> Child:
        self._said[name] = []

        def on_line(line: str) -> None:
            if len(self._said[name]) < 1000:
                self._said[name].append(line)
            if self.on_line:
                self.on_line(name, line)

        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        log = self.data_dir / "logs" / f"{name}.log"
        self.children[name] = processes.start(name, command, log=log, env=env, on_line=on_line, cwd=ROOT)
        return self.children[name]

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        child = self.children[name]
        began = time.monotonic()
        while not ready():
            if not child.running():
                time.sleep(0.2)  # its last words are still on their way
                said = "\n".join(self._said[name])
                if "No space left" in said:
                    raise Trouble(f"The disk that holds {self.data_dir} is full: free some space, or set DATA_DIR.")
                raise Trouble(
                    f"{name.title()} stopped while starting. The end of {child.log}:\n{last_lines(child.log)}"
                )
            if time.monotonic() - began > READY_SECONDS:
                raise Trouble(f"{name.title()} did not answer within {READY_SECONDS:.0f} s; its log is {child.log}.")
            time.sleep(0.05)


def _check_postgres(url: str) -> None:
    try:
        psycopg.connect(url.replace("postgres://", "postgresql://", 1), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        why = str(error).strip().splitlines()[-1]
        raise Trouble(f"Postgres at {described(url)} (DATABASE_URL) does not let us in: {why}") from error


def _check_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise Trouble(f"Redis at {described(url)} (REDIS_URL) does not answer: {error}") from error


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
