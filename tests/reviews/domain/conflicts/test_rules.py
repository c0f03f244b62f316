"""Conflicts found between a committee and papers, one rule after the other."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.data import directory
from reviews.domain.conflicts.changes import diff, still_dismissed
from reviews.domain.conflicts.facts import EarlierPaper, MemberFacts, PaperFacts, Publication, Rule, Window
from reviews.domain.conflicts.index import parse_line
from reviews.domain.conflicts.names import Confidence, Person
from reviews.domain.conflicts.rules import find

WINDOW = Window(date(2026, 2, 1), years=4)
ANNA = Person(("Anna Bianchi",), ("anna@polimi.it",))
BRUNO = Person(("Bruno Verdi",), ("bruno@cs.unc.edu",))
CARLA = Person(("Carla Neri",), ("carla@ethz.ch",))
DAVID = Person(("David Stone",), ("david@gmail.com",))


def member(person=ANNA, key="m", **more):
    return MemberFacts(key, person, **more)


def paper(*authors, key="p", **more):
    return PaperFacts(key, f"#{key}", authors, **more)


def search(members, papers, earlier=(), window=WINDOW):
    return find(members, papers, window=window, directory=directory(), earlier=earlier)


def only(found):
    (one,) = found
    return one


def test_strangers_have_no_conflict():
    assert search([member()], [paper(BRUNO, CARLA, DAVID)]) == []
    assert search([], [paper(BRUNO)]) == []
    assert search([member()], []) == []


def test_people_of_whom_nothing_is_known_have_no_conflict():
    assert search([member(Person(("",), ("",)))], [paper(Person(("",), ("",)), Person())]) == []


def test_own_paper_by_address_is_certain_and_says_it_once():
    found = only(search([member()], [paper(BRUNO, Person(("A. B.",), ("Anna@Polimi.it",)))]))
    assert (found.rule, found.confidence, found.expires) == (Rule.OWN_PAPER, Confidence.CERTAIN, None)
    assert found.evidence == "A. B. is an author: the same e-mail address."


def test_own_paper_by_name_is_probable():
    found = only(search([member()], [paper(Person(("Bianchi, Anna",), ("a@gmail.com",)))]))
    assert (found.rule, found.confidence, found.doubt) == (Rule.OWN_PAPER, Confidence.PROBABLE, "")


def test_coauthor_on_another_paper_of_this_edition():
    papers = [paper(ANNA, BRUNO, key="1"), paper(BRUNO, CARLA, key="2"), paper(CARLA, key="3")]
    found = {one.paper: one for one in search([member()], papers)}
    assert set(found) == {"1", "2"}
    assert (found["2"].rule, found["2"].confidence) == (Rule.COAUTHOR_THIS_EDITION, Confidence.CERTAIN)
    assert found["2"].evidence == "Anna Bianchi and Bruno Verdi are both authors of #1."


@pytest.mark.parametrize(("year", "counts"), [(2025, True), (2022, True), (2021, False), (2010, False)])
def test_coauthor_on_a_paper_of_an_earlier_edition(year, counts):
    before = EarlierPaper(f"ScaDL {year} #4", date(year, 5, 21), (ANNA, BRUNO))
    found = search([member()], [paper(BRUNO)], [before])
    assert bool(found) is counts
    if counts:
        assert (found[0].rule, found[0].expires) == (Rule.COAUTHOR_EARLIER_EDITION, date(year + 4, 12, 31))
        assert f"ScaDL {year} #4" in found[0].evidence


def test_same_institution_by_address_and_by_affiliation():
    one = member(
        Person(
            ("Anna Bianchi",), ("anna@gmail.com",), affiliations=("Univ. of North Carolina at Chapel Hill",)
        )
    )
    found = only(search([one], [paper(BRUNO)]))
    assert (found.rule, found.confidence) == (Rule.SAME_INSTITUTION, Confidence.PROBABLE)
    assert "unc.edu" in found.evidence


def test_free_mail_is_no_institution():
    assert search([member(Person(("Anna Bianchi",), ("anna@gmail.com",)))], [paper(DAVID)]) == []


@pytest.mark.parametrize(
    ("year", "counts"), [(2026, True), (2022, True), (2021, False), (-5, False), (99999, False)]
)
def test_published_together(year, counts):
    one = member(publications=(Publication("On ants", ("A. Bianchi", "Verdi, Bruno"), year),))
    found = search([one], [paper(BRUNO)])
    assert bool(found) is counts
    if counts:
        assert (found[0].rule, found[0].confidence) == (Rule.PUBLISHED_TOGETHER, Confidence.PROBABLE)
        assert found[0].evidence == f"Anna Bianchi and Bruno Verdi published together in {year}: “On ants”."
        assert found[0].expires == date(year + 4, 12, 31)


def test_a_publication_counts_from_its_latest_year_and_one_without_a_year_is_doubted():
    ants = (Publication("Ants", ("Bruno Verdi",), 2022), Publication("Bees", ("Bruno Verdi",), 2024))
    assert only(search([member(publications=ants)], [paper(BRUNO)])).expires == date(2028, 12, 31)
    undated = only(search([member(publications=(Publication("Ants", ("Bruno Verdi",)),))], [paper(BRUNO)]))
    assert undated.expires is None
    assert undated.doubt == "the year is not known"


def test_members_are_not_their_own_coauthors():
    alone = member(publications=(Publication("Ants", ("Anna Bianchi",), 2025),))
    homonym = Person(("Anna Bianchi",), ("other@gmail.com",), "0000-0001-5109-3700")
    assert {one.rule for one in search([alone], [paper(homonym)])} == {Rule.OWN_PAPER}


def test_a_window_of_no_years_and_of_too_many():
    ants = (Publication("Ants", ("Bruno Verdi",), 2025),)
    assert search([member(publications=ants)], [paper(BRUNO)], window=Window(date(2026, 2, 1), 0)) == []
    with pytest.raises(ValueError, match="not for 51"):
        Window(date(2026, 2, 1), 51)


@pytest.mark.parametrize(
    "line", ["Bruno Verdi (UNC)", "Verdi, Bruno", "bruno@cs.unc.edu", "All (UNC)", "All, unc.edu"]
)
def test_collaborators_listed_by_the_member(line):
    found = search([member(collaborators=(line,))], [paper(BRUNO), paper(CARLA, key="q")])
    assert [(one.rule, one.paper) for one in found] == [(Rule.COLLABORATOR, "p")]
    assert f"Anna Bianchi lists “{line}” as collaborator." == found[0].evidence


def test_collaborators_listed_by_the_authors():
    found = only(search([member()], [paper(BRUNO, collaborators=("Anna Bianchi (Polimi)",))]))
    assert (found.rule, found.confidence) == (Rule.COLLABORATOR, Confidence.PROBABLE)


@pytest.mark.parametrize("line", ["", "None", "N/A", "-", "all", "()", "😀", "\u200b", "x" * 1_000_000])
def test_lines_that_name_nobody(line):
    assert (
        search(
            [member(collaborators=(line,))], [paper(BRUNO, collaborators=(line,), declared_people=(line,))]
        )
        == []
    )


def test_a_line_is_read_into_name_address_and_affiliation():
    line = parse_line("Ann Lee <ann@mit.edu> (MIT)")
    assert line.person == Person(("Ann Lee",), ("ann@mit.edu",), affiliations=("MIT",))


def test_declared_conflicts_are_certain():
    papers = [
        paper(BRUNO, key="1", declared_members=("m", "unknown")),
        paper(BRUNO, key="2", declared_institutions=("Politecnico di Milano",)),
        paper(BRUNO, key="3", declared_institutions=("polimi.it",)),
        paper(BRUNO, key="4"),
        paper(BRUNO, key="5", declared_people=("anna@polimi.it",)),
    ]
    found = search([member(declared_papers=("4", "unknown"))], papers)
    assert [(one.paper, one.rule) for one in found] == [
        ("1", Rule.DECLARED_BY_AUTHOR),
        ("2", Rule.DECLARED_INSTITUTION),
        ("3", Rule.DECLARED_INSTITUTION),
        ("4", Rule.DECLARED_BY_MEMBER),
        ("5", Rule.DECLARED_BY_AUTHOR),
    ]
    assert {one.confidence for one in found} == {Confidence.CERTAIN}


def test_many_reasons_of_one_kind_are_one_conflict():
    colleagues = [Person((f"Author {letter}",), (f"{letter}@polimi.it",)) for letter in "bcdef"]
    found = only(search([member()], [paper(*colleagues)]))
    assert found.evidence.endswith("And 2 more of this kind.")
    assert len(found.facts) == 5


def test_the_result_does_not_depend_on_the_order_of_the_facts():
    members = [member(), member(CARLA, key="n", collaborators=("Bruno Verdi",))]
    papers = [paper(ANNA, BRUNO, key="1"), paper(BRUNO, CARLA, key="2")]
    assert search(members, papers) == search(members[::-1], papers[::-1])


class TestDismissal:
    """A dismissed false alarm stays dismissed until the facts change."""

    def probable(self, *authors, **more):
        return only(search([member(**more)], [paper(*authors)]))

    def test_it_holds_while_only_spelling_changes(self):
        one = Person(("B. Verdi",), ("b@polimi.it",))
        corrected = Person(("Bruno Verdi",), ("B@polimi.it",), affiliations=("PoliMi",))
        before, after = self.probable(one), self.probable(corrected)
        assert before.fingerprint == after.fingerprint
        assert still_dismissed(after, before.facts)

    def test_it_ends_when_another_author_is_a_reason(self):
        one, other = Person(("B",), ("b@polimi.it",)), Person(("C",), ("c@polimi.it",))
        before, after = self.probable(one), self.probable(one, other)
        assert before.fingerprint != after.fingerprint
        assert not still_dismissed(after, before.facts)
        assert still_dismissed(before, after.facts)  # the other one was removed again

    def test_it_ends_when_a_newer_publication_appears(self):
        old = Publication("Ants", ("Bruno Verdi",), 2023)
        before = self.probable(BRUNO, publications=(old,))
        same_year = self.probable(BRUNO, publications=(old, Publication("Bees", ("B. Verdi",), 2023)))
        newer = self.probable(BRUNO, publications=(old, Publication("Bees", ("Bruno Verdi",), 2025)))
        assert still_dismissed(same_year, before.facts)
        assert not still_dismissed(newer, before.facts)

    def test_certain_ones_cannot_be_dismissed(self):
        certain = only(search([member()], [paper(ANNA)]))
        assert not still_dismissed(certain, certain.facts)


def test_what_changed_between_two_runs():
    stays, goes = Person(("B",), ("b@polimi.it",)), Person(("C",), ("c@unc.edu",))
    before = search([member()], [paper(stays, key="1"), paper(ANNA, key="2")])
    after = search(
        [member()],
        [paper(stays, Person(("D",), ("d@polimi.it",)), key="1"), paper(goes, key="2"), paper(ANNA, key="3")],
    )
    change = diff(before, after)
    assert [one.paper for one in change.new] == ["3"]
    assert [one.paper for one in change.gone] == ["2"]
    assert [(old.paper, len(old.facts), len(new.facts)) for old, new in change.changed] == [("1", 1, 2)]
    assert not diff(after, after)


people = st.builds(
    Person,
    st.tuples(
        st.sampled_from(["Anna Bianchi", "A. Bianchi", "Wei Wang", "W. Wang", "Bianchi, Anna", "", "李"])
    ),
    st.tuples(st.sampled_from(["anna@polimi.it", "wang@pku.edu.cn", "x@gmail.com", "", "x@cs.pku.edu.cn"])),
    st.sampled_from(["", "0000-0002-1825-0097", "0000-0001-5109-3700"]),
    st.tuples(st.sampled_from(["", "PoliMi", "Peking University", "none"])),
)


@given(people, people)
@settings(deadline=None)
def test_members_and_authors_may_change_places(one, other):
    """Whether two people are in conflict does not depend on which of them is on the committee."""
    forth = search([member(one)], [paper(other)])
    back = search([member(other)], [paper(one)])
    assert {(found.rule, found.confidence, found.doubt) for found in forth} == {
        (found.rule, found.confidence, found.doubt) for found in back
    }
