"""Signing in to the simulated HubSpot: consent, codes, tokens, introspection, the end of it."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from integrations.sandbox import person
from integrations.sandbox.hubspot.oauth import CLIENT_ID, CLIENT_SECRET

BACK = "http://127.0.0.1:8000/integrations/callback/"
SCOPES = "oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def start(**more):
    return {"client_id": CLIENT_ID, "redirect_uri": BACK, "scope": SCOPES, "state": "s-1", **more}


def consent_page(hubspot):
    """The page as somebody who has signed in sees it."""
    address = f"{hubspot.base}/oauth/authorize?{urlencode(start())}"
    return person.signed_in(hubspot.session, address, timeout=5)[0]


def consent(hubspot, answer="allow", **more):
    """What the browser is sent back with."""
    consent_page(hubspot)
    sent = hubspot.session.post(
        f"{hubspot.base}/oauth/authorize", data={**start(**more), "answer": answer}, allow_redirects=False, timeout=5
    )
    assert sent.status_code == 302
    assert sent.headers["Location"].startswith(BACK)
    return {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}


def exchange(hubspot, version="v1", **form):
    return hubspot.session.post(f"{hubspot.base}/oauth/{version}/token", data={**APP, **form}, timeout=5)


def signed_in(hubspot, version="v1", **more):
    code = consent(hubspot, **more)["code"]
    answer = exchange(hubspot, version, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer):
    """Status and the part of the body that does not change from call to call."""
    body = answer.json()
    assert body.pop("correlationId") == answer.headers["X-HubSpot-Correlation-Id"]
    return answer.status_code, body


def test_the_consent_page_names_the_app_the_scopes_and_the_account(hubspot):
    page = consent_page(hubspot)

    assert page.status_code == 200
    for words in ("Mobly", "crm.objects.contacts.write", "mobly.integration@halden.example", "44556677", "Not HubSpot"):
        assert words in page.text


def test_the_consent_page_can_be_answered_as_it_stands(hubspot):
    page = consent_page(hubspot).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

    sent = hubspot.session.post(
        f"{hubspot.base}/oauth/authorize", data={**fields, "answer": "allow"}, allow_redirects=False, timeout=5
    )

    assert sent.headers["Location"].startswith(f"{BACK}?code=")


def test_allow_sends_back_a_code_and_the_state(hubspot):
    answer = consent(hubspot)

    assert answer.keys() == {"code", "state"}
    assert answer["state"] == "s-1"


def test_deny_sends_back_a_refusal(hubspot):
    answer = consent(hubspot, answer="deny")

    assert answer["error"] == "access_denied"
    assert answer["state"] == "s-1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "another"}, "BAD_CLIENT_ID"),
        ({"redirect_uri": "/relative"}, "BAD_REDIRECT_URI"),
        ({"scope": "crm.objects.moons.read"}, "BAD_SCOPE"),
        ({"scope": ""}, "MISSING_SCOPE"),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, "BAD_CODE_CHALLENGE_METHOD"),
    ],
)
def test_a_wrong_start_stays_on_a_page_that_says_why(hubspot, changes, code):
    page = hubspot.session.get(f"{hubspot.base}/oauth/authorize", params=start(**changes), timeout=5)

    assert page.status_code == 400
    assert code in page.text


def test_a_code_becomes_tokens_that_live_1800_seconds(hubspot, clock):
    tokens = signed_in(hubspot)

    assert tokens.keys() == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert (tokens["expires_in"], tokens["token_type"]) == (1800, "bearer")
    assert len(tokens["access_token"]) > 255
    assert hubspot.get("/crm/v3/objects/contacts", token=tokens["access_token"]).status_code == 200
    clock.advance(1875)
    assert refused(hubspot.get("/crm/v3/objects/contacts", token=tokens["access_token"])) == (
        401,
        {
            "status": "error",
            "message": "The OAuth token used to make this call expired 75 second(s) ago.",
            "category": "EXPIRED_AUTHENTICATION",
            "context": {"expire time": ["2026-11-21T20:30:00.000Z"]},
        },
    )


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_later_token_endpoints_also_say_whose_token_it_is(hubspot, version):
    tokens = signed_in(hubspot, version)

    assert tokens["hub_id"] == 44556677
    assert tokens["user_id"] == 9000001
    assert tokens["scopes"] == SCOPES.split()
    assert tokens["token_use"] == "access_token"


def test_the_person_chooses_one_of_two_accounts(hubspot):
    page = consent_page(hubspot).text
    tokens = signed_in(hubspot, "v3", org="55667788")

    assert re.findall(r'<option value="(\d+)">', page) == ["44556677", "55667788"]
    assert tokens["hub_id"] == 55667788
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    details = hubspot.session.get(f"{hubspot.base}/account-info/v3/details", headers=bearer, timeout=5).json()
    assert details["portalId"] == 55667788
    again = exchange(hubspot, "v3", grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert again["hub_id"] == 55667788


def test_a_code_works_once(hubspot):
    code = consent(hubspot)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert exchange(hubspot, **form).status_code == 200

    assert refused(exchange(hubspot, **form)) == (
        400,
        {"status": "BAD_AUTH_CODE", "message": "missing or unknown auth code"},
    )


def test_a_code_expires(hubspot, clock):
    code = consent(hubspot)["code"]
    clock.advance(601)

    answer = exchange(hubspot, grant_type="authorization_code", code=code, redirect_uri=BACK)

    assert refused(answer)[1]["status"] == "EXPIRED_AUTH_CODE"


def test_a_code_is_bound_to_its_redirect_url(hubspot):
    code = consent(hubspot)["code"]

    answer = exchange(hubspot, grant_type="authorization_code", code=code, redirect_uri=BACK + "x")

    assert refused(answer)[1]["status"] == "MISMATCH_REDIRECT_URI_AUTH_CODE"


def test_a_code_with_a_challenge_needs_its_verifier(hubspot):
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    code = consent(hubspot, code_challenge=challenge, code_challenge_method="S256")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}

    assert refused(exchange(hubspot, **form, code_verifier="wrong"))[1]["status"] == "BAD_CODE_VERIFIER"
    assert exchange(hubspot, **form, code_verifier=verifier).status_code == 200


def test_a_refresh_keeps_its_refresh_token(hubspot):
    tokens = signed_in(hubspot)

    again = exchange(hubspot, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()

    assert again["refresh_token"] == tokens["refresh_token"]
    assert again["access_token"] != tokens["access_token"]
    assert hubspot.get("/crm/v3/objects/contacts", token=again["access_token"]).status_code == 200


def test_later_refusals_carry_the_fields_of_the_standard_too(hubspot):
    answer = exchange(hubspot, "v3", grant_type="refresh_token", refresh_token="none")

    status, body = refused(answer)

    assert status == 400
    assert body["error"] == "invalid_grant"
    assert body["message"] == "missing or invalid refresh token"


def test_from_v3_on_secrets_in_the_query_do_not_count(hubspot):
    for version, status in (("v1", "BAD_GRANT_TYPE"), ("v3", "BAD_CLIENT_ID")):
        answer = hubspot.session.post(f"{hubspot.base}/oauth/{version}/token", params=APP, timeout=5)
        assert refused(answer)[1]["status"] == status


def test_a_wrong_secret_is_refused(hubspot):
    answer = exchange(hubspot, client_secret="other", grant_type="refresh_token", refresh_token="x")

    assert refused(answer)[1]["status"] == "BAD_CLIENT_SECRET"


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_introspection_tells_a_live_token_from_a_dead_one(hubspot, clock, version):
    tokens = signed_in(hubspot)
    path = f"{hubspot.base}/oauth/{version}/token/introspect"
    form = {**APP, "token": tokens["access_token"], "token_type_hint": "access_token"}

    alive = hubspot.session.post(path, data=form, timeout=5).json()
    clock.advance(1800)
    dead = hubspot.session.post(path, data=form, timeout=5).json()

    assert alive["active"] is True
    assert (alive["hub_id"], alive["hub_domain"], alive["app_id"]) == (44556677, "halden.example", 20000001)
    assert (alive["user"], alive["expires_in"]) == ("mobly.integration@halden.example", 1800)
    assert alive["scopes"] == SCOPES.split()
    assert dead == {"active": False}


def test_the_old_information_call_answers_for_an_access_token(hubspot):
    tokens = signed_in(hubspot)

    known = hubspot.get(f"/oauth/v1/access-tokens/{tokens['access_token']}", token="").json()
    unknown = hubspot.get("/oauth/v1/access-tokens/none", token="")

    assert (known["hub_id"], known["token_type"]) == (44556677, "access")
    assert refused(unknown)[0] == 404


def test_revoking_a_refresh_token_ends_both(hubspot):
    tokens = signed_in(hubspot, "v3")
    form = {**APP, "token": tokens["refresh_token"]}

    answer = hubspot.session.post(f"{hubspot.base}/oauth/v3/token/revoke", data=form, timeout=5)

    assert answer.status_code == 200
    assert hubspot.get("/crm/v3/objects/contacts", token=tokens["access_token"]).status_code == 401
    refresh = exchange(hubspot, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused(refresh)[1]["status"] == "BAD_REFRESH_TOKEN"


def test_deleting_a_refresh_token_is_the_old_way_to_disconnect(hubspot):
    tokens = signed_in(hubspot)

    answer = hubspot.delete(f"/oauth/v1/refresh-tokens/{tokens['refresh_token']}", token="")

    assert answer.status_code == 204
    refresh = exchange(hubspot, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused(refresh)[1]["status"] == "BAD_REFRESH_TOKEN"


def test_no_token_and_an_unknown_one_are_refused_alike(hubspot):
    for token in ("", "invented"):
        answer = hubspot.get("/crm/v3/objects/contacts", token=token)
        status, body = refused(answer)
        assert (status, body["category"]) == (401, "INVALID_AUTHENTICATION")
        assert body["message"].startswith("Authentication credentials not found. This API supports OAuth 2.0")
        assert answer.headers["x-hubspot-auth-failure"] == "401 Unauthorized"


def test_a_token_does_only_what_its_scopes_allow(hubspot):
    tokens = signed_in(hubspot)

    records = hubspot.post("/crm/v3/lists/search", {}, token=tokens["access_token"])
    properties = hubspot.get("/crm/v3/properties/companies", token=tokens["access_token"])

    assert refused(records)[0] == 403
    assert records.json()["category"] == "MISSING_SCOPES"
    assert records.json()["errors"][0]["context"] == {"requiredGranularScopes": ["crm.lists.read"]}
    assert refused(properties) == (
        403,
        {
            "status": "error",
            "message": "One or more of the following scopes are required.",
            "context": {
                "requiredGranularScopes": ["crm.schemas.companies.read"],
                "links": ["https://developers.hubspot.com/scopes"],
            },
            "category": "MISSING_SCOPES",
        },
    )


def test_optional_scopes_are_granted_too(hubspot):
    tokens = signed_in(hubspot, "v3", optional_scope="crm.objects.owners.read not.a.scope")

    assert tokens["scopes"][-1] == "crm.objects.owners.read"
    assert hubspot.get("/crm/v3/owners", token=tokens["access_token"]).json()["results"][0]["userId"] == 9000001


def test_the_switches_expire_tokens_and_revoke_the_app(hubspot):
    tokens = signed_in(hubspot)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    hubspot.switch(expired_token=True)
    assert (
        refused(hubspot.get("/crm/v3/lists", token=tokens["access_token"]))[1]["category"] == "EXPIRED_AUTHENTICATION"
    )
    assert exchange(hubspot, **form).status_code == 200
    hubspot.switch(refresh_revoked=True)
    assert refused(exchange(hubspot, **form))[1]["status"] == "BAD_REFRESH_TOKEN"
    hubspot.switch(refresh_revoked=False)
    assert exchange(hubspot, **form).status_code == 200
    hubspot.switch(revoked_app=True)
    assert refused(exchange(hubspot, **form))[1]["status"] == "BAD_REFRESH_TOKEN"


def test_the_account_says_who_it_is(hubspot):
    details = hubspot.get("/account-info/v3/details").json()

    assert details["portalId"] == 44556677
    assert details["uiDomain"] == urlsplit(hubspot.base).netloc
    assert details.keys() == {
        "portalId", "accountType", "timeZone", "companyCurrency", "additionalCurrencies", "utcOffset",
        "utcOffsetMilliseconds", "uiDomain", "dataHostingLocation",
    }  # fmt: skip
