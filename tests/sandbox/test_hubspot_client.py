"""HubSpot's own Python client, unmodified, against the simulated HubSpot: only its host is set."""

import pytest
from hubspot import HubSpot as Client
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicAssociationMultiPost,
    PublicAssociationMultiPost,
    PublicObjectId,
)
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectBatchInputForCreate,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectId,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.lists import ListCreateRequest, ListSearchRequest
from hubspot.crm.properties import BatchInputPropertyCreate, PropertyCreate
from hubspot.marketing.events import (
    BatchInputMarketingEventEmailSubscriber,
    MarketingEventCreateRequestParams,
    MarketingEventEmailSubscriber,
)

from integrations.sandbox.hubspot.oauth import CLIENT_ID, CLIENT_SECRET, PRIVATE_TOKEN
from tests.sandbox.test_hubspot_oauth import BACK, consent


@pytest.fixture
def client(hubspot):
    return Client(host=hubspot.base, access_token=PRIVATE_TOKEN)


def test_the_client_signs_in_and_refreshes(hubspot):
    code = consent(hubspot)["code"]
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    tokens_api = Client(host=hubspot.base).oauth.tokens_api

    tokens = tokens_api.create(grant_type="authorization_code", code=code, redirect_uri=BACK, **app)
    again = tokens_api.create(grant_type="refresh_token", refresh_token=tokens.refresh_token, **app)
    info = Client(host=hubspot.base).oauth.access_tokens_api.get(again.access_token)

    assert (tokens.expires_in, again.refresh_token) == (1800, tokens.refresh_token)
    assert (info.hub_id, info.user) == (44556677, "mobly.integration@halden.example")
    page = Client(host=hubspot.base, access_token=again.access_token).crm.contacts.basic_api.get_page()
    assert page.results == []


def test_the_client_describes(client):
    rows = {row.name: row for row in client.crm.properties.core_api.get_all("contacts").results}

    assert rows["createdate"].modification_metadata.read_only_value is True
    assert [option.value for option in rows["hs_lead_status"].options][:2] == ["NEW", "OPEN"]
    assert client.crm.properties.groups_api.get_all("contacts").results[0].name == "contactinformation"


def test_the_client_makes_properties(client):
    new = PropertyCreate(
        name="badge", label="Badge", type="string", field_type="text", group_name="contactinformation",
        has_unique_value=True,
    )  # fmt: skip

    made = client.crm.properties.batch_api.create("contacts", BatchInputPropertyCreate(inputs=[new]))

    assert made.results[0].has_unique_value is True
    assert client.crm.properties.core_api.get_by_name("contacts", "badge").label == "Badge"


def test_the_client_creates_reads_updates_and_archives(client):
    contacts = client.crm.contacts.basic_api
    made = contacts.create(SimplePublicObjectInputForCreate(properties={"email": "a@b.example"}, associations=[]))
    contacts.update("a@b.example", SimplePublicObjectInput(properties={"firstname": "Ada"}), id_property="email")

    read = contacts.get_by_id(made.id, properties=["firstname"])
    contacts.archive(made.id)

    assert read.properties["firstname"] == "Ada"
    assert read.created_at.year == 2026
    with pytest.raises(ApiException) as missing:
        contacts.get_by_id(made.id)
    assert missing.value.status == 404


def test_the_client_shows_a_refusal(client):
    with pytest.raises(ApiException) as refused:
        client.crm.contacts.basic_api.create(
            SimplePublicObjectInputForCreate(properties={"email": "nobody"}, associations=[])
        )

    assert refused.value.status == 400
    assert "INVALID_EMAIL" in refused.value.body


def test_the_client_works_in_batches(client):
    batch = client.crm.contacts.batch_api
    emails = [f"p{n}@b.example" for n in range(5)]

    created = batch.create(
        BatchInputSimplePublicObjectBatchInputForCreate(
            inputs=[
                SimplePublicObjectBatchInputForCreate(
                    properties={"email": email}, associations=[], object_write_trace_id=email
                )
                for email in emails
            ]
        )
    )
    upserted = batch.upsert(
        BatchInputSimplePublicObjectBatchInputUpsert(
            inputs=[
                SimplePublicObjectBatchInputUpsert(id=email, id_property="email", properties={"firstname": "P"})
                for email in [*emails, "new@b.example"]
            ]
        )
    )
    updated = batch.update(
        BatchInputSimplePublicObjectBatchInput(
            inputs=[SimplePublicObjectBatchInput(id=row.id, properties={"phone": "1"}) for row in created.results]
        )
    )
    read = batch.read(
        BatchReadInputSimplePublicObjectId(
            id_property="email",
            properties=["email", "firstname", "phone"],
            properties_with_history=[],
            inputs=[SimplePublicObjectId(id=email) for email in emails],
        )
    )

    assert {row.object_write_trace_id for row in created.results} == set(emails)
    assert sorted(row.new for row in upserted.results) == [False] * 5 + [True]
    assert len(updated.results) == 5
    assert {(row.properties["firstname"], row.properties["phone"]) for row in read.results} == {("P", "1")}


