"""The embedded servers: started once, found again, and honest about what stands in their way."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from mobly_sync.stack import ledger, services
from mobly_sync.stack.processes import start, stop
from mobly_sync.stack.services import Postgres, Redis
from mobly_sync.stack.troubles import Trouble


@pytest.fixture
def postgres(folder):
    """An embedded Postgres that was started and stopped once."""
    service = Postgres(folder, durable=False)
    service.start()
    service.stop()
    yield service
    service.stop()


def test_postgres_keeps_its_data_over_a_restart(folder):
    service = Postgres(folder, durable=True)
    for statement in ("CREATE TABLE kept AS SELECT 1 AS n", "INSERT INTO kept VALUES (2)"):
        service.start()
        with psycopg.connect(service.url, autocommit=True) as connection:
            connection.execute(statement)
        service.stop()

    service.start()
    with psycopg.connect(service.url) as connection:
        assert connection.execute("SELECT n FROM kept ORDER BY n").fetchall() == [(1,), (2,)]
    service.stop()


def test_redis_keeps_its_data_over_a_restart(folder):
    service = Redis(folder, durable=True)
    service.start()
    with redis.Redis.from_url(service.url) as client:
        client.set("kept", "yes")
    service.stop()

    service.start()
    with redis.Redis.from_url(service.url) as client:
        assert client.get("kept") == b"yes"
    service.stop()


def test_a_second_user_of_the_folder_gets_the_same_server_and_does_not_own_it(folder):
    owner, guest = Redis(folder, durable=False), Redis(folder, durable=False)
    owner.start()

    guest.start()
    guest.stop()

    assert guest.url == owner.url
    with redis.Redis.from_url(owner.url) as client:
        assert client.ping()
    owner.stop()


def test_the_servers_end_with_the_program_that_asked_for_them(folder):
    code = (
        "import sys; from mobly_sync.stack.services import ensure_postgres, ensure_redis;"
        "print(ensure_postgres(sys.argv[1], durable=False), ensure_redis(sys.argv[1], durable=False))"
    )

    ran = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == [
        f"postgresql://mobly@/mobly_sync?host={folder}/run",
        f"unix://{folder}/run/redis.sock?db=0",
    ]
    assert running_in(folder) == []


def running_in(folder: Path) -> list[str]:
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line]


def test_a_stale_pid_file_whose_number_now_belongs_to_somebody_else_is_no_obstacle(postgres):
    (postgres.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.folder}\n1\n5432\n\n\n  1 1\nready\n")

    postgres.start()

    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_left_behind_is_ended_before_ours_starts(postgres):
    postgres.start()
    left_behind = postgres.child
    postgres._lock.close()  # what the kernel does for a process that was killed
    postgres.child = postgres._lock = None

    postgres.start()

    assert not left_behind.running()
    assert postgres.child.running()


def test_a_folder_of_another_postgres_is_named_with_both_versions(postgres):
    (postgres.folder / "PG_VERSION").write_text("14\n")

    with pytest.raises(Trouble, match=r"was written by Postgres 14, and this is Postgres 18: move the folder away"):
        postgres.start()


def test_an_interrupted_first_start_is_begun_again(folder):
    (folder / "postgres" / "base").mkdir(parents=True)
    service = Postgres(folder, durable=False)

    service.start()

    assert (service.folder / "PG_VERSION").exists()
    service.stop()


def test_a_full_disk_is_one_sentence(folder, monkeypatch):
    nothing = shutil.disk_usage(folder)._replace(free=1000)
    monkeypatch.setattr(services.shutil, "disk_usage", lambda _: nothing)

    with pytest.raises(Trouble, match=r"has less than 200 MB free: free some space, or set DATA_DIR"):
        Redis(folder, durable=False).start()


@pytest.mark.parametrize(
    ("number", "sentence"), [(28, "is full"), (30, "read-only disk"), (13, "cannot be written by this user")]
)
def test_what_the_disk_refuses_is_one_sentence(folder, monkeypatch, number, sentence):
    def refuse(*_, **__):
        raise OSError(number, "refused", str(folder / "redis"))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(Trouble, match=sentence):
        Redis(folder, durable=False).start()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(postgres):
    (postgres.folder / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(Trouble, match=r"Postgres stopped while starting(.|\n)*no_such_setting"):
        postgres.start()


def test_a_package_that_is_not_installed_says_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(services.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(Trouble, match="run `make install`, or set REDIS_URL"):
        Redis(folder, durable=False).start()


def test_a_path_too_long_for_a_socket_is_worked_around(folder):
    deep = folder / ("d" * 60) / ("e" * 60)
    service = Redis(deep, durable=False)

    service.start()

    assert not str(service.sockets).startswith(str(deep))
    with redis.Redis.from_url(service.url) as client:
        assert client.ping()
    service.stop()
    shutil.rmtree(service.sockets)


# --- Processes --------------------------------------------------------------------------------------------------------


def parent_of_a_sleeper(folder: str) -> None:
    start("sleeper", ["/bin/sleep", "300"], log=Path(folder, "sleeper.log"))
    Path(folder, "ready").write_text("")
    time.sleep(300)


def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path):
    parent = multiprocessing.get_context("spawn").Process(target=parent_of_a_sleeper, args=(str(tmp_path),))
    parent.start()
    while not (tmp_path / "ready").exists():
        time.sleep(0.05)
    family = psutil.Process(parent.pid).children(recursive=True)

    os.kill(parent.pid, signal.SIGKILL)
    parent.join()

    assert family
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_a_child_that_does_not_listen_is_killed_with_all_it_started(tmp_path):
    script = "trap '' TERM; sleep 300 & echo started; wait; sleep 300"
    lines: list[str] = []
    child = start("deaf", ["/bin/sh", "-c", script], log=tmp_path / "deaf.log", patience=0.2, on_line=lines.append)
    while "started" not in lines:
        time.sleep(0.02)
    family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]

    stop([child])

    assert len(family) >= 2
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_what_a_child_says_goes_to_its_log_and_to_who_listens(tmp_path):
    lines: list[str] = []
    child = start("echo", ["/bin/echo", "hello there"], log=tmp_path / "logs" / "echo.log", on_line=lines.append)
    child.process.wait()
    while not lines:
        time.sleep(0.02)

    assert lines == ["hello there"]
    assert (tmp_path / "logs" / "echo.log").read_text() == "hello there\n"


def test_a_process_of_an_earlier_start_is_swept_away(tmp_path):
    child = start("old", ["/bin/sleep", "300"], log=tmp_path / "old.log")
    ledger.remember(tmp_path, [child], address="http://127.0.0.1:1")

    ledger.sweep(tmp_path)

    assert not child.running()
    assert ledger.read(tmp_path) == {}


def test_a_process_that_only_has_the_same_number_is_left_alone(tmp_path):
    child = start("other", ["/bin/sleep", "300"], log=tmp_path / "other.log")
    ledger.remember(tmp_path, [child])
    text = (tmp_path / "stack.json").read_text()
    born = psutil.Process(child.pid).create_time()
    (tmp_path / "stack.json").write_text(text.replace(str(born), str(born - 1000)))

    ledger.sweep(tmp_path)

    assert child.running()
    stop([child])


def test_a_ledger_that_was_cut_off_is_empty(tmp_path):
    (tmp_path / "stack.json").write_text('{"pid": 1, "proc')

    assert ledger.read(tmp_path) == {}
