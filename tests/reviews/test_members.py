"""A member's own pages: what is asked of them, the profile, and taking it over from an earlier edition."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from reviews.models import CommitteeSettings, Expertise, Member, OwnPaper
from reviews.services import members
from reviews.services.members import Away, Profile
from submissions.models import Edition, Role
from submissions.services.errors import NotAllowed, Refused, Stale
from tests import factories
from tests.reviews import committee

pytestmark = pytest.mark.django_db

HOME, PROFILE = "/2021/member/", "/2021/member/profile/"


@pytest.fixture
def call() -> Edition:
    return committee.closed_edition()


@pytest.fixture
def mona(call: Edition) -> Member:
    return committee.member(call)


def text(response: Any) -> str:
    return response.content.decode()


def home(member: Member) -> str:
    return text(factories.signed_in(member.user).get(HOME))


# What is asked now


def test_only_members_have_a_page(call: Edition) -> None:
    assert factories.signed_in(factories.person("Stella Stranger")).get(HOME).status_code == 404
    removed = committee.member(call, "Rea Removed", state=Member.State.REMOVED)
    assert factories.signed_in(removed.user).get(HOME).status_code == 404
    assert Client().get(HOME).status_code == 302


def test_who_is_only_on_the_chairs_list_reads_nothing_of_it_before_the_invitation(call: Edition) -> None:
    listed = committee.member(call, "Ned New", state=Member.State.NEW)
    assert factories.signed_in(listed.user).get(HOME).status_code == 404
    printed = factories.person("Petra Printed")
    factories.role(call, "pc_member", printed)
    assert "The chairs will write to you" in factories.signed_in(printed).get(HOME).content.decode()


def test_a_place_is_held_by_a_proven_address_too(call: Edition) -> None:
    person = factories.person("Nora Named")
    Member.objects.create(edition=call, name="N. Named", email=person.email, state=Member.State.ACCEPTED)
    assert factories.signed_in(person).get(PROFILE).status_code == 200


def test_an_unanswered_invitation_comes_first_and_alone(call: Edition) -> None:
    committee.papers(call)
    page = home(committee.member(call, "Ivo Invited", state=Member.State.INVITED))
    assert "Answer the invitation" in page
    assert "Bid on papers" not in page
    assert factories.signed_in(Member.objects.get().user).get(PROFILE).status_code == 404


def test_topics_then_bids(call: Edition, mona: Member) -> None:
    committee.papers(call, 2)
    until = timezone.now() + timedelta(days=3)
    factories.deadline(call, "bids", until)
    page = home(mona)
    assert page.index("Say what you know") < page.index("Bid on papers")
    assert "You bid on 0 of 2 papers; 2 are a good number." in page
    assert f"{until - timedelta(hours=12):%H:%M} AoE" in page
    Expertise.objects.create(member=mona, topic=call.topics.all()[0], level=2)
    for paper in call.papers.all():
        mona.bids.create(paper=paper, level=3)
    page = home(mona)
    assert "Nothing is asked of you now" in page
    assert "We know 1 topic." in page
    assert "enough to plan with" in page


def test_steering_is_asked_for_nothing(call: Edition) -> None:
    committee.papers(call)
    page = home(committee.member(call, "Stan Steering", kind=Member.Kind.STEERING))
    assert "Nothing is asked of you now" in page
    assert "/member/bids/" not in page


def test_chairs_are_asked_for_bids_once_they_want_papers(call: Edition) -> None:
    committee.papers(call)
    place = Member.objects.get(user=factories.chair(call))
    assert "Bid on papers" not in home(place)
    Member.objects.filter(pk=place.pk).update(load_wanted=2)
    assert "You bid on 0 of 1 papers; 1 are a good number." in home(place)


def test_before_the_papers_are_in(call: Edition, mona: Member) -> None:
    call.deadlines.filter(kind="submission").update(at=timezone.now() + timedelta(days=1))
    assert "They begin when all papers are in." in home(mona)


# The profile


def form(member: Member, **fields: Any) -> dict[str, Any]:
    """The profile form as a browser posts it, with one row of days away."""
    return {
        "expected": members.profile_of(Member.objects.get(pk=member.pk)).stamp,
        "load_wanted": "",
        "collaborators": "",
        "away-TOTAL_FORMS": 1,
        "away-INITIAL_FORMS": 0,
        **fields,
    }


def test_saving_a_profile(call: Edition, mona: Member) -> None:
    client = factories.signed_in(mona.user)
    one, two, three = call.topics.all()
    sent = form(
        mona,
        **{f"topic_{one.pk}": "3", f"topic_{two.pk}": "1", f"topic_{three.pk}": ""},
        **{"away-0-first": "2021-02-01", "away-0-last": "2021-02-05", "away-0-note": "Skiing"},
        load_wanted="6",
        collaborators="Ada Author (Example University)\r\nBob Builder",
    )
    answer = client.post(PROFILE, sent)
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    kept = members.profile_of(Member.objects.get(pk=mona.pk))
    assert kept == Profile(
        {one.pk: 3, two.pk: 1},
        6,
        (Away(date(2021, 2, 1), date(2021, 2, 5), "Skiing"),),
        "Ada Author (Example University)\nBob Builder",
    )
    page = text(client.get(PROFILE))
    assert 'value="2021-02-05"' in page
    assert "at most <strong>6</strong>" in page
    (entry,) = AuditEntry.objects.filter(verb="member.profile_changed")
    assert entry.data["topics"] == [0, 2]
    assert "Bob" not in str(entry.data)
    # The same again is no change.
    client.post(PROFILE, form(mona, **{**sent, "expected": kept.stamp}))
    assert AuditEntry.objects.filter(verb="member.profile_changed").count() == 1
    # An emptied row is removed.
    client.post(PROFILE, form(mona, load_wanted="0"))
    assert members.profile_of(Member.objects.get(pk=mona.pk)) == Profile({}, 0, (), "")


def test_what_the_chairs_allow_is_shown_and_kept(call: Edition, mona: Member) -> None:
    CommitteeSettings.objects.create(edition=call, default_load=7)
    client = factories.signed_in(mona.user)
    assert "what is usual here, 7 papers" in text(client.get(PROFILE))
    Member.objects.filter(pk=mona.pk).update(load_limit=5)
    page = text(client.get(PROFILE))
    assert "The chairs give you 5 at most." in page
    assert "at most <strong>5</strong>" in page
    answer = client.post(PROFILE, form(mona, load_wanted="6"))
    assert answer.status_code == 422
    assert "6 papers are not possible here: choose 0 to 5" in text(answer)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("load_wanted", "-1", "Write 0 or a number above it."),
        ("load_wanted", "many", "Write a whole number, like 4."),
        ("load_wanted", "9" * 400, "Nobody reviews more than 200 papers"),
        ("away-0-first", "soon", "This is not a date. Write it like 2021-03-01."),
        ("away-0-first", "2021-02-01", "Give both days"),
        ("away-0-note", "Skiing", "Say on which days, or empty the note."),
        ("collaborators", "x\n" * 1001, "1001 collaborators are given; at most 1000 fit"),
        ("away-TOTAL_FORMS", "x", "ManagementForm"),
    ],
)
def test_mistakes_are_named_and_nothing_is_saved(
    mona: Member, call: Edition, field: str, value: str, words: str
) -> None:
    topic = call.topics.all()[0]
    answer = factories.signed_in(mona.user).post(
        PROFILE, form(mona, **{f"topic_{topic.pk}": "3", field: value})
    )
    assert answer.status_code == 422
    assert words in text(answer)
    assert members.profile_of(mona) == Profile()


def test_days_in_the_wrong_order(mona: Member) -> None:
    sent = form(mona, **{"away-0-first": "2021-02-05", "away-0-last": "2021-02-01"})
    answer = factories.signed_in(mona.user).post(PROFILE, sent)
    assert "2021-02-01 is before 2021-02-05: exchange the two." in text(answer)


def test_a_level_that_does_not_exist_is_refused(mona: Member, call: Edition) -> None:
    topic = call.topics.all()[0]
    answer = factories.signed_in(mona.user).post(PROFILE, form(mona, **{f"topic_{topic.pk}": "9"}))
    assert answer.status_code == 422
    with pytest.raises(Refused):
        members.save_profile(
            actor=mona.user, member=mona, data=Profile({topic.pk: 9}), expected=Profile().stamp
        )


def test_two_windows(mona: Member, call: Edition) -> None:
    client = factories.signed_in(mona.user)
    old = form(mona, load_wanted="3")
    client.post(PROFILE, form(mona, load_wanted="5"))
    answer = client.post(PROFILE, old)
    assert answer.status_code == 409
    assert "changed in the meantime" in text(answer)
    assert Member.objects.get(pk=mona.pk).load_wanted == 5
    # The page that came back holds what was sent and can be saved now.
    stamp = members.profile_of(Member.objects.get(pk=mona.pk)).stamp
    assert f'value="{stamp}"' in text(answer)
    assert 'value="3"' in text(answer)
    assert client.post(PROFILE, {**old, "expected": stamp}).status_code == 302
    assert Member.objects.get(pk=mona.pk).load_wanted == 3


def test_services_ask_who_it_is(mona: Member, call: Edition) -> None:
    stranger = factories.person("Stella Stranger")
    with pytest.raises(NotAllowed):
        members.save_profile(actor=stranger, member=mona, data=Profile(), expected=Profile().stamp)
    with pytest.raises(Stale):
        members.save_profile(actor=mona.user, member=mona, data=Profile({4711: 1}), expected=Profile().stamp)


# From an earlier edition


def test_taking_over_from_an_earlier_edition(mona: Member, call: Edition) -> None:
    before = committee.closed_edition("2020")
    before.topics.filter(slug="compression").update(slug="squeezing")  # same name, another key
    before.topics.filter(slug="federated").update(name="Federation")  # same key, another name
    old = committee.member(before, user=mona.user, collaborators="Bob Builder\nada author")
    for topic in before.topics.all():
        Expertise.objects.create(member=old, topic=topic, level=3)
    OwnPaper.objects.create(
        member=old, title="Old Work", source="bibtex", fingerprint="a", authors=["M. Member"]
    )
    OwnPaper.objects.create(member=old, title="Known Work", source="bibtex", fingerprint="b")
    Expertise.objects.create(member=mona, topic=call.topics.get(slug="inference"), level=1)
    OwnPaper.objects.create(member=mona, title="Known Work", source="pasted", fingerprint="b")
    Member.objects.filter(pk=mona.pk).update(collaborators="Ada Author")
    client = factories.signed_in(mona.user)
    assert "Take it over from ScaDL 2020" in text(client.get(PROFILE))
    answer = client.post("/2021/member/carry-over/", {"from": "2020"}, follow=True)
    assert "Taken over from ScaDL 2020: 2 topics, 1 collaborator, 1 paper." in text(answer)
    levels = dict(mona.expertise.values_list("topic__slug", "level"))
    assert levels == {"inference": 1, "federated": 3, "compression": 3}
    assert Member.objects.get(pk=mona.pk).collaborators == "Ada Author\nBob Builder"
    assert sorted(mona.own_papers.values_list("title", flat=True)) == ["Known Work", "Old Work"]
    assert old.own_papers.count() == 2
    again = client.post("/2021/member/carry-over/", {"from": "2020"}, follow=True)
    assert "was here already" in text(again)


def test_nothing_is_taken_over_from_somebody_else(mona: Member, call: Edition) -> None:
    before = committee.closed_edition("2020")
    other = committee.member(before, "Nora Next", collaborators="Secret Friend")
    assert "Take it over" not in text(factories.signed_in(mona.user).get(PROFILE))
    answer = factories.signed_in(mona.user).post("/2021/member/carry-over/", {"from": "2020"}, follow=True)
    assert "There is nothing to take over from there." in text(answer)
    with pytest.raises(NotAllowed):
        members.carry_over(actor=mona.user, member=mona, source=other)
    assert Member.objects.get(pk=mona.pk).collaborators == ""


def test_a_line_of_the_call_gives_a_page(call: Edition) -> None:
    person = factories.person("Lena Line")
    factories.role(call, Role.Kind.PC_MEMBER, person)
    page = text(factories.signed_in(person).get(HOME))
    assert "The chairs will write to you." in page
