"""Lists, search and COQL of the simulated Zoho."""

import pytest


def emails(answer):
    return [row["Email"] for row in answer.json()["data"]]


@pytest.mark.parametrize(
    "path",
    [
        "Leads?fields=Email",
        "Leads?fields=Email&ids=1",
        "Leads/search?email=a@b.example",
        "Leads/deleted",
        "settings/fields?module=Leads&type=unused",
        "settings/tags?module=Leads",
    ],
)
def test_nothing_found_is_204_without_a_body(zoho, path):
    answer = zoho.get(path)

    assert (answer.status_code, answer.content) == (204, b"")


def test_empty_lists_may_answer_200(zoho):
    zoho.switch(empty_lists_200=True)

    answer = zoho.get("Leads?fields=Email")

    assert (answer.status_code, answer.json()["data"], answer.json()["info"]["count"]) == (200, [], 0)


def test_fields_are_obligatory_in_lists_only(zoho):
    lead = zoho.lead(Email="a@b.example")
    refused = zoho.get("Leads")
    many = zoho.get(f"Leads?fields={','.join(['Email'] * 51)}")

    assert (refused.status_code, refused.json()["details"]) == (400, {"param_name": "fields"})
    assert (many.json()["code"], many.json()["details"]) == ("LIMIT_EXCEEDED", {"limit": 50, "param_name": "fields"})
    assert zoho.get("Leads?fields=Email,Nothing").json()["data"] == [{"Email": "a@b.example", "id": lead}]
    assert zoho.get(f"Leads/{lead}").json()["data"][0]["$approval_state"] == "approved"
    assert zoho.get("Leads/1").json() == {
        "code": "INVALID_DATA",
        "details": {"resource_path_index": 1},
        "message": "the id given seems to be invalid",
        "status": "error",
    }


def test_pages_and_page_tokens(zoho):
    ids = [zoho.lead() for _ in range(5)][::-1]

    first = zoho.get("Leads?fields=Email&per_page=2").json()
    by_page = zoho.get("Leads?fields=Email&per_page=2&page=3").json()
    by_token = zoho.get(
        "Leads", params={"fields": "Email", "per_page": 2, "page_token": first["info"]["next_page_token"]}
    )

    assert [row["id"] for row in first["data"]] == ids[:2]
    assert first["info"]["more_records"] is True
    assert first["info"]["page_token_expiry"] == "2026-11-22T14:00:00-06:00"
    assert [row["id"] for row in by_token.json()["data"]] == ids[2:4]
    assert [row["id"] for row in by_page["data"]] == ids[4:]
    assert (by_page["info"]["more_records"], by_page["info"]["next_page_token"]) == (False, None)


def test_pages_reach_two_thousand_records_and_tokens_end(zoho, clock):
    zoho.lead()
    zoho.lead()
    token = zoho.get("Leads?fields=Email&per_page=1").json()["info"]["next_page_token"]
    clock.advance(86_401)

    assert zoho.get("Leads?fields=Email&page=11").json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    assert zoho.get("Leads", params={"fields": "Email", "page_token": token}).status_code == 400
    assert zoho.get("Leads?fields=Email&per_page=201").status_code == 400


def test_lists_are_sorted_as_asked(zoho, clock):
    first = zoho.lead()
    clock.advance(5)
    second = zoho.lead()
    clock.advance(5)
    zoho.put(f"Leads/{first}", {"data": [{"City": "Graz"}]})

    def ids(**args):
        return [row["id"] for row in zoho.get("Leads", params={"fields": "id", **args}).json()["data"]]

    assert ids() == [second, first]
    assert ids(sort_by="Modified_Time") == [first, second]
    assert ids(sort_by="Created_Time", sort_order="asc") == [first, second]


def test_search_by_e_mail_also_finds_parts(zoho):
    zoho.lead(Email="ada@b.example")
    zoho.lead(Email="grada@b.example")

    assert emails(zoho.get("Leads/search?email=ADA@b.example")) == ["ada@b.example", "grada@b.example"]
    assert emails(zoho.get("Leads/search?word=grad")) == ["grada@b.example"]


