"""The servers a test run stands on: one Postgres and one Redis for all xdist workers, gone when the run ends.

The controller starts them and passes their addresses on by the environment; each worker has its own database (by
pytest-django) and its own Redis number. DATABASE_URL and REDIS_URL in the environment are used as they are.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

from mobly_sync.stack.here import use
from mobly_sync.stack.services import Postgres, Redis, Service

PREFIX = "mobly-tests-"


class Ground:
    def __init__(self) -> None:
        self.folder: Path | None = None
        self.services: list[Service] = []

    def start(self) -> None:
        _remove_leftovers()
        addresses = {}
        for name, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Redis)):
            if name not in os.environ:
                self.folder = self.folder or _new_folder()
                service = kind(self.folder, durable=False)
                service.start()
                self.services.append(service)
                addresses[name] = service.url
        use(
            database_url=addresses.get("DATABASE_URL") or os.environ["DATABASE_URL"],
            redis_url=addresses.get("REDIS_URL") or os.environ["REDIS_URL"],
        )

    def stop(self) -> None:
        for service in reversed(self.services):
            service.stop()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def use_own_redis_number(worker: str) -> None:
    """`gw3` of xdist works in Redis database 4."""
    number = int(worker.removeprefix("gw")) % 15 + 1
    url = os.environ["REDIS_URL"]
    own = (
        re.sub(r"\?db=\d+$", f"?db={number}", url) if "?db=" in url else re.sub(r"(/\d+)?$", f"/{number}", url, count=1)
    )
    use(database_url=os.environ["DATABASE_URL"], redis_url=own)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    (folder / "owner.pid").write_text(str(os.getpid()))
    return folder


def _remove_leftovers() -> None:
    """A run that was killed could not remove its folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder / "owner.pid"
        if owner.exists() and owner.read_text().isdigit() and not psutil.pid_exists(int(owner.read_text())):
            shutil.rmtree(folder, ignore_errors=True)
