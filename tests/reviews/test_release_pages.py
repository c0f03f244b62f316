"""The wizard, the report and the authors' page, as a browser asks for them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import outbox, personal_data
from accounts.models import Message
from reviews.domain.default_form import DEFAULT
from reviews.models import AuthorResponse, Decision, Member, Release, Review, ReviewVersion
from reviews.views import release as release_views
from submissions.models import Paper
from submissions.services import papers as paper_services
from tests import factories
from tests.reviews import assigning, releasing
from tests.reviews.releasing import Room

pytestmark = pytest.mark.django_db
WIZARD = "/2021/chair/decisions/release/"


@pytest.fixture
def here() -> Room:
    return releasing.room()


def confirm(here: Room, client: Any, papers: str = "1-3", **more: Any) -> Any:
    """The last step as a browser posts it, with every tick."""
    page = client.get(f"{WIZARD}check/?papers={papers}").content.decode()
    data = {name: releasing.hidden(page, name) for name in ("seen", "key")}
    return client.post(f"{WIZARD}check/?papers={papers}", {**data, **more})


# -- the wizard


def test_a_chair_goes_from_the_choice_to_the_report(here: Room) -> None:
    client = here.client()
    page = client.get(WIZARD).content.decode()
    assert page.count('name="paper"') == 3
    answer = client.post(WIZARD, {"paper": ["1", "3"]})
    assert answer["Location"] == f"{WIZARD}letters/?papers=1,3"
    page = client.get(answer["Location"]).content.decode()
    assert "Decision: accepted" in page
    assert "another category" not in page
    assert reverse("chair_letter", args=["2021", "decision_reject"]) in page
    page = client.get(f"{WIZARD}preview/?papers=1,3").content.decode()
    assert "ada@example.org" in page
    assert "Rita Rooks" in page
    assert "is accepted for ScaDL 2021" in page
    assert "They never read" in page
    answer = confirm(here, client, "1,3")
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "Undo the release" in page
    assert page.count("Queued") == 2
    assert Decision.objects.get(paper=here.papers[1]).release is None
    page = client.get(WIZARD).content.decode()
    assert page.count('name="paper"') == 1
    assert "Can be undone" in page


def test_undo_from_the_report(here: Room) -> None:
    client = here.client()
    report = confirm(here, client)["Location"]
    answer = client.post(f"{report}undo/", follow=True)
    assert "3 decisions are as before" in answer.content.decode()
    assert "was undone" in client.get(report).content.decode()
    assert not Message.objects.exists()


def test_the_report_says_what_became_of_each_letter_and_stays(here: Room) -> None:
    client = here.client()
    report = confirm(here, client)["Location"]
    made = Release.objects.get()
    releasing.later(made)
    outbox.deliver_due()
    failed = Message.objects.filter(kind="decision_reject")
    failed.update(state="failed", sent_at=None, error="Mailbox unknown")
    page = client.get(report).content.decode()
    for words in (
        "2 sent",
        "1 failed",
        "Mailbox unknown",
        reverse("chair_mail_message", args=["2021", failed.get().pk]),
    ):
        assert words in page
    assert "Undo" not in page


def test_the_search_narrows_what_is_chosen(here: Room) -> None:
    client = here.client()
    assert client.get(f"{WIZARD}?outcome=reject").content.decode().count('name="paper"') == 1
    assert client.get(f"{WIZARD}?q=%232").content.decode().count('name="paper"') == 1
    page = client.get(f"{WIZARD}?outcome=accept").content.decode()
    answer = client.post(WIZARD, {"all": "1", "listed": releasing.hidden(page, "listed")})
    assert answer["Location"].endswith("?papers=1-2")


@pytest.mark.parametrize(
    "papers", ["", "x", "9-1", "1-", "-", "1-9999999999999", ",,,", "%00", "4711", "1-2-3", "9" * 7000]
)
@pytest.mark.parametrize("step", ["letters", "preview", "check"])
def test_an_address_that_names_no_papers_leads_back(here: Room, papers: str, step: str) -> None:
    answer = here.client().get(f"{WIZARD}{step}/?papers={papers}")
    assert answer.status_code in (200, 302)


def test_what_is_not_ticked_stays_out_also_with_those_on_the_other_pages(
    here: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_views, "LISTED", 2)
    client, url = here.client(), reverse("chair_release", args=["2021"])
    page = client.get(url).content.decode()
    hidden_fields = {name: releasing.hidden(page, name) for name in ("listed", "shown")}
    assert hidden_fields == {"listed": "1-3", "shown": "1-2"}
    answer = client.post(url, {**hidden_fields, "all": "1", "paper": [2]})
    assert answer["Location"].endswith("?papers=2-3")


def test_what_must_be_ticked_is_asked_for_and_a_tick_goes_on(here: Room) -> None:
    Review.objects.filter(assignment__paper=here.papers[0]).first().delete()
    client = here.client()
    answer = confirm(here, client)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was released" in page
    assert "#1: 2 of 3 reviews." in page
    tick = page.split('name="ticked" value="')[1].split('"')[0]
    assert confirm(here, client, ticked=[tick]).status_code == 302


def test_a_preview_that_is_out_of_date_is_refused_with_what_changed(here: Room) -> None:
    client = here.client()
    page = client.get(f"{WIZARD}check/?papers=1-3").content.decode()
    data = {name: releasing.hidden(page, name) for name in ("seen", "key")}
    here.decide(0, "reject", revision=2)
    answer = client.post(f"{WIZARD}check/?papers=1-3", data)
    assert answer.status_code == 409
    assert "#1: the decision changed." in answer.content.decode()
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"seen": "x", "key": "no"},
        {"seen": "1:a 2:b\0", "key": "0" * 32},
        {"seen": "9" * 90_000, "key": "0" * 32},
    ],
)
def test_a_form_that_was_tampered_with_releases_nothing(here: Room, data: dict[str, str]) -> None:
    answer = here.client().post(f"{WIZARD}check/?papers=1-3", data)
    assert answer.status_code in (409, 422)
    assert not Release.objects.exists()


def test_a_correction_from_the_report(here: Room) -> None:
    client = here.client()
    report = confirm(here, client)["Location"]
    releasing.later(Release.objects.get())
    assert "correct #3" in client.get(report).content.decode()
    assert client.post(f"{WIZARD}correct/3/", {"revision": "1", "reason": " "}).status_code == 422
    assert client.post(f"{WIZARD}correct/3/", {"revision": "7", "reason": "Oh."}).status_code == 409
    assert client.post(f"{WIZARD}correct/3/", {"revision": "1", "reason": "Oh."}).status_code == 302
    assert here.client(here.author()).get("/2021/papers/3/decision/").status_code == 404
    assert client.get(f"{WIZARD}correct/3/").status_code == 404, "it is not released now"


def test_the_decision_on_a_paper_that_left_is_not_corrected(here: Room) -> None:
    releasing.later(here.release())
    paper_services.withdraw(actor=here.author(), paper=here.papers[0])
    client, url = here.client(), "/2021/chair/decisions/release/correct/1/"
    assert client.get(url).status_code == client.post(url, {"reason": "x", "revision": 1}).status_code == 404


def test_a_chair_with_a_conflict_sees_no_trace_of_the_paper(here: Room) -> None:
    olga = factories.chair(here.call, "Olga Other")
    assigning.wall(olga, here.papers[0])
    client = here.client(olga)
    for step in ("", "letters/?papers=1-3", "preview/?papers=1-3", "check/?papers=1-3"):
        page = client.get(f"{WIZARD}{step}").content.decode()
        assert "Paper 1" not in page
        assert "#1<" not in page
    here.release(numbers=[1])
    made = Release.objects.get()
    assert client.get(f"{WIZARD}{made.key}/").status_code == 404, "a release of that paper alone"
    assert str(made.key) not in client.get(WIZARD).content.decode()
    here.release()
    other = Release.objects.exclude(pk=made.pk).get()
    page = client.get(f"{WIZARD}{other.key}/").content.decode()
    assert "Paper 2" in page
    releasing.later(made)
    assert client.get("/2021/papers/1/decision/").status_code == 404
    assert client.get(f"{WIZARD}correct/1/").status_code == 404


# -- the authors


def test_before_the_release_the_address_of_the_decision_answers_as_if_there_were_none(here: Room) -> None:
    Decision.objects.filter(paper=here.papers[2]).delete()
    client = here.client(here.author())
    client.get("/healthz")

    def asked(number: int) -> tuple[int, bytes, int]:
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(f"/2021/papers/{number}/decision/")
        return answer.status_code, answer.content, len(caught)

    undecided, decided, nowhere = asked(3), asked(1), asked(4711)
    assert undecided[0] == 404
    assert undecided == decided == nowhere
    here.release()
    assert asked(1) == nowhere, "neither while it can be undone"
    releasing.later(Release.objects.get())
    assert asked(1)[0] == 200


def test_the_authors_pages_of_decided_and_undecided_papers_are_the_same_before_the_release(
    here: Room,
) -> None:
    client = here.client(here.author())
    Decision.objects.filter(paper=here.papers[1]).delete()
    before = [_body(client, it) for it in ("/account/papers/", "/2021/papers/1/")]
    Decision.objects.all().delete()
    after = [_body(client, it) for it in ("/account/papers/", "/2021/papers/1/")]
    assert before == after


def _body(client: Any, path: str) -> str:
    return re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", client.get(path).content.decode())


def test_authors_read_the_decision_and_the_reviews_without_who_and_when(here: Room) -> None:
    factories.deadline(
        here.call, "camera_ready", timezone.now() + timedelta(days=30), label="Final version due"
    )
    here.decide(
        1,
        category=here.call.categories.get(slug="short"),
        to_authors="We liked **section 3**.",
        note="Between us: borderline",
    )
    AuthorResponse.objects.create(
        paper=here.papers[1], text="later words", submitted_text="We agree.", submitted_at=timezone.now()
    )
    ReviewVersion.objects.update(at=timezone.now() - timedelta(days=400))
    releasing.later(here.release())
    client = here.client(here.author())
    answer = client.get("/2021/papers/2/decision/")
    page = answer.content.decode()
    for words in (
        "Accepted as Short paper",
        "submitted as Regular paper",
        "exactly 4 pages",
        "Final version due",
        "<strong>section 3</strong>",
        "Review A",
        "Review C",
        "It compresses gradients.",
        "We agree.",
    ):
        assert words in page
    for secret in (
        "Between us",
        "Secret words",
        "Rooks",
        "Stork",
        "Teal",
        "Confidence",
        "later words",
        "Version",
        "400",
    ):
        assert secret not in page, secret
    old = (timezone.now() - timedelta(days=400)).strftime("%Y")
    assert f"{old}," not in page
    assert "no-store" in answer["Cache-Control"]
    assert "Accepted as Short paper" in client.get("/account/papers/").content.decode()
    assert "Accepted as Short paper" in client.get("/2021/papers/2/").content.decode()


def test_what_is_changed_in_the_review_after_the_release_does_not_reach_the_authors(here: Room) -> None:
    releasing.later(here.release())
    review = Review.objects.filter(assignment__paper=here.papers[0]).first()
    assert review is not None
    ReviewVersion.objects.create(review=review, number=2, answers={"summary": "Rewritten by hand"})
    Review.objects.filter(pk=review.pk).update(version=2, answers={"summary": "Rewritten by hand"})
    page = here.client(here.author()).get("/2021/papers/1/decision/").content.decode()
    assert "Rewritten" not in page


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "![x](https://evil.example/a.png)", "[x](javascript:alert(1))"]
)
def test_what_reviewers_and_chairs_write_is_harmless_on_the_authors_page(here: Room, text: str) -> None:
    here.decide(0, to_authors=text)
    version = ReviewVersion.objects.filter(review__assignment__paper=here.papers[0]).first()
    assert version is not None
    ReviewVersion.objects.filter(pk=version.pk).update(answers={**version.answers, "strengths": text})
    releasing.later(here.release())
    page = here.client(here.author()).get("/2021/papers/1/decision/").content.decode()
    assert "<script>alert" not in page
    assert '<img src="https' not in page
    assert 'href="javascript' not in page


def test_only_authors_and_handling_chairs_read_the_decision(here: Room) -> None:
    releasing.later(here.release())
    people = {
        "author": (here.author(), 200),
        "chair": (here.chair, 200),
        "reviewer": (here.members[0].user, 404),
        "stranger": (factories.person("Eve"), 404),
    }
    for who, (user, status) in people.items():
        assert here.client(user).get("/2021/papers/1/decision/").status_code == status, who


def test_a_chair_reads_the_decision_on_their_own_paper_as_its_author_and_not_before(here: Room) -> None:
    own = here.papers[0]
    Paper.objects.filter(pk=own.pk).update(submitter=here.chair)
    olga = factories.chair(here.call, "Olga Other")
    client = here.client()
    assert here.plan().numbers == [2, 3]
    assert client.get("/2021/papers/1/decision/").status_code == 404
    here.release(olga, numbers=[1])
    assert not Message.objects.filter(kind__startswith="decision").filter(to=olga.email).exists()
    assert "Paper 1" not in client.get("/2021/chair/mail/").content.decode()
    assert "Accepted" not in client.get("/2021/papers/1/").content.decode()
    releasing.later(Release.objects.get())
    page = client.get("/2021/papers/1/decision/").content.decode()
    assert "Review A" in page
    assert "Rooks" not in page


def test_a_paper_that_was_withdrawn_since_keeps_its_page_but_is_not_accepted(here: Room) -> None:
    from reviews import queries

    releasing.later(here.release())
    Paper.objects.filter(pk=here.papers[0].pk).update(state="withdrawn")
    assert list(queries.accepted_papers(here.call)) == [here.papers[1]]
    assert here.client(here.author()).get("/2021/papers/1/decision/").status_code == 200


def test_authors_take_their_decisions_along_and_nothing_that_is_not_theirs(here: Room) -> None:
    assert personal_data.collect(here.author())["decisions"] == []
    releasing.later(here.release())
    found = personal_data.collect(here.author())["decisions"]
    assert [it["decision"] for it in found] == ["accepted", "accepted", "rejected"]
    assert found[0]["reviews"][0]["Summary"] == "It compresses gradients."
    assert "Secret" not in str(found)
    assert "Rooks" not in str(found)
    assert personal_data.collect(here.chair)["decisions"] == []


def test_a_member_without_papers_to_shepherd_is_told_of_none(here: Room) -> None:
    releasing.later(here.release())
    assert "Shepherding" not in here.client(here.members[0].user).get("/2021/member/").content.decode()
    assert Member.objects.filter(shepherded__isnull=False).count() == 0


# -- size


@pytest.mark.parametrize("path", ["", "letters/?papers=1-99", "preview/?papers=1-99", "check/?papers=1-99"])
def test_the_wizard_takes_the_same_queries_at_any_size(here: Room, path: str) -> None:
    client, counts = here.client(), []
    client.get(WIZARD)
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{WIZARD}{path}").status_code == 200
        counts.append(len(caught))
        _more(here)
    assert counts[0] == counts[1], counts


def _more(here: Room) -> None:
    from tests.reviews import committee

    here.papers += committee.papers(here.call, 6)
    for place in range(len(here.papers) - 6, len(here.papers)):
        here.review(place, 0, 1, 2)
        here.decide(place, outcome=("accept", "reject")[place % 2])


def test_the_authors_page_and_the_report_take_the_same_queries_at_any_size(here: Room) -> None:
    author, client, counts = here.client(here.author()), here.client(), []
    for _ in range(2):
        made = here.release()
        releasing.later(made)
        found = []
        for who, path in (
            (author, "/2021/papers/1/decision/"),
            (author, "/account/papers/"),
            (client, f"{WIZARD}{made.key}/"),
        ):
            who.get(path)
            with CaptureQueriesContext(connection) as caught:
                assert who.get(path).status_code == 200
            found.append(len(caught))
        counts.append(found)
        if len(counts) == 1:
            _more(here)
    assert counts[0] == counts[1], counts


def test_an_edit_of_the_review_form_after_the_release_opens_no_further_answer_to_authors(here: Room) -> None:
    for order, it in enumerate(DEFAULT):
        here.call.review_fields.create(
            slug=it.slug,
            label=it.label,
            kind=it.kind,
            choices=list(it.choices),
            visible_to=it.visible_to,
            order=order,
        )
    releasing.later(here.release())
    client = here.client(here.author())
    here.call.review_fields.update(visible_to="authors")
    page = client.get("/2021/papers/1/decision/").content.decode()
    assert "It compresses gradients." in page
    assert "Secret words" not in page
    here.call.review_fields.filter(slug="summary").update(visible_to="chairs")
    assert "It compresses gradients." not in client.get("/2021/papers/1/decision/").content.decode()