def test_the_client_reads_a_partial_success(hubspot, client):
    """The recorded 207 lacks two keys the client insists on; its own switch for that is `client_side_validation`."""
    lenient = Client(host=hubspot.base, access_token=PRIVATE_TOKEN, client_side_validation=False)
    hubspot.contact(email="a@b.example")

    read = lenient.crm.contacts.batch_api.read(
        BatchReadInputSimplePublicObjectId(
            id_property="email",
            properties=["email"],
            properties_with_history=[],
            inputs=[SimplePublicObjectId(id="a@b.example"), SimplePublicObjectId(id="none@b.example")],
        )
    )

    assert [row.properties["email"] for row in read.results] == ["a@b.example"]
    assert (read.num_errors, read.errors[0].context) == (1, {"ids": ["none@b.example"]})


def test_the_client_searches(client, clock):
    contacts = client.crm.contacts
    contacts.basic_api.create(SimplePublicObjectInputForCreate(properties={"email": "a@b.example"}, associations=[]))
    request = PublicObjectSearchRequest(
        filter_groups=[{"filters": [{"propertyName": "email", "operator": "EQ", "value": "a@b.example"}]}],
        properties=["email"],
        limit=10,
    )

    found = contacts.search_api.do_search(public_object_search_request=request)

    assert found.total == 1
    assert found.results[0].properties["email"] == "a@b.example"


def test_the_client_links(client):
    contact = client.crm.contacts.basic_api.create(
        SimplePublicObjectInputForCreate(properties={"email": "a@b.example"}, associations=[])
    )
    company = client.crm.companies.basic_api.create(NewCompany(properties={"name": "Brightforge"}, associations=[]))
    link = PublicAssociationMultiPost(
        _from=PublicObjectId(id=contact.id),
        to=PublicObjectId(id=company.id),
        types=[AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=279)],
    )

    v4 = client.crm.associations.v4
    made = v4.batch_api.create("contacts", "companies", BatchInputPublicAssociationMultiPost(inputs=[link]))
    v4.basic_api.create_default("contacts", contact.id, "companies", company.id)
    read = v4.basic_api.get_page("contacts", contact.id, "companies")

    assert made.results[0].to_object_id == company.id
    assert [(row.to_object_id, row.association_types[0].type_id) for row in read.results] == [(company.id, 279)]


def test_the_client_fills_lists(client):
    contact = client.crm.contacts.basic_api.create(
        SimplePublicObjectInputForCreate(properties={"email": "a@b.example"}, associations=[])
    )
    new = ListCreateRequest(name="Visitors", object_type_id="0-1", processing_type="MANUAL")

    made = client.crm.lists.lists_api.create(list_create_request=new).list
    added = client.crm.lists.memberships_api.add(made.list_id, [contact.id])
    found = client.crm.lists.lists_api.do_search(ListSearchRequest(query="Visitors", offset=0, count=20))

    assert added.records_ids_added == [contact.id]
    assert client.crm.lists.lists_api.get_by_name("Visitors", "0-1").list.list_id == made.list_id
    assert made.list_id in {row.list_id for row in found.lists}
    assert client.crm.lists.memberships_api.get_page(made.list_id).results[0].record_id == contact.id


def test_the_client_records_attendance(client):
    events = client.marketing.events
    made = events.basic_api.create(
        MarketingEventCreateRequestParams(
            event_name="Factory Days", event_organizer="Halden", external_account_id="mobly", external_event_id="e-1"
        )
    )
    people = [MarketingEventEmailSubscriber(email="a@b.example", interaction_date_time=1795291200000)]

    answer = events.add_event_attendees_api.record_by_contact_emails(
        "e-1",
        "attend",
        external_account_id="mobly",
        batch_input_marketing_event_email_subscriber=BatchInputMarketingEventEmailSubscriber(inputs=people),
    )

    assert answer.results[0].email == "a@b.example"
    shown = events.basic_api.get_by_object_id(made.object_id)
    assert (shown.event_name, shown.attendees) == ("Factory Days", 1)
