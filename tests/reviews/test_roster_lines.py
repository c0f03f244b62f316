"""Members follow the lines of the call: whatever happens to lines, everybody has one place and no error is seen."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import personal_data
from accounts.services import delete_account
from reviews.models import Absence, Assignment, Conflict, Member, OwnPaper
from submissions.domain.call_schema import parse
from submissions.domain.call_toml import dump
from submissions.models import Edition, Role
from submissions.services import call as call_service
from submissions.services.call_rows import country_names, read
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return factories.edition()


def line(call, name, email="", kind="pc_member", user=None):
    return factories.role(call, kind, user, name=name, email=email)


def places(call):
    return {
        it.name: (it.email, it.kind, it.state, it.role and it.role.kind)
        for it in call.members.select_related("role")
    }


def test_a_line_makes_a_place_and_a_chair_holds_it_at_once(call):
    line(call, "Ann", "ann@example.org")
    line(call, "Cora", "cora@example.org", kind="programme_chair")
    line(call, "Nora")
    assert places(call) == {
        "Ann": ("ann@example.org", "pc_member", "new", "pc_member"),
        "Cora": ("cora@example.org", "programme_chair", "accepted", "programme_chair"),
        "Nora": ("", "pc_member", "new", "pc_member"),
    }


@pytest.mark.parametrize("first", ["pc_member", "programme_chair"])
def test_two_lines_for_one_person_are_one_place_and_the_office_counts(call, first):
    second = {"pc_member": "programme_chair", "programme_chair": "pc_member"}[first]
    line(call, "Cora", "cora@example.org", kind=first)
    line(call, "Cora Chair", "cora@example.org", kind=second)
    (it,) = call.members.all()
    assert (it.kind, it.state) == ("programme_chair", "accepted")
    call.roles.get(kind="programme_chair").delete()
    it.refresh_from_db()
    assert (it.kind, it.state, it.role.kind) == ("pc_member", "accepted", "pc_member")
    call.roles.get().delete()
    it.refresh_from_db()
    assert (it.state, it.role) == ("removed", None)


def test_a_corrected_address_keeps_the_place(call):
    ann = line(call, "Ann", "wrong@example.org")
    before = Member.objects.get(role=ann)
    Member.objects.filter(pk=before.pk).update(state="invited", invitations=1)
    ann.email = "ann@example.org"
    ann.save()
    after = Member.objects.get(role=ann)
    assert (after.pk, after.email, after.state) == (before.pk, "ann@example.org", "new")
    assert after.invitation_key != before.invitation_key, "the letter to the wrong address opens nothing"


def test_addresses_that_swap_lines_take_their_places_along(call):
    ann, ben = line(call, "Ann", "a@example.org"), line(call, "Ben", "b@example.org")
    of_a, of_b = Member.objects.get(role=ann), Member.objects.get(role=ben)
    ann.email, ben.email = ben.email, ann.email
    ann.save()
    ben.save()
    of_a.refresh_from_db()
    of_b.refresh_from_db()
    assert (of_a.email, of_a.name, of_a.role_id) == ("a@example.org", "Ben", ben.pk)
    assert (of_b.email, of_b.name, of_b.role_id) == ("b@example.org", "Ann", ann.pk)
    assert call.members.count() == 2


def test_a_line_rewritten_for_somebody_else_is_somebody_else(call):
    ann = line(call, "Ann", "ann@example.org")
    before = Member.objects.get(role=ann)
    OwnPaper.objects.create(member=before, title="T", source="pasted", fingerprint="f")
    ann.name, ann.email = "Ben", "ben@example.org"
    ann.save()
    after = Member.objects.get(role=ann)
    assert after.pk != before.pk
    assert not after.own_papers.exists()
    before.refresh_from_db()
    assert (before.name, before.role) == ("Ann", None)


def test_a_printed_name_meets_the_person_added_by_hand(call):
    it = Member.objects.create(edition=call, name="ann example", email="ann@example.org", state="accepted")
    printed = line(call, "Ann Example")
    it.refresh_from_db()
    assert (it.role_id, it.name, it.email, it.state) == (
        printed.pk,
        "Ann Example",
        "ann@example.org",
        "accepted",
    )


def test_an_account_and_an_address_of_two_places_break_nothing(call):
    """The account counts; the address stays where it is, and the chairs see both."""
    rita = factories.person("Rita")
    held = Member.objects.create(edition=call, name="Rita", email="", user=rita)
    other = Member.objects.create(edition=call, name="R.", email="r@example.org")
    it = line(call, "Rita", "r@example.org", user=rita)
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.role_id, held.email, other.email) == (it.pk, "", "r@example.org")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "new"}, None),
        ({"state": "invited"}, "removed"),
        ({"state": "accepted"}, "removed"),
        ({"state": "declined"}, "declined"),
        ({"state": "removed"}, "removed"),
    ],
)
def test_what_becomes_of_a_place_whose_line_goes(call, fields, expected):
    ann = line(call, "Ann", "ann@example.org")
    Member.objects.filter(role=ann).update(**fields)
    ann.delete()
    found = Member.objects.filter(email="ann@example.org").first()
    assert (found and found.state) == expected
    assert found is None or found.role is None


def test_a_place_that_was_used_stays_when_its_line_goes(call):
    ann = line(call, "Ann", "ann@example.org")
    it = Member.objects.get(role=ann)
    paper = factories.paper(call, factories.person("Ada Author"))
    Conflict.objects.create(
        paper=paper, member=it, rule="set_by_chair", confidence="certain", evidence="Because", fingerprint="x"
    )
    ann.delete()
    it.refresh_from_db()
    assert it.state == "removed"
    assert it.conflicts.count() == 1


def test_who_has_papers_to_review_stays_in_when_the_line_goes(call):
    ann = line(call, "Ann", "ann@example.org")
    Member.objects.update(state="accepted")
    it = Member.objects.get(role=ann)
    Assignment.objects.create(paper=factories.paper(call, factories.person("Ada Author")), member=it)
    call.roles.filter(pk=ann.pk).delete()
    it.refresh_from_db()
    assert (it.state, it.role) == ("accepted", None)


def test_a_line_that_goes_tells_nobody_who_reviews(call):
    """A chair takes two lines out: whoever keeps the place would be the reviewer of a paper hidden from that chair."""
    kept = [line(call, name, f"{name.lower()}@example.org") for name in ("Ann", "Bea")]
    web = line(call, "Wes", "wes@example.org", kind="logistics_web_chair")
    Member.objects.update(state="accepted")
    reviewer = Member.objects.get(role=kept[0])
    Assignment.objects.create(paper=factories.paper(call, factories.person("Ada Author")), member=reviewer)
    for it in (*kept, web):
        it.delete()
    states = dict(Member.objects.values_list("name", "state"))
    assert states == {"Ann": "accepted", "Bea": "accepted", "Wes": "removed"}


def test_an_edition_goes_with_all_its_people():
    call = factories.edition("2019")
    line(call, "Ann", "ann@example.org")
    Member.objects.update(state="accepted")
    call.delete()
    assert not Member.objects.exists()


def test_loading_the_call_again_changes_nobody(call):
    line(call, "Ann", "ann@example.org")
    line(call, "Cora", "cora@example.org", kind="programme_chair")
    Member.objects.filter(name="Ann").update(state="accepted", load_wanted=2)
    before = list(Member.objects.order_by("pk").values())
    facts = parse(dump(read(call)), countries=country_names())
    call_service.load(actor=None, call=facts, source_name="again", overwrite_edits=True)
    assert list(Member.objects.order_by("pk").values()) == before


EMAILS = ("", "a@example.org", "b@example.org")
NAMES = ("Ann", "Ben", "Cy")
KINDS = ("pc_member", "programme_chair", "steering")
STEP = st.one_of(
    st.tuples(
        st.just("add"),
        st.sampled_from(NAMES),
        st.sampled_from(EMAILS),
        st.sampled_from(KINDS),
        st.integers(0, 2),
    ),
    st.tuples(
        st.just("edit"),
        st.sampled_from(NAMES),
        st.sampled_from(EMAILS),
        st.sampled_from(KINDS),
        st.integers(0, 2),
    ),
    st.tuples(
        st.just("hand"),
        st.sampled_from(NAMES),
        st.sampled_from(EMAILS),
        st.just("external"),
        st.integers(0, 2),
    ),
    st.tuples(st.just("drop"), st.just(""), st.just(""), st.just(""), st.integers(0, 5)),
    st.tuples(st.just("leave"), st.just(""), st.just(""), st.just(""), st.integers(0, 1)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, max_size=9))
def test_no_order_of_changes_ends_in_an_error_or_in_two_places_for_one_person(db, steps):
    with transaction.atomic():
        call = Edition.objects.create(slug="any", series="A", name="Any", short_name="Any", file_prefix="any")
        users = [None, *(factories.person(name, f"{name.lower()}@people.example") for name in ("One", "Two"))]
        for what, name, email, kind, place in steps:
            _step(call, users, what, name, email, kind, place)
        for role in call.roles.all():
            known = Member.objects.filter(edition=call, role=role).first()
            same = (
                call.members.filter(email=role.email) if role.email else call.members.filter(name=role.name)
            )
            assert known or same or call.members.filter(user=role.user_id), "every line has a person"
        for member in call.members.all():
            assert member.role is None or member.role.edition_id == call.pk
            if member.role and member.role.kind in Role.CHAIRS:
                assert member.state == "accepted"
        assert not call.members.filter(role__isnull=True, kind__in=Role.CHAIRS).exists()
        transaction.set_rollback(True)


def _step(call, users, what, name, email, kind, place):
    if what == "drop":
        rows = list(call.roles.all())
        if rows:
            rows[place % len(rows)].delete()
    elif what == "leave":
        user = users[1 + place]
        get_user_model().objects.filter(pk=user.pk if user else 0).delete()
        if user:
            users[1 + place] = None
    elif what == "hand":
        if not (email and call.members.filter(email=email).exists()):
            Member.objects.create(edition=call, name=name, email=email, kind=kind)
    elif what == "add":
        if not call.roles.filter(kind=kind, name=name).exists():
            Role.objects.create(
                edition=call, kind=kind, name=name, email=email, user=users[place], order=place
            )
    else:
        row = call.roles.filter(kind=kind).first()
        if row and not call.roles.filter(kind=kind, name=name).exclude(pk=row.pk).exists():
            row.name, row.email, row.user = name, email, users[place]
            row.save()


def test_an_account_that_is_deleted_leaves_the_place_without_what_was_private(call):
    rita = factories.person("Rita Reviewer")
    ann = line(call, "Rita Reviewer", "rita@example.org", user=rita)
    it = Member.objects.get(role=ann)
    Member.objects.filter(pk=it.pk).update(state="accepted", collaborators="Sam (Sample Labs)")
    Absence.objects.create(member=it, first="2021-02-01", last="2021-02-03", note="a wedding")
    delete_account(actor=rita, person=rita, confirmation=rita.email)
    it.refresh_from_db()
    assert (it.user, it.collaborators, it.state) == (None, "", "accepted")
    assert not it.absences.exists()


def test_who_has_papers_to_review_does_not_delete_the_account(call):
    rita = factories.person("Rita Reviewer")
    it = Member.objects.create(edition=call, name="Rita", email=rita.email, user=rita, state="accepted")
    Assignment.objects.create(paper=factories.paper(call, factories.person("Ada Author")), member=it)
    with pytest.raises(ValidationError, match="You have papers to review for ScaDL 2021"):
        delete_account(actor=rita, person=rita, confirmation=rita.email)


def test_what_is_held_on_a_member_can_be_taken_along_without_what_others_found(call):
    rita = factories.person("Rita Reviewer")
    it = Member.objects.create(
        edition=call,
        name="Rita",
        email=rita.email,
        user=rita,
        state="accepted",
        collaborators="Sam (Sample Labs)",
    )
    paper = factories.paper(call, factories.person("Ada Author"))
    for rule, why in (("declared_by_member", "my student"), ("same_institution", "both at Umbrella")):
        Conflict.objects.create(
            paper=paper, member=it, rule=rule, confidence="certain", evidence=why, fingerprint="x"
        )
    (place,) = personal_data.collect(rita)["memberships"]
    assert place["collaborators"] == "Sam (Sample Labs)"
    assert place["declared_conflicts"] == [{"paper": 1, "why": "my student"}]
    assert "Umbrella" not in str(place)