def test_search_needs_one_of_four(zoho):
    answer = zoho.get("Leads/search?fields=Email")

    assert (answer.status_code, answer.json()["code"]) == (400, "EXPECTED_PARAM_MISSING")
    assert answer.json()["details"] == {"param_names": ["criteria", "email", "phone", "word"]}


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ("(Email:equals:a@b.example)", ["a"]),
        ("((Email:in:a@b.example,c@b.example)and(City:equals:Graz))", ["a"]),
        ("((Email:starts_with:a)or(City:starts_with:Li))", ["a", "b"]),
        (r"(Company:equals:Bolt \(Graz\)\, Inc.)", ["c"]),
        ("(No_of_Employees:greater_than:10)", ["b", "c"]),
        ("(No_of_Employees:between:5,20)", ["a", "b"]),
        ("(City:not_equal:Graz)", ["b", "c"]),
    ],
)
def test_search_by_criteria(zoho, criteria, found):
    zoho.lead(Email="a@b.example", City="Graz", No_of_Employees=5)
    zoho.lead(Email="b@b.example", City="Linz", No_of_Employees=15)
    zoho.lead(Email="c@b.example", Company="Bolt (Graz), Inc.", No_of_Employees=50)

    answer = zoho.get("Leads/search", params={"criteria": criteria, "fields": "Email"})

    assert emails(answer) == [f"{name}@b.example" for name in found]


@pytest.mark.parametrize("criteria", ["Email", "(Email:like:x)", "((Email:equals:x)", "(Nothing:equals:x)"])
def test_criteria_that_cannot_be_read_are_refused(zoho, criteria):
    answer = zoho.get("Leads/search", params={"criteria": criteria})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_QUERY")


def test_sixteen_conditions_are_too_many(zoho):
    criteria = "(" + "or".join("(City:equals:x)" for _ in range(16)) + ")"

    assert zoho.get("Leads/search", params={"criteria": criteria}).json()["code"] == "LIMIT_EXCEEDED"


def test_search_lags_and_coql_does_not(zoho, clock):
    zoho.switch(search_lag=30)
    lead = zoho.lead(Email="a@b.example", City="Graz")
    early = zoho.get("Leads/search?email=a@b.example")
    clock.advance(31)
    zoho.put(f"Leads/{lead}", {"data": [{"City": "Linz"}]})
    stale = zoho.get("Leads/search?email=a@b.example&fields=City").json()["data"]

    assert early.status_code == 204
    assert stale == [{"City": "Graz", "id": lead}]
    assert zoho.coql("select City from Leads where Email = 'a@b.example'").json()["data"][0]["City"] == "Linz"


# COQL


@pytest.fixture
def people(zoho):
    """Three contacts, two of them at one account."""
    account = zoho.made("Accounts", Account_Name="Brightforge", Website="brightforge.example")
    for name, email, more in (
        ("Raman", "a@b.example", {"Account_Name": {"id": account}, "Date_of_Birth": "1990-05-01"}),
        ("O'Neil", "b@b.example", {"Account_Name": {"id": account}, "Email_Opt_Out": True}),
        ("Zuse", None, {"Date_of_Birth": "2001-01-31"}),
    ):
        zoho.made("Contacts", Last_Name=name, **({"Email": email} if email else {}), **more)
    return zoho


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Email in ('A@b.example', 'x@b.example')", ["Raman"]),
        ("Email not in ('a@b.example')", ["O'Neil", "Zuse"]),
        (r"Last_Name = 'O\'Neil'", ["O'Neil"]),
        ("Last_Name like '%a%'", ["Raman"]),
        ("Last_Name not like '%a%'", ["O'Neil", "Zuse"]),
        ("Email is null", ["Zuse"]),
        ("Email is not null", ["Raman", "O'Neil"]),
        ("Email_Opt_Out = true", ["O'Neil"]),
        ("Date_of_Birth between '1990-01-01' and '1999-12-31'", ["Raman"]),
        ("Date_of_Birth >= '1995-01-01'", ["Zuse"]),
        ("Account_Name.Website = 'brightforge.example'", ["Raman", "O'Neil"]),
        ("(Email = 'a@b.example' or (Email = 'b@b.example' and Email_Opt_Out = true))", ["Raman", "O'Neil"]),
        ("Last_Name != 'Zuse' and Created_Time <= '2026-11-21T21:00:00+01:00'", ["Raman", "O'Neil"]),
    ],
)
def test_coql_conditions(people, where, found):
    answer = people.coql(f"select Last_Name from Contacts where {where} order by id limit 0, 200")

    assert [row["Last_Name"] for row in answer.json()["data"]] == found


