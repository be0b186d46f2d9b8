"""Limits and switches of the simulated Zoho."""

import threading

import pytest
import requests

from tests.sandbox.zoho_org import codes, items

NEW = {"Last_Name": "Raman", "Company": "Brightforge"}


def test_whole_request_errors_may_be_wrapped(zoho):
    flat = zoho.get("Leads").json()
    zoho.switch(wrapped_errors=True)

    assert zoho.get("Leads").json() == {"data": [flat]}
    assert zoho.get("org", token="1000.none").json()["data"][0]["code"] == "INVALID_TOKEN"


def test_all_errors_of_a_record_at_once(zoho):
    wrong = {"First_Name": 7, "Email": "wrong"}
    first = zoho.post("Leads", {"data": [wrong]}).json()["data"][0]
    zoho.switch(all_errors=True)

    item = zoho.post("Leads", {"data": [wrong]}).json()["data"][0]

    assert first["details"]["api_name"] == "First_Name"
    assert (item["code"], item["message"]) == ("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request")
    assert [error["details"]["api_name"] for error in item["details"]["errors"]] == [
        "First_Name", "Email", "Company", "Last_Name"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        ("locked", "RECORD_LOCKED"),
        ("in_approval", "NOT_APPROVED"),
        ("in_review", "NOT_REVIEWED"),
        ("in_blueprint", "RECORD_IN_BLUEPRINT"),
        ("record_permission", "AUTHORIZATION_FAILED"),
    ],
)
def test_a_record_may_be_closed_to_writes(zoho, switch, code):
    lead = zoho.lead(Email="a@b.example")
    zoho.switch(**{switch: "a@b.example, someone@b.example"})

    answer = zoho.upsert({"Email": "a@b.example", "City": "Graz"}, {"Email": "b@b.example"})

    assert codes(answer) == [code, "SUCCESS"]
    assert codes(zoho.delete(f"Leads?ids={lead}")) == [code]
    zoho.switch(**{switch: lead})
    assert codes(zoho.put("Leads", {"data": [{"id": lead}]})) == [code]


def test_the_next_records_fail_with_any_code(zoho):
    zoho.switch(item_error=2, item_error_code="DEPENDENT_SERVICE_ERROR")

    answer = zoho.upsert({}, {}, {})

    assert codes(answer) == ["DEPENDENT_SERVICE_ERROR", "DEPENDENT_SERVICE_ERROR", "SUCCESS"]
    assert answer.json()["data"][0]["details"] == {"dependency_error": "PROCESSING_ERROR"}


def test_options_outside_the_list_may_be_taken(zoho):
    zoho.switch(any_option=True)

    assert zoho.post("Leads", {"data": [{**NEW, "Lead_Status": "Brand new"}]}).status_code == 201


def test_rights_may_be_taken_away(zoho):
    lead = zoho.lead()
    zoho.switch(no_permission="Leads.create, Leads.view, Campaigns.edit")
    refused = zoho.post("Leads", {"data": [NEW]})

    assert refused.status_code == 403
    assert (refused.json()["code"], refused.json()["details"]) == (
        "NO_PERMISSION", {"permissions": ["Crm_Implied_Create_Leads"]}
    )  # fmt: skip
    assert zoho.get("Leads?fields=Email").status_code == 403
    assert zoho.put("Leads", {"data": [{"id": lead, "City": "Graz"}]}).status_code == 200
    assert zoho.put(f"Campaigns/{zoho.campaign()}/Leads", {"data": [{"id": lead}]}).status_code == 403


def test_the_api_may_be_switched_off(zoho):
    zoho.switch(api_disabled=True)

    assert zoho.get("org").json()["details"] == {"permissions": ["Crm_Implied_Api_Access"]}


def test_a_scope_may_be_missing(zoho):
    zoho.switch(missing_scope="ZohoCRM.coql.READ")

    assert zoho.coql("select id from Leads where id is not null").json()["code"] == "OAUTH_SCOPE_MISMATCH"
    assert zoho.get("org").status_code == 200


