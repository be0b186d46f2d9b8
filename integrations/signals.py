"""The one word that travels upwards from here: an integration now writes into another account of its vendor.

Everything else an upper app needs is on the `Integration` row itself (its status, its mode, its setup version) and is
read there. Remote ids are different: those of the old account mean nothing in the new one, and only the upper app has
them. Sent inside the transaction of the change, with `integration`; what listens stands or falls with it.
"""

from django.dispatch import Signal

account_changed = Signal()
