"""Delete my account: asked twice, gone for good, the record and the papers stay."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts import audit, outbox, policy, services
from accounts.models import AuditEntry, Message, User
from accounts.signals import account_deleted
from tests.accounts.people import administrator, confirm_identity, last_mail, person, sign_in, two_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    someone = person(affiliation="Engines")
    sign_in(client)
    confirm_identity(client)
    return someone


def test_it_is_gone(client: Client, ada: User) -> None:
    other = Client()
    sign_in(other)
    two_factor(ada)
    answer = client.post("/account/delete/", {"confirmation": " Ada@Example.org "})
    assert answer["Location"] == "/"
    assert not User.objects.exists()
    for model in (EmailAddress, Authenticator, UserSession):
        assert not model.objects.exists()
    for gone in (client, other):
        assert gone.get("/account/").status_code == 302
    assert "do not belong together" in sign_in(Client()).content.decode()
    assert last_mail("ada@example.org").kind == "account.account_deleted"


def test_the_record_keeps_the_printed_name_and_forgets_the_rest(client: Client, ada: User) -> None:
    services.update_profile(actor=ada, person=ada, affiliation="Secret Society")
    outbox.post(
        key=f"p:1:{ada.email}",
        kind="paper",
        to=ada.email,
        subject="On your paper",
        text="Private",
        person=ada,
    )
    client.post("/account/delete/", {"confirmation": "ada@example.org"})
    entry = AuditEntry.objects.get(verb="account.deleted")
    assert (entry.actor, entry.actor_label, entry.subject_label) == (None, "Ada Lovelace", "Ada Lovelace")
    assert not [e for e in AuditEntry.objects.all() if "Secret Society" in str(e.data)]
    message = Message.objects.get(kind="paper")
    assert ada.email not in message.key
    assert (message.to, message.text, message.state) == ("deleted@account.invalid", "", "failed")
    assert "Private" not in str(list(Message.objects.values()))


def test_papers_keep_the_printed_names(client: Client, ada: User) -> None:
    from submissions.models import Author, Edition, Paper

    edition = Edition.objects.create(slug="2021", series="S", name="S", short_name="S 2021", file_prefix="s")
    paper = Paper.objects.create(edition=edition, number=1, title="On engines", submitter=ada)
    Author.objects.create(paper=paper, position=1, name="Ada Lovelace", email="ada@example.org")
    client.post("/account/delete/", {"confirmation": "ada@example.org"})
    paper.refresh_from_db()
    assert paper.submitter is None
    assert paper.authors.get().name == "Ada Lovelace"


def test_the_rooms_above_are_told_while_the_person_still_exists(client: Client, ada: User) -> None:
    told: list[Any] = []

    def hear(sender: object, user: User, **kwargs: object) -> None:
        told.append((user.email, user.emailaddress_set.count()))

    account_deleted.connect(hear)
    client.post("/account/delete/", {"confirmation": "ada@example.org"})
    account_deleted.disconnect(hear)
    assert told == [("ada@example.org", 1)]


@pytest.mark.parametrize("typed", ["", "someone@example.org", "ada@example.org\x00", "yes"])
def test_the_address_must_be_typed(client: Client, ada: User, typed: str) -> None:
    answer = client.post("/account/delete/", {"confirmation": typed})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert User.objects.filter(pk=ada.pk).exists()


def test_the_password_is_asked_for_first(client: Client) -> None:
    ada = person()
    client.force_login(ada)
    answer = client.post("/account/delete/", {"confirmation": "ada@example.org"})
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert User.objects.exists()


def test_the_only_administrator_stays(client: Client) -> None:
    root = administrator()
    sign_in(client, root.email)
    confirm_identity(client)
    page = client.get("/account/delete/").content.decode()
    assert "You are the only administrator of this site" in page
    client.post("/account/delete/", {"confirmation": root.email})
    assert User.objects.filter(pk=root.pk).exists()
    administrator("second@example.org", "Second Root")
    client.post("/account/delete/", {"confirmation": root.email})
    assert not User.objects.filter(pk=root.pk).exists()


def test_rooms_above_may_object(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "deletion_obstacles", [lambda user: "You owe us a review."])
    answer = client.post("/account/delete/", {"confirmation": "ada@example.org"})
    assert "You owe us a review." in answer.content.decode()
    assert User.objects.exists()


def test_nobody_deletes_another(ada: User) -> None:
    with pytest.raises(PermissionDenied):
        services.delete_account(actor=administrator(), person=ada, confirmation=ada.email)
    with pytest.raises(ValidationError):
        services.delete_account(actor=ada, person=ada, confirmation="x")
    assert not audit.history(ada).filter(verb="account.deleted").exists()
