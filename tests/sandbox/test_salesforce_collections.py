"""Collections: up to 200 rows in one call, each with its own result."""

import pytest

from tests.sandbox.salesforce_org import error, row


def leads(count, **values):
    return [row("Lead", LastName=f"L{n}", Company="Acme", Email=f"l{n}@x.com", **values) for n in range(count)]


def test_rows_are_created_in_order(salesforce):
    results = salesforce.rows("POST", leads(3))

    assert results == [{"id": result["id"], "success": True, "errors": []} for result in results]
    names = [salesforce.get(f"sobjects/Lead/{result['id']}").json()["LastName"] for result in results]
    assert names == ["L0", "L1", "L2"]


def test_one_call_counts_one(salesforce):
    salesforce.rows("POST", leads(200))

    assert salesforce.get("limits").headers["Sforce-Limit-Info"] == "api-usage=2/100000"
    stats = salesforce.get("/_sandbox/stats").json()
    assert (stats["calls"], stats["created"]) == (2, {"Lead": 200})


def test_a_bad_row_fails_alone_as_recorded(salesforce):
    results = salesforce.rows("POST", [row("Account", Name="Good"), row("Account", AccountNumber="1", Name=None)])

    assert results[0]["success"] is True
    assert results[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert [record["Name"] for record in salesforce.records("Account")] == ["Good"]


def test_all_or_none_takes_the_good_rows_back(salesforce):
    results = salesforce.rows("POST", [row("Contact"), row("Contact", LastName="Good")], allOrNone=True)

    assert [result["errors"][0]["statusCode"] for result in results] == [
        "REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    ]  # fmt: skip
    assert salesforce.records("Contact") == []
    assert salesforce.get("/_sandbox/stats").json()["created"] == {}


def test_rows_of_several_objects_may_be_mixed(salesforce):
    results = salesforce.rows("POST", [*leads(1), row("Account", Name="Acme"), row("Nope", Name="x"), {"Name": "x"}])

    assert [result["success"] for result in results] == [True, True, False, False]
    assert results[2]["errors"][0]["statusCode"] == "INVALID_TYPE"


def test_rows_are_updated_by_id(salesforce):
    first, second = salesforce.lead(), salesforce.lead()

    results = salesforce.rows("PATCH", [
        row("Lead", id=first, Title="One"),
        row("Lead", id=second, Email="badone"),
        row("Lead", Title="No id"),
        row("Lead", id="00Q5g0000009999AAA", Title="Never was"),
        row("Lead", id="garbage", Title="No id at all"),
    ])  # fmt: skip

    assert results[0] == {"id": first, "success": True, "errors": []}
    assert [result["errors"][0]["statusCode"] for result in results[1:]] == [
        "INVALID_EMAIL_ADDRESS", "MISSING_ARGUMENT", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"
    ]  # fmt: skip
    assert results[2]["errors"][0]["message"] == "Id not specified in an update call"
    assert salesforce.get("/_sandbox/stats").json()["updated"] == {"Lead": 1}


def test_a_deleted_row_says_so(salesforce):
    record = salesforce.lead()
    salesforce.delete(f"sobjects/Lead/{record}")

    results = salesforce.rows("PATCH", [row("Lead", id=record, Title="x")])

    assert results[0]["errors"] == [{"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted", "fields": []}]


def test_upsert_by_id_updates_known_rows_and_creates_the_others(salesforce):
    known = salesforce.lead()

    results = salesforce.rows(
        "PATCH",
        [
            row("Lead", Id=known, Title="New"),
            row("Lead", Id=None, LastName="A", Company="B"),
            row("Lead", LastName="C", Company="D"),
        ],
        "composite/sobjects/Lead/Id",
    )

    assert results[0] == {"id": known, "success": True, "errors": [], "created": False}
    assert [result["created"] for result in results] == [False, True, True]
    assert len(salesforce.records("Lead")) == 3


def test_upsert_by_email_as_recorded(salesforce):
    salesforce.create("Contact", LastName="Old", Email="known@x.com")
    for _ in range(2):
        salesforce.create("Contact", LastName="Twin", Email="twin@x.com")

    results = salesforce.rows(
        "PATCH",
        [row("Contact", LastName=name, Email=f"{name}@x.com") for name in ("known", "new", "twin")],
        "composite/sobjects/Contact/Email",
    )

    assert [result.get("created") for result in results] == [False, True, None]
    assert results[2]["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"
    assert [record["LastName"] for record in salesforce.records("Contact", email="known@x.com")] == ["known"]


def test_upsert_by_an_external_id_is_repeatable(salesforce):
    salesforce.post("/_sandbox/recommended-fields")
    rows = [{**lead, "mobly_lead_id__c": f"k-{n}"} for n, lead in enumerate(leads(3))]

    first = salesforce.rows("PATCH", rows, "composite/sobjects/Lead/mobly_lead_id__c")
    second = salesforce.rows("PATCH", rows, "composite/sobjects/Lead/mobly_lead_id__c")

    assert [(result["id"], result["created"]) for result in second] == [(result["id"], False) for result in first]
    assert len(salesforce.records("Lead")) == 3


def test_the_same_key_twice_in_one_call_is_refused(salesforce):
    results = salesforce.rows("PATCH", leads(1) + leads(2), "composite/sobjects/Lead/Email")

    assert [result["success"] for result in results] == [False, False, True]
    assert results[0]["errors"][0]["message"] == "Duplicate external id specified: l0@x.com"


def test_a_row_without_its_key_is_refused(salesforce):
    results = salesforce.rows("PATCH", [row("Lead", LastName="A", Company="B")], "composite/sobjects/Lead/Email")

    assert results[0]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"


def test_upsert_by_a_field_that_is_no_key_fails_as_a_whole(salesforce):
    answer = salesforce.patch("composite/sobjects/Lead/Title", {"records": leads(1)})

    assert error(answer)[:2] == (404, "NOT_FOUND")


def test_rows_are_deleted_by_id(salesforce):
    first, second = salesforce.lead(), salesforce.lead()

    results = salesforce.delete(f"composite/sobjects?ids={first},{second},{second},nope&allOrNone=false").json()

    assert results[:2] == [{"id": record, "success": True, "errors": []} for record in (first, second)]
    assert [result["errors"][0]["statusCode"] for result in results[2:]] == ["ENTITY_IS_DELETED", "MALFORMED_ID"]


def test_many_are_read_by_id_with_null_for_the_missing(salesforce):
    first, second = salesforce.lead(Title="One"), salesforce.lead(Title="Two")
    body = {"ids": [second, "00Q5g0000009999AAA", first[:15]], "fields": ["Title"]}

    rows = salesforce.post("composite/sobjects/Lead", body).json()

    assert [row and row["Title"] for row in rows] == ["Two", None, "One"]
    by_get = salesforce.get(f"composite/sobjects/Lead?ids={first}&fields=Id,Title").json()
    assert by_get[0]["Id"] == first


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"records": []}, "REQUIRED_FIELD_MISSING", "At least 1 record is required"),
        ({}, "REQUIRED_FIELD_MISSING", "At least 1 record is required"),
        ({"records": "x"}, "JSON_PARSER_ERROR", "Cannot deserialize the list of records."),
        ({"records": leads(201)}, "EXCEEDED_ID_LIMIT",
         "record limit reached. cannot submit more than 200 records into this call"),
    ],
)  # fmt: skip
def test_a_wrong_list_fails_as_a_whole(salesforce, body, code, message):
    assert error(salesforce.post("composite/sobjects", body)) == (400, code, message)
    assert salesforce.records("Lead") == []