def test_coql_shows_references_by_id_and_joined_columns(people):
    answer = people.coql("SELECT Account_Name, Account_Name.Website FROM Contacts WHERE Last_Name = 'Raman'").json()

    row = answer["data"][0]
    assert set(row) == {"Account_Name", "Account_Name.Website", "id"}
    assert (set(row["Account_Name"]), row["Account_Name.Website"]) == ({"id"}, "brightforge.example")
    assert answer["info"] == {"count": 1, "more_records": False}


def test_coql_windows_and_order(people):
    first = people.coql("select Last_Name from Contacts where id is not null order by Last_Name desc limit 2").json()
    rest = people.coql("select Last_Name from Contacts where id is not null order by Last_Name desc limit 2, 2").json()

    assert [row["Last_Name"] for row in first["data"]] == ["Zuse", "Raman"]
    assert (first["info"]["more_records"], [row["Last_Name"] for row in rest["data"]]) == (True, ["O'Neil"])
    assert people.coql("select COUNT(id) from Contacts where id is not null").json()["data"] == [{"COUNT(id)": 3}]


def test_coql_finds_nothing_as_204(zoho):
    assert zoho.coql("select id from Leads where Email = 'a@b.example'").status_code == 204


@pytest.mark.parametrize(
    ("query", "code", "details"),
    [
        ("select id from Leads", "INVALID_QUERY", {"reason": "where clause is mandatory"}),
        ("select Gone from Leads where id is not null", "INVALID_QUERY", {"column_name": "Gone"}),
        ("select id from Leads where Gone = 'x'", "INVALID_QUERY", {"column_name": "Gone"}),
        ("select id from Nothing where id is not null", "INVALID_QUERY", {"module_name": "Nothing"}),
        ("select id from Leads where Description like '%x%'", "INVALID_QUERY", {"column_name": "Description"}),
        ("select id from Leads where No_of_Employees = 'x'", "INVALID_QUERY", {"column_name": "No_of_Employees"}),
        (f"select id from Leads where Email in ({','.join(['1'] * 51)})", "LIMIT_EXCEEDED",
         {"limit": 50, "clause": "in"}),
        (f"select {','.join(['id'] * 51)} from Leads where id is not null", "LIMIT_EXCEEDED",
         {"limit": 50, "clause": "select"}),
        ("select id from Leads where id is not null limit 2001", "LIMIT_EXCEEDED", {"limit": 2000, "clause": "limit"}),
        (f"select id from Leads where {'(City is null and ' * 25}City is null{')' * 25}", "LIMIT_EXCEEDED",
         {"limit": 25, "clause": "where"}),
        ("select id from Leads where id is not null order by id, id", "DUPLICATE_DATA",
         {"column_name": "id", "clause": "order by"}),
        ("select id from Leads where City is null and State is null and Zip_Code is null", "SYNTAX_ERROR",
         {"near": "and", "line": 1, "column": 59}),
        ("select id from Leads where", "SYNTAX_ERROR", {"near": "<EOF>", "line": 1, "column": 27}),
        ("select id from Leads where City = 'open", "SYNTAX_ERROR", {"near": "'open", "line": 1, "column": 34}),
        ("update Leads set City = 'x'", "SYNTAX_ERROR", {"near": "update", "line": 1, "column": 1}),
    ],
)  # fmt: skip
def test_coql_refuses(zoho, query, code, details):
    answer = zoho.coql(query)

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["details"]) == (code, details)


def test_reads_stay_fast_with_many_records(zoho):
    for start in range(0, 2000, 100):
        zoho.upsert(*[{"Email": f"p{number}@b.example"} for number in range(start, start + 100)])
    names = ", ".join(f"'p{number}@b.example'" for number in range(0, 2000, 40))

    answer = zoho.coql(f"select Email from Leads where (Email in ({names}) and Company = 'Brightforge') limit 200")

    assert len(answer.json()["data"]) == 50
    org = zoho.vendor.orgs["us"]
    assert zoho.control("GET", "stats").json()["created"] == {"Leads": 2000}
    assert org.store.indexed("Leads", "Email")


def test_unknown_paths_methods_and_modules(zoho):
    path, method, module = zoho.get("a/b/c/d/e"), zoho.post("org", {}), zoho.get("Deals?fields=id")

    assert (path.status_code, path.json()["code"]) == (404, "INVALID_URL_PATTERN")
    assert (method.status_code, method.json()["code"]) == (400, "INVALID_REQUEST_METHOD")
    assert (module.status_code, module.json()["code"]) == (400, "INVALID_MODULE")
