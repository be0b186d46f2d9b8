"""Who owns a new record: what the org says, or the rep who captured the lead, found by e-mail among its active users.

What was found, and what was not, is remembered for the life of the client: a batch asks for new e-mails only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.providers.salesforce import schema, soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Job, Look

OWNER_LOOK = "Owner"
_FIELDS = ("Id", "Email", "CreatedDate")


class Owners:
    """Finds the owners of a batch's new records."""

    def __init__(self, client: SalesforceClient, options: Mapping[str, str]) -> None:
        self.client = client
        self.by_rep = schema.chosen(options, schema.OWNER) == schema.THE_REP
        self._asked: set[str] = set()
        self.assigns = schema.chosen(options, schema.ASSIGNMENT) == schema.RUN

    def ask(self, look: Look, jobs: Sequence[Job]) -> None:
        if not self.by_rep:
            return
        self._asked = {_rep(job) for job in jobs} - {"", *self.client.owners}
        look.ask(
            OWNER_LOOK,
            [
                soql.select(_FIELDS, "User", f"IsActive = TRUE AND {soql.among('Email', group)}")
                for group in soql.chunks(sorted(self._asked))
            ],
        )

    def read(self, look: Look) -> None:
        """Users whom Salesforce does not let us see own nothing. Of several with one e-mail the oldest is taken."""
        known = look.records(OWNER_LOOK) if look.refusal(OWNER_LOOK) is None else []
        found = sorted(known, key=lambda user: str(user.get("CreatedDate") or "9"), reverse=True)
        self.client.owners.update(dict.fromkeys(self._asked, ""))
        self.client.owners.update({str(user.get("Email") or "").casefold(): str(user["Id"]) for user in found})

    def values(self, group: Sequence[Job]) -> dict[str, str]:
        """The owner of a new record of these leads: the rep of the first of them who is a user."""
        if not self.by_rep:
            return {}
        owners = [self.client.owners.get(_rep(job), "") for job in group]
        owner = next((owner for owner in owners if owner), "")
        for job, own in zip(group, owners, strict=True):
            if _rep(job) in self.client.owners and not own:
                job.warn(
                    f"No active user of Salesforce that Mobly can see has the e-mail {job.delivery.captured_by}, so "
                    "the record does not belong to the rep who captured the lead."
                )
        return {"OwnerId": owner} if owner else {}


def _rep(job: Job) -> str:
    return job.delivery.captured_by.strip().casefold()
