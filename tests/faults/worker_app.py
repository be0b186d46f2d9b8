"""The product's own Celery application, whose worker processes listen at the kill points: `celery -A
tests.faults.worker_app worker`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

from mobly_sync import points
from mobly_sync.celery import app
from tests.faults.traps import Traps

__all__ = ["app"]


@worker_process_init.connect
def listen(**_: Any) -> None:
    points.listener = Traps(Path(os.environ["FAULTS_FOLDER"])).passed