def test_refresh_tokens_may_be_revoked_while_access_tokens_live_on(zoho):
    tokens = zoho.signed_in()
    zoho.switch(refresh_revoked=True)

    assert zoho.refresh(tokens["refresh_token"]).json() == {"error": "invalid_code"}
    assert zoho.get("org", token=tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("code", ["TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"])
def test_a_forced_429_has_no_retry_after(zoho, code):
    zoho.switch(rate_limit_next=1, rate_limit_code=code)

    answer = zoho.get("org")

    assert (answer.status_code, answer.json()["code"]) == (429, code)
    assert answer.json()["message"] == "too many requests. please try again after some time"
    assert "Retry-After" not in answer.headers
    assert zoho.get("org").status_code == 200


def test_credits_are_told_from_half_on_and_run_out(zoho, clock):
    zoho.switch(daily_credits=40)
    rows = [{"Email": f"p{number}@b.example"} for number in range(100)]
    first, second = zoho.upsert(*rows), zoho.upsert(*rows)
    cheap = zoho.coql("select id from Leads where id is not null limit 200")
    dear = zoho.coql("select id from Leads where id is not null limit 2000")
    zoho.upsert(*rows)
    spent = zoho.upsert(*rows)
    clock.advance(86_400)

    assert "X-API-CREDITS-REMAINING" not in first.headers
    assert [answer.headers["X-API-CREDITS-REMAINING"] for answer in (second, cheap, dear)] == ["20", "19", "16"]
    assert (spent.status_code, spent.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert zoho.upsert(*rows).status_code == 200


def test_spent_credits_stay_spent_until_switched_off(zoho):
    zoho.switch(credits_spent=True)
    refused = [zoho.get("org").status_code for _ in range(2)]
    zoho.switch(credits_spent=False)

    assert (refused, zoho.get("org").status_code) == ([429, 429], 200)


@pytest.mark.parametrize(
    ("limits", "path", "refused"),
    [({"concurrency": 1}, "org", 1), ({"heavy_concurrency": 1}, "Leads/search?word=ada", 1),
     ({"heavy_concurrency": 1}, "org", 0)],
)  # fmt: skip
def test_calls_at_the_same_moment_are_limited(zoho, limits, path, refused):
    zoho.switch(latency_ms=300, **limits)
    headers = {"Authorization": f"Zoho-oauthtoken {zoho.vendor.credentials()['access_token']}"}
    found = []

    def call():
        found.append(requests.get(f"{zoho.base}/api-us/crm/v8/{path}", headers=headers, timeout=10).status_code)

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found.count(429) == refused


def test_server_errors_come_with_a_body_and_as_a_page(zoho):
    zoho.switch(server_error=1)
    told = zoho.post("Leads", {"data": [NEW]})
    zoho.switch(html_503=1)
    page = zoho.post("Leads", {"data": [NEW]})

    assert (told.status_code, told.json()["code"]) == (500, "INTERNAL_ERROR")
    assert (page.status_code, page.text[:9]) == (503, "<!DOCTYPE")
    assert zoho.kept("Leads") == []


@pytest.mark.parametrize(("switch", "there"), [("cut_before_commit", 0), ("cut_after_commit", 1)])
def test_a_line_may_break_before_or_after_the_write(zoho, switch, there):
    zoho.switch(**{switch: 1})

    with pytest.raises(requests.ConnectionError):
        zoho.upsert({"Email": "a@b.example"})
    assert len(zoho.kept("Leads")) == there


def test_a_faults_path_may_name_the_token_endpoint(zoho):
    refresh = zoho.signed_in()["refresh_token"]
    zoho.switch(server_error=1, path="/oauth/v2/token")

    assert zoho.get("org").status_code == 200
    assert zoho.refresh(refresh).status_code == 500
    assert zoho.refresh(refresh).status_code == 200


def test_a_switch_takes_only_what_the_vendor_may_do(zoho):
    answer = zoho.control("PATCH", "faults", {"mixed_status": 201})

    assert (answer.status_code, answer.json()["error"]) == (400, "“mixed_status” is one of “207”, “200”, not “201”.")


def test_calls_are_counted_as_the_vendor_counts_them(zoho):
    zoho.signed_in()
    zoho.upsert({}, {})

    stats = zoho.control("GET", "stats").json()
    assert (stats["calls"], stats["created"]) == (1, {"Leads": 2})


# Composite


def test_a_composite_answers_each_call_on_its_own(zoho):
    parts = [
        {"sub_request_id": "1", "method": "POST", "uri": "/crm/v8/Leads/upsert", "body": {"data": [NEW]}},
        {"sub_request_id": "2", "method": "GET", "uri": "/crm/v8/Leads?fields=Last_Name"},
        {"sub_request_id": "3", "method": "GET", "uri": "/crm/v8/Leads", "params": {"fields": "City", "ids": "1"}},
        {"sub_request_id": "4", "method": "GET", "uri": "/crm/v8/Deals?fields=id"},
    ]

    answer = zoho.post("__composite_requests", {"parallel_execution": False, "__composite_requests": parts})

    rows = answer.json()["__composite_requests"]
    assert answer.status_code == 207
    assert [(row["sub_request_id"], row["details"]["response"]["status_code"]) for row in rows] == [
        ("1", 200), ("2", 200), ("3", 204), ("4", 400)
    ]  # fmt: skip
    assert rows[1]["details"]["response"]["body"]["data"][0]["Last_Name"] == "Raman"
    assert rows[3]["details"]["response"]["body"]["code"] == "INVALID_MODULE"


def test_a_composite_takes_everything_back_when_asked(zoho):
    parts = [
        {"sub_request_id": "1", "method": "POST", "uri": "/crm/v8/Leads", "body": {"data": [NEW]}},
        {"sub_request_id": "2", "method": "POST", "uri": "/crm/v8/Leads", "body": {"data": [{}]}},
    ]
    body = {"rollback_on_fail": True, "__composite_requests": parts}

    assert zoho.post("__composite_requests", body).status_code == 207
    assert zoho.kept("Leads") == []
    assert zoho.post("__composite_requests", {**body, "parallel_execution": True}).json()["code"] == "NOT_ALLOWED"
    many = zoho.post("__composite_requests", {"__composite_requests": parts * 3})
    assert many.json()["data"][0]["details"]["maximum_length"] == 5


# The account itself


def test_a_reset_is_a_fresh_organization_and_ids_are_never_given_twice(zoho):
    tokens = zoho.signed_in()
    lead = zoho.lead()
    zoho.control("POST", "recommended-fields")
    zoho.control("POST", "reset")

    assert zoho.kept("Leads") == []
    assert zoho.get("org", token=tokens["access_token"]).status_code == 200
    assert [row["Campaign_Name"] for row in zoho.kept("Campaigns")].count("Hannover 2024") == 2
    assert zoho.control("POST", "recommended-fields").json()["created"] != []
    assert zoho.lead() > lead


def test_the_data_centres_hold_different_records(zoho):
    europe = zoho.signed_in("eu")["access_token"]
    lead = zoho.lead(Email="a@b.example")

    assert zoho.get("Leads?fields=Email", at="eu", token=europe).status_code == 204
    item = zoho.put("Leads", {"data": [{"id": lead, "City": "Graz"}]}, at="eu", token=europe)
    assert items(item) == [("INVALID_DATA", "the id given seems to be invalid")]
    made = zoho.post("Leads", {"data": [NEW]}, at="eu", token=europe).json()["data"][0]["details"]
    assert made["Created_Time"].endswith("+01:00")
    assert [row["$org"] for row in zoho.kept("Leads")] == ["us", "eu"]


def test_records_may_be_seeded_against_the_rules(zoho):
    made = zoho.control("POST", "records/Leads", {"Email": "a@b.example"})
    member = {"campaign": zoho.campaign(), "person": made.json()["id"], "status": "Danced"}
    zoho.control("POST", "records/CampaignMembers", member)
    europe = zoho.control("POST", "records/Contacts", {"Last_Name": "Zuse", "$org": "eu"}).json()

    assert made.status_code == 201
    assert [row["status"] for row in zoho.kept("CampaignMembers", email="a@b.example")] == ["Danced"]
    assert europe["id"].startswith("5843902")
    refused = zoho.control("POST", "records/Leads", {"Nothing": 1})
    assert (refused.status_code, refused.json()) == (400, {"error": "Leads has no field “Nothing”."})


def test_the_address_of_a_record_opens_its_page(zoho):
    lead = zoho.lead(First_Name="Ada", Email="a@b.example")
    zoho.put(f"Campaigns/{zoho.campaign()}/Leads", {"data": [{"id": lead, "Member_Status": "Sent"}]})
    zoho.post(f"Leads/{lead}/Notes", {"data": [{"Note_Title": "Call about grippers"}]})

    for prefix in ("", "/api-us"):
        page = requests.get(f"{zoho.base}{prefix}/crm/org60012345/tab/Leads/{lead}", timeout=5)
        assert page.status_code == 200
        for words in ("Ada Raman", "a@b.example", "Automate Summit 2026", "Sent", "Call about grippers"):
            assert words in page.text


@pytest.mark.parametrize("name", ["Leads", "Contacts", "Accounts", "Campaigns", "Notes", "CampaignMembers"])
def test_every_object_has_its_pages(zoho, name):
    account = zoho.made("Accounts", Account_Name="Brightforge")
    contact = zoho.made("Contacts", Last_Name="Zuse", Account_Name={"id": account})
    zoho.lead()
    zoho.post(f"Contacts/{contact}/Notes", {"data": [{"Note_Title": "Call"}]})
    zoho.put(f"Campaigns/{zoho.campaign()}/Contacts", {"data": [{"id": contact}]})
    record = zoho.kept(name)[0]

    listed = requests.get(f"{zoho.base}/_sandbox/objects/{name}", timeout=5)
    page = requests.get(f"{zoho.base}/_sandbox/objects/{name}/{record['id']}", timeout=5)

    assert (listed.status_code, page.status_code) == (200, 200)
    assert f"/_sandbox/objects/{name}/{record['id']}" in listed.text
    assert record["id"] in page.text


def test_the_fault_panel_and_the_first_page_are_there(zoho):
    panel, home = (requests.get(f"{zoho.base}/_sandbox/{path}", timeout=5) for path in ("panel", ""))

    assert "Company is mandatory" in panel.text
    assert "API credits today" in home.text
