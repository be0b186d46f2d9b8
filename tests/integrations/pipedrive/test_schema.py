"""Describe, Set Defaults and recommended fields: hash keys, labels, numbers of options."""

import pytest

from integrations.contract import Feature, FieldType, Refused
from integrations.providers.pipedrive import PROVIDER, account
from integrations.providers.pipedrive.fields import RECOMMENDED
from leads.fields import MOBLY_FIELDS


def described(company):
    return PROVIDER.describe(company.client, {})


def test_pipedrives_own_fields_are_offered_as_far_as_they_can_be_written(company):
    persons, organizations = described(company)

    assert [(one.name, one.role.value) for one in (persons, organizations)] == [
        ("persons", "persona"),
        ("organizations", "company"),
    ]
    assert {name for name, field in persons.fields.items() if field.writable and not field.custom} == {
        "first_name", "last_name", "emails", "emails_home", "phones", "phones_other", "label_ids", "owner_id",
    }  # fmt: skip
    assert {name for name, field in organizations.fields.items() if field.writable and not field.custom} == {
        "name", "address", "label_ids", "owner_id",
    }  # fmt: skip
    assert not {"org_id", "name"} & set(persons.fields)
    assert [field.name for field in organizations.required()] == ["name"]


def test_types_lengths_and_options_are_told(company):
    kinds = ("text", "double", "monetary", "daterange", "people", "org", "user", "date", "phone", "address")
    company.vendor.change_schema("persons", add=[{"name": f"A {kind}", "type": kind} for kind in kinds])
    persons, _ = described(company)
    by_label = {field.label: field for field in persons.fields.values()}

    assert {kind: by_label[f"A {kind}"].type for kind in kinds} == {
        "text": FieldType.LONG_TEXT,
        "double": FieldType.NUMBER,
        "monetary": FieldType.NUMBER,
        "daterange": FieldType.TEXT,
        "people": FieldType.REFERENCE,
        "org": FieldType.REFERENCE,
        "user": FieldType.PICKLIST,
        "date": FieldType.DATE,
        "phone": FieldType.PHONE,
        "address": FieldType.LONG_TEXT,
    }
    assert {kind for kind in kinds if not by_label[f"A {kind}"].writable} == {"people", "org"}
    assert by_label["A monetary"].help == "In USD, or the currency it has."
    assert (by_label["Email"].type, by_label["Phone"].type) == (FieldType.EMAIL, FieldType.PHONE)
    assert (by_label["First name"].length, by_label["A text"].length) == (255, None)
    attended = by_label["Events attended"]
    assert (attended.type, attended.restricted, len(attended.name)) == (FieldType.MULTI_PICKLIST, True, 40)
    assert all(option.value.isdigit() for option in attended.options)
    owner = by_label["Owner"]
    assert [option.label for option in owner.options] == ["Mobly Integration", "Tom Okafor"]


def test_fields_of_contact_sync_are_offered_while_it_is_on(company):
    company.vendor.faults(contact_sync=True)

    persons, _ = described(company)

    assert {name for name in ("job_title", "notes", "birthday") if persons.fields[name].writable}
    assert not persons.fields["postal_address"].writable


def test_the_codes_of_custom_fields_differ_between_companies(company):
    assert company.code("Events attended") == company.code("Events attended")
    assert company.code("Events attended") != company.code("Lead temperature")


def placed(company):
    """Mobly field -> label of the first place Set Defaults would find, per object."""
    found = {}
    for remote in described(company):
        labels = {field.label.casefold(): field for field in remote.fields.values()}
        for default in PROVIDER.defaults(remote.name):
            names = [remote.fields[name] for name in default.remote_fields if name in remote.fields]
            names += [labels[label.casefold()] for label in default.labels if label.casefold() in labels]
            if names:
                found[remote.name, default.mobly_field] = names[0].label
    return found


def test_set_defaults_places_every_field_once_the_recommended_ones_are_made(company):
    for remote in described(company):
        fields = PROVIDER.recommended_fields(remote.name)
        made = PROVIDER.create_fields(company.client, remote.name, fields)
        assert all(one.made and len(one.name) == 40 for one in made)

    found = placed(company)

    assert {field.key for field in MOBLY_FIELDS} == {mobly for _, mobly in found}
    assert found["persons", "description"] == "Mobly Description"
    assert found["persons", "job_title"] == "Mobly Job Title"
    assert found["organizations", "company_street_address"] == "Address"


