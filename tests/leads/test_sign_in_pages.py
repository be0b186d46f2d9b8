from __future__ import annotations

import re

import pytest

from leads.models import User

PASSWORD = "show-floor-2026"


@pytest.fixture
def mara(organization) -> User:
    user = User.objects.create_user("mara@halden.example", PASSWORD, first_name="Mara", last_name="Lindqvist")
    organization.members.create(user=user, role="admin")
    return user


def test_people_sign_in_with_e_mail_whatever_its_case(client, mara):
    response = client.post("/accounts/login/", {"login": "Mara@Halden.example", "password": PASSWORD}, follow=True)

    assert response.redirect_chain[-1][0] == "/integrations/"
    assert "Halden Robotics · Admin" in response.content.decode()


def test_a_wrong_password_says_so_and_keeps_the_e_mail(client, mara):
    page = client.post("/accounts/login/", {"login": mara.email, "password": "wrong"}).content.decode()

    assert "This e-mail and password do not belong together." in page
    assert 'value="mara@halden.example"' in page
    assert 'role="alert"' in page


def test_sign_up_is_by_invitation(client, db):
    response = client.get("/accounts/signup/")

    assert "Mobly is by invitation" in response.content.decode()
    assert client.post("/accounts/signup/", {"email": "x@y.example", "password1": PASSWORD}).status_code == 200
    assert not User.objects.exists()


def test_a_forgotten_password_is_set_anew_by_mail(client, mara, mailoutbox):
    response = client.post("/accounts/password/reset/", {"email": mara.email}, follow=True)
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mailoutbox[0].body).group(1)
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "corrosion-test-7", "password2": "corrosion-test-7"})

    assert "Look into your mail" in response.content.decode()
    assert mailoutbox[0].subject == "Choose a new password for Mobly"
    assert client.login(email=mara.email, password="corrosion-test-7")
    assert "This link has been used or is too old" in client.get(link, follow=True).content.decode()


def test_an_unknown_address_gets_the_same_page(client, db, mailoutbox):
    response = client.post("/accounts/password/reset/", {"email": "nobody@halden.example"}, follow=True)

    assert "Look into your mail" in response.content.decode()
    assert mailoutbox[0].subject == "No account on Mobly for this address"


def test_signing_out_takes_a_post(client, mara):
    client.force_login(mara, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/accounts/logout/").status_code == 200
    client.post("/accounts/logout/")

    assert client.get("/leads/").status_code == 302


@pytest.mark.parametrize("page", ["/accounts/2fa/", "/accounts/email/", "/accounts/password/change/"])
def test_account_pages_stand_in_the_frame_of_the_product(client, mara, page):
    client.force_login(mara, backend="django.contrib.auth.backends.ModelBackend")

    response = client.get(page)

    assert response.status_code == 200
    assert "Halden Robotics · Admin" in response.content.decode()


def test_two_step_sign_in_is_turned_on_and_asked_for(client, mara):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    client.post("/accounts/login/", {"login": mara.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    form = client.get("/accounts/2fa/totp/activate/").context["form"]
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(form.secret, counter))
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    page = client.get("/accounts/2fa/").content.decode()
    client.post("/accounts/logout/")
    asked = client.post("/accounts/login/", {"login": mara.email, "password": PASSWORD}, follow=True).content.decode()

    assert "Sign-in asks for a code of your app." in page
    assert "Type the code" in asked
    assert client.get("/leads/").status_code == 302


def test_no_page_carries_inline_script_or_style(client, mara):
    client.force_login(mara, backend="django.contrib.auth.backends.ModelBackend")

    for page in ("/accounts/2fa/", "/leads/", "/capture/", "/events/", "/settings/members/", "/nowhere/"):
        html = client.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html), page
