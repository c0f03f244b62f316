"""A plan's pages: asked for, read in every view, asked why, applied, undone; what cannot be is said in words."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts import jobs
from reviews.models import Assignment, CommitteeSettings, Member, PairRule, Proposal
from reviews.services import proposals
from tests import factories
from tests.reviews import assigning
from tests.reviews.assigning import World
from tests.reviews.assignment_browser import HERE, address, form_of, text

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def here() -> World:
    world = assigning.world()
    CommitteeSettings.objects.create(edition=world.call, reviews_per_paper=2)
    return world


@pytest.fixture
def client(here: World) -> Client:
    return factories.signed_in(here.chair)


# -- a plan -------------------------------------------------------------------------------------------------------------


def test_a_plan_from_the_form_to_the_assignments_and_back(
    here: World, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    fields = form_of(client) | {"weight_bids": "2.5", "seed": "7", "fair_price": "1"}
    answer = client.post(f"{HERE}plans/new/", fields)
    assert answer.status_code == 302, BeautifulSoup(answer.content, "html.parser").main.get_text(
        " ", strip=True
    )
    proposal = Proposal.objects.get()
    assert answer["Location"] == address(proposal)
    settings = CommitteeSettings.objects.get()
    assert (settings.weight_bids, settings.seed, settings.fair_price) == (2.5, 7, 0.01)

    waiting = client.get(address(proposal))
    assert "Waiting for a free worker" in text(waiting)
    part = client.get(address(proposal), headers=HTMX)
    assert f'hx-get="{address(proposal)}"' in part.text
    jobs.run(proposal.job_id)
    assert client.get(address(proposal), headers=HTMX)["HX-Refresh"] == "true"
    said = text(client.get(address(proposal)))
    assert proposal.__class__.objects.get().result["certificate"] in said
    assert "8 new, 0 kept, 0 gone" in said

    confirm = client.get(address(proposal, "apply/"))
    assert "8 requests to review go out" in text(confirm)
    assert "Papers to review" in text(confirm) or "review" in text(confirm)
    assert not Assignment.objects.exists()
    done = client.post(address(proposal, "apply/"), follow=True)
    assert "The plan holds: 8 asked, 0 kept, 0 taken back" in text(done)
    assert Assignment.objects.live().count() == 8
    assert len(assigning.letters()) == len({it.member_id for it in Assignment.objects.all()})
    undone = client.post(address(proposal, "undo/"), follow=True)
    assert "The plan is undone: 8 assignments changed back" in text(undone)
    assert not Assignment.objects.live().exists()
    assert not assigning.letters()


def test_the_latest_plan_has_an_address_for_the_page_of_the_work(here: World, client: Client) -> None:
    assert client.get(f"{HERE}plans/latest/")["Location"] == HERE
    proposal = here.propose()
    assert client.get(f"{HERE}plans/latest/")["Location"] == address(proposal)
    assert "put away" in text(client.post(address(proposal, "drop/"), follow=True))
    assert client.get(f"{HERE}plans/latest/")["Location"] == HERE


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reviews": "0"}, "0? A plan needs 1 to 20 reviews"),
        ({"reviews": "many"}, "This is not a number of reviews"),
        ({"reviews": "6"}, "You ask for 6 reviews of each paper, but only 5 members take papers."),
        ({"papers": "3, x"}, "“x” is no number of a paper"),
        ({"papers": "9-3"}, "“9-3” is not a span"),
        ({"papers": "77"}, "There is no submitted paper #77 among those you handle"),
        ({"fair_price": "nan"}, "This is not a percentage"),
        ({"weight_topics": "inf"}, "This is not a number"),
        ({"weight_affinity": "0", "weight_topics": "0", "weight_bids": "0"}, "All three weights are 0"),
        ({"round": "seventh"}, "“seventh” is not a round"),
        ({"max_probability": "0"}, "“0.0” is not a percentage"),
        ({"seed": "-1"}, "-1? Write a whole number"),
        ({"expected": "somebody else's"}, "Somebody changed these settings"),
    ],
)
def test_a_plan_that_cannot_be_asked_for_is_refused_in_words_and_nothing_is_kept(
    here: World, client: Client, wrong: dict[str, str], words: str
) -> None:
    answer = client.post(f"{HERE}plans/new/", form_of(client) | {"weight_bids": "3"} | wrong)
    assert answer.status_code in (409, 422)
    assert words in BeautifulSoup(answer.content, "html.parser").main.get_text(" ", strip=True)
    assert CommitteeSettings.objects.get().weight_bids == 1
    assert not Proposal.objects.exists()


def test_a_lock_against_a_conflict_is_named(here: World, client: Client) -> None:
    PairRule.objects.create(paper=here.papers[0], member=here.members[0], kind="lock")
    assigning.conflict(here.members[0], here.papers[0])
    answer = client.post(f"{HERE}plans/new/", form_of(client))
    assert answer.status_code == 422
    assert "Anna Bell and #1 are locked together, but the pair is kept apart: a conflict" in answer.text


def test_spans_of_papers_are_understood(here: World, client: Client) -> None:
    client.post(f"{HERE}plans/new/", form_of(client) | {"papers": "1, #3 – 4"})
    assert Proposal.objects.get().options["papers"] == [1, 3, 4]
    assert CommitteeSettings.objects.get().reviews_per_paper == 2


def test_a_member_deleted_during_the_run_is_told_on_the_page(
    here: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = proposals._store

    def vanish(*args: Any) -> None:
        Member.objects.get(name="Anna Bell").delete()
        store(*args)

    monkeypatch.setattr(proposals, "_store", vanish)
    proposal = here.propose()
    said = text(client.get(address(proposal)))
    assert "No plan could be made" in said
    assert "Anna Bell left the committee while the plan was computed" in said
    assert "The same again" in said


def test_a_plan_marks_what_is_new_kept_and_gone_in_every_view(here: World, client: Client) -> None:
    anna, boris = here.members[:2]
    PairRule.objects.create(paper=here.papers[0], member=anna, kind="lock")
    Assignment.objects.create(paper=here.papers[0], member=anna)
    Assignment.objects.create(paper=here.papers[1], member=boris)
    PairRule.objects.create(paper=here.papers[1], member=boris, kind="forbid")
    proposal = here.propose(keep_present=False)
    page = BeautifulSoup(client.get(address(proposal, "?view=papers")).content, "html.parser")
    kept = page.find(id=f"pair-1-{anna.pk}").get_text(" ", strip=True)
    gone = page.find(id=f"pair-2-{boris.pk}").get_text(" ", strip=True)
    assert "Kept Locked" in kept
    assert "Goes Forbidden" in gone
    assert len(page.find_all("li", id=True)) == 9, "eight planned and one that goes"
    scores = [float(it.text.split()[1]) for it in page.select("p.card__meta span:first-child")]
    assert scores == sorted(scores), "the weakest first"
    members = text(client.get(address(proposal, "?view=members")))
    assert "Boris Crane" in members
    grid = BeautifulSoup(client.get(address(proposal, "?view=grid")).content, "html.parser")
    assert len(grid.select("tbody tr")) == 4
    assert len(grid.select("tbody td a")) == 8
    everybody = BeautifulSoup(client.get(address(proposal, "?view=grid&everybody=1")).content, "html.parser")
    assert len(everybody.select("thead th")) == 1 + 5


def test_what_cannot_be_filled_is_said_with_the_smallest_changes(here: World, client: Client) -> None:
    for member in here.members[1:]:
        assigning.conflict(member, here.papers[0])
    proposal = here.propose()
    said = text(client.get(address(proposal)))
    assert "What could not be filled" in said
    assert "Paper #1 gets 1 of 2 reviews" in said
    short = text(client.get(address(proposal, "?view=papers&short=1")))
    assert "#1" in short
    assert "#2 " not in short


def test_a_lock_makes_the_plan_stale_and_one_button_solves_the_rest(here: World, client: Client) -> None:
    proposal = here.propose()
    pair = proposal.pairs.select_related("paper", "member").first()
    where = f"{HERE}papers/{pair.paper.number}/{pair.member_id}/"
    after = client.post(where, {"action": "lock", "next": address(proposal, "?view=papers#pair")})
    assert after["Location"] == address(proposal, "?view=papers#pair")
    said = text(client.get(address(proposal)))
    assert "so it cannot be applied" in said
    assert "1 pair was locked or unlocked" in said
    refused = client.post(address(proposal, "apply/"))
    assert refused.status_code == 409
    assert "this plan is out of date" in refused.text
    assert not Assignment.objects.exists()
    client.post(address(proposal, "again/"))
    second = Proposal.objects.first()
    assert second.pk != proposal.pk
    jobs.run(second.job_id)
    assert second.pairs.get(paper=pair.paper, member=pair.member).locked
    assert client.post(address(second, "apply/")).status_code == 302
    # Another click, or another tab.
    assert "was applied already" in text(client.post(address(second, "apply/"), follow=True))


def test_of_two_chairs_with_a_plan_each_the_second_is_told_what_the_first_has_done(here: World) -> None:
    other = factories.chair(here.call, "Cleo Chair")
    mine, theirs = here.propose(), here.propose(other)
    assert factories.signed_in(here.chair).post(address(mine, "apply/")).status_code == 302
    late = factories.signed_in(other).post(address(theirs, "apply/"))
    assert late.status_code == 409
    assert "8 assignments were made" in late.text
    assert Assignment.objects.live().count() == 8


def test_the_summary_compares_with_the_plan_before_in_numbers_without_weights(
    here: World, client: Client
) -> None:
    first = here.propose()
    assert "Plan before" not in text(client.get(address(first)))
    CommitteeSettings.objects.update(weight_topics=9)
    second = here.propose()
    said = text(client.get(address(second)))
    assert "Beside the plan before" in said
    assert "Mean match of topics" in said


# -- why and what if ----------------------------------------------------------------------------------------------------


def test_why_tells_the_parts_the_rank_and_the_price_as_a_page_and_as_a_part(
    here: World, client: Client
) -> None:
    proposal = here.propose()
    pair = proposal.pairs.select_related("paper", "member").first()
    where = address(proposal, f"papers/{pair.paper.number}/{pair.member_id}/")
    said = text(client.get(where))
    assert f"{pair.member.name} is in the plan for #{pair.paper.number}" in said
    assert "who may review it" in said
    assert "the total would lose" in said
    assert f"{pair.score:.2f} of 1" in said
    part = client.get(where, headers=HTMX).text
    assert "<html" not in part
    asked = text(client.get(f"{where}?what=forbid"))
    assert "Not having" in asked
    assert "Forbid this pair" in asked
    assert "A load of 1" in text(client.get(f"{where}?what=load&load=1"))
    assert "“many” is not a number of papers" in text(client.get(f"{where}?what=load&load=many"))
    assert not PairRule.objects.exists(), "a question changes nothing"


def test_why_not_tells_what_keeps_somebody_out(here: World, client: Client) -> None:
    emma = here.members[4]
    assigning.conflict(emma, here.papers[0])
    proposal = here.propose()
    where = address(proposal, f"papers/1/{emma.pk}/")
    said = text(client.get(where))
    assert "Emma Falk is not in the plan for #1" in said
    assert "conflict" in said
    inside = proposal.pairs.filter(paper=here.papers[0]).first()
    moved = client.get(address(proposal, f"papers/1/{inside.member_id}/?other={emma.pk}"))
    assert moved["Location"] == where


def test_the_price_of_a_load_can_be_made_so(here: World, client: Client) -> None:
    anna = here.members[0]
    answer = client.post(f"{HERE}members/{anna.pk}/load/", {"load": "2"}, follow=True)
    assert "Anna Bell gets at most 2" in text(answer)
    more = client.post(f"{HERE}members/{anna.pk}/load/", {"load": "9"}, follow=True)
    assert "Anna Bell takes 4 at most: that is what they said themselves" in text(more)
    wrong = client.post(f"{HERE}members/{anna.pk}/load/", {"load": "-3"}, follow=True)
    assert "“-3” is not a load" in text(wrong)
