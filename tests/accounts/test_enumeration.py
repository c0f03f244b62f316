"""Nobody learns from us who has an account: same answer, and a mail either way."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Message, User
from tests.accounts.people import last_mail, mailed_code, person, sign_in, sign_up

pytestmark = pytest.mark.django_db


def shape(answer: Any, email: str) -> tuple[int, str, str]:
    text = answer.content.decode().replace(email, "ADDRESS").replace(quote(email), "ADDRESS")
    # The form token differs in every answer.
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "TOKEN", text)
    return answer.status_code, answer.get("Location", ""), text


def test_sign_up_answers_alike_and_mails_either_way() -> None:
    person("known@example.org")
    seen = []
    for email in ("known@example.org", "new@example.org"):
        cache.clear()
        client = Client()
        first = shape(sign_up(client, email=email), email)
        second = shape(client.get("/account/confirm-email/"), email)
        wrong = shape(client.post("/account/confirm-email/", {"code": "XXXX-XXXX"}), email)
        cache.clear()
        again = shape(client.post("/account/confirm-email/", {"action": "resend"}), email)
        seen.append((first, second, wrong, again))
        assert Message.objects.filter(to=email).exists()
    assert seen[0] == seen[1]
    assert last_mail("known@example.org").kind == "account.account_already_exists"
    assert "already has an account" in last_mail("known@example.org").text
    assert User.objects.filter(email="known@example.org").count() == 1


def test_capitals_do_not_make_another_account(client: Client) -> None:
    person("known@example.org")
    sign_up(client, email="Known@Example.ORG")
    assert User.objects.count() == 1
    assert last_mail("known@example.org").kind == "account.account_already_exists"


def test_password_reset_answers_alike_and_mails_either_way() -> None:
    person("known@example.org")
    seen = []
    for email in ("known@example.org", "new@example.org"):
        client = Client()
        first = shape(client.post("/account/password/reset/", {"email": email}), email)
        second = shape(client.get("/account/password/reset/done/"), email)
        seen.append((first, second))
    assert seen[0] == seen[1]
    assert last_mail("known@example.org").kind == "account.password_reset_key"
    assert last_mail("new@example.org").kind == "account.unknown_account"


def test_sign_in_answers_alike() -> None:
    person("known@example.org")
    seen = []
    for email in ("known@example.org", "new@example.org"):
        answer = Client().post("/account/login/", {"login": email, "password": "wrong password"})
        seen.append(shape(answer, email))
    assert seen[0] == seen[1]
    assert "do not belong together" in seen[0][2]


def test_an_unconfirmed_account_is_not_told_apart_by_a_wrong_password() -> None:
    person("open@example.org", verified=False)
    seen = []
    for email in ("open@example.org", "new@example.org"):
        answer = Client().post("/account/login/", {"login": email, "password": "wrong password"})
        seen.append(shape(answer, email))
    assert seen[0] == seen[1]


def test_adding_an_address_answers_alike_and_only_its_owner_sees_the_code() -> None:
    person("taken@example.org", "Somebody Else")
    person("ada@example.org")
    seen = []
    for email in ("taken@example.org", "new@example.org"):
        cache.clear()
        client = Client()
        sign_in(client)
        client.post("/account/reauthenticate/", {"password": "correct horse battery"})
        first = shape(client.post("/account/email/", {"action_add": "", "email": email}), email)
        second = shape(client.get("/account/confirm-email/"), email)
        seen.append((first[:2], second[0]))
        assert mailed_code(email)
    assert seen[0] == seen[1]


def test_whoever_signed_up_with_my_address_loses_it_when_i_prove_it(client: Client) -> None:
    sign_up(Client(), email="second@example.org", name="Squatter")
    person("ada@example.org")
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": "correct horse battery"})
    cache.clear()
    client.post("/account/email/", {"action_add": "", "email": "second@example.org"})
    client.post("/account/confirm-email/", {"code": mailed_code("second@example.org")})
    ada = User.objects.get()
    assert ada.name == "Ada Lovelace"
    assert set(ada.emailaddress_set.values_list("email", "verified")) == {
        ("ada@example.org", True),
        ("second@example.org", True),
    }


def test_too_many_wrong_passwords_are_stopped_for_any_address() -> None:
    person("known@example.org")
    for email in ("known@example.org", "new@example.org"):
        cache.clear()
        client = Client()
        for _ in range(5):
            client.post("/account/login/", {"login": email, "password": "wrong password"})
        answer = client.post("/account/login/", {"login": email, "password": "correct horse battery"})
        assert "Too many attempts" in answer.content.decode()


def test_the_limit_counts_the_client_and_not_the_proxy(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def attempts(address: str, count: int) -> int:
        for number in range(count):
            answer = Client().post(
                "/account/password/reset/",
                {"email": f"p{number}-{address}@example.org"},
                headers={"x-forwarded-for": f"6.6.6.6, {address}"},
            )
        return answer.status_code

    assert attempts("10.0.0.1", 21) == 429
    assert attempts("10.0.0.2", 1) == 302


def test_a_forged_forwarding_header_is_ignored_without_a_proxy() -> None:
    for number in range(21):
        answer = Client().post(
            "/account/password/reset/",
            {"email": f"p{number}@example.org"},
            headers={"x-forwarded-for": f"10.0.0.{number}"},
        )
    assert answer.status_code == 429
