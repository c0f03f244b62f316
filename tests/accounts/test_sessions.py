"""Passwords, sessions and the record of both."""

from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import audit
from tests.accounts.people import PASSWORD, last_mail, mailed_link, person, sign_in

pytestmark = pytest.mark.django_db


def test_sign_in_and_out_are_recorded(client: Client) -> None:
    ada = person()
    sign_in(client)
    client.post("/account/logout/")
    assert client.get("/account/").status_code == 302
    verbs = [entry.verb for entry in audit.history(ada)]
    assert verbs[:2] == ["account.signed_out", "account.signed_in"]


def test_signing_out_needs_a_post(client: Client) -> None:
    person()
    sign_in(client)
    assert "Sign out?" in client.get("/account/logout/").content.decode()
    assert client.get("/account/").status_code == 200


def test_next_leads_back_but_never_to_another_site(client: Client) -> None:
    person()
    for target, expected in (("/account/data/", "/account/data/"), ("https://evil.example/", "/account/")):
        other = Client()
        answer = other.post(
            f"/account/login/?next={target}", {"login": "ada@example.org", "password": PASSWORD}
        )
        assert answer["Location"] == expected


def test_the_list_shows_devices_and_ends_the_others(client: Client) -> None:
    person()
    sign_in(client)
    phone = Client(
        headers={"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1"}
    )
    sign_in(phone)
    page = client.get("/account/sessions/").content.decode()
    assert "Safari on iPhone" in page
    assert page.count("This one") == 1
    client.post("/account/sessions/")
    assert phone.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_new_password_signs_out_the_others_and_is_announced(client: Client) -> None:
    ada = person()
    sign_in(client)
    other = Client()
    sign_in(other)
    new = "another good sentence"
    answer = client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
        follow=True,
    )
    assert "Your new password is set" in answer.content.decode()
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert last_mail("ada@example.org").kind == "account.password_changed"
    assert audit.history(ada).filter(verb="account.password_changed").exists()


def test_a_forgotten_password_is_replaced_through_the_mailed_link_once(client: Client) -> None:
    ada = person()
    client.post("/account/password/reset/", {"email": "ada@example.org"})
    link = mailed_link("ada@example.org")
    form = client.get(link)["Location"]
    assert link.split("-", 1)[1] not in form, (
        "the key stays out of the address, so that no Referer carries it"
    )
    new = "another good sentence"
    client.post(form, {"password1": new, "password2": new})
    assert audit.history(ada).filter(verb="account.password_reset").exists()
    sign_in(client, password=new)
    assert client.get("/account/").status_code == 200
    assert "This link does not work" in Client().get(link).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/account/password/reset/key/zzzzzzzzzzzzzzzzzzzzzzzzzzzz-set-password/",
        "/account/password/reset/key/1-%00/",
        "/account/password/reset/key/1-abc/",
    ],
)
def test_broken_links_get_a_page(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "This link does not work" in answer.content.decode()


def test_mailed_links_do_not_follow_a_forged_host(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://submit.example.org"
    person()
    client.post("/account/password/reset/", {"email": "ada@example.org"}, headers={"host": "evil.example"})
    text = last_mail("ada@example.org").text
    assert "https://submit.example.org/account/password/reset/key/" in text
    assert "evil.example" not in text


def test_a_blocked_account_cannot_sign_in(client: Client) -> None:
    ada = person()
    ada.is_active = False
    ada.save()
    answer = sign_in(client)
    assert "This account is blocked" in answer.content.decode()
    assert client.get("/account/").status_code == 302


def test_a_page_view_writes_nothing(client: Client, django_assert_max_num_queries: Any) -> None:
    from django.db import connection

    person()
    sign_in(client)
    client.get("/account/")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get("/account/profile/")
    assert not [q for q in seen.captured_queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]


def test_without_remember_the_session_ends_with_the_browser() -> None:
    person()
    for remember, expected in (("on", False), ("", True)):
        client = Client()
        client.post(
            "/account/login/", {"login": "ada@example.org", "password": PASSWORD, "remember": remember}
        )
        assert client.session.get_expire_at_browser_close() is expected


@pytest.mark.parametrize(
    "path",
    [
        "/account/",
        "/account/profile/",
        "/account/data/",
        "/account/delete/",
        "/account/email/",
        "/account/2fa/",
        "/account/sessions/",
        "/account/password/change/",
        "/account/3rdparty/",
    ],
)
def test_every_page_of_ones_own_asks_for_a_sign_in_and_is_ours(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith(("/account/login/", "/account/reauthenticate/"))
    person()
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get(path).content.decode()
    assert 'class="site-header"' in page
    assert 'aria-label="Your account"' in page
    assert "style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/account/login/",
        "/account/signup/",
        "/account/password/reset/",
        "/account/password/reset/done/",
        "/account/password/reset/key/done/",
        "/account/inactive/",
        "/account/3rdparty/login/cancelled/",
        "/account/3rdparty/login/error/",
    ],
)
def test_every_page_of_the_entrance_is_ours(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert 'class="site-header"' in page
    assert "style=" not in page
    assert "<script>" not in page
