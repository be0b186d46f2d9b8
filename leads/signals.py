"""The one word that travels upwards: a lead changed in a way a mapping can see.

Sent inside the transaction of the change, so that what listens (the outbox) stands or falls with it. Arguments:
`leads` (list of Lead, already saved with their new `version`) and `fresh` (True for a capture that just happened,
False for a bulk change that may wait behind fresh ones).
"""

from django.dispatch import Signal

lead_changed = Signal()
