"""What may be kept: everything but the secrets, and nothing else is touched."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobly_sync.redaction import _RULES, redact, redact_text

R = "[redacted]"


@pytest.mark.parametrize(
    "key",
    ["access_token", "accessToken", "Access-Token", "refresh_token", "client_secret", "password", "Authorization",
     "security_token", "x-api-key", "sessionId", "code_verifier", "Set-Cookie", "sf:sessionId"],
)  # fmt: skip
def test_a_secret_is_known_by_its_key_in_any_spelling(key):
    assert redact({key: "abc", "Email": "a@b.co"}) == {key: R, "Email": "a@b.co"}


def test_nested_secrets_are_found():
    assert redact({"data": [{"token": "t", "n": 1}], "ok": True}) == {"data": [{"token": R, "n": 1}], "ok": True}


def test_an_empty_secret_stays_empty_so_that_its_lack_is_seen():
    assert redact({"refresh_token": None, "password": ""}) == {"refresh_token": None, "password": ""}


def test_an_authorization_code_is_a_secret_and_an_error_code_is_not():
    assert redact({"grant_type": "authorization_code", "code": "aPrx"}) == {
        "grant_type": "authorization_code",
        "code": R,
    }
    assert redact({"code": "REQUIRED_FIELD_MISSING", "message": "no"}) == {
        "code": "REQUIRED_FIELD_MISSING",
        "message": "no",
    }


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            "grant_type=refresh_token&refresh_token=a%2Fb&client_id=me",
            f"grant_type=refresh_token&refresh_token={R}&client_id=me",
        ),
        ("https://me/callback?code=aPrx%3D&state=AZ", f"https://me/callback?code={R}&state=AZ"),
        ("https://x/y?hapikey=123#top", f"https://x/y?hapikey={R}#top"),
        ("https://user:pw@host/x", f"https://{R}@host/x"),
        ("GET /oauth/v1/refresh-tokens/abc-def/info", f"GET /oauth/v1/refresh-tokens/{R}/info"),
        ("Header was Bearer 00Dxx0000001gPz!AQcAQ.abc", f"Header was Bearer {R}"),
        ("Session 00D5f000001abcd!AQEAQFake.Token_1 expired", f"Session {R} expired"),
        ("pat-na1-12345678-1234-1234-1234-123456789abc", R),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF", f"token {R}"),
        ('cut off {"access_token":"abc","x":1', f'cut off {{"access_token":"{R}","x":1'),
        ('cut off "password": "a\\"b', f'cut off "password": "{R}'),
    ],
)
def test_secrets_in_text_are_found(text, clean):
    assert redact(text) == clean


def test_a_soap_sign_in_is_kept_without_its_password():
    envelope = (
        '<env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>ana@halden.example</n1:username>'
        "<n1:password>secret&amp;TOKEN</n1:password></n1:login></env:Body>"
    )

    assert redact(envelope) == envelope.replace("secret&amp;TOKEN", R)


def test_a_soap_answer_is_kept_without_its_session():
    answer = "<result><serverUrl>https://x/</serverUrl><sessionId>00Dxx!AQ</sessionId><userId>005</userId></result>"

    assert redact(answer) == answer.replace("00Dxx!AQ", R)


def test_a_secret_in_cdata_is_found():
    assert redact("<password><![CDATA[a<b]]></password>") == f"<password>{R}</password>"


def test_json_in_text_is_read_as_json_so_that_no_escape_hides_a_secret():
    assert json.loads(redact('{"access\\u005ftoken": "abc", "n": [1]}')) == {"access_token": R, "n": [1]}


@pytest.mark.parametrize(
    "text",
    [
        '{ "Company" : "Token & Sons",  "Rating": 1.10 }',
        "The OAuth token used to make this call expired 75 second(s) ago.",
        '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]',
        "<faultstring>INVALID_LOGIN: Invalid username, password, security token; or user locked out.</faultstring>",
        "Basic Materials and Bearer bonds",
        '{"nextPageToken": "abc", "State": "Texas", "errors": [{"code": "601"}]}',
        "O'Brien \\ 100 % \n newline",
    ],
)
def test_text_without_a_secret_comes_back_as_it_was(text):
    assert redact(text) == text


def test_bytes_become_text():
    assert redact(b"password=x&name=\xff") == f"password={R}&name=�"


PIECES = [
    "<password>", "</password>", "<![CDATA[", "token", "=", "&", '"', ":", " ", "\\", "code", "secret", "Bearer ",
    "bAsic ", "://", "@", "/refresh-tokens/", "/Access-Tokens/", "00D5g0000000001", "!", "AQ.x", "pat-na1-", "PAT-eu2-",
    "0123456789abcdef-0123456789", "eyJhbGciOiJI", ".", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4", "\n", "Ada",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_text_that_looks_harmless_at_a_glance_is_what_every_rule_leaves_alone(text):
    clean = text
    for pattern, replacement in _RULES:
        clean = pattern.sub(replacement, clean)
    assert redact_text(text) == clean
