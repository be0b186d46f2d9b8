"""Everything we ask Zoho is asked as its OpenAPI file says."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from integrations.contract import RemoteRef
from integrations.providers.zoho import PROVIDER
from tests.integrations.zoho.org import AS_CONTACTS, lead, logged, member, person
from tests.openapi import Contract

FILE = Path(__file__).parents[2] / "sandbox" / "openapi" / "zoho.json"


def test_every_request_of_a_whole_run_is_valid(org):
    asked = []
    org.session.recorder = asked.append
    for options in ({}, AS_CONTACTS):
        PROVIDER.describe(org.client, options)
    PROVIDER.check(org.client, {}, {"Leads": ["Email"]})
    PROVIDER.campaigns(org.client)
    PROVIDER.create_fields(org.client, "Leads", PROVIDER.recommended_fields("Leads"))
    joined = member(org.campaign(), "Sent")
    first = org.one(
        lead(
            "ada@x.example",
            mobly_id="m-1",
            captured_by="tom@halden.example",
            if_blank={"City": "Oslo"},
            memberships=(joined,),
            engagements=(logged(),),
        ),
        owner="rep",
        rules="held",
    )
    org.one(
        lead(
            "ada@x.example", known=first.person.id, if_blank={"State": "Viken"}, in_doubt=True, engagements=(logged(),)
        )
    )
    org.one(lead(First_Name="Nobody"))
    org.one(person("bob@x.example", name="Acme", if_blank={"Title": "CTO"}), **AS_CONTACTS)
    PROVIDER.look(org.client, RemoteRef("Leads", first.person.id), ["Email"])
    PROVIDER.campaign(org.client, campaign_id=org.campaign(), kind="campaign")

    contract = Contract(FILE)
    for exchange in asked:
        address = urlsplit(exchange.url)
        body = json.loads(exchange.request_body) if exchange.request_body else None
        contract.check_request(exchange.method, address.path.removeprefix("/api-us"), address.query, body)

    assert first.ok
    assert len(asked) > 30
