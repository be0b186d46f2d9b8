"""`manage.py up`: everything starts, answers, and ends without a trace in the process table."""

import json
import signal
import socket
from collections.abc import Iterator

import psycopg
import pytest
import requests

from mobly_sync.stack.ports import free_ports
from mobly_sync.stack.stack import VENDORS
from tests.mobly_sync.terminal_run import TerminalRun, data_folder

QUIET = ("--no-sandbox", "--no-demo", "--workers", "0")


def database(run, query):
    with psycopg.connect(f"host={run.data_dir}/run user=mobly dbname=mobly_sync", autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture(scope="module")
def running() -> Iterator[TerminalRun]:
    """A run for the tests that only speak to it."""
    with data_folder() as folder:
        run = TerminalRun(folder / "data", *QUIET).await_welcome()
        yield run
        run.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def ended() -> Iterator[TerminalRun]:
    """A run that has ended and left something in its database. Others may go on in its folder: no need to make anew
    what takes longest, the database and its tables."""
    with data_folder() as folder:
        run = TerminalRun(folder / "data", *QUIET).await_welcome()
        database(run, "CREATE TABLE kept AS SELECT 'still here' AS said")
        assert run.end(signal.SIGINT) == 0
        yield run


def test_everything_starts_answers_and_ends_with_ctrl_c(up):
    run = up("--no-demo", SANDBOX_PORT_BASE=str(free_ports(VENDORS))).await_welcome()

    page = requests.get(f"http://127.0.0.1:{run.port}/accounts/login/", timeout=30)
    ledger = json.loads((run.data_dir / "stack.json").read_text())
    programs = " ".join(" ".join(process.cmdline()) for process in run.family)
    code = run.end(signal.SIGINT)

    assert page.status_code == 200
    for program in ("postgres", "redis-server", "gunicorn", "worker", "beat", "sandbox"):
        assert program in programs
    assert [entry["name"] for entry in ledger["processes"]] == ["sandbox", "web", "worker", "beat"]
    assert code == 0
    assert run.orphans() == []
    assert not (run.data_dir / "stack.json").exists()
    for said in ("Postgres", "Migrations", "Simulated vendors", "Web", "Worker", "Beat", "Everything has stopped."):
        assert said in run.output
    assert f"mobly_sync runs at http://127.0.0.1:{run.port}" in run.output
    assert "Traceback" not in run.output


def test_a_second_run_finds_the_data_of_the_first(ended, up):
    second = up(*QUIET, folder=ended.data_dir).await_welcome()

    assert database(second, "SELECT said FROM kept") == [("still here",)]
    assert second.end(signal.SIGTERM) == 0
    assert second.orphans() == []


def test_a_command_without_any_server_is_told_what_to_start(ended):
    refused = ended.beside("sync_status")

    assert refused.returncode == 1
    assert "Start everything with `make run` in another terminal, or set DATABASE_URL." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_after_a_kill_nothing_stays_and_the_next_run_starts(ended, up):
    killed = up("--no-sandbox", "--no-demo", folder=ended.data_dir).await_welcome()
    database(killed, "CREATE TABLE fresh AS SELECT 'committed' AS said")
    killed.end(signal.SIGKILL)
    assert killed.orphans() == []

    after = up(*QUIET, folder=ended.data_dir).await_welcome()

    assert database(after, "SELECT said FROM fresh") == [("committed",)]


def test_a_process_that_ends_by_itself_ends_everything_and_its_last_words_are_shown(ended, up):
    run = up(*QUIET, folder=ended.data_dir).await_welcome()
    web = next(process for process in run.family if "gunicorn" in " ".join(process.cmdline()))

    web.kill()

    assert run.finished() == 1
    assert "The process web ended by itself (code -9), so everything was stopped." in run.output
    assert run.orphans() == []


def test_two_runs_from_one_folder_are_refused_with_the_address_of_the_first(running, up):
    second = up(*QUIET, folder=running.data_dir)

    assert second.finished() == 1
    assert f"already runs from {running.data_dir} at http://127.0.0.1:{running.port}" in second.output
    assert "Traceback" not in second.output


def test_a_command_typed_beside_it_works_on_what_runs(running):
    made = running.beside("create_organization", "Brightforge", "--admin", "ana@brightforge.example")

    assert made.returncode == 0, made.stderr
    assert database(running, "SELECT name FROM leads_organization") == [("Brightforge",)]
    assert f"http://127.0.0.1:{running.port}" in made.stdout


def test_a_taken_port_says_which_and_how_to_choose_another(up):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        run = up(*QUIET, PORT=str(port))

        assert run.finished() == 1
    assert run.output.splitlines()[-1] == (f"Port {port} is taken by another program: choose another with PORT=....")
    assert "Traceback" not in run.output


def test_a_taken_port_of_a_simulated_vendor_says_which(up):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        run = up("--no-demo", SANDBOX_PORT_BASE=str(port))

        assert run.finished() == 1
    assert f"Port {port}, meant for a simulated vendor, is taken" in run.output
    assert "SANDBOX_PORT_BASE" in run.output


def test_servers_of_ones_own_that_do_not_answer_are_named_without_their_password(up):
    run = up(*QUIET, DATABASE_URL=f"postgresql://me:hush@127.0.0.1:{free_ports()}/mine")

    assert run.finished() == 1
    assert "(DATABASE_URL) does not let us in" in run.output
    assert "hush" not in run.output
    assert "Traceback" not in run.output


def test_a_folder_that_cannot_be_made_is_one_sentence(up, tmp_path):
    (tmp_path / "file").write_text("")

    run = up(*QUIET, DATA_DIR=str(tmp_path / "file" / "data"))

    assert run.finished() == 1
    assert "is not a folder: move it away, or set DATA_DIR" in run.output
    assert "Traceback" not in run.output
