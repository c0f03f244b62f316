"""The chairs' pages of the assignment around the plans: where it stands, by hand, files, walls and size."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.models import AffinityColumn, Assignment, CommitteeSettings, Member, PairRule
from reviews.services import assignments
from tests import factories
from tests.reviews import assigning, committee
from tests.reviews.assigning import World
from tests.reviews.assignment_browser import HERE, address, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    world = assigning.world()
    CommitteeSettings.objects.create(edition=world.call, reviews_per_paper=2)
    return world


@pytest.fixture
def client(here: World) -> Client:
    return factories.signed_in(here.chair)


# -- the overview -------------------------------------------------------------------------------------------------------


def test_the_overview_lists_the_papers_with_the_fewest_reviewers_first(here: World, client: Client) -> None:
    anna, boris = here.members[:2]
    Assignment.objects.create(paper=here.papers[0], member=anna, state="accepted", score=0.9)
    Assignment.objects.create(paper=here.papers[0], member=boris, score=0.4)
    Assignment.objects.create(paper=here.papers[1], member=boris, score=0.3)
    said = text(client.get(HERE))
    assert "3 of 8 reviews assigned, 1 accepted, 2 without an answer" in said
    table = said[said.index("Who reviews what") :]
    places = [table.index(f"#{number} ") for number in (3, 4, 2, 1)]
    assert places == sorted(places)
    assert "Anna Bell accepted, 0.90" in table
    assert "2 missing" in table


def test_members_are_shown_with_their_load_and_can_be_searched(here: World, client: Client) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    said = text(client.get(f"{HERE}?by=member"))
    assert "Anna Bell 1 of 4 #1 (no answer)" in said
    assert "Boris Crane 0 of 4 none" in said
    found = text(client.get(f"{HERE}?by=member&q=boris"))
    assert "Boris Crane" in found[found.index("By member") :]
    assert "Anna Bell" not in found[found.index("By member") :]


def test_a_declined_slot_comes_back_with_somebody_ready_and_one_button_asks_them(
    here: World, client: Client
) -> None:
    anna, boris = here.members[:2]
    Assignment.objects.create(paper=here.papers[0], member=anna)
    row = Assignment.objects.create(paper=here.papers[0], member=boris)
    assignments.decline(actor=boris.user, assignment=row, reason="On leave.", substitute="Dora Dole")
    page = BeautifulSoup(client.get(HERE).content, "html.parser")
    opening = next(
        it for it in page.find(id="openings").find_parent("section").find_all("li") if "#1" in it.text
    )
    assert "Boris Crane declined: On leave. (suggests Dora Dole)" in " ".join(opening.text.split())
    form = opening.find("form")
    fields = {it["name"]: it["value"] for it in form.find_all("input")} | {"action": "assign"}
    answer = client.post(form["action"], fields, follow=True)
    assert "is asked to review #1" in text(answer)
    assert Assignment.objects.live().filter(paper=here.papers[0], round="emergency").count() == 1


def test_a_conflict_on_a_live_assignment_is_something_to_put_right(here: World, client: Client) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    assigning.conflict(here.members[0], here.papers[0])
    said = text(client.get(HERE))
    assert "To put right" in said
    assert "Anna Bell has #1: a conflict" in said


# -- by hand ------------------------------------------------------------------------------------------------------------


def test_by_hand_candidates_are_sorted_searched_asked_and_taken_back(here: World, client: Client) -> None:
    anna, _, clara = here.members[:3]
    assigning.conflict(anna, here.papers[0])
    where = f"{HERE}papers/1/"
    page = BeautifulSoup(client.get(where).content, "html.parser")
    rows = page.select("tbody tr")
    assert "Anna Bell" not in [it.th.get_text(strip=True) for it in rows], "a conflict keeps out of the list"
    scores = [float(it.find(attrs={"data-label": "Score"}).text) for it in rows]
    assert scores == sorted(scores, reverse=True)
    assert len(rows) == 5, "the four others, and the chair, who takes papers only by hand"
    found = BeautifulSoup(client.get(f"{where}?q=clara").content, "html.parser").select("tbody tr")
    assert [it.th.get_text(strip=True) for it in found] == ["Clara Dahl"]

    said = text(client.post(f"{where}{clara.pk}/", {"action": "assign", "round": "extra"}, follow=True))
    assert "Clara Dahl is asked to review #1" in said
    row = Assignment.objects.get()
    assert (row.round, row.state, row.score is not None) == ("extra", "offered", True)
    said = text(client.post(f"{where}{clara.pk}/", {"action": "withdraw", "reason": "Too much"}, follow=True))
    assert "Clara Dahl no longer reviews #1" in said
    assert "taken back: Too much" in said


def test_candidates_have_the_scores_that_a_plan_counts_with(here: World, client: Client) -> None:
    for place, member in enumerate(here.members):
        told = {str(it.pk): 0.1 + 0.1 * place for it in here.papers}
        AffinityColumn.objects.create(member=member, scores=told, reference=0.6, fingerprint="f")
    proposal = here.propose()
    page = BeautifulSoup(client.get(f"{HERE}papers/2/").content, "html.parser")
    listed = {
        it.th.get_text(strip=True): it.find(attrs={"data-label": "Score"}).text
        for it in page.select("tbody tr")
    }
    for pair in proposal.pairs.filter(paper=here.papers[1]).select_related("member"):
        assert listed[pair.member.name] == f"{pair.score:.2f}"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("assign", "A conflict stands between Anna Bell and #1"),
        ("lock", "A conflict stands between Anna Bell and #1"),
        ("withdraw", "Anna Bell does not review #1"),
        ("dance", "“dance” is not something to do with a pair"),
    ],
)
def test_what_cannot_be_done_by_hand_is_said(here: World, client: Client, action: str, words: str) -> None:
    assigning.conflict(here.members[0], here.papers[0])
    answer = client.post(f"{HERE}papers/1/{here.members[0].pk}/", {"action": action}, follow=True)
    assert words in text(answer)
    assert not Assignment.objects.exists()
    assert not PairRule.objects.exists()


def test_a_rule_is_set_and_lifted(here: World, client: Client) -> None:
    where = f"{HERE}papers/1/{here.members[0].pk}/"
    assert "locked: every coming plan holds this pair" in text(
        client.post(where, {"action": "lock"}, follow=True)
    )
    said = text(client.post(where, {"action": "clear"}, follow=True))
    assert "the rule is lifted" in said
    said = text(client.post(where, {"action": "forbid"}, follow=True))
    assert "Anna Bell must not review it" in said


def test_a_button_leads_to_no_other_site(here: World, client: Client) -> None:
    where = f"{HERE}papers/1/{here.members[0].pk}/"
    answer = client.post(where, {"action": "lock", "next": "https://elsewhere.example/"})
    assert answer["Location"] == f"{HERE}papers/1/"


# -- files --------------------------------------------------------------------------------------------------------------


def test_a_file_is_shown_before_it_counts_and_then_does_what_it_said(here: World, client: Client) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    lines = "paper,action,email,round\n1,clear,anna@example.org,\n2,review,boris@example.org,extra\n2,lock,boris@example.org,\n"
    shown = client.post(f"{HERE}import/", {"text": lines})
    said = text(shown)
    assert "3 changes" in said
    assert "Anna Bell no longer reviews #1" in said
    assert Assignment.objects.live().count() == 1
    page = BeautifulSoup(shown.content, "html.parser").find("textarea", hidden=True).find_parent("form")
    fields = {
        "stamp": page.find("input", {"name": "stamp"})["value"],
        "text": page.textarea.text.lstrip("\n"),
    }
    done = client.post(f"{HERE}import/", fields, follow=True)
    assert "3 changes made" in text(done)
    assert here.live() == {(2, "Boris Crane")}
    out = b"".join(client.get(f"{HERE}assignments.csv").streaming_content).decode()
    assert (
        out == "paper,action,email,round\r\n2,lock,boris@example.org,\r\n2,review,boris@example.org,extra\r\n"
    )


def test_problems_of_a_file_are_named_by_line_and_nothing_is_imported(here: World, client: Client) -> None:
    lines = "paper,action,email,round\n1,review,nobody@example.org,\n99,review,anna@example.org,\n1,dance,anna@example.org,\n"
    answer = client.post(f"{HERE}import/", {"text": lines})
    assert answer.status_code == 422
    said = BeautifulSoup(answer.content, "html.parser").main.get_text(" ", strip=True)
    assert "3 problems in the file" in said
    assert "Line 2: “nobody@example.org” is nobody who reviews here" in said
    assert "Line 3: There is no submitted paper #99" in said
    assert "Line 4: “dance” is not an action" in said
    stale = client.post(
        f"{HERE}import/", {"text": "paper,action,email\n1,review,anna@example.org\n", "stamp": "old"}
    )
    assert stale.status_code == 409
    assert "changed since you looked" in stale.text
    assert not Assignment.objects.exists()
    assert "paste its lines" in client.post(f"{HERE}import/", {"text": ""}).text


# -- walls --------------------------------------------------------------------------------------------------------------


def test_a_conflicted_chair_sees_nothing_of_the_paper_on_any_page(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    secret = here.papers[0]
    secret.title = "Zephyrine"
    secret.save()
    assigning.wall(conrad, secret)
    anna = here.members[0]
    Assignment.objects.create(paper=secret, member=anna, state="declined", reason="ocelot")
    for member in here.members[1:3]:
        Assignment.objects.create(paper=secret, member=member)
    PairRule.objects.create(paper=secret, member=here.members[3], kind="lock")
    client = factories.signed_in(conrad)
    proposal = here.propose(conrad)
    pages = ["", "?by=member", "?q=1", "plans/new/", "assignments.csv"]
    pages += [
        f"plans/{proposal.key}/{view}"
        for view in ("", "?view=papers", "?view=members", "?view=grid", "apply/")
    ]
    for page in pages:
        answer = client.get(HERE + page)
        assert answer.status_code == 200, page
        body = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert "Zephyrine" not in body, page
        assert "ocelot" not in body, page
        assert "#1 " not in BeautifulSoup(body, "html.parser").get_text(" "), page
    said = text(client.get(f"{HERE}?by=member"))
    assert "Boris Crane 0 of 4 none" in said, "work on a hidden paper is not counted"
    assert "0 of 6" not in said
    for page in ("papers/1/", f"plans/{proposal.key}/papers/1/{anna.pk}/"):
        assert client.get(HERE + page).status_code == 404
    for action in ("assign", "lock", "withdraw"):
        assert client.post(f"{HERE}papers/1/{anna.pk}/", {"action": action}).status_code == 404


def test_a_wall_that_comes_up_later_hides_the_paper_in_a_plan_made_before(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    proposal = here.propose(conrad)
    assigning.wall(conrad, here.papers[0])
    client = factories.signed_in(conrad)
    for view in ("", "?view=papers", "?view=members", "?view=grid"):
        said = text(client.get(address(proposal, view)))
        assert "Paper 1" not in said, view
    assert client.post(address(proposal, "apply/")).status_code == 409


def test_another_chairs_plan_does_not_exist(here: World, client: Client) -> None:
    other = factories.chair(here.call, "Cleo Chair")
    theirs = here.propose(other)
    pair = theirs.pairs.first()
    for page in ("", "apply/", f"papers/{pair.paper.number}/{pair.member_id}/"):
        assert client.get(address(theirs, page)).status_code == 404
    for button in ("apply/", "again/", "undo/", "drop/"):
        assert client.post(address(theirs, button)).status_code == 404
    assert not Assignment.objects.exists()


# -- size ---------------------------------------------------------------------------------------------------------------


def _grow(world: World, papers: int, members: int) -> None:
    people = Member.objects.bulk_create(
        Member(
            edition=world.call, name=f"Member {n}", email=f"m{n}@example.org", state="accepted", load_wanted=9
        )
        for n in range(members)
    )
    made = committee.papers(world.call, papers)
    Assignment.objects.bulk_create(
        Assignment(paper=paper, member=people[(place + n) % len(people)], score=0.5)
        for place, paper in enumerate(made)
        for n in range(2)
    )


def _queries(client: Client, where: str) -> int:
    client.get(where)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(where).status_code == 200
    return len(captured)


def test_queries_and_rows_do_not_grow_with_the_papers(here: World, client: Client) -> None:
    """Four papers and five members against three hundred and a hundred."""
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    PairRule.objects.create(paper=here.papers[1], member=here.members[1], kind="forbid")
    here.propose()
    before = here.propose()
    inside = before.pairs.select_related("paper").first()
    views = ["", "?view=papers", "?view=members", "?view=grid", "?view=grid&everybody=1", "apply/"]
    views.append(f"papers/{inside.paper.number}/{inside.member_id}/")
    pages = ["", "?by=member", "plans/new/", "papers/1/"]
    small = [_queries(client, HERE + page) for page in pages]
    small_plan = [_queries(client, address(before, view)) for view in views]
    _grow(here, 296, 100)
    after = here.propose()
    where = after.pairs.select_related("paper").first()
    views[-1] = f"papers/{where.paper.number}/{where.member_id}/"
    big = [_queries(client, HERE + page) for page in pages]
    big_plan = [_queries(client, address(after, view)) for view in views]
    assert dict(zip(pages, big, strict=True)) == dict(zip(pages, small, strict=True))
    assert dict(zip(views[:-1], big_plan, strict=False)) == dict(zip(views[:-1], small_plan, strict=False))
    assert big_plan[-1] <= small_plan[-1], "of one pair"
    for page, most in (("", 50), ("?by=member", 50)):
        table = BeautifulSoup(client.get(HERE + page).content, "html.parser").find("table")
        assert len(table.find_all("tr")) == most + 1
    cards = BeautifulSoup(client.get(address(after, "?view=papers")).content, "html.parser").select(
        "section.card"
    )
    assert len(cards) == 25
    grid = BeautifulSoup(client.get(address(after, "?view=grid&everybody=1")).content, "html.parser")
    assert len(grid.select("thead th")) == 41
