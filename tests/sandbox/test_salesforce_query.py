"""SOQL over HTTP: what is found, how it is shown, and what is refused."""

import pytest

from tests.sandbox.salesforce_org import bare, error


@pytest.fixture
def people(salesforce):
    """Four leads of three companies; one without e-mail."""
    salesforce.lead(FirstName="Ada", LastName="O'Brien", Company="Acme", Email="ada@acme.com", NumberOfEmployees=10)
    salesforce.lead(FirstName="Bo", LastName="Back\\slash", Company="Acme", Email="BO@acme.com", NumberOfEmployees=20)
    salesforce.lead(FirstName="Cy", LastName="50% off_now", Company="Beta", Email="cy@beta.io", Rating="Hot")
    salesforce.lead(FirstName="Di", LastName="Line\nbreak", Company="Gamma")
    return salesforce


def found(client, where):
    return [row["FirstName"] for row in client.query(f"SELECT FirstName FROM Lead WHERE {where}")]


def test_a_match_by_email_looks_as_recorded(people):
    answer = people.get("query", params={"q": "SELECT Id, Email FROM Lead WHERE Email IN ('ada@acme.com')"}).json()

    record = answer["records"][0]
    url = f"/services/data/v60.0/sobjects/Lead/{record['Id']}"
    expected = {"attributes": {"type": "Lead", "url": url}, "Id": record["Id"], "Email": "ada@acme.com"}
    assert answer == {"totalSize": 1, "done": True, "records": [expected]}


def test_no_match_is_an_empty_answer(people):
    answer = people.get("query", params={"q": "SELECT Id FROM Contact WHERE Email = 'ben@x.com'"}).json()

    assert answer == {"totalSize": 0, "done": True, "records": []}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Email = 'ADA@ACME.COM'", ["Ada"]),
        ("Email IN ('ada@acme.com', 'bo@acme.com', 'nobody@x.y')", ["Ada", "Bo"]),
        ("Email NOT IN ('ada@acme.com')", ["Bo", "Cy", "Di"]),
        ("Email = null", ["Di"]),
        ("Email != null", ["Ada", "Bo", "Cy"]),
        ("Email <> 'ada@acme.com'", ["Bo", "Cy", "Di"]),
        ("LastName = 'O\\'Brien'", ["Ada"]),
        ("LastName = 'Back\\\\slash'", ["Bo"]),
        ("LastName = 'Line\\nbreak'", ["Di"]),
        ("LastName LIKE '%off%'", ["Cy"]),
        ("LastName LIKE '50\\% off\\_now'", ["Cy"]),
        ("LastName LIKE '50_ off'", []),
        ("FirstName LIKE '_o'", ["Bo"]),
        ("Rating LIKE '%'", ["Cy"]),
        ("NumberOfEmployees > 10", ["Bo"]),
        ("NumberOfEmployees >= 10 AND NumberOfEmployees < 20", ["Ada"]),
        ("NumberOfEmployees <= 20", ["Ada", "Bo"]),
        ("Company = 'Acme' OR Rating = 'Hot'", ["Ada", "Bo", "Cy"]),
        ("(Company = 'Acme' OR Company = 'Beta') AND Rating = 'Hot'", ["Cy"]),
        ("Email IN ('ada@acme.com', 'cy@beta.io') OR Email = 'ada@acme.com'", ["Ada", "Cy"]),
        ("Email = 'ada@acme.com' OR Company = 'Gamma'", ["Ada", "Di"]),
        ("(Email = 'ada@acme.com' OR Email = 'cy@beta.io') AND Company = 'Beta'", ["Cy"]),
        ("NOT Company = 'Acme'", ["Cy", "Di"]),
        ("NOT (Company = 'Acme' OR Rating = 'Hot')", ["Di"]),
        ("IsConverted = false AND Company = 'Beta'", ["Cy"]),
        ("IsConverted = true", []),
        ("CreatedDate >= 2020-01-01T00:00:00Z AND Company = 'Beta'", ["Cy"]),
        ("CreatedDate < 2020-01-01T00:00:00+02:00", []),
        ("CreatedDate >= TODAY AND Company = 'Beta'", ["Cy"]),
        ("CreatedDate >= LAST_N_DAYS:3 AND Company = 'Beta'", ["Cy"]),
        ("Owner.Name = 'Mobly Integration' AND Company = 'Beta'", ["Cy"]),
        ("Name = 'Ada O\\'Brien'", ["Ada"]),
        ("Company IN ('acme') AND FirstName = 'bo'", ["Bo"]),
    ],
)
def test_a_condition_finds(people, where, names):
    assert found(people, where) == names


