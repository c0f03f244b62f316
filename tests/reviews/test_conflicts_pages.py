"""The pages of the conflicts: what chairs see and do, what a conflicted chair does not, and what members declare."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEntry, User
from reviews.models import Assignment, Bid, Conflict, ConflictLook, Member
from reviews.services import conflicts, detection
from submissions.models import Author, Edition, Paper
from submissions.services.errors import Closed, NotAllowed, Refused
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db
RULE = Conflict.Rule


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


def conflict(paper: Paper, member: Member, rule: str = RULE.SAME_INSTITUTION, **fields: Any) -> Conflict:
    return Conflict.objects.create(
        **{
            "paper": paper,
            "member": member,
            "rule": rule,
            "confidence": "probable",
            "evidence": f"{member.name} and Ada Author: both are at Arkham College.",
            "fingerprint": "seen",
            "facts": ["a", "b"],
            **fields,
        }
    )


def address(name: str, call: Edition, *args: object) -> str:
    return reverse(name, args=[call.slug, *args])


def read(user: User, call: Edition, query: str = "", name: str = "chair_conflicts") -> str:
    return factories.signed_in(user).get(address(name, call) + query).content.decode()


def cells(user: User, call: Edition, query: str = "") -> list[dict[str, str]]:
    answer = factories.signed_in(user).get(address("chair_conflicts_csv", call) + query)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestList:
    def test_it_shows_evidence_doubt_and_end(self, call: Edition, chair: User) -> None:
        paper, mona = committee.papers(call)[0], committee.member(call)
        ends = timezone.now().date() + timedelta(days=200)
        conflict(paper, mona, doubt="many people have this name", expires=ends)
        page = read(chair, call)
        assert "Mona Member and Ada Author: both are at Arkham College." in page
        assert "Doubt: many people have this name." in page
        assert f"Until {ends.day} " in page
        assert "All that act (1)" in page

    def test_filters_hold_together(self, call: Edition, chair: User) -> None:
        one, other = committee.papers(call, 2)
        mona, nina = committee.member(call), committee.member(call, "Nina Nearby")
        conflict(one, mona, evidence="Alpha.")
        conflict(other, mona, RULE.COLLABORATOR, evidence="Beta.", doubt="unsure")
        conflict(other, nina, RULE.DECLARED_BY_AUTHOR, confidence="certain", evidence="Gamma.")
        conflict(one, nina, evidence="Delta.", expires=timezone.now().date())
        for query, shown in {
            "": "Alpha Beta Gamma",
            "?q=%231": "Alpha",
            "?q=nina": "Gamma",
            "?q=Paper+2+mona": "Beta",
            "?rule=collaborator": "Beta",
            "?show=certain": "Gamma",
            "?show=doubt": "Beta",
            "?show=ended": "Delta",
            "?show=dismissed": "",
            "?show=nonsense&rule=none&by=x&page=99": "Alpha Beta Gamma",
            "?by=person": "Alpha Beta Gamma",
        }.items():
            page = read(chair, call, query)
            for word in ("Alpha", "Beta", "Gamma", "Delta"):
                assert (f"{word}." in page) == (word in shown), (query, word)
            assert {row["evidence"].rstrip(".") for row in cells(chair, call, query)} == set(shown.split())

    def test_doubtful_ones_come_first_when_asked(self, call: Edition, chair: User) -> None:
        papers, mona = committee.papers(call, 3), committee.member(call)
        conflict(papers[0], mona, RULE.DECLARED_BY_AUTHOR, confidence="certain", evidence="Sure.")
        conflict(papers[1], mona, evidence="Likely.")
        conflict(papers[2], mona, evidence="Unsure.", doubt="a common name")
        page = read(chair, call, "?by=doubt")
        assert page.index("Unsure.") < page.index("Likely.") < page.index("Sure.")

    def test_rows_are_bounded_and_queries_constant(self, call: Edition, chair: User) -> None:
        client, counts = factories.signed_in(chair), []
        members = [committee.member(call, f"Mona{number} Member") for number in range(3)]
        for size in (1, 40):
            for paper in committee.papers(call, size):
                for mona in members:
                    conflict(paper, mona)
            for name in ("chair_conflicts", "chair_conflicts_odd"):
                client.get(address(name, call))
                with CaptureQueriesContext(connection) as queries:
                    page = client.get(address(name, call) + "?by=person").content.decode()
                counts.append((name, len(queries)))
                assert page.count('id="conflict-') <= 50
        assert counts[:2] == counts[2:]

    def test_new_since_the_last_look(self, call: Edition, chair: User) -> None:
        one, other = committee.papers(call, 2)
        mona = committee.member(call)
        conflict(one, mona, evidence="Alpha.")
        client = factories.signed_in(chair)
        assert "so all are new" in client.get(address("chair_conflicts", call)).content.decode()
        shown_at = timezone.now()
        conflict(other, mona, evidence="Beta.")
        client.post(
            address("chair_conflicts_seen", call), {"until": shown_at.isoformat(), "back": "by=person"}
        )
        page = client.get(address("chair_conflicts", call) + "?show=new").content.decode()
        assert "Beta." in page
        assert "Alpha." not in page
        ConflictLook.objects.all().delete()
        for until in ("0001-01-01T00:00:00+23:59", "nonsense", "2021-99-99T00:00:00Z", ""):
            assert client.post(address("chair_conflicts_seen", call), {"until": until}).status_code == 302
        assert ConflictLook.objects.get().user == chair
        assert (
            "None of this kind" in client.get(address("chair_conflicts", call) + "?show=new").content.decode()
        )

    def test_looking_at_the_page_writes_nothing(self, call: Edition, chair: User) -> None:
        conflict(committee.papers(call)[0], committee.member(call))
        read(chair, call)
        assert not ConflictLook.objects.exists()


class TestWall:
    """A chair with a conflict learns nothing of the paper, of its conflicts, or that they exist."""

    @pytest.fixture
    def walled(self, call: Edition, chair: User) -> User:
        other = factories.chair(call, "Conrad Conflicted")
        one, hidden = committee.papers(call, 2)
        hidden.title = "Zephyrine"
        hidden.save()
        place = Member.objects.get(user=other)
        conflict(hidden, place, RULE.DECLARED_BY_AUTHOR, confidence="certain", evidence="Quokka.")
        mona = committee.member(call)
        conflict(hidden, mona, evidence="Umbriel.")
        conflict(one, mona, evidence="Alpha.")
        conflict(
            one,
            mona,
            RULE.COAUTHOR_THIS_EDITION,
            evidence="Mona Member and Eve Ocelot are both authors of #2.",
            doubt="manticore",
        )
        return other

    def test_page_counts_and_csv(self, call: Edition, chair: User, walled: User) -> None:
        secrets = ("Zephyrine", "Quokka", "Umbriel", "Ocelot", "manticore", "#2<", "#2 ")
        for query in ("", "?by=person", "?by=doubt", "?show=new", "?show=doubt", "?q=Mona"):
            page = read(walled, call, query)
            assert not [it for it in secrets if it in page], query
            rows = cells(walled, call, query)
            assert not [it for it in secrets if it in str(rows)]
        assert cells(walled, call, "?q=Zephyrine") == []
        assert "All that act (2)" in read(walled, call)
        assert "All that act (4)" in read(chair, call)
        assert "Ocelot" in read(chair, call)

    def test_what_follows_from_a_hidden_paper_is_not_found_by_its_rule(
        self, call: Edition, walled: User
    ) -> None:
        assert "Known to other chairs" in read(walled, call)
        assert cells(walled, call, "?rule=coauthor_this_edition") == []
        assert cells(walled, call, "?show=doubt") == []
        assert "With a doubt (0)" in read(walled, call)

    def test_no_act_reaches_a_hidden_paper(self, call: Edition, walled: User) -> None:
        row = Conflict.objects.get(evidence="Umbriel.")
        client = factories.signed_in(walled)
        for name in ("chair_conflict_dismiss", "chair_conflict_restore", "chair_conflict_remove"):
            data = {"reason": "No", "seen": "seen"}
            there = client.post(address(name, call, row.pk), data)
            never = client.post(address(name, call, 99999), data)
            assert (there.status_code, never.status_code) == (404, 404)
        masked = Conflict.objects.get(rule=RULE.COAUTHOR_THIS_EDITION)
        with pytest.raises(Refused, match="another chair"):
            conflicts.dismiss(actor=walled, conflict=masked.pk, reason="No", seen="seen")
        mona = Member.objects.get(name="Mona Member")
        there = client.post(
            address("chair_conflict_add", call), {"number": 2, "member": mona.pk, "reason": "x"}
        )
        never = client.post(
            address("chair_conflict_add", call), {"number": 3, "member": mona.pk, "reason": "x"}
        )
        assert (there.status_code, never.status_code) == (422, 422)
        assert b"There is no paper #2 among those you handle" in there.content

    def test_what_looks_odd_is_told_without_it(self, call: Edition, chair: User, walled: User) -> None:
        Paper.objects.filter(number=2).update(conflict_institutions="Institute of Nowhere At All")
        assert "Institute of Nowhere" in read(chair, call, name="chair_conflicts_odd")
        page = read(walled, call, name="chair_conflicts_odd")
        assert "Nowhere" not in page
        assert "Zephyrine" not in page

    def test_a_member_sees_nothing_that_was_found_or_declared_by_authors(self, call: Edition) -> None:
        mona, paper = committee.member(call), committee.papers(call, title="Zephyrine")[0]
        conflict(paper, mona, evidence="Quokka.")
        client = factories.signed_in(mona.user)
        page = client.get(address("member_conflicts", call) + "?q=Zephyrine").content.decode()
        assert "Quokka" not in page
        assert "No paper matches" in page
        assert client.get(address("chair_conflicts", call)).status_code == 404


class TestDismissing:
    def test_with_a_reason_and_back_again(self, call: Edition, chair: User) -> None:
        paper, mona = committee.papers(call)[0], committee.member(call)
        row = conflict(paper, mona)
        client = factories.signed_in(chair)
        answer = client.post(
            address("chair_conflict_dismiss", call, row.pk),
            {"reason": "Another Arkham", "seen": "seen", "back": "by=person&page=1"},
            follow=True,
        )
        assert answer.redirect_chain == [(address("chair_conflicts", call) + "?by=person&page=1", 302)]
        assert not Conflict.objects.standing().exists()
        assert "Another Arkham" in read(chair, call, "?show=dismissed")
        entry = audit.history(paper).get(verb="conflict.dismissed")
        assert (entry.actor, entry.data["reason"]) == (chair, "Another Arkham")
        client.post(address("chair_conflict_restore", call, row.pk))
        assert Conflict.objects.standing().get().dismissed_reason == ""
        assert audit.history(paper).filter(verb="conflict.restored").exists()

    @pytest.mark.parametrize(
        ("fields", "data", "words"),
        [
            (
                {"confidence": "certain"},
                {"reason": "x", "seen": "seen"},
                "is certain, so it cannot be dismissed",
            ),
            ({}, {"reason": "  ", "seen": "seen"}, "Say why it is none"),
            ({}, {"reason": "x", "seen": "old"}, "has changed since you opened the page"),
            ({}, {"reason": "x" * 301, "seen": "seen"}, "has 301 characters; at most 300 fit"),
        ],
    )
    def test_refused(
        self, call: Edition, chair: User, fields: dict[str, Any], data: dict[str, str], words: str
    ) -> None:
        row = conflict(committee.papers(call)[0], committee.member(call), **fields)
        answer = factories.signed_in(chair).post(
            address("chair_conflict_dismiss", call, row.pk), data, follow=True
        )
        assert words in answer.content.decode()
        assert Conflict.objects.standing().count() == 1
        assert not AuditEntry.objects.filter(verb="conflict.dismissed").exists()

    def test_it_holds_until_the_facts_change(self, call: Edition, chair: User) -> None:
        paper = committee.papers(call)[0]
        mona = committee.member(call, affiliation="Arkham College")
        Author.objects.create(paper=paper, position=1, name="Dora Domain", affiliation="Arkham College")
        detection.detect(call)
        row = Conflict.objects.get()
        conflicts.dismiss(actor=chair, conflict=row.pk, reason="Another one", seen=row.fingerprint)
        Member.objects.filter(pk=mona.pk).update(collaborators="Somebody Else (Miskatonic University)")
        detection.detect(call)
        assert not Conflict.objects.standing().exists()
        Author.objects.create(paper=paper, position=2, name="Dan Domain", affiliation="Arkham College")
        detection.detect(call)
        assert Conflict.objects.standing().get().pk == row.pk

    def test_nothing_to_take_back_where_nothing_speaks_for_it(self, call: Edition, chair: User) -> None:
        row = conflict(
            committee.papers(call)[0],
            committee.member(call),
            facts=[],
            dismissed_at=timezone.now(),
            dismissed_reason="x",
        )
        with pytest.raises(Refused, match="Nothing speaks for this conflict"):
            conflicts.restore(actor=chair, conflict=row.pk)


class TestByHand:
    def test_set_and_removed(self, call: Edition, chair: User) -> None:
        paper, mona = committee.papers(call)[0], committee.member(call)
        client = factories.signed_in(chair)
        data = {"number": paper.number, "member": mona.pk, "reason": "Former student"}
        assert client.post(address("chair_conflict_add", call), data).status_code == 302
        row = Conflict.objects.standing().get()
        assert (row.rule, row.confidence, row.declared_by) == (RULE.SET_BY_CHAIR, "certain", chair)
        again = client.post(address("chair_conflict_add", call), data)
        assert again.status_code == 422
        assert b"already set a conflict" in again.content
        client.post(address("chair_conflict_remove", call, row.pk))
        assert not Conflict.objects.exists()
        verbs = set(audit.history(paper).values_list("verb", flat=True))
        assert verbs >= {"conflict.set", "conflict.removed"}

    def test_only_what_was_set_by_hand_is_removed(self, call: Edition, chair: User) -> None:
        row = conflict(committee.papers(call)[0], committee.member(call))
        with pytest.raises(Refused, match="Only a conflict that a chair set"):
            conflicts.remove_by_hand(actor=chair, conflict=row.pk)

    def test_who_sets_one_for_themselves_hands_the_paper_over(self, call: Edition, chair: User) -> None:
        paper, place = committee.papers(call)[0], Member.objects.get(user=chair)
        client = factories.signed_in(chair)
        client.post(
            address("chair_conflict_add", call),
            {"number": paper.number, "member": place.pk, "reason": "My student"},
        )
        assert client.get(paper.get_absolute_url()).status_code == 404

    @pytest.mark.parametrize(
        "data",
        [{}, {"number": "x", "member": "1", "reason": "r"}, {"number": 1, "member": "999", "reason": "r"}],
    )
    def test_bad_input_is_said(self, call: Edition, chair: User, data: dict[str, Any]) -> None:
        committee.papers(call)
        answer = factories.signed_in(chair).post(address("chair_conflict_add", call), data)
        assert answer.status_code == 422
        assert not Conflict.objects.exists()

    def test_a_stranger_may_do_nothing(self, call: Edition) -> None:
        row = conflict(committee.papers(call)[0], committee.member(call))
        nobody = factories.person("Stella Stranger")
        for act in (
            lambda: conflicts.dismiss(actor=nobody, conflict=row.pk, reason="x", seen="seen"),
            lambda: conflicts.restore(actor=nobody, conflict=row.pk),
            lambda: conflicts.remove_by_hand(actor=nobody, conflict=row.pk),
            lambda: conflicts.have_seen(actor=nobody, edition=call, until=timezone.now()),
        ):
            with pytest.raises(NotAllowed):
                act()


class TestOdd:
    def test_one_sided_and_unknown(self, call: Edition, chair: User) -> None:
        one, other = committee.papers(call, 2)
        mona, nina = committee.member(call), committee.member(call, "Nina Nearby")
        conflict(one, mona, RULE.DECLARED_BY_AUTHOR, confidence="certain")
        conflict(other, nina, RULE.DECLARED_BY_MEMBER, confidence="certain")
        page = read(chair, call, name="chair_conflicts_odd")
        assert "Nina Nearby" in page
        assert "Mona Member" not in page  # has placed no bid: silence means nothing yet
        Bid.objects.create(paper=other, member=mona, level=Bid.Level.WILLING)
        page = read(chair, call, name="chair_conflicts_odd")
        assert "An author of #1 declared a conflict; the member did not" in page
        assert "Mona Member" in page


class TestMember:
    def test_search_declare_and_take_back(self, call: Edition, chair: User) -> None:
        paper, mona = committee.papers(call, title="Sparse Gradients")[0], committee.member(call)
        client = factories.signed_in(mona.user)
        url = address("member_conflicts", call)
        assert "Sparse Gradients" in client.get(url + "?q=sparse").content.decode()
        empty = client.post(
            address("member_conflict_declare", call), {"number": paper.number, "reason": " ", "q": "sparse"}
        )
        assert empty.status_code == 422
        assert b"Say in a few words why" in empty.content
        client.post(
            address("member_conflict_declare", call), {"number": paper.number, "reason": "We share a grant"}
        )
        page = client.get(url + "?q=sparse").content.decode()
        assert "We share a grant" in page
        assert "Sparse Gradients" not in page
        assert "We share a grant" in read(chair, call)
        client.post(address("member_conflict_remove", call, Conflict.objects.get().pk))
        assert not Conflict.objects.exists()
        assert audit.history(paper).filter(verb="conflict.declaration_taken_back").exists()

    def test_the_authors_are_searched_only_when_they_are_shown(self, call: Edition) -> None:
        committee.papers(call)
        client = factories.signed_in(committee.member(call).user)
        url = address("member_conflicts", call) + "?q=ada+author"
        assert "Paper 1" in client.get(url).content.decode()
        Edition.objects.update(anonymity=Edition.Anonymity.DOUBLE)
        page = client.get(url).content.decode()
        assert "Paper 1" not in page
        page = client.get(address("member_conflicts", call) + "?q=%231").content.decode()
        assert "Paper 1" in page
        assert "Ada" not in page

    def test_not_once_papers_are_assigned(self, call: Edition) -> None:
        one, other = committee.papers(call, 2)
        mona = committee.member(call)
        row = conflict(one, mona, RULE.DECLARED_BY_MEMBER, confidence="certain")
        Assignment.objects.create(paper=other, member=committee.member(call, "Nina Nearby"))
        with pytest.raises(Closed, match="already assigned"):
            conflicts.take_back_declaration(actor=mona.user, member=mona, conflict=row.pk)

    def test_another_members_declaration_does_not_exist(self, call: Edition) -> None:
        row = conflict(
            committee.papers(call)[0], committee.member(call, "Nina Nearby"), RULE.DECLARED_BY_MEMBER
        )
        client = factories.signed_in(committee.member(call).user)
        answers = [
            client.post(address("member_conflict_remove", call, pk), follow=True) for pk in (row.pk, 99999)
        ]
        assert ["There is no such conflict" in it.content.decode() for it in answers] == [True, True]
        assert Conflict.objects.filter(pk=row.pk).exists()

    @pytest.mark.parametrize("number", ["99", "x", "", "-1", "9" * 30])
    def test_what_is_not_there_is_one_answer(self, call: Edition, number: str) -> None:
        client = factories.signed_in(committee.member(call).user)
        answer = client.post(
            address("member_conflict_declare", call), {"number": number, "reason": "x"}, follow=True
        )
        assert "Nothing was saved." in answer.content.decode()

    def test_a_conflict_ends_access_to_an_assigned_paper_at_once(self, call: Edition, chair: User) -> None:
        paper, mona = committee.papers(call)[0], committee.member(call)
        live = Assignment.objects.create(paper=paper, member=mona, state=Assignment.State.ACCEPTED)
        assert Assignment.objects.visible_to(mona.user).filter(pk=live.pk).exists()
        conflicts.set_by_hand(
            actor=chair, edition=call, number=paper.number, member=mona.pk, reason="They share a grant"
        )
        assert not Assignment.objects.visible_to(mona.user).exists()
        client: Client = factories.signed_in(mona.user)
        answer = client.post(reverse("member_assignment_decline", args=[call.slug, paper.number]))
        assert answer.status_code == 404


class TestInstitutions:
    def test_authors_name_them_and_read_them_again(self) -> None:
        call = factories.edition()
        ada = factories.person("Ada Author")
        client = factories.signed_in(ada)
        form = (
            factories.Form.filled(call, ada)
            .but(institutions="MIT\r\n\r\n  Arkham   College \nmit\n")
            .with_file()
        )
        assert client.post(reverse("paper_new", args=[call.slug]), form.fields).status_code == 302
        paper = Paper.objects.get()
        assert paper.institutions == ["MIT", "Arkham College"]
        assert "Arkham College" in client.get(paper.get_absolute_url()).content.decode()
        edit = client.get(reverse("paper_edit", args=[call.slug, paper.number])).content.decode()
        assert "MIT\nArkham College</textarea>" in edit
        history = client.get(reverse("paper_history", args=[call.slug, paper.number])).content.decode()
        assert "MIT; Arkham College" in history
        mona = committee.member(call, affiliation="Massachusetts Institute of Technology")
        detection.detect(call)
        row = Conflict.objects.get(member=mona)
        assert (row.rule, row.confidence) == (RULE.DECLARED_INSTITUTION, "certain")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (
                "\n".join(f"University {it}" for it in range(101)),
                "101 institutions are given; at most 100 fit",
            ),
            ("x" * 201, "has 201 characters; an institution has at most 200"),
        ],
    )
    def test_too_many_and_too_long(self, text: str, words: str) -> None:
        call = factories.edition()
        ada = factories.person("Ada Author")
        form = factories.Form.filled(call, ada).but(institutions=text)
        answer = factories.signed_in(ada).post(reverse("paper_new", args=[call.slug]), form.fields)
        assert answer.status_code == 422
        assert words in answer.content.decode()

    def test_names_are_suggested(self, call: Edition) -> None:
        client = factories.signed_in(factories.person("Ada Author"))
        url = reverse("institutions", args=[call.slug])
        names = client.get(url, {"q": "massachusetts inst"}).json()["names"]
        assert "Massachusetts Institute of Technology" in names
        for q in ("", "x" * 5000, "\x00", "%", "…"):
            assert client.get(url, {"q": q}).status_code == 200
        assert client.get(reverse("institutions", args=["none"])).status_code == 404
