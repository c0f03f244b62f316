"""What speaks against a release: found, named, and ticked or mended before anything leaves."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import MailHold, Message
from reviews import release_checks
from reviews.models import Assignment, CommitteeSettings, Decision, Release, Review
from reviews.services import release
from submissions.models import Author, LetterText
from submissions.services.errors import Refused
from tests import factories
from tests.reviews import assigning, releasing
from tests.reviews.releasing import Room, checks, letters

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Room:
    return releasing.room()


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