def test_a_field_people_made_under_its_own_label_is_found(recommended):
    recommended.vendor.change_schema("persons", add=[{"name": "LinkedIn"}])

    assert placed(recommended)["persons", "linkedin"] == "LinkedIn"
    assert placed(recommended)["persons", "job_title"] == "Job Title"


def test_making_fields_twice_makes_them_once(company):
    fields = PROVIDER.recommended_fields("persons")

    first = PROVIDER.create_fields(company.client, "persons", fields)
    again = PROVIDER.create_fields(company.client, "persons", fields)

    assert [one.name for one in first] == [one.name for one in again]
    assert [one.field for one in first] == list(fields)
    assert company.calls("POST") == len(fields)


def test_a_field_that_pipedrive_refuses_is_told_alone(company):
    company.vendor.faults(plan_limit=1)

    made = PROVIDER.create_fields(company.client, "persons", RECOMMENDED["persons"])

    assert sum(not one.made for one in made) == 1
    assert next(one for one in made if not one.made).problem.startswith("Pipedrive did not make “Mobly ")


def test_a_missing_scope_for_fields_is_told_field_by_field(company):
    company.vendor.faults(missing_scope="contact-fields:full")

    made = PROVIDER.create_fields(company.client, "persons", RECOMMENDED["persons"][:2])

    assert [one.made for one in made] == [False, False]
    assert all("Scope and URL mismatch" in one.problem for one in made)


def test_every_feature_is_declared_once():
    told = PROVIDER.capabilities

    assert set(told.has) | set(told.lacks) == set(Feature)
    assert not set(told.has) & set(told.lacks)


def test_the_check_tells_what_works(recommended):
    code = recommended.code("Job Title")

    lines = PROVIDER.check(recommended.client, {}, {"persons": ["emails", "phones_other", code, "owner_id"]})

    assert all(line.ok for line in lines), [line for line in lines if not line.ok]
    titles = {line.title: line.detail for line in lines}
    assert titles["Signed in"] == "mobly.integration@halden.example at Halden Robotics, company 1000001."
    assert titles["Persons: mapped fields"] == "All 4 can be written."
    assert "API tokens left today" in titles


def test_the_check_names_what_is_gone_and_what_is_missing(recommended):
    code = recommended.code("Job Title")
    recommended.vendor.change_schema("persons", remove=["Job Title"])
    tokens = recommended.source.tokens
    recommended.source.tokens = type(tokens)(
        tokens.access_token, tokens.refresh_token, tokens.expires_at, tokens.api_url, ("base", "contacts:full")
    )

    lines = PROVIDER.check(recommended.client, {}, {"persons": ["add_time", code]})

    bad = {line.title: (line.detail, line.fix) for line in lines if not line.ok}
    assert bad["Activities"] == ("Not granted: activities:full.", account.REGISTERED)
    assert bad["Persons: mapped fields"][0] == (
        f"No longer in Pipedrive: {code}. Read-only in Pipedrive: Person created."
    )


def test_the_check_goes_on_where_persons_may_not_be_read(company):
    company.vendor.faults(no_permission=1, path=r"GET /halden-robotics/api/v2/persons\b")

    lines = PROVIDER.check(company.client, {}, {})

    refused = [line for line in lines if not line.ok]
    assert [line.title for line in refused] == ["Persons: can read"]
    assert refused[0].fix


def test_users_that_may_not_be_read_leave_the_owner_out(company):
    company.vendor.faults(missing_scope="users:read")

    persons, _ = described(company)

    assert not persons.fields["owner_id"].writable


def test_no_field_is_offered_as_unique_where_none_can_be():
    assert {field.unique for fields in RECOMMENDED.values() for field in fields} == {False}


def test_definitions_that_may_not_be_read_are_refused(company):
    company.vendor.faults(no_permission=1, path="personFields")

    with pytest.raises(Refused):
        described(company)
