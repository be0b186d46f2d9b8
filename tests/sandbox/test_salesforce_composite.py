"""Several calls in one: composite with references and limits, and batch."""

import pytest

from tests.sandbox.salesforce_org import error, part, row


def test_parts_answer_in_order_and_count_one(salesforce):
    answers = salesforce.composite(
        part("one", "GET", "query?q=SELECT Id FROM Account LIMIT 1"),
        part("two", "GET", "query/?q=select count() from Account"),
    )

    empty = {"totalSize": 0, "done": True, "records": []}
    assert answers == [(200, empty), (200, empty)]
    assert salesforce.get("/_sandbox/stats").json()["calls"] == 1
    assert salesforce.get("limits").headers["Sforce-Limit-Info"] == "api-usage=2/100000"


def test_a_failing_part_leaves_the_others(salesforce):
    answers = salesforce.composite(
        part("bad", "GET", "query/?q=select count() from XYZZY"),
        part("good", "POST", "sobjects/Account", {"Name": "Acme"}),
    )

    assert [status for status, _ in answers] == [400, 201]
    assert answers[0][1][0]["errorCode"] == "INVALID_TYPE"
    assert len(salesforce.records("Account")) == 1


def test_a_later_part_uses_an_earlier_answer(salesforce):
    answers = salesforce.composite(
        part("account", "POST", "sobjects/Account", {"Name": "Acme"}),
        part("contact", "POST", "sobjects/Contact", {"LastName": "A", "AccountId": "@{account.id}"}),
        part("read", "GET", "sobjects/Contact/@{contact.id}?fields=AccountId"),
        part("found", "GET", "query?q=SELECT Id FROM Account WHERE Name = 'Acme'"),
        part("change", "PATCH", "sobjects/Account/@{found.records[0].Id}", {"Phone": "1"}),
    )

    assert [status for status, _ in answers] == [201, 201, 200, 200, 204]
    assert answers[2][1]["AccountId"] == answers[0][1]["id"]


def test_a_reference_reaches_into_rows(salesforce):
    answers = salesforce.composite(
        part(
            "accounts", "POST", "composite/sobjects", {"records": [row("Account", Name="A"), row("Account", Name="B")]}
        ),
        part(
            "contacts",
            "POST",
            "composite/sobjects",
            {"records": [row("Contact", LastName="C", AccountId="@{accounts[1].id}")]},
        ),
    )

    contact = salesforce.records("Contact")[0]
    assert contact["AccountId"] == answers[0][1][1]["id"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("@{found.records[0].Id}", "Invalid reference specified. No value for records[0].Id found in found"),
        ("@{failed.id}", "Invalid reference specified. No value for id found in failed"),
        ("@{nobody.id}", "Invalid reference specified. nobody is not a referenceId of an earlier subrequest"),
    ],
)
def test_a_reference_without_a_value_halts_its_part(salesforce, reference, message):
    answers = salesforce.composite(
        part("found", "GET", "query?q=SELECT Id FROM Account WHERE Name = 'None'"),
        part("failed", "POST", "sobjects/Account", {}),
        part("uses", "POST", "sobjects/Contact", {"LastName": "A", "AccountId": reference}),
    )

    assert answers[2] == (400, [{"errorCode": "PROCESSING_HALTED", "message": message}])
    assert salesforce.records("Contact") == []


