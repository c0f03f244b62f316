"""Releasing decisions: what is planned, what stops it, what it does, and that it does it once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import letter_form, outbox
from accounts.models import AuditEntry, MailHold, Message, User
from reviews import queries, release_checks, release_plan
from reviews.models import Assignment, CommitteeSettings, Conflict, Decision, Release, ReleasedReview, Review
from reviews.services import decisions, release, reviews
from reviews.services.decisions import Choice
from submissions.models import Author, LetterText
from submissions.services import mail, papers
from submissions.services.errors import NotAllowed, Refused, Stale
from tests import factories
from tests.reviews import assigning, committee, releasing
from tests.reviews.releasing import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return releasing.room()


def letters(**fields: Any) -> list[Message]:
    return list(Message.objects.filter(kind__startswith="decision_", **fields).order_by("about", "to"))


def checks(here: Room, weight: str = "") -> dict[str, str]:
    found = release_checks.of(here.plan())
    return {it.slug: " ".join(it.lines) for it in found if not weight or it.weight == weight}


# -- the plan


def test_a_release_tells_every_contact_once_and_freezes_the_reviews(here: Room) -> None:
    made = here.release()
    assert made.effective_at - made.at == timedelta(minutes=10)
    assert set(Decision.objects.values_list("release", flat=True)) == {made.pk}
    assert [it.kind for it in letters()] == ["decision_accept", "decision_accept_other", "decision_reject"]
    assert {(it.to, it.due_at, it.batch) for it in letters()} == {
        ("ada@example.org", made.effective_at, made.key)
    }
    frozen = ReleasedReview.objects.filter(decision__paper=here.papers[0])
    assert sorted(frozen.values_list("letter", flat=True)) == ["A", "B", "C"]
    drawn = Assignment.objects.filter(paper=here.papers[0]).values_list("letter_for_authors", flat=True)
    assert sorted(drawn) == ["A", "B", "C"]
    assert AuditEntry.objects.filter(verb="decision.released").count() == 3


def test_the_letter_says_what_the_decision_is_and_no_more_than_authors_may_read(here: Room) -> None:
    factories.deadline(here.call, "camera_ready", timezone.now() + timedelta(days=30), category="short")
    here.decide(
        1,
        category=here.call.categories.get(slug="short"),
        to_authors="Shorten section 2, please.",
        note="Chairs only words",
    )
    here.release()
    text = letters(kind="decision_accept_other")[0].text
    for wanted in (
        "as Short paper",
        "You submitted it as Regular paper",
        "exactly 4 pages",
        "Shorten section 2",
        "Review A",
    ):
        assert wanted in text
    assert "The final version is due on" in text
    assert "/2021/papers/2/decision/" in text
    for secret in ("Secret words for chairs", "Chairs only words", "Rooks", "Stork", "Teal", "Confidence"):
        assert secret not in text


def test_a_rejection_speaks_of_no_final_version_and_a_desk_rejection_of_no_reviews(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[0]).delete()
    here.decide(0, "desk_reject")
    here.release(numbers=[1, 3])
    desk, rejected = letters()
    assert desk.kind == "decision_desk_reject"
    assert "Review A" not in desk.text
    assert "final version" not in rejected.text
    assert "Review A" in rejected.text


def test_letters_for_authors_that_were_drawn_stay(here: Room) -> None:
    """The authors may have read the reviews under them already, to respond."""
    row = Assignment.objects.filter(paper=here.papers[0]).first()
    assert row is not None
    Assignment.objects.filter(pk=row.pk).update(letter_for_authors="C")
    here.release()
    given = ReleasedReview.objects.get(version__review__assignment=row)
    assert given.letter == "C"


def test_the_authors_letters_follow_neither_the_order_of_assignment_nor_the_reviewers_letters() -> None:
    here = releasing.room(12)
    here.release()
    rows = Assignment.objects.order_by("paper", "pk")
    orders = {
        "".join(rows.filter(paper=it).values_list("letter_for_authors", flat=True)) for it in here.papers
    }
    assert len(orders) > 2, orders


# -- what speaks against it


def test_papers_without_a_decision_are_listed(here: Room) -> None:
    Decision.objects.filter(paper=here.papers[2]).delete()
    assert checks(here, "note")["undecided"] == "#3"
    here.release()
    assert Decision.objects.filter(release__isnull=False).count() == 2


def test_a_missing_review_must_be_ticked(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[0]).first().delete()
    plan = here.plan()
    with pytest.raises(release.NotSeen, match="Reviews are missing"):
        here.release(ticked=[])
    assert not Message.objects.exists()
    tick = [it.stamp for it in release_checks.of(plan) if it.slug == "reviews"]
    here.release(ticked=tick)


def test_a_tick_holds_only_for_what_was_read(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[0]).first().delete()
    seen = [it.stamp for it in release_checks.of(here.plan())]
    CommitteeSettings.objects.create(edition=here.call, reviews_per_paper=4)
    with pytest.raises(release.NotSeen):
        here.release(ticked=seen)


def test_a_text_that_cannot_be_filled_stops_everything(here: Room) -> None:
    LetterText.objects.create(
        edition=here.call, kind="decision_reject", subject="No", body="Dear {nmae}", revision=1
    )
    assert "{nmae}" in checks(here, "stop")["texts"]
    with pytest.raises(Refused, match="nmae"):
        here.release()
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("slug", "decided"),
    [
        ("no-shepherd", {"outcome": "conditional", "conditions": "Add a baseline."}),
        ("left-over", {"outcome": "accept", "to_authors": "Dear {author_name}, well done."}),
        ("left-over", {"outcome": "reject", "to_authors": "Sorry. TODO"}),
        ("telltales", {"outcome": "reject", "to_authors": "As Rita Rooks says, it is thin."}),
        ("telltales", {"outcome": "conditional", "conditions": "Do what reviewer 2 asks."}),
    ],
)
def test_what_looks_wrong_must_be_ticked(here: Room, slug: str, decided: dict[str, Any]) -> None:
    assert slug not in checks(here, "tick")
    here.decide(0, **decided)
    assert "#1" in checks(here, "tick")[slug]
    with pytest.raises(release.NotSeen):
        here.release(ticked=[])


def test_who_decided_or_shepherds_and_should_not_any_more_is_found(here: Room) -> None:
    olga = factories.chair(here.call, "Olga Other")
    here.decide(0, "conditional", conditions="Add a baseline.", shepherd=here.members[0], decided_by=olga)
    assert {"decided-in-conflict", "shepherd-gone"}.isdisjoint(checks(here))
    assigning.wall(olga, here.papers[0])
    assert checks(here, "tick")["decided-in-conflict"] == "#1: Olga Other"
    here.members[0].state = "removed"
    here.members[0].save()
    assert checks(here, "stop")["shepherd-gone"] == "#1: Rita Rooks"
    assert "#1: Rita Rooks" not in checks(here).get("shepherd-address", "")


def test_words_left_over_in_the_text_of_a_letter_are_found(here: Room) -> None:
    text = "Dear {name},\n\n{{sic}} TODO: say more.\n\n{reviews}"
    LetterText.objects.create(
        edition=here.call, kind="decision_reject", subject="No [title]", body=text, revision=1
    )
    found = checks(here, "tick")["left-over"]
    assert "The letter “Decision: rejected”: “TODO”" in found
    assert "“[title]”" in found


def test_a_reviewers_name_in_a_review_is_found_but_not_where_only_the_committee_reads_it(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[0]).delete()
    Assignment.objects.filter(paper=here.papers[0]).delete()
    here.review(0, 0, confidential="I am Rita Rooks.")
    assert "telltales" not in checks(here)
    here.review(0, 1, weaknesses="I, Sven Stork, doubt it.")
    assert "Sven Stork" in checks(here, "tick")["telltales"]


def test_a_gap_in_a_sentence_is_found_and_a_paragraph_that_is_left_out_is_none(here: Room) -> None:
    here.decide(0, "conditional", conditions="Add a baseline.")
    assert "holes" not in checks(here)
    text = "{conditions}\n\nDear {name}, ask {shepherd} about it."
    LetterText.objects.create(
        edition=here.call, kind="decision_conditional", subject="Yes", body=text, revision=1
    )
    assert "{shepherd}" in checks(here, "tick")["holes"]


def test_a_paper_without_an_address_must_be_ticked(here: Room) -> None:
    Author.objects.filter(paper=here.papers[0]).update(is_contact=False)
    here.papers[0].submitter = None
    here.papers[0].save()
    assert "#1" in checks(here, "tick")["contacts"]
    here.release()
    assert len(letters()) == 2


def test_an_open_response_phase_and_held_mail_are_said(here: Room) -> None:
    factories.deadline(here.call, "response", timezone.now() + timedelta(days=2))
    MailHold.objects.create(edition=here.call.slug)
    assert "response" in checks(here, "tick")
    assert "held" in checks(here, "note")


def test_papers_that_authors_may_still_change_must_be_ticked(here: Room) -> None:
    assert "still-open" not in checks(here)
    here.call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=1))
    assert "#1" in checks(here, "tick")["still-open"]


# -- since the preview


def _two(paper: Any) -> None:
    Author.objects.create(paper=paper, position=1, name="Bo", email="bo@example.org", is_contact=True)


def _review_again(paper: Any) -> None:
    row = Review.objects.filter(assignment__paper=paper).select_related("assignment__member__user").first()
    assert row is not None
    user = row.assignment.member.user
    saved = reviews.save(
        actor=user,
        assignment=row.assignment,
        answers={**row.answers, "strengths": "Two ideas."},
        revision=row.revision,
    )
    reviews.submit(actor=user, assignment=row.assignment, revision=saved.revision, arrived_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_two, "the recipients changed"),
        (_review_again, "the reviews changed"),
        (
            lambda paper: Decision.objects.filter(paper=paper).update(revision=2, outcome="reject"),
            "the decision changed",
        ),
        (
            lambda paper: type(paper).objects.filter(pk=paper.pk).update(title="Anew"),
            "the text of the letter changed",
        ),
        (lambda paper: Decision.objects.filter(paper=paper).delete(), "no longer among the decisions"),
    ],
)
def test_what_changed_since_the_preview_refuses_the_release_and_is_named(
    here: Room, change: Any, words: str
) -> None:
    seen = here.plan()
    change(here.papers[0])
    with pytest.raises(Stale, match=rf"#1[: ].*{words}"):
        here.release(seen=seen.seen, numbers=seen.numbers)
    assert not Release.objects.exists()
    assert not Message.objects.exists()


def test_a_decision_made_since_the_preview_does_not_slip_in(here: Room) -> None:
    Decision.objects.filter(paper=here.papers[2]).delete()
    seen = here.plan()
    here.decide(2, "reject")
    with pytest.raises(Stale, match="#3 was not in your preview"):
        here.release(seen=seen.seen, numbers=[1, 2, 3])
    here.release(seen=seen.seen, numbers=[1, 2])
    assert Decision.objects.get(paper=here.papers[2]).release is None


# -- once


def test_the_same_form_sent_twice_is_one_release(here: Room) -> None:
    plan, key = here.plan(), uuid4()
    again = {"seen": plan.seen, "numbers": plan.numbers, "key": key}
    assert here.release(**again) == here.release(**again)
    assert len(letters()) == 3


def test_a_second_run_finds_nothing_to_release(here: Room) -> None:
    here.release()
    assert here.plan().items == []
    with pytest.raises(Refused):
        here.release()
    assert len(letters()) == 3


def test_a_released_decision_no_longer_changes_and_its_reviews_neither(here: Room) -> None:
    here.release()
    paper = here.papers[0]
    with pytest.raises(Refused, match="released"):
        decisions.decide(actor=here.chair, paper=paper, choice=Choice("reject"), revision=1)
    row = Assignment.objects.filter(paper=paper).select_related("member__user").first()
    assert row is not None
    with pytest.raises(Refused):
        reviews.save(actor=row.member.user, assignment=row, answers={"summary": "x"}, revision=1)


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


# -- who


def test_a_conflicted_chair_releases_undoes_and_learns_nothing_of_that_paper(here: Room) -> None:
    olga = factories.chair(here.call, "Olga Other")
    assigning.wall(olga, here.papers[0])
    assert here.plan(olga).numbers == [2, 3]
    with pytest.raises(Stale, match="#1 is no longer"):
        here.release(olga, seen=here.plan().seen, numbers=[1, 2, 3])
    made = here.release()
    assert release.undo(actor=olga, release=made) == 2
    made.refresh_from_db()
    assert made.undone_at is None, "what she may not see stays released"
    assert Decision.objects.get(paper=here.papers[0]).release == made
    assert [it.about for it in letters()] == [f"paper:{here.papers[0].pk}"]
    with pytest.raises(NotAllowed):
        release.undo(actor=olga, release=made)


def test_nobody_but_chairs_releases(here: Room) -> None:
    outsiders: list[User] = [here.author(), factories.person("Eve"), here.members[0].user]  # type: ignore[list-item]
    plan = here.plan()
    made = here.release()
    for user in outsiders:
        with pytest.raises(NotAllowed):
            here.release(user, seen=plan.seen, numbers=plan.numbers)
        with pytest.raises(NotAllowed):
            release.undo(actor=user, release=made)
        with pytest.raises(NotAllowed):
            release.reopen(actor=user, paper=here.papers[0], revision=1, reason="x")


def test_a_key_of_anothers_release_opens_nothing(here: Room) -> None:
    made = here.release(numbers=[1])
    olga = factories.chair(here.call, "Olga Other")
    with pytest.raises(NotAllowed):
        here.release(olga, key=made.key)


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


# -- size


def test_the_plan_and_its_checks_take_the_same_queries_at_any_size() -> None:
    counts = []
    for slug, number in (("2021", 3), ("2022", 12)):
        here = releasing.room(number) if slug == "2021" else _room(slug, number)
        with CaptureQueriesContext(connection) as caught:
            plan = release_plan.build(here.chair, here.call)
            release_checks.of(plan)
        assert len(plan.items) == number
        counts.append(len(caught))
    assert counts[0] == counts[1], counts


def _room(slug: str, papers: int) -> Room:
    call = committee.closed_edition(slug)
    chair = factories.chair(call, "Second Chair")
    made = committee.papers(call, papers)
    people = [committee.member(call, name) for name in ("Uma Ulm", "Vera Voss", "Will Wren")]
    here = Room(call, chair, made, people)
    outcomes = (
        {"outcome": "accept"},
        {"outcome": "accept", "category": call.categories.get(slug="short")},
        {"outcome": "reject"},
    )
    for place in range(papers):
        here.review(place, 0, 1, 2)
        here.decide(place, **outcomes[place % 3])
    return here


# -- what reviewers and chairs write


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ask {name} about {reviews}.", "Ask {name} about {reviews}."),
        ("One.\n-- \nTwo after a line that looks like a signature.", "Two after a line"),
        ("a\r\nb\u2028c", "b\u2028c"),
        ("<b>bold</b> & <script>", "<b>bold</b> & <script>"),
    ],
)
def test_what_was_written_stands_in_the_letter_as_it_is(here: Room, written: str, read: str) -> None:
    here.decide(2, "reject", to_authors=written)
    here.release()
    told = letters(kind="decision_reject")[0]
    body, foot = letter_form.split_signature(told.text)
    assert read in body
    assert "Review C" in body
    assert "You receive this because" in foot
    assert "<script>" not in told.html


def test_reviews_of_a_megabyte_are_read_on_the_page_and_not_in_the_letter(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[2]).delete()
    Assignment.objects.filter(paper=here.papers[2]).delete()
    here.review(2, 0, weaknesses="No. " * 25_000, comments="Why? " * 20_000)
    made = here.release()
    told = letters(kind="decision_reject")[0]
    assert "too long for a letter" in told.text
    assert len(told.text) < 5000
    releasing.later(made)
    assert "Why? Why?" in here.client(here.author()).get("/2021/papers/3/decision/").content.decode()


def test_a_released_decision_leads_to_its_release_and_its_correction(here: Room) -> None:
    made = here.release()
    page = here.client().get("/2021/chair/decisions/1/").content.decode()
    assert f"/2021/chair/decisions/release/{made.key}/" in page
    assert page.count(str(made.key)) == 1, "the history speaks in words"
    assert "/2021/chair/decisions/release/correct/1/" in page
    assert "released the decision" in page
