"""Mail about discussions: joined, quiet, without names where names are hidden, and to nobody who may not read."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import mail_wishes
from accounts.models import Message, User
from reviews.models import Comment, CommitteeSettings, Handling
from reviews.services import discussion
from submissions import policy as papers_policy
from tests import factories
from tests.reviews import assigning, reviewing
from tests.reviews.reviewing import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    made = reviewing.desk()
    for row in made.rows:
        reviewing.submitted(row)
        row.refresh_from_db()
    return made


def say(desk: Desk, who: User, text: str = "A quokkalike thought.", **more: Any) -> Comment:
    return discussion.post(
        actor=who, paper=desk.paper, text=text, key=uuid4(), arrived_at=timezone.now(), **more
    )


def mails(kind: str = "discussion") -> dict[str, Message]:
    rows = Message.objects.filter(kind=kind, state=Message.State.QUEUED)
    assert len({it.to for it in rows}) == len(rows), "one letter to each person"
    return {it.to: it for it in rows}


def test_all_who_take_part_hear_of_it_in_one_letter_that_waits(desk: Desk) -> None:
    say(desk, desk.user(0))
    say(desk, desk.user(0), "Another")
    say(desk, desk.user(1), "A third")
    found = mails()
    assert set(found) == {desk.user(place).email for place in range(3)} | {desk.chair.email}
    assert "2 new comments, from: R0 Reviewer0" in found[desk.user(1).email].text
    assert "3 new comments, from: R0 Reviewer0, R1 Reviewer1" in found[desk.user(2).email].text
    assert "1 new comment, from: R1 Reviewer1" in found[desk.user(0).email].text, "not one's own"
    for it in found.values():
        assert "quokkalike" not in it.text, "what was said stays on the site"
        assert it.about == f"paper:{desk.paper.pk}"
        assert timezone.now() < it.due_at <= timezone.now() + timedelta(minutes=20)
        assert it.text.count("/2021/discussion/1/") == 1


def test_after_it_left_the_next_comment_begins_a_new_letter(desk: Desk) -> None:
    say(desk, desk.user(0))
    assigning.deliver()
    say(desk, desk.user(0), "Another")
    assert "1 new comment," in mails()[desk.user(1).email].text


def test_no_names_where_names_are_hidden(desk: Desk) -> None:
    CommitteeSettings.objects.create(edition=desk.call, names_to_reviewers=False)
    say(desk, desk.user(0), f"@Reviewer {desk.rows[1].letter} @chairs look")
    say(desk, desk.user(2), "And I")
    everything = [*mails().values(), *mails("discussion_mention").values()]
    assert len(everything) >= 4
    for it in everything:
        if it.to == desk.chair.email:
            assert "Reviewer0" in it.text + it.subject or "Reviewer2" in it.text
        else:
            words = f"{it.subject} {it.text} {it.html}".replace(str(it.person), "")
            assert "Reviewer0" not in words
            assert "Reviewer2" not in words
            assert "Reviewer " in words


def test_who_is_mentioned_hears_at_once_and_once(desk: Desk) -> None:
    row = say(desk, desk.user(0), "@R1 Reviewer1 what do you think?")
    letter = mails("discussion_mention")[desk.user(1).email]
    assert letter.due_at <= timezone.now()
    assert "R0 Reviewer0 mentions you" in letter.subject
    assert desk.user(1).email not in mails(), "and not in another letter"
    changed = discussion.edit(
        actor=desk.user(0),
        comment=row.pk,
        text="@R1 Reviewer1 and @R2 Reviewer2, what do you think?",
        expected=discussion.stamp(row),
        arrived_at=timezone.now(),
    )
    assert set(mails("discussion_mention")) == {desk.user(1).email, desk.user(2).email}
    assert changed.mentioned.count() == 2


def test_private_notes_are_told_to_chairs_only(desk: Desk) -> None:
    note = say(desk, desk.user(0), "@R1 Reviewer1 @chairs", chairs_only=True)
    assert not mails()
    assert set(mails("discussion_mention")) == {desk.chair.email}
    say(desk, desk.chair, "I see.", reply_to=note.pk)
    assert set(mails()) == {desk.user(0).email}


def test_nobody_behind_a_wall_hears_anything(desk: Desk) -> None:
    conrad = factories.chair(desk.call, "Conrad Conflicted")
    desk.paper.declared_conflicts.create(role=desk.call.roles.get(user=conrad))
    assigning.conflict(desk.members[2], desk.paper)
    say(desk, desk.user(0), "@Conrad Conflicted @R2 Reviewer2 @chairs @R1 Reviewer1")
    told = set(mails()) | set(mails("discussion_mention"))
    assert told == {desk.chair.email, desk.user(1).email}
    seen = Message.objects.filter(papers_policy.messages_handled_by(conrad))
    assert not seen.exists(), "nor on the chairs' page of mail"


def test_of_the_chairs_those_who_look_after_it(desk: Desk) -> None:
    other = factories.chair(desk.call, "Cleo Chair")
    say(desk, desk.user(0))
    assert {desk.chair.email, other.email} <= set(mails()), "all, while nobody does"
    assigning.deliver()
    Handling.objects.create(paper=desk.paper, chair=other)
    say(desk, desk.user(0), "Another")
    assert other.email in mails()
    assert desk.chair.email not in mails()


def test_what_was_read_or_removed_meanwhile_is_not_announced(desk: Desk) -> None:
    first = say(desk, desk.user(0))
    discussion.mark_read(actor=desk.user(1), paper=desk.paper, until=first.at)
    assert desk.user(1).email not in mails()
    second = say(desk, desk.user(0), "Another")
    assert "1 new comment," in mails()[desk.user(1).email].text
    assert "2 new comments," in mails()[desk.user(2).email].text
    discussion.remove(actor=desk.user(0), comment=second.pk, arrived_at=timezone.now())
    assert desk.user(1).email not in mails()
    assert "1 new comment," in mails()[desk.user(2).email].text


def test_whoever_switched_it_off_hears_nothing(desk: Desk) -> None:
    mail_wishes.save(actor=desk.user(1), off={"discussion"}, daily=False)
    mail_wishes.save(actor=desk.user(2), off=set(), daily=True)
    say(desk, desk.user(0), "@R1 Reviewer1")
    assert desk.user(1).email not in {*mails(), *mails("discussion_mention")}
    assert mails()[desk.user(2).email].daily


def test_what_is_said_twice_is_told_once(desk: Desk) -> None:
    key = uuid4()
    for _ in range(2):
        discussion.post(
            actor=desk.user(0), paper=desk.paper, text="Twice?", key=key, arrived_at=timezone.now()
        )
    assert "1 new comment," in mails()[desk.user(1).email].text
