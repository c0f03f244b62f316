"""People of the committee at the same moment: answers, imports and removals end as if one had come after the other."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import AuditEntry, Message, User
from reviews.models import Member
from reviews.services import invitations, roster, roster_import
from submissions.models import Edition, Role
from submissions.services.errors import Closed, Stale
from tests import factories
from tests.submissions.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = "name,email\nPia Petersen,pia@example.org\nQuentin Quist,quentin@example.org\n"


@pytest.fixture
def call() -> Edition:
    return factories.edition()


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


@pytest.fixture
def rita(call: Edition, chair: User) -> Member:
    it = roster.add(actor=chair, edition=call, facts=roster.Facts("Rita Reviewer", "rita@example.org"))
    found = invitations.round_of(edition=call, members=[it.pk])
    invitations.send(actor=chair, edition=call, members=[it.pk], expected=found.stamp)
    return Member.objects.get(pk=it.pk)


def accept(member: Member, user: User) -> Any:
    return invitations.accept(actor=user, member=member, key=member.invitation_key, load=3)


def test_two_accounts_accept_one_invitation(rita: Member) -> None:
    one, other = factories.person("Rita One"), factories.person("Rosa Two")
    answers = at_once(lambda: accept(rita, one), lambda: accept(rita, other))
    found = Member.objects.get(pk=rita.pk)
    assert (found.state, found.user in (one, other)) == ("accepted", True)
    assert [bool(it) for it in answers] == [found.user != one, found.user != other]
    assert AuditEntry.objects.filter(verb="member.accepted").count() == 1
    assert Role.objects.filter(name="Rita Reviewer").count() == 1


def test_somebody_accepts_while_a_chair_removes_them(rita: Member, chair: User) -> None:
    answer, _ = at_once(
        lambda: accept(rita, factories.person("Rita One")), lambda: roster.remove(actor=chair, member=rita)
    )
    assert answer == "" or isinstance(answer, Closed)
    assert Member.objects.get(pk=rita.pk).state == "removed"
    assert not Role.objects.filter(name="Rita Reviewer").exists()


def test_somebody_accepts_while_a_chair_changes_the_address(rita: Member, chair: User) -> None:
    before = roster.facts_of(rita)
    new = replace(before, email="rita@elsewhere.example")
    answer, _ = at_once(
        lambda: accept(rita, factories.person("Rita One")),
        lambda: roster.edit(actor=chair, member=rita, facts=new, expected=before.stamp),
    )
    found = Member.objects.get(pk=rita.pk)
    assert found.email == "rita@elsewhere.example"
    assert found.state == ("new" if isinstance(answer, Closed) else "accepted")


def test_two_chairs_import_and_invite_the_same_people(call: Edition, chair: User) -> None:
    second = factories.chair(call, "Cesar Chair")
    stamp = roster_import.plan(edition=call, text=PEOPLE).stamp

    def bring(actor: User) -> Any:
        return roster_import.apply(actor=actor, edition=call, text=PEOPLE, kind="pc_member", expected=stamp)

    answers = at_once(lambda: bring(chair), lambda: bring(second))
    assert sorted(isinstance(it, Stale) for it in answers) == [False, True]
    assert Member.objects.filter(edition=call, kind="pc_member").count() == 2

    shown = invitations.round_of(edition=call, members=None).stamp

    def ask(actor: User) -> Any:
        return invitations.send(actor=actor, edition=call, members=None, expected=shown)

    answers = at_once(lambda: ask(chair), lambda: ask(second))
    assert 2 in answers
    assert Message.objects.filter(kind="invitation").count() == 2