def test_a_found_id_may_be_15_or_18_long(people):
    record = people.query("SELECT Id FROM Lead WHERE FirstName = 'Ada'")[0]["Id"]

    assert len(record) == 18
    assert found(people, f"Id = '{record[:15]}'") == found(people, f"Id IN ('{record}')") == ["Ada"]


def test_order_limit_and_offset(people):
    text = "SELECT FirstName FROM Lead ORDER BY {} LIMIT 2 OFFSET {}"

    assert [r["FirstName"] for r in people.query(text.format("FirstName DESC", 0))] == ["Di", "Cy"]
    assert [r["FirstName"] for r in people.query(text.format("Company, FirstName DESC", 1))] == ["Ada", "Cy"]
    assert [r["FirstName"] for r in people.query(text.format("NumberOfEmployees NULLS LAST, FirstName", 0))] == [
        "Ada",
        "Bo",
    ]
    assert [r["FirstName"] for r in people.query(text.format("NumberOfEmployees, FirstName", 0))] == ["Cy", "Di"]


def test_counting(people):
    counted = people.get("query", params={"q": "select count() from Lead where Company = 'Acme'"}).json()

    assert counted == {"totalSize": 2, "done": True, "records": []}
    assert people.query("SELECT COUNT(Id) FROM Lead") == [{"expr0": 4}]
    grouped = people.query("SELECT Company, COUNT(Id) n FROM Lead GROUP BY Company")
    assert grouped == [{"Company": "Acme", "n": 2}, {"Company": "Beta", "n": 1}, {"Company": "Gamma", "n": 1}]


def test_parents_are_shown_nested(salesforce):
    account = salesforce.create("Account", Name="Acme", Website="acme.com")
    salesforce.create("Contact", LastName="With", AccountId=account)
    salesforce.create("Contact", LastName="Without")

    rows = salesforce.query("SELECT LastName, Account.Name, Account.Owner.Email FROM Contact ORDER BY LastName")

    owner = {"Email": "mobly.integration@halden.example"}
    assert rows == [
        {"LastName": "With", "Account": {"Name": "Acme", "Owner": owner}},
        {"LastName": "Without", "Account": None},
    ]


def test_a_parent_condition_and_a_semi_join(salesforce):
    account = salesforce.create("Account", Name="Acme")
    contact = salesforce.create("Contact", LastName="With", AccountId=account)
    salesforce.create("Contact", LastName="Without")

    by_parent = salesforce.query("SELECT Id FROM Contact WHERE Account.Name = 'ACME'")
    by_join = salesforce.query(
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName = 'With')"
    )
    anti = salesforce.query("SELECT LastName FROM Contact WHERE AccountId NOT IN (SELECT Id FROM Account)")

    assert by_parent == [{"Id": contact}]
    assert by_join == [{"Name": "Acme"}]
    assert anti == [{"LastName": "Without"}]


def test_a_task_knows_who_of_either_kind(salesforce):
    lead = salesforce.lead(FirstName="Priya")
    salesforce.create("Task", Subject="Call", WhoId=lead)

    assert salesforce.query("SELECT Subject, Who.Name FROM Task") == [
        {"Subject": "Call", "Who": {"Name": "Priya Raman"}}
    ]


def test_fields_can_be_asked_for_as_a_whole(people):
    row = people.query("SELECT FIELDS(ALL) FROM Lead LIMIT 1")[0]

    assert (row["FirstName"], row["IsConverted"], row["Rating"]) == ("Ada", False, None)
    assert error(people.get("query", params={"q": "SELECT FIELDS(ALL) FROM Lead"}))[1] == "MALFORMED_QUERY"


