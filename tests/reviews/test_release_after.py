"""After a release: undo, papers that leave in between, corrections, and the shepherd."""

import pytest

from accounts import outbox
from accounts.models import MailHold, Message
from reviews import queries
from reviews.models import Conflict, Decision, ReleasedReview
from reviews.services import decisions, release
from reviews.services.decisions import Choice
from submissions.services import mail, papers
from submissions.services.errors import NotAllowed, Refused
from tests import factories
from tests.reviews import assigning, releasing
from tests.reviews.releasing import Room, checks, letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return releasing.room()


# -- undo


def test_undo_calls_everything_off_and_it_can_be_released_again(here: Room) -> None:
    made = here.release()
    assert release.undo(actor=here.chair, release=made) == 3
    made.refresh_from_db()
    assert made.undone_at is not None
    assert not Message.objects.exists()
    assert not ReleasedReview.objects.exists()
    decisions.decide(actor=here.chair, paper=here.papers[0], choice=Choice("reject"), revision=1)
    assert here.release() != made
    assert len(letters(kind="decision_reject")) == 2
    assert not any("replaces" in it.text for it in letters())


def test_undo_ends_with_the_ten_minutes_also_while_the_mail_is_held(here: Room) -> None:
    MailHold.objects.create(edition=here.call.slug)
    made = here.release()
    releasing.later(made)
    made.refresh_from_db()
    assert outbox.deliver_due() == 0
    assert set(queries.accepted_papers(here.call)) == set(here.papers[:2]), (
        "the pages do not wait for the mail"
    )
    with pytest.raises(Refused, match="know these decisions already"):
        release.undo(actor=here.chair, release=made)
    assert len(letters()) == 3


def test_letters_of_a_release_cannot_be_called_off_alone(here: Room) -> None:
    made = here.release()
    with pytest.raises(Refused):
        mail.call_off(actor=here.chair, edition=here.call, batch=made.key)
    page = here.client().get(f"/2021/chair/mail/?batch={made.key}").content.decode()
    assert "Call it off" not in page
    assert "Decision: accepted" in page


# -- papers that leave in between


def test_a_paper_withdrawn_in_the_ten_minutes_gets_no_letter_and_the_report_says_so(here: Room) -> None:
    here.decide(0, "conditional", conditions="Add a baseline.", shepherd=here.members[0])
    made = here.release()
    papers.withdraw(actor=here.author(), paper=here.papers[0])
    assert not Message.objects.filter(batch=made.key, about=f"paper:{here.papers[0].pk}").exists()
    assert len(letters(batch=made.key)) == 2, "the others stay"
    releasing.later(made)
    outbox.deliver_due()
    assert here.client(here.author()).get("/2021/papers/1/decision/").status_code == 404
    page = here.client().get(f"/2021/chair/decisions/release/{made.key}/").content.decode()
    assert "withdrawn before the letters about it had left" in page
    olga = factories.chair(here.call, "Olga Other")
    assigning.wall(olga, here.papers[0])
    page = here.client(olga).get(f"/2021/chair/decisions/release/{made.key}/").content.decode()
    assert "withdrawn" not in page
    papers.mark_out_of_scope(actor=here.chair, paper=here.papers[1], reason="Not ours.")
    assert Decision.objects.get(paper=here.papers[1]).release == made, "its authors know"


def test_the_letter_of_the_only_paper_called_off_is_a_release_undone_and_can_come_again(here: Room) -> None:
    made = here.release(numbers=[2])
    papers.mark_out_of_scope(actor=here.chair, paper=here.papers[1], reason="Not ours.")
    made.refresh_from_db()
    assert made.undone_at is not None
    assert not ReleasedReview.objects.exists()
    papers.put_back_in_scope(actor=here.chair, paper=here.papers[1])
    here.release(numbers=[2])
    assert len(letters()) == 1


def test_a_paper_withdrawn_while_its_letter_is_held_gets_none_but_keeps_its_page(here: Room) -> None:
    MailHold.objects.create(edition=here.call.slug)
    made = here.release()
    releasing.later(made)
    papers.withdraw(actor=here.author(), paper=here.papers[0])
    assert len(letters()) == 2
    page = here.client(here.author()).get("/2021/papers/1/decision/").content.decode()
    assert "Accepted" in page
    assert "What follows" not in page


# -- corrections


def test_a_letter_that_still_waits_is_called_off_by_the_correction(here: Room) -> None:
    MailHold.objects.create(edition=here.call.slug)
    made = here.release()
    releasing.later(made)
    found = release.reopen(actor=here.chair, paper=here.papers[2], revision=1, reason="Wrong button.")
    assert not letters(kind="decision_reject"), "nobody may read what is known to be wrong"
    decisions.decide(actor=here.chair, paper=here.papers[2], choice=Choice("accept"), revision=found.revision)
    here.release()
    assert "replaces" not in letters(about=f"paper:{here.papers[2].pk}")[0].text, "there was no letter before"


