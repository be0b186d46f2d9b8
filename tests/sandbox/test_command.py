"""Starting and stopping the sandbox as an operator does, with and without Django."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from integrations.sandbox.server import VENDORS

MODULE = (sys.executable, "-m", "integrations.sandbox")
COMMAND = (sys.executable, "manage.py", "sandbox")


@pytest.fixture
def start(tmp_path):
    """Start the sandbox on free ports over the test's own data; ended after the test."""
    running = []

    def run(*arguments, program=MODULE):
        data = ("--data", str(tmp_path / "data"))
        process = subprocess.Popen(
            [*program, *data, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate(timeout=10)


def announced(process):
    return json.loads(process.stdout.readline())


def ended(process, number=signal.SIGTERM):
    process.send_signal(number)
    _, said = process.communicate(timeout=10)
    return process.returncode, said


@pytest.mark.parametrize("program", [MODULE, COMMAND], ids=["module", "command"])
def test_json_names_address_and_credentials_of_each_vendor(start, program):
    vendors = announced(start("--json", "--port-base", "0", program=program))

    assert set(vendors) == set(VENDORS)
    salesforce = vendors["salesforce"]
    assert set(salesforce) == {
        "url", "client_id", "client_secret", "username", "password", "security_token", "access_token"
    }  # fmt: skip
    bearer = {"Authorization": f"Bearer {salesforce['access_token']}"}
    assert requests.get(f"{salesforce['url']}/services/data/v60.0/limits", headers=bearer, timeout=5).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(start, number):
    process = start("--json", "--port-base", "0", "--only", "salesforce")
    announced(process)

    assert ended(process, number) == (0, "")


def test_records_are_there_after_a_restart(start):
    first = start("--json", "--port-base", "0", "--only", "salesforce")
    url = announced(first)["salesforce"]["url"]
    requests.post(f"{url}/_sandbox/records/Lead", json={"LastName": "Kept"}, timeout=5)
    ended(first)

    url = announced(start("--json", "--port-base", "0", "--only", "salesforce"))["salesforce"]["url"]

    kept = requests.get(f"{url}/_sandbox/records/Lead", timeout=5).json()["records"]
    assert [lead["LastName"] for lead in kept] == ["Kept"]


def test_records_survive_even_a_kill(start):
    first = start("--json", "--port-base", "0", "--only", "salesforce")
    url = announced(first)["salesforce"]["url"]
    requests.post(f"{url}/_sandbox/records/Lead", json={"LastName": "Kept"}, timeout=5)
    ended(first, signal.SIGKILL)

    url = announced(start("--json", "--port-base", "0", "--only", "salesforce"))["salesforce"]["url"]

    assert len(requests.get(f"{url}/_sandbox/records/Lead", timeout=5).json()["records"]) == 1


def test_tls_answers_https_and_names_its_certificate(start):
    vendor = announced(start("--json", "--tls", "--port-base", "0", "--only", "salesforce"))["salesforce"]

    assert vendor["url"].startswith("https://127.0.0.1:")
    assert requests.get(f"{vendor['url']}/services/data/", verify=vendor["certificate"], timeout=5).status_code == 200


def test_a_taken_port_is_a_sentence(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port-base", str(port), "--only", "salesforce")
        _, said = process.communicate(timeout=15)

    assert process.returncode == 1
    assert said.strip() == (
        f"Port {port} for Salesforce is taken or not allowed. "
        "Stop what runs there, or choose other ports with --port-base."
    )


def test_two_sandboxes_over_the_same_data_are_refused(start):
    announced(start("--json", "--port-base", "0", "--only", "salesforce"))

    second = start("--port-base", "0", "--only", "salesforce")
    _, said = second.communicate(timeout=15)

    assert second.returncode == 1
    assert said.startswith("Another sandbox uses ")


def test_a_folder_that_cannot_be_written_is_a_sentence(start, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    process = start("--data", str(blocked / "data"), "--port-base", "0")
    _, said = process.communicate(timeout=15)

    assert process.returncode == 1
    assert said.startswith("The sandbox cannot keep its data in ")


def test_without_json_it_says_where_the_records_are(start):
    process = start("--port-base", "0", "--only", "salesforce")

    line = process.stdout.readline()

    assert line.startswith("Salesforce answers at http://127.0.0.1:")
    assert line.rstrip().endswith("/_sandbox/.")


def test_the_module_needs_no_settings(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    code = "import integrations.sandbox.__main__, sys; print('mobly_sync.settings' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("False", "")
