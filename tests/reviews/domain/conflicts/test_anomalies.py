"""What a chair is told to look at."""

from datetime import date

import pytest

from reviews.data import directory
from reviews.domain.conflicts.anomalies import Kind, anomalies, threshold
from reviews.domain.conflicts.facts import MemberFacts, PaperFacts, Window
from reviews.domain.conflicts.names import Person
from reviews.domain.conflicts.rules import find

COMMITTEE = [
    MemberFacts(f"m{n}", Person((f"Member {chr(65 + n)}xx",), (f"m{n}@place{n}.edu",))) for n in range(20)
]


def paper(key, declared=0, **more):
    author = Person((f"Author {key}",), (f"{key}@polimi.it",))
    keys = tuple(member.key for member in COMMITTEE[:declared])
    return PaperFacts(key, f"#{key}", (author,), declared_members=keys, **more)


def look(papers, members=COMMITTEE, **more):
    found = find(members, papers, window=Window(date(2026, 2, 1)), directory=directory())
    return anomalies(members, papers, found, directory(), **more)


@pytest.mark.parametrize(
    ("numbers", "committee", "limit"),
    [
        ([], 20, 3),
        ([0] * 10, 20, 3.5),
        ([2] * 10, 60, 5.5),
        ([0] * 10, 6, 3),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], 12, 4),  # a third of the committee
    ],
)
def test_more_than_this_is_implausible(numbers, committee, limit):
    assert threshold(numbers, committee) == pytest.approx(limit)


def test_a_paper_that_declares_half_the_committee_stands_out():
    seen = [
        one
        for one in look([paper("1", 10), paper("2", 1), *map(paper, "3456")])
        if one.kind is Kind.MANY_DECLARED
    ]
    assert [one.paper for one in seen] == ["1"]
    assert seen[0].sentence == (
        "The authors of #1 declared conflicts with 10 of 20 members for which nothing else speaks; 0 is usual."
    )


def test_declarations_that_evidence_explains_do_not_count():
    colleagues = [MemberFacts(m.key, Person(m.person.names, ("x@polimi.it",))) for m in COMMITTEE]
    assert look([paper("1", 10), *map(paper, "23456")], colleagues) == []


def test_declared_by_the_author_alone_and_by_the_member_alone():
    members = [
        MemberFacts(m.key, m.person, declared_papers=("2",) if m.key == "m5" else ()) for m in COMMITTEE
    ]
    papers = [paper("1", 1), paper("2"), paper("3")]
    assert [(one.kind, one.paper, one.member) for one in look(papers, members)] == [
        (Kind.ONLY_AUTHOR, "1", "m0"),
        (Kind.ONLY_MEMBER, "2", "m5"),
    ]
    assert [one.kind for one in look(papers, members, answered=["m5"])] == [Kind.ONLY_MEMBER]
    assert [one.kind for one in look(papers, members, answered=["m0"])] == [
        Kind.ONLY_AUTHOR,
        Kind.ONLY_MEMBER,
    ]


def test_declared_by_both_is_nothing_to_look_at():
    members = [MemberFacts(m.key, m.person, declared_papers=("1",)) for m in COMMITTEE[:1]]
    assert look([paper("1", 1)], members) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Stanford University", Kind.NOBODY_THERE),
        ("Stamfort Universitty", Kind.UNKNOWN_INSTITUTION),
        ("Politecnico di Milano", None),  # the authors' own
        ("place3.edu", None),  # a member's
        ("", None),
    ],
)
def test_a_declared_institution_where_nobody_is(text, kind):
    assert [one.kind for one in look([paper("1", declared_institutions=(text,))])] == ([kind] if kind else [])
