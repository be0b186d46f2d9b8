"""Companies that are about to be created: written down before the vendor is asked.

Most vendors have no unique key for a company, and a search that lags behind their writes shows one that was created a
moment ago to nobody. When the answer to a create is lost, or the worker that waited for it, the lead it was sent with
finds the company by its own link; the next lead of the same company does not. From what is noted here the provider
knows that the company may be there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from integrations.contract import Delivery
from reconciliation.models import RemoteCompany

# A column's worth of an identity.
CHARACTERS = 300


def identity_of(delivery: Delivery) -> str:
    """What the company of this lead is remembered by; empty where it names none."""
    return delivery.company_keys.identity[:CHARACTERS]


def expect(*, integration_id: int, deliveries: Iterable[Delivery]) -> Mapping[str, float]:
    """Note the companies that these may create. Answers for which of them a create has left before without an answer,
    and for how many seconds more that counts.
    """
    wanted = {identity_of(delivery) for delivery in deliveries if delivery.company and not delivery.known_company}
    wanted -= {""}
    if not wanted:
        return {}
    now = timezone.now()
    lasting = timedelta(seconds=settings.COMPANY_DOUBT_SECONDS)
    asked = dict(_open(integration_id, wanted).values_list("identity", "seen_at"))
    doubtful = {identity: since + lasting for identity, since in asked.items() if since + lasting > now}
    # One that a search would show by now is as good as new.
    RemoteCompany.objects.bulk_create(
        [RemoteCompany(integration_id=integration_id, identity=name) for name in sorted(wanted - doubtful.keys())],
        update_conflicts=True,
        unique_fields=["integration", "identity"],
        update_fields=["seen_at"],
    )
    return {identity: (until - now).total_seconds() for identity, until in doubtful.items()}


def forget(*, integration_id: int, identities: Collection[str]) -> None:
    """The vendor answered, and none of these was created."""
    if identities:
        _open(integration_id, identities).delete()


def _open(integration_id: int, identities: Collection[str]) -> QuerySet[RemoteCompany]:
    return RemoteCompany.objects.filter(integration_id=integration_id, identity__in=identities, remote_id="")
