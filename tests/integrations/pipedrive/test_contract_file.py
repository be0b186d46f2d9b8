"""What the provider sends, and what it is answered, held against Pipedrive's published description."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from integrations.contract import EngagementKind, Membership
from integrations.providers.pipedrive import PROVIDER
from mobly_sync.http import Exchange
from tests.integrations.pipedrive.company import lead, logged
from tests.openapi import Contract

FILE = Path(__file__).parents[2] / "sandbox" / "openapi" / "pipedrive.json"


def test_every_call_of_a_whole_life_is_as_published(company):
    company.vendor.add_recommended_fields()
    exchanges: list[Exchange] = []
    company.client.session.recorder = exchanges.append
    own = company.code("Mobly Lead ID")
    campaign, *_ = PROVIDER.campaigns(company.client, query="summit")
    member = Membership(campaign.id, campaign.kind, campaign.name)
    PROVIDER.create_fields(company.client, "organizations", PROVIDER.recommended_fields("organizations"))
    PROVIDER.check(company.client, {}, {"persons": ["emails"]})
    kinds = tuple(logged(kind) for kind in EngagementKind)
    result = company.one(lead("ada@acme.example", name="Acme", memberships=(member,), engagements=kinds))
    company.one(lead(mobly_id="m-1", own_field=own, phones="1", phones_other="2; 3", label_ids=("1",)))
    company.deliver(*(lead(f"p{number}@acme.example", name=f"Company {number}") for number in range(6)))
    company.one(lead("bo@acme.example", known=result.person.id, in_doubt=True, engagements=kinds, first_name="Bo"))
    PROVIDER.look(company.client, result.person, ["emails"])

    contract = Contract(FILE, strict_bodies=True)
    for exchange in exchanges:
        url = urlsplit(exchange.url)
        path = url.path.removeprefix("/halden-robotics")
        body = json.loads(exchange.request_body) if exchange.request_body else None
        contract.check_request(exchange.method, path, url.query, body)
        contract.check_response(exchange.method, path, exchange.status or 0, json.loads(exchange.answer_body))
    assert len({(exchange.method, urlsplit(exchange.url).path.rpartition("/")[2]) for exchange in exchanges}) > 12
