"""The leads a batch of meetings may belong to, by their keys; grows with those the batch makes."""

from __future__ import annotations

from collections.abc import Iterable

from leads.identity import Identity
from leads.models import Lead


class Known:
    def __init__(self, leads: Iterable[Lead]) -> None:
        self._by_email: dict[str, Lead] = {}
        self._by_name: dict[str, list[Lead]] = {}
        for lead in leads:
            self.file(lead)

    def find(self, identity: Identity) -> Lead | None:
        """The lead this person is, or None.

        With an e-mail: the lead of that e-mail, else the namesake that has none yet; never one that has another.
        Without: the namesake that has none, else the only one. Several namesakes with e-mails cannot be told apart,
        so this is somebody new.
        """
        namesakes = self._by_name.get(identity.name, []) if identity.name else []
        without = next((lead for lead in namesakes if not lead.email_key), None)
        if identity.email:
            return self._by_email.get(identity.email) or without
        return without or (namesakes[0] if len(namesakes) == 1 else None)

    def file(self, lead: Lead) -> None:
        """File a lead under the keys it has now; it stays findable under earlier ones."""
        if lead.email_key:
            self._by_email[lead.email_key] = lead
        if lead.name_key:
            namesakes = self._by_name.setdefault(lead.name_key, [])
            if not any(other is lead for other in namesakes):
                namesakes.append(lead)
