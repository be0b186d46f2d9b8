"""The Celery application: Celery only wakes somebody up, Postgres holds the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mobly_sync.settings")

app = Celery("mobly_sync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
