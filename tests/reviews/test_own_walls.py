"""Whoever is kept out of a paper tries to get rid of what the wall stands on: their address, their place, their entry."""

import pytest
from django.urls import reverse

from accounts.policy import obstacle_to_removal
from reviews.models import Conflict, Member
from reviews.services import roster
from submissions import policy
from submissions.models import Author, Edition, Paper, Role
from submissions.services.errors import Refused
from tests import factories
from tests.accounts.people import PASSWORD, confirm_identity
from tests.reviews import committee

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


def test_an_address_by_which_somebody_is_kept_apart_stays_while_the_edition_goes_on(call: Edition) -> None:
    chair = factories.chair(call)
    chair.set_password(PASSWORD)
    chair.save()
    for email in ("paper@example.org", "place@example.org", "idle@example.org"):
        chair.emailaddress_set.create(email=email, verified=True)
    (paper,) = committee.papers(call)
    Author.objects.create(paper=paper, position=1, name="Nobody Known", email="paper@example.org")
    Member.objects.create(edition=call, name="C. Chair", email="place@example.org", state="removed")
    browser = factories.signed_in(chair)
    confirm_identity(browser)

    def remove(email: str) -> str:
        answer = browser.post("/account/email/", {"action_remove": "", "email": email}, follow=True)
        return str(answer.content.decode())

    for email in ("paper@example.org", "place@example.org"):
        assert f"{email} stays on your account until ScaDL 2021 is over" in remove(email)
    assert "idle@example.org is removed from your account." in remove("idle@example.org")
    assert not policy.may_handle(chair, paper)
    call.deadlines.all().update(at="2020-01-01T00:00Z")
    assert "paper@example.org is removed from your account." in remove("paper@example.org")


def test_an_author_without_office_may_drop_an_address(call: Edition) -> None:
    ada = factories.person("Ada Author", "ada@example.org")
    committee.papers(call)
    assert obstacle_to_removal(ada, "ada@example.org") == ""


def test_nobody_gives_their_own_place_to_somebody_else(call: Edition) -> None:
    """A place that is held by its address alone goes to whoever has the address, and its conflicts go along."""
    chair = factories.person("Chiara Chair", "chiara@example.org")
    factories.with_second_factor(chair)
    for kind, email in (
        (Role.Kind.PROGRAMME_CHAIR, chair.email),
        (Role.Kind.GENERAL_CHAIR, "chi@example.org"),
    ):
        Role.objects.create(edition=call, kind=kind, name=f"Chiara {kind.label}", email=email)
    chair.emailaddress_set.create(email="chi@example.org", verified=True)
    place = Member.objects.get(email="chiara@example.org")
    (paper,) = committee.papers(call)
    Conflict.objects.create(
        paper=paper,
        member=place,
        rule="set_by_chair",
        confidence="certain",
        evidence="Married",
        fingerprint="x",
    )
    facts = roster.facts_of(place)
    for email in ("bob@example.org", ""):
        theirs = roster.Facts(**{**vars(facts), "name": "Bob Bystander", "email": email})
        with pytest.raises(Refused, match="You hold this place by the address chiara"):
            roster.edit(actor=chair, member=place, facts=theirs, expected=facts.stamp)
    assert not policy.may_handle(chair, Paper.objects.get())


def test_an_administrator_does_not_give_away_a_place_they_had(call: Edition) -> None:
    alex = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
    place = committee.member(call, "Alex Admin", user=alex, state=Member.State.REMOVED)
    url = reverse("admin:reviews_member_change", args=[place.pk])
    other = factories.person("Bob Bystander")
    assert factories.signed_in(alex).post(url, {"user": other.pk}).status_code == 403
    place.refresh_from_db()
    assert place.user == alex


def test_an_administrator_does_not_give_away_their_line_in_the_call(call: Edition) -> None:
    alex = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
    line = factories.role(call, Role.Kind.PC_MEMBER, alex, name="Alex Admin")
    place = Member.objects.get(role=line)
    (paper,) = committee.papers(call)
    Conflict.objects.create(
        paper=paper, member=place, rule="set_by_chair", confidence="certain", evidence="Why", fingerprint="x"
    )
    url = reverse("admin:submissions_role_change", args=[line.pk])
    other = factories.person("Bob Bystander")
    fields = {"kind": line.kind, "name": "Alex B. Admin", "affiliation": "Here", "order": 0, "country": ""}
    answer = factories.signed_in(alex).post(url, {**fields, "user": other.pk, "email": other.email})
    assert answer.status_code == 302
    line.refresh_from_db()
    assert (line.name, line.user) == ("Alex B. Admin", alex)
    assert not policy.may_handle(alex, paper)
