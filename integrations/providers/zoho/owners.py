"""The owner of new records: the rep who captured the lead, where Zoho CRM has a user with that e-mail."""

from __future__ import annotations

from collections.abc import Iterable

from integrations.contract import ProviderError
from integrations.providers.zoho import errors
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.settings import BY_REP, OWNER

PAGE = 200
PAGES = 20
UNREADABLE = "The users of Zoho CRM could not be read, so new records belong to the connected user."


def assign(run: Run, works: Iterable[Work]) -> None:
    """Note whom each lead's record shall belong to if it is made now."""
    captured = [work for work in works if work.delivery.captured_by and not work.known_id]
    if run.options.get(OWNER) != BY_REP or not captured:
        return
    try:
        users = _users(run.client)
    except errors.Rejected:
        for work in captured:
            work.warn(UNREADABLE)
        return
    except ProviderError as error:
        run.absorb(error)
        return
    for work in captured:
        work.owner_id = users.get(work.delivery.captured_by.strip().casefold(), "")


def _users(client: Client) -> dict[str, str]:
    """E-mail -> id of the active users; read once per connection. Raises `ProviderError`."""
    if client.users is None:
        found: dict[str, str] = {}
        for page in range(1, PAGES + 1):
            reply = client.get("users", {"type": "ActiveUsers", "per_page": PAGE, "page": page})
            for row in reply.rows("users"):
                found[str(row.get("email") or "").casefold()] = str(row.get("id") or "")
            if not reply.more:
                break
        client.users = found
    return client.users
