"""What the search for conflicts keeps, and that it keeps it in step: found, changed, gone, dismissed, and when it runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from reviews import tasks
from reviews.models import CommitteeSettings, Conflict, ConflictSearch, Member, OwnPaper
from reviews.services import conflicts, detection
from submissions.models import Author, DeclaredConflict, Edition, Paper, Role
from submissions.services import papers as papers_service
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db
RULE = Conflict.Rule


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


def author(paper: Paper, name: str, email: str = "", affiliation: str = "", **fields: Any) -> Author:
    place = paper.authors.count()
    return Author.objects.create(
        paper=paper, position=place, name=name, email=email, affiliation=affiliation, **fields
    )


def touched(paper: Paper) -> Paper:
    """As after a save: the next revision."""
    Paper.objects.filter(pk=paper.pk).update(revision=paper.revision + 1)
    paper.refresh_from_db()
    return paper


def found(**where: Any) -> set[tuple[int, str, str]]:
    rows = Conflict.objects.filter(**where).select_related("paper", "member")
    return {(it.paper.number, it.member.name, it.rule) for it in rows}


def dismissed(row: Conflict) -> Conflict:
    row.dismissed_at, row.dismissed_reason, row.dismissed_facts = timezone.now(), "Another one", row.facts
    row.save()
    return row


class TestWhatIsFound:
    def test_each_source_is_looked_at(self, call: Edition) -> None:
        own, told, place, domain, joint, mate, series = committee.papers(call, 7)
        mona = committee.member(call, "Mona Member")
        line = factories.role(
            call, Role.Kind.PC_MEMBER, mona.user, name="Mona Member", affiliation="Miskatonic University"
        )
        author(own, "M. Member", mona.email)
        DeclaredConflict.objects.create(paper=told, role=line)
        place.conflict_institutions = "Miskatonic University"
        place.save()
        author(domain, "Dora Domain", "dora@cs.miskatonic.edu", "Miskatonic Univ.")
        author(joint, "Joana Joint")
        OwnPaper.objects.create(
            member=mona,
            title="Ours",
            year=timezone.now().year,
            authors=["Mona Member", "Joana Joint"],
            source="bibtex",
        )
        author(mate, "Carl Collaborator")
        Member.objects.filter(pk=mona.pk).update(collaborators="Carl Collaborator (Arkham College)")
        earlier = committee.closed_edition("2020")
        earlier.deadlines.update(at=timezone.now() - timedelta(days=400))
        before = committee.papers(earlier)[0]
        author(before, "Mona Member", mona.email)
        author(before, "Eve Earlier", "eve@arkham.edu")
        author(series, "Eve Earlier", "eve@arkham.edu")
        detection.detect(call)
        assert found() >= {
            (own.number, "Mona Member", RULE.OWN_PAPER),
            (told.number, "Mona Member", RULE.DECLARED_BY_AUTHOR),
            (place.number, "Mona Member", RULE.DECLARED_INSTITUTION),
            (domain.number, "Mona Member", RULE.SAME_INSTITUTION),
            (joint.number, "Mona Member", RULE.PUBLISHED_TOGETHER),
            (mate.number, "Mona Member", RULE.COLLABORATOR),
            (series.number, "Mona Member", RULE.COAUTHOR_EARLIER_EDITION),
        }
        # Ada wrote all of these papers, and one of them with Mona.
        assert (joint.number, "Mona Member", RULE.COAUTHOR_THIS_EDITION) in found()
        row = Conflict.objects.get(rule=RULE.COAUTHOR_EARLIER_EDITION, paper=series)
        assert "Mona Member and Eve Earlier are both authors of a paper for ScaDL 2020." in row.evidence
        assert "#" not in row.evidence
        assert row.expires is not None
        assert (row.expires.month, row.expires.day) == (1, 1)

    def test_an_account_is_known_by_its_proven_addresses_connected_or_not(self, call: Edition) -> None:
        paper = committee.papers(call)[0]
        person = factories.person("Nina Namesake", "nina@example.org")
        person.emailaddress_set.create(email="nina@arkham.edu", verified=True)
        person.emailaddress_set.create(email="nina@false.edu", verified=False)
        Member.objects.create(edition=call, name="N. N.", email="nina@example.org")
        author(paper, "Someone Else", "nina@arkham.edu")
        author(paper, "Fay False", "fay@false.edu")
        detection.detect(call)
        assert found() == {(paper.number, "N. N.", RULE.OWN_PAPER)}

    def test_a_draft_has_conflicts_but_is_no_evidence_against_others(self, call: Edition) -> None:
        submitted = committee.papers(call)[0]
        draft = committee.papers(call, state="draft", submitted_at=None)[0]
        mona = committee.member(call, "Mona Member")
        author(draft, "Mona Member", mona.email)
        detection.detect(call)
        assert found() == {(draft.number, "Mona Member", RULE.OWN_PAPER)}
        assert not Conflict.objects.filter(paper=submitted).exists()

    def test_reserved_example_addresses_are_no_institution(self, call: Edition) -> None:
        committee.papers(call)
        committee.member(call, "Mona Member")
        detection.detect(call)
        assert found() == set()


class TestInStep:
    def two_at_one_place(self, call: Edition) -> tuple[Paper, Member]:
        paper = committee.papers(call)[0]
        author(paper, "Dora Domain", "dora@arkham.edu", "Arkham College")
        return paper, committee.member(call, "Mona Member", affiliation="Arkham College")

    def test_the_same_search_again_changes_nothing(self, call: Edition) -> None:
        self.two_at_one_place(call)
        assert detection.detect(call).new == 1
        before = list(Conflict.objects.values())
        assert detection.detect(call) == detection.Outcome()
        assert list(Conflict.objects.values()) == before

    def test_while_papers_come_in_what_authors_changed_goes_and_is_told_in_the_record(
        self, call: Edition
    ) -> None:
        call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=1))
        paper, _ = self.two_at_one_place(call)
        detection.detect(call)
        paper.authors.filter(name="Dora Domain").delete()
        touched(paper)
        assert detection.look_at(paper.pk).gone == 1
        assert not Conflict.objects.exists()
        entry = audit.history(paper).get(verb="conflict.gone")
        assert entry.actor is None
        assert "Mona Member: same institution" in entry.data["conflicts"][0]

    def test_whoever_was_an_author_of_it_stays_apart(self, call: Edition) -> None:
        call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=1))
        (paper,) = committee.papers(call)
        mona = committee.member(call, "Mona Member")
        mine = author(paper, "Mona Member", mona.email)
        detection.detect(call)
        mine.delete()
        touched(paper)
        detection.look_at(paper.pk)
        row = Conflict.objects.standing().get(rule=RULE.OWN_PAPER)
        assert "Nothing that is known now" in row.doubt

    def test_what_is_doubtful_stays_until_a_chair_ends_it_and_acts_again_with_the_facts(
        self, call: Edition
    ) -> None:
        paper, mona = self.two_at_one_place(call)
        detection.detect(call)
        found_at = Conflict.objects.get().found_at
        Member.objects.filter(pk=mona.pk).update(affiliation="Miskatonic University")
        assert detection.detect(call).changed == 1
        row = Conflict.objects.standing().get()
        assert "Nothing that is known now speaks for it" in row.doubt
        assert (row.confidence, row.facts) == (Conflict.Confidence.PROBABLE, [])
        assert row.found_at > found_at  # new since a chair last looked
        assert audit.history(paper).filter(verb="conflict.doubtful").count() == 1
        # Once is enough, and a chair who handles the paper may end it; if it becomes so again, it acts again.
        Member.objects.filter(pk=mona.pk).update(affiliation="Miskatonic Univ.")
        assert detection.detect(call).changed == 0
        conflicts.dismiss(
            actor=factories.chair(call), conflict=row.pk, reason="Moved long ago", seen=row.fingerprint
        )
        Member.objects.filter(pk=mona.pk).update(affiliation="Arkham College")
        detection.detect(call)
        row = Conflict.objects.standing().get()
        assert row.facts
        assert not row.doubt

    @pytest.mark.parametrize("days", [1, -1], ids=["while papers come in", "once they are in"])
    def test_nobody_lifts_their_own_wall_by_telling_something_else_of_themselves(
        self, call: Edition, days: int
    ) -> None:
        call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=days))
        own, told, place, domain, joint, mate = committee.papers(call, 6)
        mona = committee.member(
            call, "Mona Member", affiliation="Arkham College", collaborators="Carl Collaborator"
        )
        user = mona.user
        assert user is not None
        other_address = user.emailaddress_set.create(email="momo@other.example", verified=True)
        line = factories.role(call, Role.Kind.PC_MEMBER, user, name="Mona Member")
        author(own, "Momo", "momo@other.example")
        DeclaredConflict.objects.create(paper=told, role=line)
        Paper.objects.filter(pk=place.pk).update(conflict_institutions="Arkham College")
        author(domain, "Dora Domain", "", "Arkham College")
        author(joint, "Joana Joint")
        author(mate, "Carl Collaborator")
        Member.objects.filter(pk=mona.pk).update(affiliation="Arkham College")
        year = timezone.now().year
        ours = OwnPaper.objects.create(
            member=mona, title="Ours", year=year, authors=["Mona Member", "Joana Joint"], source="bibtex"
        )
        detection.detect(call)
        before = Conflict.objects.standing().values_list("paper__number", "rule", "expires")
        walls = set(before)
        assert {it[1] for it in walls} >= {
            RULE.OWN_PAPER, RULE.DECLARED_BY_AUTHOR, RULE.DECLARED_INSTITUTION, RULE.SAME_INSTITUTION,
            RULE.PUBLISHED_TOGETHER, RULE.COLLABORATOR, RULE.COAUTHOR_THIS_EDITION,
        }  # fmt: skip

        def look() -> None:
            detection.detect(call)
            assert set(before.all()) == walls

        # A joint paper of long ago in place of one of this year: the conflict would soon be over.
        OwnPaper.objects.filter(pk=ours.pk).update(year=year - 3)
        look()
        OwnPaper.objects.all().delete()
        other_address.delete()
        Member.objects.filter(pk=mona.pk).update(
            affiliation="Elsewhere", collaborators="", name="Moni Nameless"
        )
        user.name = "Moni Nameless"
        user.save()
        look()
        # The line of the call becomes somebody else's, and the place is left and taken again.
        Role.objects.filter(pk=line.pk).update(name="Bob Bystander", email="bob@bystander.example", user=None)
        Member.objects.filter(pk=mona.pk).update(role=None, state=Member.State.REMOVED)
        look()
        Member.objects.filter(pk=mona.pk).update(state=Member.State.ACCEPTED)
        CommitteeSettings.objects.create(edition=call, conflict_years=1)
        look()

    @pytest.mark.parametrize("rule", [RULE.DECLARED_INSTITUTION, RULE.DECLARED_BY_AUTHOR])
    def test_what_authors_said_goes_when_they_take_it_back(self, call: Edition, rule: str) -> None:
        paper = committee.papers(call)[0]
        mona = committee.member(call, "Mona Member", affiliation="Arkham College")
        Paper.objects.filter(pk=paper.pk).update(conflict_institutions="Arkham College")
        DeclaredConflict.objects.create(
            paper=paper, role=factories.role(call, Role.Kind.PC_MEMBER, mona.user, name="Mona Member")
        )
        Member.objects.filter(pk=mona.pk).update(affiliation="Arkham College")
        detection.detect(call)
        assert Conflict.objects.standing().filter(rule=rule).exists()
        paper.declared_conflicts.all().delete()
        Paper.objects.filter(pk=paper.pk).update(conflict_institutions="")
        touched(paper)
        detection.look_at(paper.pk)
        assert not Conflict.objects.filter(rule=rule).exists()

    def test_what_people_said_is_not_touched(self, call: Edition) -> None:
        paper, mona = self.two_at_one_place(call)
        for rule in Conflict.DECLARED:
            Conflict.objects.create(
                paper=paper, member=mona, rule=rule, confidence="certain", evidence="Said", fingerprint="x"
            )
        detection.detect(call)
        assert set(Conflict.objects.filter(evidence="Said").values_list("rule", flat=True)) == set(
            Conflict.DECLARED
        )

    def test_conflicts_of_removed_members_stay(self, call: Edition) -> None:
        _, mona = self.two_at_one_place(call)
        detection.detect(call)
        Member.objects.filter(pk=mona.pk).update(state=Member.State.REMOVED, affiliation="Elsewhere")
        detection.detect(call)
        assert Conflict.objects.standing().count() == 1

    def test_a_dismissed_one_stays_dismissed_when_a_spelling_is_corrected(self, call: Edition) -> None:
        _, mona = self.two_at_one_place(call)
        detection.detect(call)
        dismissed(Conflict.objects.get())
        Member.objects.filter(pk=mona.pk).update(name="Mona M. Member")
        assert detection.detect(call).changed == 1
        row = Conflict.objects.get()
        assert row.dismissed_at
        assert "Mona M. Member" in row.evidence

    def test_a_dismissed_one_returns_with_another_fact(self, call: Edition) -> None:
        paper, _ = self.two_at_one_place(call)
        detection.detect(call)
        dismissed(Conflict.objects.get())
        seen = timezone.now()
        author(touched(paper), "Dan Domain", "dan@arkham.edu", "Arkham College")
        detection.detect(call)
        row = Conflict.objects.standing().get()
        assert row.found_at > seen
        assert row.dismissed_reason == ""
        assert audit.history(paper).filter(verb="conflict.returned").count() == 1

    def test_a_dismissed_one_that_went_is_still_dismissed_when_it_comes_back(self, call: Edition) -> None:
        _, mona = self.two_at_one_place(call)
        detection.detect(call)
        dismissed(Conflict.objects.get())
        for affiliation in ("Miskatonic University", "Miskatonic Univ.", "Arkham College"):
            Member.objects.filter(pk=mona.pk).update(affiliation=affiliation)
            detection.detect(call)
        row = Conflict.objects.get()
        assert row.dismissed_at
        assert row.facts

    def test_a_paper_saved_during_the_search_is_left_to_the_next(
        self, call: Edition, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paper, _ = self.two_at_one_place(call)
        search = detection._search

        def slow(known: Any) -> Any:
            found = search(known)
            touched(paper)
            return found

        monkeypatch.setattr(detection, "_search", slow)
        assert detection.detect(call).new == 0
        monkeypatch.setattr(detection, "_search", search)
        assert detection.detect(call).new == 1

    def test_of_two_searches_at_once_the_older_looks_again(
        self, call: Edition, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, mona = self.two_at_one_place(call)
        search = detection._search

        def overtaken(known: Any) -> Any:
            found = search(known)
            monkeypatch.setattr(detection, "_search", search)
            Member.objects.filter(pk=mona.pk).update(affiliation="Elsewhere")
            detection.detect(call)
            return found

        monkeypatch.setattr(detection, "_search", overtaken)
        detection.detect(call)
        assert not Conflict.objects.exists()

    def test_the_number_of_queries_does_not_grow(self, call: Edition) -> None:
        detection.detect(call)
        counts = []
        for size in (3, 12):
            for number in range(size):
                name = f"Mona{size}x{number} Member"
                committee.member(call, name, user=factories.person(name))
            for it in committee.papers(call, size):
                author(it, "Dora Domain", "dora@arkham.edu")
            with CaptureQueriesContext(connection) as queries:
                detection.detect(call)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestWhenItRuns:
    def test_a_changed_paper_is_looked_at_with_the_commit(
        self, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        cache.clear()
        call = factories.edition()
        ada = factories.person("Ada Author")
        mona = committee.member(call, "Mona Member", affiliation="Arkham College")
        paper = factories.paper(call, ada)
        data = factories.whole_data(
            call,
            factories.author_data(ada),
            factories.AuthorData("Dora Domain", "dora@arkham.edu", "Arkham College"),
        )
        with django_capture_on_commit_callbacks(execute=True):
            papers_service.save(
                actor=ada, paper=paper, revision=paper.revision, data=data, arrived_at=timezone.now()
            )
        assert found() == {(paper.number, mona.name, RULE.SAME_INSTITUTION)}

    def test_it_keeps_what_follows_from_other_papers(self, call: Edition) -> None:
        one, other = committee.papers(call, 2)
        mona = committee.member(call, "Mona Member")
        author(one, "Mona Member", mona.email)
        detection.detect(call)
        assert (other.number, "Mona Member", RULE.COAUTHOR_THIS_EDITION) in found()
        detection.look_at(other.pk)
        assert (other.number, "Mona Member", RULE.COAUTHOR_THIS_EDITION) in found()

    def test_the_sweep_finds_what_no_signal_told(self, call: Edition) -> None:
        paper = committee.papers(call)[0]
        author(paper, "Dora Domain", "dora@arkham.edu", "Arkham College")
        mona = committee.member(call, "Mona Member")
        tasks.find_all_conflicts()
        assert ConflictSearch.objects.get().at is not None
        assert not found()
        Member.objects.filter(pk=mona.pk).update(affiliation="Arkham College")
        tasks.find_all_conflicts()
        assert found() == {(paper.number, "Mona Member", RULE.SAME_INSTITUTION)}

    def test_an_edition_that_is_long_over_is_left_alone(self, call: Edition) -> None:
        committee.papers(call)
        committee.member(call)
        call.deadlines.update(at=timezone.now() - timedelta(days=90))
        assert detection.editions_due() == []

    def test_many_changes_are_one_request(
        self,
        call: Edition,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Callable[..., Any],
    ) -> None:
        cache.clear()
        asked: list[Any] = []
        monkeypatch.setattr(
            "celery.current_app.send_task",
            lambda name, args, **_: asked.append((name, args)) if "conflicts" in name else None,
        )
        with django_capture_on_commit_callbacks(execute=True):
            mona = committee.member(call, "Mona Member")
            mona.affiliation = "Arkham College"
            mona.save()
            mona.user.affiliation = "Arkham College"
            mona.user.save()
        assert asked == [("reviews.tasks.find_conflicts", [call.pk])]

    def test_an_edition_that_is_gone_is_no_error(self) -> None:
        tasks.find_conflicts(12345)
        assert not ConflictSearch.objects.exists()
