"""Bidding through its pages: what is listed, what is saved, and every way in which a bid comes too late."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from reviews.models import AffinityColumn, Assignment, Bid, CommitteeSettings, Conflict, Expertise, Member
from submissions.models import Edition
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LIST = "/2021/member/bids/"


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


@pytest.fixture
def client_of_mona(mona: Member) -> Client:
    return factories.signed_in(mona.user)


def text(response: Any) -> str:
    return response.content.decode()


def bid(client: Client, number: int, level: object, **fields: Any) -> Any:
    headers = fields.pop("headers", None)
    return client.post(f"{LIST}{number}/", {"level": level, **fields}, headers=headers)


# What is listed


def test_a_member_sees_title_abstract_topics_and_authors(call: Edition, client_of_mona: Client) -> None:
    (paper,) = committee.papers(call)
    paper.topics.set(call.topics.all()[:1])
    page = text(client_of_mona.get(LIST))
    assert "Paper 1" in page
    assert "What paper 1 is about." in page
    assert "Federated learning" in page
    assert "Ada Author (Example University)" in page


def test_authors_are_masked_when_the_call_is_double_blind(call: Edition, client_of_mona: Client) -> None:
    Edition.objects.update(anonymity=Edition.Anonymity.DOUBLE)
    committee.papers(call)
    page = text(client_of_mona.get(LIST))
    assert "Paper 1" in page
    assert "Ada Author" not in page
    assert "Example University" not in page


def test_papers_in_conflict_drafts_and_withdrawn_ones_are_not_there(
    call: Edition, mona: Member, client_of_mona: Client
) -> None:
    conflicted, withdrawn, fine = committee.papers(call, 3)
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(state="withdrawn")
    Conflict.objects.create(
        paper=conflicted, member=mona, rule="collaborator", confidence="certain", evidence="They met."
    )
    page = text(client_of_mona.get(LIST))
    assert "Paper 3" in page
    assert "Paper 1" not in page
    assert "Paper 2" not in page
    assert f"of {1} papers" in page
    assert fine.number == 3


def test_own_papers_are_not_there(call: Edition, mona: Member, client_of_mona: Client) -> None:
    committee.papers(call, submitter=mona.user)
    assert "No papers to bid on" in text(client_of_mona.get(LIST))


def test_before_the_deadline_nothing_is_listed_unless_the_chairs_allow_it(
    client_of_mona: Client, call: Edition
) -> None:
    call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=2))
    committee.papers(call)
    page = text(client_of_mona.get(LIST))
    assert "Papers are still coming in" in page
    assert "Paper 1" not in page
    assert bid(client_of_mona, 1, 3, headers=HTMX).status_code == 404
    CommitteeSettings.objects.create(edition=call, bids_before_deadline=True)
    assert "Paper 1" in text(client_of_mona.get(LIST))
    bid(client_of_mona, 1, 3)
    assert Bid.objects.get().level == 3


def test_who_did_not_accept_or_reviews_nothing_has_no_list(call: Edition) -> None:
    committee.papers(call)
    asked = committee.member(call, "Ivo Invited", state=Member.State.INVITED)
    steering = committee.member(call, "Stan Steering", kind=Member.Kind.STEERING)
    for it in (asked, steering):
        assert factories.signed_in(it.user).get(LIST).status_code == 404
        assert bid(factories.signed_in(it.user), 1, 3).status_code == 404
    assert not Bid.objects.exists()


def numbers(page: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in page.split('id="paper-')[1:]]


def test_best_matches_come_first_by_topics_and_by_own_papers(
    call: Edition, mona: Member, client_of_mona: Client
) -> None:
    one, two, three = committee.papers(call, 3)
    federated, compression, _ = call.topics.all()
    Expertise.objects.create(member=mona, topic=compression, level=Expertise.Level.EXPERT)
    one.topics.set([federated])
    two.topics.set([compression])
    assert numbers(text(client_of_mona.get(LIST)))[0] == 2
    AffinityColumn.objects.create(
        member=mona,
        fingerprint="x",
        reference=0.4,
        scores={str(three.pk): 0.4, str(two.pk): 0.01, str(one.pk): 0.0},
    )
    three.topics.set([compression])
    page = text(client_of_mona.get(LIST))
    assert numbers(page) == [3, 2, 1]
    assert "95 % match" in page
    assert numbers(text(client_of_mona.get(f"{LIST}?sort=number"))) == [1, 2, 3]


def test_a_bid_does_not_move_the_paper(call: Edition, client_of_mona: Client) -> None:
    committee.papers(call, 3)
    bid(client_of_mona, 3, 3)
    bid(client_of_mona, 1, 0)
    assert numbers(text(client_of_mona.get(LIST))) == [1, 2, 3]


def test_filters(call: Edition, client_of_mona: Client) -> None:
    one, two, _ = committee.papers(call, 3)
    one.topics.set(call.topics.filter(slug="compression"))
    type(two).objects.filter(pk=two.pk).update(
        category=call.categories.get(slug="short"), abstract="On quokkas."
    )
    bid(client_of_mona, 3, 2)

    def shown(query: str) -> list[int]:
        return numbers(text(client_of_mona.get(f"{LIST}?{query}")))

    assert shown("topic=compression") == [1]
    assert shown("category=short") == [2]
    assert shown("bid=none") == [1, 2]
    assert shown("bid=any") == [3]
    assert shown("bid=2") == [3]
    assert shown("bid=3") == []
    assert shown("q=QUOKKA") == [2]
    assert shown("q=%233") == [3]
    assert shown("topic=nothing&category=nowhere&bid=x&sort=y&page=zzz") == [1, 2, 3]
    assert "No paper matches" in text(client_of_mona.get(f"{LIST}?q=nothing+like+it"))


def measured(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_queries_and_rows_do_not_grow_with_the_papers(call: Edition, client_of_mona: Client) -> None:
    for it in committee.papers(call, 3):
        it.topics.set(call.topics.all())
    client_of_mona.get(LIST)
    few = measured(client_of_mona, LIST)
    for it in committee.papers(call, 297):
        it.topics.set(call.topics.all())
    assert measured(client_of_mona, LIST) == few
    page = text(client_of_mona.get(LIST))
    assert len(numbers(page)) == 50
    assert "1–50 of 300" in page
    assert len(numbers(text(client_of_mona.get(f"{LIST}?page=6")))) == 50


# Placing a bid


def test_a_plain_form_saves_and_leads_back_to_the_paper(
    call: Edition, mona: Member, client_of_mona: Client
) -> None:
    committee.papers(call, 2)
    answer = bid(client_of_mona, 2, 3, back="sort=number&page=1")
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}?sort=number&page=1#paper-2"
    row = Bid.objects.get()
    assert (row.member, row.paper.number, row.level) == (mona, 2, Bid.Level.EAGER)
    page = text(client_of_mona.get(LIST))
    assert "Saved. #2: eager." in page
    assert "You bid on 1 of 2 papers; 2 are a good number." in page


def test_htmx_gets_the_buttons_and_the_progress(call: Edition, client_of_mona: Client) -> None:
    committee.papers(call, 2)
    answer = bid(client_of_mona, 1, 1, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in text(answer)
    assert 'id="bid-1"' in text(answer)
    assert text(answer).count('aria-pressed="true"') == 1
    assert "You bid on 1 of 2 papers" in text(answer)
    assert "Saved. #1: in a pinch." in text(answer)


def test_changing_clearing_and_repeating(call: Edition, client_of_mona: Client) -> None:
    committee.papers(call)
    for level in (3, 3, 0, "clear", "clear"):
        assert bid(client_of_mona, 1, level, headers=HTMX).status_code == 200
    assert not Bid.objects.exists()
    told = [entry.data["bid"] for entry in AuditEntry.objects.filter(verb="bid.placed").order_by("pk")]
    assert told == [["", "eager"], ["eager", "not willing"], ["not willing", ""]]


@pytest.mark.parametrize("level", ["", "7", "-1", "eager", "3.0", "x" * 5000, "³"])
def test_what_is_no_bid_is_refused(call: Edition, client_of_mona: Client, level: str) -> None:
    committee.papers(call)
    assert bid(client_of_mona, 1, level).status_code == 302
    answer = bid(client_of_mona, 1, level, headers=HTMX)
    assert answer.status_code == 422
    assert "is not a bid" in text(answer)
    assert not Bid.objects.exists()


def test_a_bid_after_the_deadline_is_refused_and_the_list_can_be_read(
    call: Edition, client_of_mona: Client
) -> None:
    committee.papers(call)
    factories.deadline(call, "bids", timezone.now() + timedelta(hours=1))
    assert bid(client_of_mona, 1, 3, headers=HTMX).status_code == 200
    call.deadlines.filter(kind="bids").update(at=timezone.now() - timedelta(minutes=5), grace_minutes=10)
    assert bid(client_of_mona, 1, 2, headers=HTMX).status_code == 200
    call.deadlines.filter(kind="bids").update(grace_minutes=0)
    answer = bid(client_of_mona, 1, 0, headers=HTMX)
    assert answer.status_code == 409
    assert "The time for bids is over, so nothing was saved" in text(answer)
    assert "Your bid: willing" in text(answer)
    assert bid(client_of_mona, 1, 0).status_code == 302
    page = text(client_of_mona.get(LIST))
    assert "The time for bids is over" in page
    assert "aria-pressed" not in page
    assert Bid.objects.get().level == 2


def test_without_a_date_bids_end_when_papers_are_assigned(
    call: Edition, mona: Member, client_of_mona: Client
) -> None:
    (paper,) = committee.papers(call)
    assert bid(client_of_mona, 1, 3, headers=HTMX).status_code == 200
    Assignment.objects.create(paper=paper, member=mona)
    answer = bid(client_of_mona, 1, 0, headers=HTMX)
    assert answer.status_code == 409
    assert "Reviewers are being assigned" in text(answer)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_one_may_not_see_answers_like_what_does_not_exist(
    call: Edition, mona: Member, client_of_mona: Client, headers: dict[str, str]
) -> None:
    withdrawn, conflicted, _ = committee.papers(call, 3)
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(state="withdrawn")
    Conflict.objects.create(
        paper=conflicted, member=mona, rule="collaborator", confidence="certain", evidence="They met."
    )
    for level in ("3", "clear", "conflict"):
        answers = {}
        for number in (1, 2, 4711):
            answer = bid(client_of_mona, number, level, headers=headers, reason="Because.")
            assert answer.status_code == (404 if headers else 302)
            if not headers:
                assert answer["Location"] == LIST
                answer = client_of_mona.get(LIST)
            assert "in your list (any more), so nothing was saved" in text(answer)
            answers[number] = (
                strip(text(answer)).replace(f"#{number}", "#N").replace(f"bid-{number}", "bid-N")
            )
        assert answers[1] == answers[2] == answers[4711]
    assert not Bid.objects.exists()
    assert Conflict.objects.count() == 1


def strip(page: str) -> str:
    """A page without what differs from one request to the next."""
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_two_members_in_one_browser_do_not_mix(call: Edition, mona: Member) -> None:
    committee.papers(call)
    other = committee.member(call, "Nora Next")
    bid(factories.signed_in(mona.user), 1, 3)
    page = text(factories.signed_in(other.user).get(LIST))
    assert 'aria-pressed="true"' not in page
    assert "You bid on 0 of 1" in page


def test_signed_out_meanwhile(call: Edition) -> None:
    committee.papers(call)
    answer = bid(Client(), 1, 3, headers=HTMX)
    assert answer.status_code == 403
    assert "no longer signed in" in text(answer)
    assert bid(Client(), 1, 3).status_code == 302


# Conflicts


def test_declaring_a_conflict_takes_the_paper_off_the_list(
    call: Edition, mona: Member, client_of_mona: Client
) -> None:
    committee.papers(call, 2)
    answer = bid(client_of_mona, 1, "conflict", reason="She was my student.", headers=HTMX)
    assert answer.status_code == 200
    assert "You declared a conflict with #1" in text(answer)
    assert "0 of 1 papers" in text(answer)
    row = Conflict.objects.get()
    assert (row.rule, row.confidence, row.member) == ("declared_by_member", "certain", mona)
    assert "She was my student." in row.evidence
    assert numbers(text(client_of_mona.get(LIST))) == [2]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_conflict_needs_a_reason(call: Edition, client_of_mona: Client, reason: str) -> None:
    committee.papers(call)
    answer = bid(client_of_mona, 1, "conflict", reason=reason, headers=HTMX)
    assert answer.status_code == 422
    assert "Say in a few words why" in text(answer)
    assert bid(client_of_mona, 1, "conflict", reason=reason).status_code == 302
    assert "Say in a few words why" in text(client_of_mona.get(LIST))
    assert not Conflict.objects.exists()


def test_authors_read_nothing_of_bids_in_the_history_of_their_paper(
    call: Edition, client_of_mona: Client
) -> None:
    committee.papers(call)
    bid(client_of_mona, 1, 3)
    bid(client_of_mona, 1, "conflict", reason="She was my student.")
    assert AuditEntry.objects.filter(verb__in=["bid.placed", "conflict.declared"]).count() == 2
    page = text(factories.signed_in(committee.author()).get("/2021/papers/1/history/"))
    assert "Mona" not in page
