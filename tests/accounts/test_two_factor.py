"""Second factors: how they are set up and used, and who must have one."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts import audit, policy
from accounts.models import User
from tests.accounts.people import (
    PASSWORD,
    administrator,
    confirm_identity,
    last_mail,
    person,
    sign_in,
    totp_code,
    two_factor,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair(monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody whom the rooms above name a chair, with a chairs' page."""
    someone = person("chair@example.org", "Chair Person")
    monkeypatch.setattr(policy, "requires_two_factor", [lambda user: user.pk == someone.pk])
    monkeypatch.setattr(policy, "guarded_paths", [lambda path: "/chair/" in path or path == "/account/data/"])
    return someone


def set_up(client: Client) -> str:
    confirm_identity(client)
    page = client.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    answer = client.post("/account/2fa/totp/activate/", {"code": totp_code(secret)}, follow=True)
    assert answer.redirect_chain[-1][0] == "/account/2fa/recovery-codes/"
    return str(secret)


def test_set_up_then_sign_in_with_a_code(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    ada = person()
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up(client)
    assert last_mail("ada@example.org").kind in ("account.totp_activated", "account.recovery_codes_generated")
    assert "account.two_factor_enabled" in [entry.verb for entry in audit.history(ada)]

    other = Client()
    answer = sign_in(other)
    assert answer.redirect_chain[-1][0] == "/account/2fa/authenticate/"
    assert other.get("/account/").status_code == 302
    wrong = other.post("/account/2fa/authenticate/", {"code": "000000"})
    assert "This code does not match" in wrong.content.decode()
    from django.core.cache import cache

    cache.clear()  # the code of this half minute was used for the set-up
    other.post("/account/2fa/authenticate/", {"code": totp_code(secret)})
    assert other.get("/account/").status_code == 200


def test_sessions_that_gave_the_password_alone_end_when_it_is_switched_on(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    person()
    thief = Client()
    sign_in(thief)
    sign_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    assert thief.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_recovery_code_lets_in_once(client: Client) -> None:
    person()
    sign_in(client)
    set_up(client)
    text = client.get("/account/2fa/recovery-codes/download/").content.decode()
    code = text.strip().splitlines()[-1]
    for expected in (200, 302):
        other = Client()
        sign_in(other)
        other.post("/account/2fa/authenticate/", {"code": code})
        assert other.get("/account/").status_code == expected


def test_the_secret_is_not_readable_in_the_database(client: Client) -> None:
    person()
    sign_in(client)
    secret = set_up(client)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    codes = client.get("/account/2fa/recovery-codes/download/").content.decode().split()
    assert not [code for code in codes if code.isdigit() and code in stored]


def test_a_replaced_key_opens_nothing_and_a_fallback_keeps_it_working(client: Client, settings: Any) -> None:
    ada = person()
    secret = two_factor(ada)
    authenticator = Authenticator.objects.get(type="totp").wrap()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-that-is-long-enough-0123456789-0123456789"
    assert not authenticator.validate_code(totp_code(secret))
    settings.SECRET_KEY_FALLBACKS = [old]
    assert authenticator.validate_code(totp_code(secret))


def test_switching_it_off_asks_who_it_is_and_is_recorded(client: Client) -> None:
    ada = person()
    sign_in(client)
    set_up(client)
    answer = client.post("/account/2fa/totp/deactivate/", follow=True)
    assert not Authenticator.objects.exists()
    assert "Two-factor sign-in is off" in answer.content.decode()
    assert "account.two_factor_disabled" in [entry.verb for entry in audit.history(ada)]


def test_a_chair_without_it_is_sent_to_the_set_up_with_the_reason(client: Client, chair: User) -> None:
    sign_in(client, chair.email)
    for method in (client.get, client.post):
        answer = method("/account/data/")
        assert answer.status_code == 302
        assert answer["Location"] == "/account/2fa/totp/activate/"
    page = client.get("/account/data/", follow=True).content.decode()
    assert "Chairs and administrators see other people" in page
    assert client.get("/account/profile/").status_code == 200
    page = client.get("/account/").content.decode()
    assert "Set up two-factor sign-in" in page


def test_htmx_leaves_the_page_instead_of_swapping_it_in(client: Client, chair: User) -> None:
    sign_in(client, chair.email)
    answer = client.get("/account/data/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/account/2fa/totp/activate/")


def test_a_chair_with_it_passes(client: Client, chair: User) -> None:
    two_factor(chair)
    client.force_login(chair)
    assert client.get("/account/data/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client: Client, chair: User) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(chair)
    client.force_login(chair)
    assert client.get("/account/data/").status_code == 302


def test_others_are_not_asked(client: Client, chair: User) -> None:
    person()
    sign_in(client)
    assert client.get("/account/data/").status_code == 200


def test_the_rule_can_be_switched_off_for_demonstrations(client: Client, chair: User, settings: Any) -> None:
    settings.REQUIRE_TWO_FACTOR = False
    client.force_login(chair)
    assert client.get("/account/data/").status_code == 200


def test_an_administrator_needs_it_for_the_administration(client: Client) -> None:
    root = administrator()
    sign_in(client, root.email)
    answer = client.get("/admin/")
    assert answer["Location"] == "/account/2fa/totp/activate/"
    two_factor(root)
    assert client.get("/admin/").status_code == 200


def test_a_chair_role_in_an_edition_counts(client: Client) -> None:
    """The hook that the submissions room registers."""
    from submissions.models import Edition, Role

    chair = person("chair@example.org", "Chair Person")
    edition = Edition.objects.create(
        slug="2021", series="ScaDL", name="ScaDL 2021", short_name="ScaDL 2021", file_prefix="s"
    )
    role = Role.objects.create(
        edition=edition, kind=Role.Kind.PROGRAMME_CHAIR, name="Chair", email=chair.email
    )
    assert policy.needs_two_factor(chair)
    assert policy.is_guarded("/2021/chair/papers/")
    assert policy.is_guarded("/2021/chair/")
    assert not policy.is_guarded("/2021/chairs-of-the-past/")
    assert not policy.is_guarded("/2021/papers/")
    role.kind = Role.Kind.STEERING
    role.save()
    assert not policy.needs_two_factor(chair)


def test_set_up_needs_the_password_again(client: Client) -> None:
    ada = person()
    client.force_login(ada)
    answer = client.get("/account/2fa/totp/activate/")
    assert answer["Location"].startswith("/account/reauthenticate/")
    answer = client.post(answer["Location"], {"password": "wrong"})
    assert "This is not your password" in answer.content.decode()
    confirm_identity(client, PASSWORD)
    assert client.get("/account/2fa/totp/activate/").status_code == 200
