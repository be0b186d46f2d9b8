"""A stack inside a program, as the demo and the fault programs use it."""

import json
import subprocess
import sys

from tests.mobly_sync.terminal_run import ROOT

PROGRAM = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mobly_sync.settings"
import django
django.setup()
from django.conf import settings
from django.db import connection
from mobly_sync.celery import app
from mobly_sync.stack.stack import Stack

with Stack(sys.argv[1], web_port=None, beat=False, sandbox_port=0) as stack:
    first = stack.children["worker"]
    first.kill()
    fallen = stack.fallen()
    stack.start_worker("worker2")
    stack.await_ready("worker2", " ready.")
    connection.ensure_connection()
    said = {
        "vendors": {name: vendor["url"] for name, vendor in stack.vendors.items()},
        "configured": {name: vendor["login_url"] for name, vendor in settings.PROVIDERS.items()},
        "database": connection.settings_dict["NAME"],
        "fallen": fallen is first,
        "answering": [list(answer)[0].split("@")[0] for answer in app.control.ping(timeout=5)],
    }
print(json.dumps(said))
print(json.dumps([child.name for child in stack.children.values()] + stack.services))
"""


def test_a_program_gets_its_database_its_workers_and_its_vendors(folder, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "SANDBOX_PORT_BASE"):
        monkeypatch.delenv(name, raising=False)

    command = [sys.executable, "-c", PROGRAM, str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    during, after = (json.loads(line) for line in ran.stdout.splitlines()[-2:])
    assert during["vendors"] == during["configured"]
    assert during["database"] == "mobly_sync"
    assert during["fallen"] is True
    assert during["answering"] == ["worker2"]
    assert after == []
