"""Values as Pipedrive's strict types want them, and lists that are replaced whole."""

import pytest

from integrations.providers.pipedrive import PROVIDER
from tests.integrations.pipedrive.company import lead

ADA = "ada@acme.example"


@pytest.fixture
def typed(company):
    """The company with a field of every kind a lead's value can go into."""
    kinds = ("varchar", "varchar_auto", "text", "phone", "double", "date", "address")
    company.vendor.change_schema("persons", add=[{"name": f"A {kind}", "type": kind} for kind in kinds])
    return company


def test_every_kind_of_field_takes_its_value(typed):
    hot, summit = typed.option("Lead temperature", "Hot"), typed.option("Events attended", "Automate Summit 2026")
    brought = {
        "A varchar": "5",
        "A varchar_auto": "6",
        "A text": "long",
        "A phone": "+41 44 1",
        "A double": 2.5,
        "A date": "2026-11-21",
        "A address": "Main Street 1",
        "Lead temperature": hot,
        "Events attended": (summit,),
    }

    result = typed.one(lead(ADA, values={typed.code(label): value for label, value in brought.items()}))

    assert result.ok, result.fault
    (person,) = typed.vendor.records("persons")
    address = person["named"].pop("A address")
    assert address["value"] == "Main Street 1"
    assert person["named"] == {
        **{label: value for label, value in brought.items() if label != "A address"},
        "Lead temperature": "Hot",
        "Events attended": ["Automate Summit 2026"],
    }


def test_amounts_spans_and_users_go_as_pipedrive_documents_them_and_only_when_they_differ(company):
    kinds = ("monetary", "daterange", "timerange", "time", "user")
    company.vendor.change_schema("persons", add=[{"name": f"A {kind}", "type": kind} for kind in kinds])
    brought = {
        "A monetary": 1500,
        "A daterange": "2026-11-22/2026-11-24",
        "A timerange": "14:30/16:00",
        "A time": "14:30",
        "A user": "2000001",
    }
    values = {company.code(label): value for label, value in brought.items()}

    result = company.one(lead(ADA, values=values))
    company.vendor.forget_stats()
    again = company.one(lead(ADA, known=result.person.id, values=values))

    assert (result.fault, again.fault) == (None, None)
    custom = company.vendor.records("persons")[0]["custom_fields"]
    assert {label: custom[company.code(label)] for label in brought} == {
        "A monetary": {"value": 1500, "currency": "USD"},
        "A daterange": {"value": "2026-11-22", "until": "2026-11-24"},
        "A timerange": {"value": "14:30", "until": "16:00"},
        "A time": {"value": "14:30"},
        "A user": 2000001,
    }
    assert company.calls("PATCH") == 0


def test_an_amount_keeps_the_currency_it_stands_in(company):
    company.vendor.change_schema("persons", add=[{"name": "Budget", "type": "monetary"}])
    code = company.code("Budget")
    there = {"value": 10, "currency": "CHF"}
    known = company.vendor.seed("persons", name="Ada Meyer", email=ADA, custom_fields={code: there})

    company.one(lead(ADA, known=known["id"], values={code: 20}))

    (person,) = company.vendor.records("persons")
    assert person["custom_fields"][code] == {"value": 20, "currency": "CHF"}


def test_emails_and_phones_of_others_stay(company):
    others = {
        "emails": [{"value": "old@acme.example", "primary": True, "label": "work"}, {"value": ADA.upper()}],
        "phones": [{"value": "+41-44-111", "primary": True, "label": "mobile"}],
    }
    known = company.vendor.seed("persons", name="Ada Meyer", **others)

    company.one(lead(ADA, known=known["id"], phones="+41 44 222", emails_home="ada@home.example"))

    (person,) = company.vendor.records("persons")
    assert [(row["value"], row["primary"]) for row in person["emails"]] == [
        ("old@acme.example", True),
        (ADA.upper(), False),
        ("ada@home.example", False),
    ]
    assert [(row["value"], row["label"], row["primary"]) for row in person["phones"]] == [
        ("+41 44 222", "work", True),
        ("+41-44-111", "mobile", False),
    ]