def test_option_objects_can_be_queried(salesforce):
    rows = salesforce.query("SELECT MasterLabel, IsDefault FROM LeadStatus ORDER BY SortOrder")

    assert rows[0] == {"MasterLabel": "Open - Not Contacted", "IsDefault": True}
    assert [row["MasterLabel"] for row in salesforce.query("SELECT MasterLabel FROM TaskPriority")] == [
        "High",
        "Normal",
        "Low",
    ]


def test_a_long_answer_comes_in_pages(salesforce):
    for start in range(0, 450, 150):
        rows = [{"attributes": {"type": "Account"}, "Name": f"A{start + n:03}"} for n in range(150)]
        salesforce.rows("POST", rows)
    hint = {"Sforce-Query-Options": "batchSize=200"}

    page = salesforce.get("query", params={"q": "SELECT Name FROM Account ORDER BY Name"}, headers=hint).json()
    names = [row["Name"] for row in page["records"]]
    sizes = [len(names)]
    while not page["done"]:
        page = salesforce.get(page["nextRecordsUrl"]).json()
        sizes.append(len(page["records"]))
        names += [row["Name"] for row in page["records"]]

    assert sizes == [200, 200, 50]
    assert names == [f"A{n:03}" for n in range(450)]
    assert page["totalSize"] == 450
    assert "nextRecordsUrl" not in page


def test_an_unknown_page_is_refused(salesforce):
    assert error(salesforce.get("query/01g000000000000-200"))[:2] == (400, "INVALID_QUERY_LOCATOR")


def test_deleted_records_show_in_query_all_only(people):
    record = people.query("SELECT Id FROM Lead WHERE FirstName = 'Ada'")[0]["Id"]
    people.delete(f"sobjects/Lead/{record}")

    rows = people.get("queryAll", params={"q": "SELECT FirstName, IsDeleted FROM Lead WHERE Company = 'Acme'"}).json()

    assert found(people, "Company = 'Acme'") == ["Bo"]
    assert [bare(row) for row in rows["records"]] == [
        {"FirstName": "Ada", "IsDeleted": True},
        {"FirstName": "Bo", "IsDeleted": False},
    ]


def test_an_unknown_object_is_pointed_at_as_recorded(salesforce):
    answer = salesforce.get("query", params={"q": "select count() from XYZZY"})

    assert answer.status_code == 400
    assert answer.json() == [
        {
            "message": "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
            "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be sure to "
            "append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
            "errorCode": "INVALID_TYPE",
        }
    ]


def test_an_unknown_field_is_pointed_at(salesforce):
    status, code, message = error(salesforce.get("query", params={"q": "SELECT Id, Badge FROM Lead"}))

    assert (status, code) == (400, "INVALID_FIELD")
    assert message.startswith("\nSELECT Id, Badge FROM Lead\n           ^\nERROR at Row:1:Column:12\n")
    assert "No such column 'Badge' on entity 'Lead'." in message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 'O'Brien'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = O", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 'x' AND", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName IN ()", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName ! 'x'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE (LastName = 'x'", "MALFORMED_QUERY"),
        ("SELECT Id, Id FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead garbage here", "MALFORMED_QUERY"),
        ("SELECT Company, COUNT(Id) FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Account.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-99-99T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE CreatedDate > LAST_N_DAYS:99999999999", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT 1.5", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE " + "(" * 500 + "Id = null" + ")" * 500, "MALFORMED_QUERY"),
        ("DELETE FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead; DROP TABLE Lead", "MALFORMED_QUERY"),
    ],
)
def test_a_wrong_statement_is_refused(salesforce, text, code):
    assert error(salesforce.get("query", params={"q": text}))[:2] == (400, code)


def test_a_statement_may_be_long_but_not_endless(salesforce):
    emails = ",".join(f"'person-{n:05}@example.com'" for n in range(4000))
    part = {
        "method": "GET",
        "referenceId": "q",
        "url": f"/services/data/v60.0/query?q=SELECT Id FROM Lead WHERE Email IN ({emails})",
    }

    assert salesforce.composite(part)[0][1][0]["errorCode"] == "MALFORMED_QUERY"
    part["url"] = part["url"][:60_000].rpartition(",")[0] + ")"
    assert salesforce.composite(part) == [(200, {"totalSize": 0, "done": True, "records": []})]
