"""Assignments as a CSV file: read with every problem named, previewed, put in as a whole or not at all, taken out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain import assignment_csv as sheets
from reviews.models import Assignment, Member, PairRule
from reviews.services import assignment_csv, assignments
from submissions.services.errors import NotAllowed, Refused, Stale
from tests import factories
from tests.reviews import assigning, committee
from tests.reviews.assigning import World

pytestmark = pytest.mark.django_db
HEAD = "paper,action,email,round\n"


@pytest.fixture
def here() -> World:
    return assigning.world()


def look(here: World, text: str, actor: Any = None) -> assignment_csv.Preview:
    return assignment_csv.preview(actor=actor or here.chair, edition=here.call, text=HEAD + text)


def put_in(here: World, text: str) -> int:
    stamp = look(here, text).stamp
    return assignment_csv.put_in(actor=here.chair, edition=here.call, text=HEAD + text, stamp=stamp)


# -- reading ----------------------------------------------------------------------------------------------------------

ROUNDS = ["first", "extra", "emergency"]


@pytest.mark.parametrize(
    "text",
    [
        "paper,action,email,round\n17,primary,A@B.example,\n",
        "\ufeffPaper;Action;E-mail\r\n#17;review;a@b.example\r\n",
        "email\taction\tpaper\ttitle\r a@b.example \tPCREVIEW\t17\t=1+1",
        'paper,action,email\n"17",review,"a@b.example"\n\n,,\n',
    ],
)
def test_a_file_is_read_as_spreadsheets_and_hotcrp_write_it(text: str) -> None:
    sheet = sheets.read(text, rounds=ROUNDS)
    assert sheet.errors == []
    assert [(it.paper, it.action, it.email, it.round) for it in sheet.rows] == [
        (17, "review", "a@b.example", "")
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "empty"),
        ("paper,email\n1,a@b.example\n", 0, "“action” is missing"),
        ("paper,action,email\nx,review,a@b.example\n", 2, "“x” is no number"),
        ("paper,action,email\n0,review,a@b.example\n", 2, "“0” is no number"),
        ("paper,action,email\n1,review,a@b.example\n1,steal,a@b.example\n", 3, "“steal” is not an action"),
        ("paper,action,email\n1,review\n", 2, "no address"),
        ("paper,action,email\n1,review,all\n", 2, "“all” goes with “clear” only"),
        ("paper,action,email,round\n1,review,a@b.example,R7\n", 2, "“R7” is not a round"),
        ('paper,action,email\n1,review,"a@b.example\n', 0, "no CSV file"),
        ('paper,action,email,note\n1,review,a@b.example,"two\nlines"\n1,steal,x,\n', 4, "“steal”"),
    ],
)
def test_each_problem_has_its_line_and_value(text: str, line: int, words: str) -> None:
    sheet = sheets.read(text, rounds=ROUNDS)
    assert [it[0] for it in sheet.errors] == [line]
    assert words in sheet.errors[0][1]


@given(st.text(alphabet=st.sampled_from("paper,action;email\t\"'\n\r17#reviw@\0\ufeff="), max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    sheet = sheets.read(text, rounds=ROUNDS)
    assert all(sentence.endswith(".") for _, sentence in sheet.errors)
    assert all(it.paper > 0 and it.action in sheets.ACTIONS.values() for it in sheet.rows)


def test_files_of_any_spreadsheet_are_decoded() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert sheets.decoded("über".encode(encoding)) == "über"
    assert sheets.decoded("über".encode("cp1252")) == "über"


# -- what it would do ---------------------------------------------------------------------------------------------------


def test_the_preview_says_what_each_line_does_and_changes_nothing(here: World) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    PairRule.objects.create(paper=here.papers[1], member=here.members[0], kind="forbid")
    told = look(
        here,
        "1,review,anna@example.org,\n1,review,anna@example.org,extra\n1,clear,anna@example.org,\n1,review,boris@example.org,\n"
        "2,unlock,anna@example.org,\n2,lock,anna@example.org,\n3,forbid,emma@example.org,\n3,clear,all,\n",
    )
    assert told.errors == []
    assert [(it.line, it.does, it.paper, it.member) for it in told.lines] == [
        (2, "nothing", "#1", "Anna Bell"),
        (3, "round", "#1", "Anna Bell"),
        (4, "take", "#1", "Anna Bell"),
        (5, "offer", "#1", "Boris Crane"),
        (6, "unlock", "#2", "Anna Bell"),
        (7, "lock", "#2", "Anna Bell"),
        (8, "forbid", "#3", "Emma Falk"),
    ]
    assert here.live() == {(1, "Anna Bell")}
    assert PairRule.objects.get().kind == "forbid"


def test_put_in_does_it_and_writes_the_letters(here: World) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    count = put_in(
        here,
        "1,clear,all,\n1,review,boris@example.org,emergency\n2,review,boris@example.org,\n3,lock,emma@example.org,\n",
    )
    assert count == 4
    assert here.live() == {(1, "Boris Crane"), (2, "Boris Crane")}
    assert Assignment.objects.get(paper=here.papers[0], member=here.members[1]).round == "emergency"
    assert PairRule.objects.get().member == here.members[4]
    assert set(assigning.letters()) == {"boris@example.org"}
    assert set(assigning.letters("assignment_taken_back")) == {"anna@example.org"}


def test_cleared_and_given_again_in_one_file_is_no_change(here: World) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0], state="accepted")
    assert put_in(here, "1,clear,all,\n1,review,anna@example.org,\n") == 0
    assert Assignment.objects.get().state == "accepted"
    assert not assigning.letters()


def test_one_bad_line_and_nothing_is_done(here: World) -> None:
    assigning.conflict(here.members[1], here.papers[1])
    text = "1,review,anna@example.org,\n2,review,boris@example.org,\n9,review,anna@example.org,\n1,review,zoe@example.org,\n"
    told = look(here, text)
    assert [line for line, _ in told.errors] == [3, 4, 5]
    words = " ".join(sentence for _, sentence in told.errors)
    assert "Boris Crane has a conflict with it" in words
    assert "no submitted paper #9" in words
    assert "“zoe@example.org” is nobody who reviews here" in words
    with pytest.raises(Refused, match="Line 3"):
        put_in(here, text)
    assert here.live() == set()


def test_who_declined_or_is_forbidden_is_not_asked_through_the_file(here: World) -> None:
    Assignment.objects.create(paper=here.papers[0], member=here.members[0], state="declined")
    PairRule.objects.create(paper=here.papers[0], member=here.members[1], kind="forbid")
    told = look(
        here,
        "1,review,anna@example.org,\n1,review,boris@example.org,\n1,unlock,boris@example.org,\n1,review,boris@example.org,\n",
    )
    assert [line for line, _ in told.errors] == [2, 3]
    assert [it.does for it in told.lines] == ["unlock", "offer"]


@pytest.mark.parametrize("what", ["conflict", "assigned", "joined"])
def test_a_file_looked_at_before_something_changed_is_refused(here: World, what: str) -> None:
    text = "1,review,anna@example.org,\n"
    stamp = look(here, text).stamp
    if what == "conflict":
        assigning.conflict(here.members[2], here.papers[0])
    elif what == "assigned":
        assignments.assign(actor=here.chair, paper=here.papers[0], member=here.members[2])
    else:
        committee.member(here.call, "Zoe Zeal")
    before = here.live()
    with pytest.raises(Stale):
        assignment_csv.put_in(actor=here.chair, edition=here.call, text=HEAD + text, stamp=stamp)
    with pytest.raises(Stale):
        assignment_csv.put_in(actor=here.chair, edition=here.call, text=HEAD, stamp=stamp)
    assert here.live() == before


# -- walls --------------------------------------------------------------------------------------------------------------


def test_a_walled_paper_is_answered_like_one_that_does_not_exist(here: World) -> None:
    conrad = factories.chair(here.call, "Conrad Conflicted")
    assigning.wall(conrad, here.papers[0])
    Assignment.objects.create(paper=here.papers[0], member=here.members[0])
    PairRule.objects.create(paper=here.papers[0], member=here.members[1], kind="lock")
    for action in ("review", "clear", "lock", "forbid", "unlock"):
        hidden, missing = (
            look(here, f"{number},{action},anna@example.org,\n", conrad).errors for number in (1, 9)
        )
        assert hidden[0][1].replace("#1", "#9") == missing[0][1]
    assert "".join(assignment_csv.take_out(actor=conrad, edition=here.call)) == HEAD.replace("\n", "\r\n")
    assert "1,review,anna@example.org,first" in "".join(
        assignment_csv.take_out(actor=here.chair, edition=here.call)
    )


def test_only_chairs_read_and_write_the_file(here: World) -> None:
    for actor in (here.members[0].user, factories.person("Stella Stranger"), committee.author()):
        with pytest.raises(NotAllowed):
            look(here, "", actor)
        with pytest.raises(NotAllowed):
            assignment_csv.put_in(actor=actor, edition=here.call, text=HEAD, stamp="")
        with pytest.raises(NotAllowed):
            list(assignment_csv.take_out(actor=actor, edition=here.call))


# -- and out again --------------------------------------------------------------------------------------------------------


def test_what_comes_out_goes_in_again_without_a_change(here: World) -> None:
    Member.objects.filter(pk=here.members[3].pk).update(user=None, email="+d@example.org")
    for number, place in ((0, 0), (0, 1), (1, 3)):
        assignments.assign(
            actor=here.chair, paper=here.papers[number], member=here.members[place], round="extra"
        )
    assignments.set_rule(actor=here.chair, paper=here.papers[2], member=here.members[4], kind="forbid")
    text = "".join(assignment_csv.take_out(actor=here.chair, edition=here.call))
    assert "2,review,'+d@example.org,extra" in text, "no spreadsheet takes an address for a formula"
    told = assignment_csv.preview(actor=here.chair, edition=here.call, text=text)
    assert told.errors == []
    assert (len(told.lines), told.changes) == (4, 0)


def test_queries_do_not_grow_with_the_file(here: World, django_assert_max_num_queries: Any) -> None:
    def count(text: str) -> int:
        with django_assert_max_num_queries(60) as captured:
            assert look(here, text).errors == []
            list(assignment_csv.take_out(actor=here.chair, edition=here.call))
        return len(captured)

    line = "1,review,anna@example.org,\n"
    first = count(line)
    more = "".join(
        f"{number},review,{name.split()[0].lower()}@example.org,\n"
        for number in (2, 3)
        for name in assigning.NAMES[:5]
    )
    assert count(line + more) == first
