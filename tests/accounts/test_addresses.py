"""Several addresses per person: added, proven by code, made primary, removed."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import audit, personal_data
from accounts.models import Message, User
from accounts.signals import address_verified
from tests.accounts.people import confirm_identity, last_mail, mailed_code, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    someone = person()
    sign_in(client)
    confirm_identity(client)
    return someone


def add(client: Client, email: str) -> None:
    cache.clear()
    client.post("/account/email/", {"action_add": "", "email": email})
    client.post("/account/confirm-email/", {"code": mailed_code(email)})


def addresses(user: User) -> dict[str, tuple[bool, bool]]:
    return {a.email: (a.verified, a.primary) for a in user.emailaddress_set.all()}


def test_an_address_is_added_once_its_code_is_typed(client: Client, ada: User) -> None:
    client.post("/account/email/", {"action_add": "", "email": "Second@Example.org"})
    assert "second@example.org" not in addresses(ada)
    client.post("/account/confirm-email/", {"code": mailed_code("second@example.org")})
    assert addresses(ada) == {"ada@example.org": (True, True), "second@example.org": (True, False)}
    assert audit.history(ada).filter(verb="account.address_verified").count() == 1


def test_any_confirmed_address_signs_in(client: Client, ada: User) -> None:
    add(client, "second@example.org")
    other = Client()
    sign_in(other, "second@example.org")
    assert other.get("/account/").status_code == 200


def test_making_it_primary_changes_the_login_and_tells_the_old_address(client: Client, ada: User) -> None:
    add(client, "second@example.org")
    client.post("/account/email/", {"action_primary": "", "email": "second@example.org"})
    ada.refresh_from_db()
    assert ada.email == "second@example.org"
    assert last_mail("ada@example.org").kind == "account.email_changed"
    entry = audit.history(ada).get(verb="account.primary_address_changed")
    assert entry.data == {"email": ["ada@example.org", "second@example.org"]}


def test_removing(client: Client, ada: User) -> None:
    add(client, "second@example.org")
    client.post("/account/email/", {"action_remove": "", "email": "second@example.org"})
    assert list(addresses(ada)) == ["ada@example.org"]
    assert audit.history(ada).filter(verb="account.address_removed").exists()


def test_the_primary_address_stays(client: Client, ada: User) -> None:
    add(client, "second@example.org")
    answer = client.post("/account/email/", {"action_remove": "", "email": "ada@example.org"}, follow=True)
    assert "ada@example.org is your primary address" in answer.content.decode()
    assert len(addresses(ada)) == 2


def test_nobody_elses_address_can_be_touched(client: Client, ada: User) -> None:
    other = person("other@example.org", "Other")
    for action in ("action_remove", "action_primary", "action_send"):
        client.post("/account/email/", {action: "", "email": "other@example.org"})
    assert addresses(other) == {"other@example.org": (True, True)}


@pytest.mark.parametrize("value", ["nonsense", "a@b\x00.org", "", "x" * 250 + "@example.org"])
def test_odd_addresses_get_a_sentence(client: Client, ada: User, value: str) -> None:
    answer = client.post("/account/email/", {"action_add": "", "email": value})
    assert answer.status_code == 200
    assert answer.context["form"].errors["email"]
    client.post("/account/email/", {"action_remove": "", "email": value})
    assert list(addresses(ada)) == ["ada@example.org"]


def test_the_same_address_twice(client: Client, ada: User) -> None:
    answer = client.post("/account/email/", {"action_add": "", "email": "ADA@example.org"})
    assert "on your account already" in answer.content.decode()


def test_an_address_of_another_account_stays_there_even_with_its_code(client: Client, ada: User) -> None:
    """Whoever reads both mailboxes is told how to go about it."""
    other = person("other@example.org", "Other")
    client.post("/account/email/", {"action_add": "", "email": "other@example.org"})
    answer = client.post("/account/confirm-email/", {"code": mailed_code("other@example.org")})
    assert "belongs to another account" in answer.content.decode()
    assert addresses(other) == {"other@example.org": (True, True)}
    assert list(addresses(ada)) == ["ada@example.org"]


def test_the_rooms_above_are_told_and_may_say_what_it_is_good_for(
    client: Client, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    def hear(sender: object, user: User, email: str, **kwargs: object) -> None:
        told.append((user.pk, email))

    address_verified.connect(hear)
    monkeypatch.setattr(personal_data, "claims", [lambda user, email: f"7 papers name {email}."])
    client.post("/account/email/", {"action_add": "", "email": "second@example.org"})
    answer = client.post("/account/confirm-email/", {"code": mailed_code("second@example.org")}, follow=True)
    address_verified.disconnect(hear)
    assert told == [(ada.pk, "second@example.org")]
    assert "7 papers name second@example.org." in answer.content.decode()


def test_a_co_authored_paper_is_announced_to_whoever_proves_the_address(client: Client, ada: User) -> None:
    from submissions.models import Author, Edition, Paper

    edition = Edition.objects.create(
        slug="2021", series="S", name="S 2021", short_name="S 2021", file_prefix="s"
    )
    paper = Paper.objects.create(edition=edition, number=1, title="On engines")
    Author.objects.create(paper=paper, position=1, name="Ada", email="second@example.org")
    client.post("/account/email/", {"action_add": "", "email": "second@example.org"})
    answer = client.post("/account/confirm-email/", {"code": mailed_code("second@example.org")}, follow=True)
    assert "One paper names this address" in answer.content.decode()


def test_the_page_needs_a_sign_in_and_changes_need_the_password(client: Client) -> None:
    assert client.get("/account/email/")["Location"].startswith("/account/login/")
    ada = person()
    client.force_login(ada)
    answer = client.post("/account/email/", {"action_add": "", "email": "second@example.org"})
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not Message.objects.exists()
    # The interrupted change goes on once the password is typed.
    client.post(answer["Location"], {"password": "correct horse battery"})
    assert mailed_code("second@example.org")