def test_all_or_none_takes_everything_back(salesforce):
    answers = salesforce.composite(
        part("good", "POST", "sobjects/Account", {"Name": "Acme"}),
        part("bad", "POST", "sobjects/Account", {}),
        allOrNone=True,
    )

    message = "The transaction was rolled back since another operation in the same transaction failed."
    assert answers[0] == (400, [{"errorCode": "PROCESSING_HALTED", "message": message}])
    assert answers[1][1][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert salesforce.records("Account") == []


def test_a_part_may_be_conditional_as_recorded(salesforce):
    since = salesforce.get("sobjects/Lead/describe").headers
    request = part("d", "GET", "sobjects/Lead/describe", httpHeaders={"If-Modified-Since": since["Last-Modified"]})

    body = salesforce.post("composite", {"compositeRequest": [request]}).json()["compositeResponse"][0]

    headers = {"ETag": since["ETag"], "Last-Modified": since["Last-Modified"]}
    assert body == {"body": None, "httpHeaders": headers, "httpStatusCode": 304, "referenceId": "d"}


def test_a_created_part_says_where(salesforce):
    sent = {"compositeRequest": [part("a", "POST", "sobjects/Account", {"Name": "Acme"})]}
    body = salesforce.post("composite", sent).json()["compositeResponse"][0]

    assert body["httpHeaders"] == {"Location": f"/services/data/v60.0/sobjects/Account/{body['body']['id']}"}


def test_two_collections_of_200_rows_fit_in_one_call(salesforce):
    def chunk(name, start):
        rows = [row("Lead", Id=None, LastName=f"L{start + n}", Company="Acme") for n in range(200)]
        return part(name, "PATCH", "composite/sobjects/Lead/Id", {"allOrNone": False, "records": rows})

    answers = salesforce.composite(chunk("a", 0), chunk("b", 200))

    assert [len(body) for _, body in answers] == [200, 200]
    assert salesforce.get("/_sandbox/stats").json()["created"] == {"Lead": 400}


def test_more_than_25_parts_are_refused(salesforce):
    parts = [part(f"p{n}", "POST", "sobjects/Account", {"Name": "x"}) for n in range(26)]

    assert error(salesforce.post("composite", {"compositeRequest": parts}))[:2] == (400, "LIMIT_EXCEEDED")
    assert salesforce.records("Account") == []
    assert len(salesforce.composite(*parts[:25])) == 25


def test_more_than_5_queries_and_collections_are_refused(salesforce):
    parts = [part(f"p{n}", "GET", "query?q=SELECT Id FROM Lead") for n in range(5)]
    extra = part("extra", "POST", "composite/sobjects", {"records": [row("Account", Name="x")]})

    assert error(salesforce.post("composite", {"compositeRequest": [*parts, extra]}))[:2] == (400, "LIMIT_EXCEEDED")
    assert len(salesforce.composite(*parts)) == 5


@pytest.mark.parametrize(
    "parts",
    [
        [],
        "x",
        [part("same", "GET", "limits"), part("same", "GET", "limits")],
        [{"method": "GET", "url": "/services/data/v60.0/limits"}],
    ],
)
def test_a_wrong_list_of_parts_is_refused(salesforce, parts):
    assert salesforce.post("composite", {"compositeRequest": parts}).status_code == 400


def test_a_part_elsewhere_or_within_itself_is_refused(salesforce):
    answers = salesforce.composite(
        {"referenceId": "a", "method": "GET", "url": "https://elsewhere.example/"},
        part("b", "POST", "composite", {"compositeRequest": []}),
        part("c", "GET", "sobjects/Nope"),
    )

    assert [status for status, _ in answers] == [400, 400, 404]


def test_batch_answers_each_part(salesforce):
    requests = [
        {"method": "POST", "url": "v60.0/sobjects/Account", "richInput": {"Name": "Acme"}},
        {"method": "GET", "url": "v60.0/query?q=SELECT+Name+FROM+Account"},
        {"method": "GET", "url": "v60.0/sobjects/Account/0014S000007Ny26QAC"},
    ]

    body = salesforce.post("composite/batch", {"batchRequests": requests}).json()

    assert body["hasErrors"] is True
    assert [result["statusCode"] for result in body["results"]] == [201, 200, 404]
    assert body["results"][1]["result"]["totalSize"] == 1


def test_batch_may_halt_on_error(salesforce):
    requests = [{"method": "GET", "url": "v60.0/nope"}, {"method": "GET", "url": "v60.0/limits"}]

    body = salesforce.post("composite/batch", {"batchRequests": requests, "haltOnError": True}).json()

    assert [result["statusCode"] for result in body["results"]] == [404, 412]
