"""Signing up: a code by mail, clear sentences for odd input, nothing half done."""

import pytest
from django.test import Client

from accounts import audit
from accounts.models import User
from tests.accounts.people import PASSWORD, SIGN_UP, mailed_code, person, sign_in, sign_up

pytestmark = pytest.mark.django_db


def test_a_newcomer_signs_up_types_the_code_and_is_in(client: Client) -> None:
    answer = sign_up(client)
    assert answer.status_code == 302
    assert answer["Location"] == "/account/confirm-email/"
    page = client.get("/account/confirm-email/").content.decode()
    assert "ada@example.org" in page

    answer = client.post("/account/confirm-email/", {"code": mailed_code("ada@example.org")}, follow=True)
    assert answer.redirect_chain[-1][0] == "/account/"
    ada = User.objects.get()
    assert (ada.name, ada.affiliation, ada.country.code) == ("Ada Lovelace", "Analytical Engines", "GB")
    assert ada.emailaddress_set.get().verified
    verbs = [entry.verb for entry in audit.history(ada)]
    assert set(verbs) == {"account.signed_up", "account.address_verified", "account.signed_in"}


def test_the_code_is_taken_in_lower_case_without_the_hyphen(client: Client) -> None:
    sign_up(client)
    code = mailed_code("ada@example.org").replace("-", "").lower()
    client.post("/account/confirm-email/", {"code": code})
    assert client.get("/account/").status_code == 200


def test_nobody_is_in_without_the_code(client: Client) -> None:
    sign_up(client)
    assert client.get("/account/").status_code == 302
    answer = client.post("/account/confirm-email/", {"code": "XXXX-XXXX"})
    assert "This is not the code we sent" in answer.content.decode()
    assert client.get("/account/").status_code == 302
    assert not User.objects.get().emailaddress_set.get().verified


def test_five_wrong_codes_end_it_and_signing_in_sends_a_new_one(client: Client) -> None:
    sign_up(client)
    first = mailed_code("ada@example.org")
    for _ in range(5):
        client.post("/account/confirm-email/", {"code": "XXXX-XXXX"})
    client.post("/account/confirm-email/", {"code": first})
    assert client.get("/account/").status_code == 302

    from django.core.cache import cache

    cache.clear()
    sign_in(client)
    second = mailed_code("ada@example.org")
    assert second != first
    client.post("/account/confirm-email/", {"code": second})
    assert client.get("/account/").status_code == 200


def test_a_new_code_can_be_asked_for(client: Client) -> None:
    from django.core.cache import cache

    sign_up(client)
    first = mailed_code("ada@example.org")
    cache.clear()
    client.post("/account/confirm-email/", {"action": "resend"})
    second = mailed_code("ada@example.org")
    assert second != first
    client.post("/account/confirm-email/", {"code": second})
    assert client.get("/account/").status_code == 200


def test_the_mail_does_not_carry_the_name_somebody_typed(client: Client) -> None:
    """Otherwise anybody could have us mail their text to anybody."""
    from tests.accounts.people import last_mail

    sign_up(client, name="Win a prize at evil.example")
    mail = last_mail("ada@example.org")
    assert "evil.example" not in mail.text + mail.subject


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "   ", "This field is required."),
        ("name", "A" * 300, "has 300 characters; at most 200 are possible"),
        ("name", "Ada\u202egnp.exe", "U+202E (right-to-left override)"),
        ("name", "Ada\x00", "U+0000"),
        ("name", "Ada\x07Bell", "“Ada⟨U+0007⟩Bell” contains an invisible character"),
        ("name", "\u3164\u200b", "This shows nothing"),
        ("affiliation", "x" * 201, "has 201 characters"),
        ("country", "XX", "“XX” is not a country in the list."),
        ("email", "nonsense", "“nonsense” is not an e-mail address"),
        ("email", "a@b.org\x00", "is not an e-mail address"),
        (
            "email",
            f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 40}.org",
            "too long for an e-mail address",
        ),
        ("password1", "short", "at least 10 characters"),
        ("password1", "password123", "too common"),
        ("password1", "long enough\x00", "Null characters are not allowed"),
    ],
)
def test_odd_input_gets_a_sentence(client: Client, field: str, value: str, sentence: str) -> None:
    answer = sign_up(client, **{field: value})
    assert answer.status_code == 200
    page = answer.content.decode().replace("&quot;", '"').replace("&#x27;", "'")
    assert sentence in page
    assert "<title>Error: " in page
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "عائشة بنت عبد الله",
        "אדה לאבלייס",
        "Nguyễn Thị Ánh",
        "می‌خواهم",  # a zero-width non-joiner, as Persian spelling needs
        "Ada 👩🏽‍💻 Lovelace",
        "J. O'Neil-Žižek",
        "李",
    ],
)
def test_names_of_the_world_stay_as_written(client: Client, name: str) -> None:
    assert sign_up(client, name=name).status_code == 302
    import unicodedata

    assert User.objects.get().name == unicodedata.normalize("NFC", name)


def test_pasted_line_ends_and_double_spaces_are_tidied(client: Client) -> None:
    sign_up(client, name="  Ada\n  Lovelace\t")
    assert User.objects.get().name == "Ada Lovelace"


def test_the_same_form_sent_twice_at_once_makes_one_account(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request passes the check before the first has written."""
    from allauth.account.internal.flows import manage_email

    person("ada@example.org", verified=False)
    monkeypatch.setattr(manage_email, "assess_unique_email", lambda email, user=None: True)
    answer = sign_up(client)
    assert answer.status_code == 302
    assert User.objects.count() == 1


def test_an_unconfirmed_sign_up_is_forgotten_after_a_week(client: Client) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from accounts import services

    sign_up(client)
    person("invited@example.org", "Invited Person", verified=False)
    services.forget_stale()
    assert User.objects.count() == 2
    User.objects.update(date_joined=timezone.now() - timedelta(days=8))
    services.forget_stale()
    assert [user.email for user in User.objects.all()] == ["invited@example.org"]


def test_a_signed_in_person_is_led_away_from_sign_up(client: Client) -> None:
    person()
    sign_in(client)
    assert client.get("/account/signup/").status_code == 302
    assert client.post("/account/signup/", SIGN_UP | {"email": "x@example.org"}).status_code == 302
    assert User.objects.count() == 1


def test_the_password_is_not_shown_again_on_error(client: Client) -> None:
    answer = sign_up(client, name="")
    assert PASSWORD not in answer.content.decode()