def test_a_correction_is_taken_out_changed_and_told_by_a_letter_that_replaces_the_former(here: Room) -> None:
    made = here.release()
    releasing.later(made)
    outbox.deliver_due()
    found = release.reopen(actor=here.chair, paper=here.papers[2], revision=1, reason="Wrong button.")
    assert found.release is None
    decisions.decide(actor=here.chair, paper=here.papers[2], choice=Choice("accept"), revision=found.revision)
    assert here.plan().numbers == [3]
    assert "#3" in checks(here, "note")["corrections"]
    here.release()
    new = letters(kind="decision_accept", batch__isnull=False, state="queued")
    assert len(new) == 1
    assert "replaces the one we sent you" in new[0].text
    assert letters(batch=made.key), "the former report stays"


def test_a_correction_that_was_decided_anew_from_nothing_is_told_too(here: Room) -> None:
    releasing.later(here.release())
    outbox.deliver_due()
    found = release.reopen(actor=here.chair, paper=here.papers[2], revision=1, reason="Wrong button.")
    decisions.take_back(actor=here.chair, paper=here.papers[2], revision=found.revision)
    now = decisions.revisions([here.papers[2]], {})[here.papers[2].pk]
    decisions.decide(actor=here.chair, paper=here.papers[2], choice=Choice("reject"), revision=now)
    here.release()
    assert len(letters(kind="decision_reject")) == 2


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_a_correction_needs_a_reason(here: Room, reason: str) -> None:
    releasing.later(here.release())
    with pytest.raises(Refused):
        release.reopen(actor=here.chair, paper=here.papers[0], revision=1, reason=reason)
    assert Decision.objects.filter(release__isnull=False).count() == 3


def test_what_nobody_knows_yet_is_undone_not_corrected(here: Room) -> None:
    here.release()
    with pytest.raises(Refused, match="Undo the release"):
        release.reopen(actor=here.chair, paper=here.papers[0], revision=1, reason="Oh.")


# -- the shepherd


def test_the_shepherd_is_told_and_says_when_the_conditions_are_met(here: Room) -> None:
    here.decide(0, "conditional", conditions="Add a baseline.", shepherd=here.members[0])
    made = here.release()
    mine = Message.objects.get(kind="shepherd")
    assert (mine.to, mine.due_at) == (here.members[0].email, made.effective_at)
    assert "Add a baseline." in mine.text
    assert "ada@example.org" in mine.text
    assert "Rita Rooks" in letters(kind="decision_conditional")[0].text
    rita, client = here.members[0].user, here.client(here.members[0].user)
    assert client.get("/2021/member/shepherding/1/").status_code == 404, "not before it is told"
    releasing.later(made)
    assert "Shepherding" in client.get("/2021/member/").content.decode()
    assert "Add a baseline." in client.get("/2021/member/shepherding/1/").content.decode()
    decision = Decision.objects.get(paper=here.papers[0])
    with pytest.raises(NotAllowed):
        release.mark_met(actor=here.members[1].user, decision=decision)
    assert rita is not None
    assert client.post("/2021/member/shepherding/1/").status_code == 302
    assert release.mark_met(actor=rita, decision=decision) is False
    assert [it.to for it in letters(kind="decision_conditions_met")] == ["ada@example.org"]
    page = here.client(here.author()).get("/2021/papers/1/decision/").content.decode()
    assert "the conditions are met" in page


def test_who_looks_after_two_papers_gets_from_one_to_the_other(here: Room) -> None:
    for place in (0, 1):
        here.decide(place, "conditional", conditions="More.", shepherd=here.members[0], category=None)
    releasing.later(here.release())
    client = here.client(here.members[0].user)
    assert "/2021/member/shepherding/1/" in client.get("/2021/member/").content.decode()
    assert "/2021/member/shepherding/2/" in client.get("/2021/member/shepherding/1/").content.decode()
    assert "/2021/member/shepherding/3/" not in client.get("/2021/member/shepherding/1/").content.decode()


def test_a_conflict_ends_shepherding(here: Room) -> None:
    here.decide(0, "conditional", conditions="Add a baseline.", shepherd=here.members[0])
    releasing.later(here.release())
    assigning.conflict(here.members[0], here.papers[0])
    client = here.client(here.members[0].user)
    assert client.get("/2021/member/shepherding/1/").status_code == 404
    with pytest.raises(NotAllowed):
        release.mark_met(actor=here.members[0].user, decision=Decision.objects.get(paper=here.papers[0]))
    assert Conflict.objects.count() == 1
