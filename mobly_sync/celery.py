"""The Celery application: Celery only wakes somebody up, Postgres holds the truth."""

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mobly_sync.settings")

app = Celery("mobly_sync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# When Redis goes away under a worker that holds a message, kombu 5.7 wants to give the message back over a transport it
# has just let go. It fails with an error that Celery takes for its own, and what is left is a process that neither
# works nor ends, so that no supervisor starts another. Without a transport there is nothing to give a message back
# over; it was a hint, and the sweep makes lost ones good.
Channel.do_restore = property(lambda channel: channel.connection.client is not None)  # type: ignore[assignment]
