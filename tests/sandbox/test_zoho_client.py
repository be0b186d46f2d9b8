"""Zoho's own Python client, unmodified, against the simulated Zoho: only its environment is set."""

import pytest
from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as QueryBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule, ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.notes import BodyWrapper as NoteBody
from zohocrmsdk.src.com.zoho.crm.api.notes import Note, NotesOperations, ParentId
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    Field,
    GetRecordsParam,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.related_records import BodyWrapper as RelatedBody
from zohocrmsdk.src.com.zoho.crm.api.related_records import RelatedRecordsOperations
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations

from tests.sandbox.zoho_org import BACK, CLIENT_ID, CLIENT_SECRET


@pytest.fixture
def sign_in(zoho, tmp_path):
    """Sign the client in at a data centre; its settings are global, so each test begins anew."""

    def at(account="us"):
        accounts = "/eu" if account == "eu" else ""
        environment = DataCenter.Environment(
            f"{zoho.base}/api-{account}", f"{zoho.base}{accounts}/oauth/v2/token", f"{zoho.base}/content-{account}"
        )
        token = OAuthToken(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            grant_token=zoho.consent(account)["code"],
            redirect_url=BACK,
        )
        Initializer.initialize(
            environment=environment,
            token=token,
            store=FileStore(str(tmp_path / "tokens.csv")),
            sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
            resource_path=str(tmp_path),
        )

    return at


@pytest.fixture
def client(zoho, sign_in):
    sign_in()
    return zoho


def record(**values):
    made = Record()
    for name, value in values.items():
        made.add_key_value(name, value)
    return made


def lead(email, **values):
    made = record(**values)
    for field, value in (
        (Field.Leads.last_name(), "Raman"),
        (Field.Leads.company(), "Brightforge"),
        (Field.Leads.email(), email),
    ):
        made.add_field_value(field, value)
    return made


def wrapped(wrapper, *rows):
    body = wrapper()
    body.set_data(list(rows))
    return body


def arguments(*pairs):
    made = ParameterMap()
    for parameter, value in pairs:
        made.add(parameter, value)
    return made


def done(answer):
    """(code, id) of each record."""
    return [(row.get_code().get_value(), row.get_details().get("id")) for row in answer.get_object().get_data()]


def test_the_client_signs_in_at_either_data_centre(zoho, sign_in):
    sign_in("eu")
    org = OrgOperations().get_organization().get_object().get_org()[0]

    assert (org.get_company_name(), org.get_zgid()) == ("Halden Robotics Europe", "20098765")
    current = UsersOperations().get_users(arguments((GetUsersParam.type, "CurrentUser"))).get_object().get_users()
    assert [user.get_email() for user in current] == ["mobly.integration@halden-europe.example"]


def test_the_client_describes(client):
    modules = ModulesOperations().get_modules().get_object().get_modules()
    fields = FieldsOperations().get_fields(arguments((GetFieldsParam.module, "Leads"))).get_object().get_fields()

    rows = {field.get_api_name(): field for field in fields}
    assert [module.get_api_name() for module in modules][:3] == ["Home", "Leads", "Contacts"]
    assert (rows["Last_Name"].get_length(), rows["Last_Name"].get_system_mandatory()) == (80, True)
    renamed = rows["Lead_Status"].get_pick_list_values()[-1]
    assert (renamed.get_display_value(), renamed.get_actual_value()) == (
        "Identify Decision Makers", "Id. Decision Makers"
    )  # fmt: skip


def test_the_client_inserts_upserts_and_reads_back(client):
    leads = RecordOperations("Leads")
    created = leads.create_records(wrapped(BodyWrapper, lead("a@b.example", City="Graz")))
    body = wrapped(BodyWrapper, lead("a@b.example", City="Linz"), lead("b@b.example"))
    body.set_duplicate_check_fields(["Email"])

    upserted = leads.upsert_records(body)

    assert (created.get_status_code(), upserted.get_status_code()) == (201, 200)
    assert [row.get_action().get_value() for row in upserted.get_object().get_data()] == ["update", "insert"]
    listed = leads.get_records(arguments((GetRecordsParam.fields, "Email,City")), HeaderMap()).get_object()
    assert [(row.get_key_value("Email"), row.get_key_value("City")) for row in listed.get_data()] == [
        ("b@b.example", None), ("a@b.example", "Linz")
    ]  # fmt: skip
    assert listed.get_info().get_more_records() is False


def test_the_client_shows_a_mixed_batch(client):
    answer = RecordOperations("Leads").create_records(wrapped(BodyWrapper, lead("a@b.example"), lead("wrong")))

    good, bad = answer.get_object().get_data()
    assert answer.get_status_code() == 207
    assert (good.get_status().get_value(), bad.get_status().get_value()) == ("success", "error")
    assert (bad.get_code().get_value(), bad.get_details()["api_name"]) == ("INVALID_DATA", "Email")


def test_the_client_searches_and_queries(client):
    leads = RecordOperations("Leads")
    leads.create_records(wrapped(BodyWrapper, lead("a@b.example")))
    query = QueryBody()
    query.set_select_query("select Email from Leads where Email in ('a@b.example') limit 0, 200")

    found = leads.search_records(arguments((SearchRecordsParam.email, "a@b.example")), HeaderMap()).get_object()
    queried = CoqlOperations().get_records(query).get_object()
    nothing = leads.search_records(arguments((SearchRecordsParam.email, "x@b.example")), HeaderMap())

    assert [row.get_key_value("Email") for row in found.get_data()] == ["a@b.example"]
    assert [row.get_key_value("Email") for row in queried.get_data()] == ["a@b.example"]
    assert nothing.get_status_code() == 204


def test_the_client_adds_members_and_notes(client):
    person = client.lead(Email="a@b.example")
    campaign = client.campaign()
    member, note, parent, module = record(Member_Status="Sent"), Note(), ParentId(), MinifiedModule()
    member.set_id(int(person))
    module.set_api_name("Leads")
    parent.set_module(module)
    parent.set_id(int(person))
    note.set_note_title("Call")
    note.set_note_content("Wants a demo.")
    note.set_parent_id(parent)

    campaigns = RelatedRecordsOperations("Leads", "Campaigns")
    joined = campaigns.update_related_records(int(campaign), wrapped(RelatedBody, member))
    noted = NotesOperations().create_notes(wrapped(NoteBody, note))

    assert (joined.get_status_code(), done(joined)) == (200, [("SUCCESS", int(person))])
    assert noted.get_status_code() == 201
    assert [(row["person"], row["status"]) for row in client.kept("CampaignMembers")] == [(person, "Sent")]
    assert client.values("Notes", "Note_Title", "Note_Content") == [("Call", "Wants a demo.")]
