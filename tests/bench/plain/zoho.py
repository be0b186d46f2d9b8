"""One lead at a time with Zoho's own client."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.notes import BodyWrapper as NoteBody
from zohocrmsdk.src.com.zoho.crm.api.notes import Note, NotesOperations, ParentId
from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Field, Record, RecordOperations, SearchRecordsParam
from zohocrmsdk.src.com.zoho.crm.api.related_records import BodyWrapper as RelatedBody
from zohocrmsdk.src.com.zoho.crm.api.related_records import RelatedRecordsOperations
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig

from integrations.sandbox.person import allow
from integrations.sandbox.zoho.oauth import ALL_SCOPES
from integrations.sandbox.zoho.places import CLIENT_ID, CLIENT_SECRET, FIRST
from tests.bench.plain import Carry, Person
from tests.bench.stage import Case
from tests.vendors import SandboxVendor

# Nobody listens there: the code is read off the redirect.
BACK = "http://127.0.0.1:9/back"


@contextmanager
def opened(sandbox: SandboxVendor, case: Case) -> Iterator[Carry]:
    campaign = int(sandbox.seed("Campaigns", Campaign_Name="Plain")["id"]) if case.with_extras else 0
    module = "Contacts" if case.companies else "Leads"
    people, accounts = RecordOperations(module), RecordOperations("Accounts")
    members = RelatedRecordsOperations(module, "Campaigns")
    named = Field.Contacts if case.companies else Field.Leads

    def company_of(person: Person) -> Record:
        name = person["company_name"]
        found = _found(accounts, SearchRecordsParam.criteria, f"(Account_Name:equals:{name})")
        account = Record()
        account.set_id(found or _made(accounts, _record((Field.Accounts.account_name(), name))))
        return account

    def carry(person: Person) -> None:
        values = _record(
            (named.first_name(), person["first_name"]),
            (named.last_name(), person["last_name"]),
            (named.email(), person["email"]),
            (named.phone(), person["phone_number"]),
        )
        if case.companies:
            values.add_field_value(Field.Contacts.account_name(), company_of(person))
        else:
            values.add_field_value(Field.Leads.company(), person["company_name"])
        known = _found(people, SearchRecordsParam.email, person["email"])
        if known:
            _done(people.update_record(known, _wrapped(BodyWrapper, values)))
        else:
            known = _made(people, values)
        if case.with_extras:
            member = Record()
            member.set_id(known)
            _done(members.update_related_records(campaign, _wrapped(RelatedBody, member)))
            _done(NotesOperations().create_notes(_wrapped(NoteBody, _note(module, known))))

    with tempfile.TemporaryDirectory(prefix="zoho-client-") as folder:
        _sign_in(sandbox.url, Path(folder))
        yield carry


def _sign_in(url: str, folder: Path) -> None:
    """The client's settings are global: the last sign-in counts."""
    asked = {"response_type": "code", "client_id": CLIENT_ID, "scope": ",".join(ALL_SCOPES), "redirect_uri": BACK}
    asked |= {"access_type": "offline", "prompt": "consent", "state": "bench"}
    consent = requests.Request("GET", f"{url}/oauth/v2/auth", params=asked).prepare().url or ""
    here = f"{url}{FIRST.api_path}"
    Initializer.initialize(
        environment=DataCenter.Environment(here, f"{url}/oauth/v2/token", here),
        token=OAuthToken(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            grant_token=allow(consent, account=FIRST.key)["code"],
            redirect_url=BACK,
        ),
        store=FileStore(str(folder / "tokens.csv")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(folder),
    )


def _record(*values: tuple[Field, Any]) -> Record:
    record = Record()
    for field, value in values:
        record.add_field_value(field, value)
    return record


def _note(module: str, person: int) -> Note:
    note, parent, kind = Note(), ParentId(), MinifiedModule()
    kind.set_api_name(module)
    parent.set_module(kind)
    parent.set_id(person)
    note.set_note_title("Note")
    note.set_note_content("Spoke.")
    note.set_parent_id(parent)
    return note


def _wrapped(wrapper: Any, row: Any) -> Any:
    body = wrapper()
    body.set_data([row])
    return body


def _found(records: RecordOperations, parameter: Any, value: str) -> int:
    """The id of the first record, 0 when there is none."""
    asked = ParameterMap()
    asked.add(parameter, value)
    answer = records.search_records(asked, HeaderMap())
    return 0 if answer.get_status_code() == 204 else int(answer.get_object().get_data()[0].get_id())


def _made(records: RecordOperations, record: Record) -> int:
    return _done(records.create_records(_wrapped(BodyWrapper, record)))


def _done(answer: Any) -> int:
    """The id of the one record of an answer, which must have gone well: the client raises nothing by itself."""
    row = answer.get_object().get_data()[0]
    assert row.get_status().get_value() == "success", row.get_message().get_value()
    return int(row.get_details()["id"])
