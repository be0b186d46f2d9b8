"""The sign-in page before a vendor's consent page: who may pass, in which words one is refused, and how to leave."""

import re
from html import unescape
from urllib.parse import urljoin

import pytest
import requests

from integrations.sandbox import person
from tests.sandbox.pipedrive_company import CompanyClient

CALLBACK = "http://127.0.0.1:8000/integrations/callback/"
ADDRESSES = {
    "salesforce": "/services/oauth2/authorize?response_type=code&client_id=sandbox-salesforce-consumer-key&scope=api",
    "hubspot": "/oauth/authorize?client_id=sandbox-hubspot-client-id&scope=oauth",
    "pipedrive": "/oauth/authorize?client_id=sandbox-pipedrive-client-id",
    "zoho": "/oauth/v2/auth?response_type=code&client_id=sandbox-zoho-client-id&scope=ZohoCRM.users.READ",
}


@pytest.fixture(params=ADDRESSES)
def start(request: pytest.FixtureRequest) -> str:
    """Where the sign-in at one vendor begins."""
    base: str = request.getfixturevalue(request.param).base
    return f"{base}{ADDRESSES[request.param]}&redirect_uri={CALLBACK}&state=s-1"


def test_a_stranger_signs_in_first_and_stays_signed_in(start: str) -> None:
    with requests.Session() as browser:
        first = browser.get(start).text
        consent = person.signed_in(browser, start)[0].text
        again = browser.get(start).text

    assert "Log in to" in first
    assert "Allow access?" not in first
    assert consent == again
    assert "Allow access?" in consent


def test_nobody_answers_the_consent_page_without_a_session(start: str) -> None:
    address, _, query = start.partition("?")
    form = dict(part.split("=", 1) for part in query.split("&"))

    answer = requests.post(address, data={**form, "answer": "allow"}, allow_redirects=False)

    assert (answer.status_code, "Log in to" in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "hunter2"}, "The password is wrong."),
        ({"user": "tom@nowhere.example"}, "There is no user “tom@nowhere.example” here."),
    ],
)
def test_a_wrong_user_or_password_is_refused_in_words(start: str, changes: dict[str, str], words: str) -> None:
    with requests.Session() as browser:
        page = browser.get(start).text
        filled = {name: unescape(value) for name, value in re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', page)}
        refused = browser.post(urljoin(start, "/_sandbox/sign-in"), data={**filled, **changes})
        passed = browser.post(urljoin(start, "/_sandbox/sign-in"), data=filled)

    assert (refused.status_code, words in unescape(refused.text)) == (400, True)
    assert "Allow access?" in passed.text


def test_not_you_leads_back_to_the_sign_in(start: str) -> None:
    with requests.Session() as browser:
        consent = person.signed_in(browser, start)[0].text
        link = unescape(re.findall(r'<a href="([^"]+)">Not you\?</a>', consent)[0])
        page = browser.get(urljoin(start, link)).text

        assert "Log in to" in page
        assert "Allow access?" in person.signed_in(browser, start)[0].text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", ""])
def test_a_sign_in_leads_nowhere_else(pipedrive: CompanyClient, elsewhere: str) -> None:
    answer = requests.get(f"{pipedrive.base}/_sandbox/sign-out", params={"next": elsewhere}, allow_redirects=False)

    assert answer.headers["Location"] == "/_sandbox/"