def test_the_same_number_in_other_groups_is_no_second_one(company):
    known = company.vendor.seed("persons", name="Ada Meyer", phone="+41-44-111", email=ADA)

    company.one(lead(ADA, known=known["id"], phones="+41 44 111", phones_other="+4144111; +41 44 333;"))

    assert company.persons("phones") == [{"phones": ["+41-44-111", "+41 44 333"]}]


def test_options_ticked_by_others_stay(company):
    code = company.code("Events attended")
    summit, evening = (
        company.option("Events attended", one) for one in ("Automate Summit 2026", "Cobot Evening Chicago")
    )
    known = company.vendor.seed(
        "persons", email=ADA, name="Ada", label_ids=[1], **{"Events attended": ["Cobot Evening Chicago"]}
    )

    company.one(lead(ADA, label_ids=("3",), values={code: (summit,)}))

    assert company.persons("id", "label_ids", "Events attended") == [
        {"id": known["id"], "label_ids": [1, 3], "Events attended": ["Cobot Evening Chicago", "Automate Summit 2026"]}
    ]
    assert evening != summit


def test_if_blank_fills_only_what_is_empty(recommended):
    title, text = recommended.code("Job Title"), recommended.code("Mobly Description")
    known = recommended.vendor.seed("persons", email=ADA, first_name="Ada", last_name="King", **{"Job Title": "CTO"})
    brought = {"first_name": "A.", title: "CEO", text: "Met at the booth", "phones": "1"}

    recommended.one(lead(ADA, known=known["id"], last_name=None, if_blank=brought))

    assert recommended.persons("name", "Job Title", "Mobly Description", "phones") == [
        {"name": "Ada King", "Job Title": "CTO", "Mobly Description": "Met at the booth", "phones": ["1"]}
    ]


def test_one_part_of_a_name_leaves_the_other(company):
    known = company.vendor.seed("persons", email=ADA, first_name="Ada", last_name="Meyer")

    company.one(lead(ADA, known=known["id"], last_name="King"))

    assert company.persons("name") == [{"name": "Ada King"}]


def test_a_name_that_pipedrive_splits_otherwise_is_not_sent_again(company):
    first = company.one(lead(ADA, first_name="Anna Maria", last_name="Schmidt"))
    company.vendor.forget_stats()

    company.one(lead(ADA, known=first.person.id, first_name="Anna Maria", last_name="Schmidt"))

    assert company.persons("name") == [{"name": "Anna Maria Schmidt"}]
    assert company.calls("PATCH") == 0


def test_an_option_that_was_removed_meanwhile_is_a_bad_value(company):
    code, hot = company.code("Lead temperature"), company.option("Lead temperature", "Hot")
    company.vendor.change_schema("persons", picklist={"field": "Lead temperature", "remove": ["Hot"]})

    result = company.one(lead(ADA, values={code: hot}))

    assert (result.fault.cause, result.fault.field, result.fault.value) == ("DATA_VALUE_VALIDATION", code, hot)


def test_looking_at_a_person_tells_its_values_by_our_names(recommended):
    title = recommended.code("Job Title")
    result = recommended.one(
        lead(ADA, first_name="Ada", phones="1", phones_other="2; 3", label_ids=("2",), values={title: "CTO"})
    )

    names = ["first_name", "emails", "emails_home", "phones", "phones_other", "label_ids", title]
    assert PROVIDER.look(recommended.client, result.person, names) == {
        "first_name": "Ada",
        "emails": ADA,
        "emails_home": None,
        "phones": "1",
        "phones_other": "2; 3",
        "label_ids": ["2"],
        title: "CTO",
    }


def test_looking_at_a_person_that_is_gone_finds_nothing(company):
    result = company.one(lead(ADA))
    company.vendor.delete("persons", result.person.id)

    assert PROVIDER.look(company.client, result.person, ["emails"]) is None


def test_a_last_name_that_came_alone_is_not_doubled(company):
    first = company.one(lead(ADA, last_name="van Berg"))

    company.one(lead(ADA, known=first.person.id, last_name="van Berg"))

    assert company.persons("name") == [{"name": "van Berg"}]
