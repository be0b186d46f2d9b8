"""One statement for several keys: half the queries of a match."""

from __future__ import annotations

from integrations.providers.salesforce import soql


def test_values_of_several_fields_are_asked_for_in_one_statement() -> None:
    said = soql.selects_any(["Id"], "Lead", {"mobly_lead_id__c": ["u1"], "Email": ["a@x.example", "o'b@x.example"]})
    assert said == [
        "SELECT Id FROM Lead WHERE mobly_lead_id__c IN ('u1') OR Email IN ('a@x.example', 'o\\'b@x.example')"
    ]


def test_no_statement_is_longer_than_salesforce_takes_and_no_value_is_left_out() -> None:
    emails = [f"{number:0>60}@x.example" for number in range(1_700)]
    ids = [f"{number:0>36}" for number in range(900)]
    said = soql.selects_any(["Id"], "Lead", {"mobly_lead_id__c": ids, "Email": emails})
    assert max(map(len, said)) <= soql.STATEMENT
    assert all(sum(f"'{value}'" in statement for statement in said) == 1 for value in (*emails, *ids))


def test_without_values_nothing_is_asked() -> None:
    assert soql.selects_any(["Id"], "Lead", {"Email": []}) == []
    assert soql.selects_any(["Id"], "Lead", {}) == []
