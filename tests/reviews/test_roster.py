"""The chairs' roster: the list, adding, changing, removing, restoring; and that it follows the call and the call it."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Message
from reviews.domain.bibtex import Entry
from reviews.models import Assignment, CommitteeSettings, Conflict, Expertise, Member, OwnPaper
from reviews.services import detection, own_papers, roster, roster_import
from reviews.services import members as profiles
from submissions.domain.call_schema import parse
from submissions.domain.call_toml import dump
from submissions.models import Role
from submissions.services.call_rows import country_names, read
from tests import factories

pytestmark = pytest.mark.django_db
HOME = "/2021/chair/committee/"


@pytest.fixture
def call():
    return factories.edition()


@pytest.fixture
def chair(call):
    return factories.chair(call)


@pytest.fixture
def browser(chair):
    return factories.signed_in(chair)


def member(call, name="Rita Reviewer", **fields):
    email = fields.pop("email", f"{name.split()[0].lower()}@example.org")
    return Member.objects.create(edition=call, name=name, email=email, **fields)


def page(browser, where=HOME, **query):
    answer = browser.get(where, query)
    assert answer.status_code == 200, answer
    return BeautifulSoup(answer.content, "html.parser")


def names(found):
    return [it.get_text(strip=True) for it in found.select("tbody th a")]


def form(**fields):
    return {"name": "Rita Reviewer", "email": "rita@example.org", "kind": "pc_member", **fields}


def test_the_list_says_who_is_there_and_what_can_be_done(call, browser):
    member(call, "Rita Reviewer", state="accepted", load_wanted=3, affiliation="Sample Labs", country="DE")
    member(call, "Ned New")
    member(
        call,
        "Ivo Invited",
        state="invited",
        invited_at=timezone.now() - timedelta(days=9, hours=1),
        answer_by=timezone.now() + timedelta(days=5),
        invitations=1,
    )
    member(call, "Nora Noaddress", email="")
    found = page(browser)
    text = " ".join(found.get_text(" ").split())
    assert "2 accepted, 1 waiting ( 1 silent for a week or more), 0 declined, 2 not yet invited;" in text
    assert "room for 3 reviews, 0 needed." in text
    assert "silent for 9 days" in text
    assert "no address: add one to invite" in text
    assert "Germany" in text
    assert found.select_one("a.btn--primary")["href"].endswith("invite/?all=1")
    assert {it["value"] for it in found.select("[name=member]")} == {
        str(it.pk) for it in Member.objects.filter(name__in=["Ned New", "Ivo Invited"])
    }


def test_reviews_needed_are_those_of_papers_the_chair_handles(call, browser, chair):
    ada = factories.person("Ada Author")
    factories.paper(call, ada)
    hidden = factories.paper(call, ada, title="Second")
    assert "6 needed" in page(browser).get_text()
    place = Member.objects.get(user=chair)
    Conflict.objects.create(
        paper=hidden,
        member=place,
        rule="set_by_chair",
        confidence="certain",
        evidence="Because",
        fingerprint="x",
    )
    assert "3 needed" in page(browser).get_text()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "sample"}, ["Rita Reviewer"]),
        ({"q": "germany rita"}, ["Rita Reviewer"]),
        ({"standing": "silent"}, ["Ivo Invited"]),
        ({"standing": "waiting"}, ["Ivo Invited", "Lea Later"]),
        ({"standing": "expired"}, ["Lea Later"]),
        ({"standing": "no_address"}, ["Nora Noaddress"]),
        ({"standing": "removed"}, ["Rolf Removed"]),
        ({"kind": "external"}, ["Lea Later"]),
        ({"standing": "nonsense", "q": "ivo"}, ["Ivo Invited"]),
        ({"q": "nothing like it"}, []),
    ],
)
def test_filters_and_search(call, chair, browser, query, found):
    Member.objects.filter(user=chair).update(email="chiara@example.org")
    now = timezone.now()
    member(call, "Rita Reviewer", state="accepted", affiliation="Sample Labs", country="DE")
    member(
        call,
        "Ivo Invited",
        state="invited",
        invited_at=now - timedelta(days=8),
        answer_by=now + timedelta(days=5),
    )
    member(
        call,
        "Lea Later",
        kind="external",
        state="later",
        invited_at=now - timedelta(days=3),
        answer_by=now - timedelta(days=1),
    )
    member(call, "Nora Noaddress", email="")
    member(call, "Rolf Removed", state="removed")
    assert names(page(browser, **query)) == found


def test_letters_that_could_not_be_delivered_are_listed(call, browser):
    it = member(call, "Bea Bounced", state="invited", invitations=2, invited_at=timezone.now())
    for number, state in ((1, "failed"), (2, "failed")):
        Message.objects.create(
            key=f"invitation:member:{it.pk}:bea@example.org:{number}",
            kind="invitation",
            about=f"member:{it.pk}",
            edition="2021",
            to=it.email,
            subject="x",
            text="x",
            state=state,
            error="550 no such mailbox",
        )
    found = page(browser, standing="bounced")
    assert names(found) == ["Bea Bounced"]
    assert "1 invitation could not be delivered" in " ".join(found.get_text().split())
    Member.objects.filter(pk=it.pk).update(invitations=3)
    assert "1 invitation could" not in page(browser).get_text(), "a later one is on its way"


def cost(browser, where):
    browser.get(where)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(where).status_code == 200
    return len(captured)


def test_the_list_costs_the_same_for_one_for_three_and_for_three_hundred(call, browser):
    def some(number, start):
        for index in range(start, start + number):
            it = member(call, f"m{index} Person", state="accepted")
            Expertise.objects.create(member=it, topic=call.topics.all()[0], level=2)
            OwnPaper.objects.create(member=it, title="T", source="pasted", fingerprint="f")

    some(1, 0)
    one = cost(browser, HOME), cost(browser, HOME + "committee.csv")
    some(2, 1)
    assert (cost(browser, HOME), cost(browser, HOME + "committee.csv")) == one
    some(297, 3)
    assert (cost(browser, HOME), cost(browser, HOME + "committee.csv")) == one
    assert len(names(page(browser))) == 100, "a page at a time"
    assert len(names(page(browser, page=4))) == 1


def test_the_csv_can_be_read_by_the_import_and_runs_no_formula(call, browser):
    it = member(call, '=HYPERLINK("x")', email="eve@example.org", affiliation="@home", load_limit=2)
    Expertise.objects.create(member=it, topic=call.topics.get(slug="federated"), level=3)
    answer = browser.get(HOME + "committee.csv", {"q": "eve"})
    text = answer.getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["name"] == '\'=HYPERLINK("x")'
    assert (row["affiliation"], row["topics"], row["load"]) == ("'@home", "federated:expert", "2")
    again = browser.post(HOME + "import/", {"text": text, "kind": "pc_member"})
    assert "1 as they are" in again.content.decode()


def test_the_csv_of_everybody_is_imported_again_whoever_has_no_address_or_was_removed(call, browser):
    factories.role(call, "pc_member", name="Petra Printed")
    member(call, "Rolf Removed", state="removed")
    member(call)
    text = b"".join(browser.get(f"{HOME}committee.csv").streaming_content).decode("utf-8-sig")
    text = text.replace(
        '"Rita Reviewer","rita@example.org",""', '"Rita Reviewer","rita@example.org","Sample Labs"'
    )
    answer = browser.post(f"{HOME}import/", {"text": text, "kind": "pc_member"})
    shown = BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)
    assert "0 new, 1 changed, 3 as they are" in shown
    assert "Rolf Removed was removed and stays so" in shown
    assert "Import 0 new, 1 changed" in shown


def test_all_who_are_silent_are_asked_again_with_three_clicks(call, browser):
    long_ago, until = timezone.now() - timedelta(days=9), timezone.now() + timedelta(days=5)
    for name in ("Sina Silent", "Sven Silent"):
        member(call, name, state="invited", invitations=1, invited_at=long_ago, answer_by=until)
    member(call, state="invited", invitations=1, invited_at=timezone.now(), answer_by=until)
    shown = page(browser)
    assert "asked today" in shown.get_text()
    silent = page(browser, HOME + shown.find("a", string="2 silent")["href"])
    assert names(silent) == ["Sina Silent", "Sven Silent"]
    assert not silent.select("input[name=member][checked]")
    everybody = page(browser, HOME + silent.find("a", string="Choose everybody shown")["href"])
    chosen = [it["value"] for it in everybody.select("input[name=member][checked]")]
    assert names(everybody) == ["Sina Silent", "Sven Silent"]
    asked = page(browser, f"{HOME}invite/", member=chosen).get_text(" ", strip=True)
    assert "Invite 2 people" in asked


def test_the_list_says_what_comes_next(call, chair, browser):
    def next_step() -> str:
        return page(browser).get_text(" ", strip=True)

    assert "Papers are still to come" in next_step()
    factories.paper(call, factories.person("Ada Author"))
    assert "Next: find room for 3 reviews" in next_step()
    it = member(call)
    assert "Next:" not in next_step()  # the button to invite says it
    Member.objects.filter(pk=it.pk).update(state="accepted")
    links = [a["href"] for a in page(browser).select("main p a")]
    assert {f"{HOME}bids/", f"{HOME}assignment/"} <= set(links)


def test_who_said_when_they_will_know_is_not_silent(call, browser):
    long_ago = timezone.now() - timedelta(days=9)
    until = timezone.now() + timedelta(days=9)
    member(call, state="later", invited_at=long_ago, answer_by=until)
    assert "Nobody matches" in page(browser, standing="silent").get_text()
    assert "will answer by" in page(browser).get_text()


def test_what_happened_stays_told_when_the_account_is_gone(call, chair, browser):
    it = roster.add(actor=chair, edition=call, facts=roster.Facts("Nina New", "nina@example.org"))
    AuditEntry.objects.update(actor=None)
    answer = page(browser, f"{HOME}people/{it.pk}/").get_text()
    assert f"Added, {chair}" in answer
    assert "by the link" not in answer


def test_what_members_do_themselves_is_told_in_words(call, chair, browser):
    user = factories.person("Mona Member")
    it = member(call, "Mona Member", user=user, state="accepted")
    before = profiles.profile_of(it)
    profiles.save_profile(
        actor=user, member=it, data=replace(before, collaborators="Ann Other"), expected=before.stamp
    )
    found = [Entry("Gradients on the Move"), Entry("Compression")]
    own_papers.add(actor=user, member=it, entries=found, source="pasted")
    own_papers.remove(actor=user, member=it, paper=None)
    told = page(browser, f"{HOME}people/{it.pk}/").get_text()
    assert "Changed the profile" in told
    assert "Added own papers" in told
    assert "Removed own papers" in told
    assert "member." not in told


def test_conflicts_are_searched_again_whenever_people_come_and_go(call, chair, monkeypatch):
    woken = []
    monkeypatch.setattr(detection, "wake", woken.append)

    def asked() -> bool:
        before = bool(woken)
        woken.clear()
        return before

    lines = "name,email\nPia Petersen,pia@example.org\n"
    plan = roster_import.plan(edition=call, text=lines)
    roster_import.apply(actor=chair, edition=call, text=lines, kind="pc_member", expected=plan.stamp)
    assert asked()
    pia = Member.objects.get(email="pia@example.org")
    roster.remove(actor=chair, member=pia)
    assert asked()
    roster.restore(actor=chair, member=pia)
    assert asked()


def test_a_person_is_added_and_not_written_to(call, browser):
    answer = browser.post(
        HOME + "add/", form(email="Rita@Example.org", load_limit="2", country="DE", senior="on")
    )
    assert answer.status_code == 302
    it = Member.objects.get(email="rita@example.org")
    assert (it.state, it.load_limit, it.senior, it.role) == ("new", 2, True, None)
    assert AuditEntry.objects.get(verb="member.added").subject_id == it.pk
    assert not Message.objects.exists()
    assert not Role.objects.filter(name="Rita Reviewer").exists(), "nobody is printed before they accept"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Write the person"),
        ({"email": "rita at example"}, "This is not an e-mail address"),
        (
            {"email": "rita@ex\u0430mple.org"},
            "“rita@ex\u0430mple.org” is not an address that the call can hold. “\u0430” is none of the letters",
        ),
        ({"email": '"rita"@example.org'}, "is not an address that the call can hold"),
        ({"load_limit": "many"}, "This is not a number of papers"),
        ({"load_limit": "201"}, "At most 200 papers"),
        ({"kind": "emperor"}, "“emperor” is not a role"),
        ({"country": "XX"}, "“XX” is not a country"),
        ({"email": "taken@example.org"}, "taken@example.org is the address of Tim Taken"),
        ({"email": "gone@example.org"}, "They were removed: restore them"),
    ],
)
def test_what_cannot_be_added_is_said(call, browser, fields, sentence):
    member(call, "Tim Taken", email="taken@example.org")
    member(call, "Gus Gone", email="gone@example.org", state="removed")
    answer = browser.post(HOME + "add/", form(**fields))
    assert answer.status_code == 422
    assert sentence in answer.content.decode().replace("&#x27;", "'")
    assert Member.objects.filter(edition=call).count() == 3


def edit(browser, it, **fields):
    where = f"{HOME}people/{it.pk}/"
    shown = page(browser, where)
    data = {
        field["name"]: field.get("value", "")
        for field in shown.select("form input[name]")
        if field["type"] != "checkbox"
    }
    data |= {s["name"]: s.select_one("[selected]")["value"] for s in shown.select("form select")}
    return browser.post(where, {**data, **fields})


def test_changing_a_printed_person_changes_the_call_and_its_file(call, browser):
    line = factories.role(call, "pc_member", name="Rita Revewer", email="rita@example.org")
    it = Member.objects.get(role=line)
    assert edit(browser, it, name="Rita Reviewer", affiliation="Sample Labs", country="DE").status_code == 302
    line.refresh_from_db()
    assert (line.name, line.affiliation, line.country) == ("Rita Reviewer", "Sample Labs", "DE")
    it.refresh_from_db()
    assert (it.name, it.role_id) == ("Rita Reviewer", line.pk)
    said = dump(read(call))
    assert "Rita Reviewer" in said
    assert parse(said, countries=country_names()).committee == read(call).committee
    assert AuditEntry.objects.filter(verb="call.committee_edited").count() == 1


def test_an_entry_that_somebody_else_changed_is_not_overwritten(call, browser):
    it = member(call)
    answer = browser.post(f"{HOME}people/{it.pk}/", form(name="Mine", expected="of an older page"))
    assert answer.status_code == 409
    assert "Somebody changed this person" in answer.content.decode()
    it.refresh_from_db()
    assert it.name == "Rita Reviewer"


def test_another_address_ends_the_invitation_to_the_old_one(call, browser):
    it = member(call, state="invited", invitations=1, answer_by=timezone.now() + timedelta(days=3))
    key = it.invitation_key
    edit(browser, it, email="rita@elsewhere.example")
    it.refresh_from_db()
    assert (it.state, it.email) == ("new", "rita@elsewhere.example")
    assert it.invitation_key != key


def test_a_member_who_becomes_external_is_no_longer_printed(call, browser):
    line = factories.role(call, "pc_member", name="Rita Reviewer", email="rita@example.org")
    it = Member.objects.get(role=line)
    edit(browser, it, kind="external")
    it.refresh_from_db()
    assert (it.kind, it.role, it.state) == ("external", None, "new")
    assert not Role.objects.filter(pk=line.pk).exists()
    Member.objects.filter(pk=it.pk).update(state="accepted")
    edit(browser, it, kind="pc_member")
    it.refresh_from_db()
    assert it.role.name == "Rita Reviewer"


def test_removing_takes_the_line_along_and_keeps_conflicts(call, browser):
    line = factories.role(call, "pc_member", name="Rita Reviewer", email="rita@example.org")
    it = Member.objects.get(role=line)
    paper = factories.paper(call, factories.person("Ada Author"))
    conflict = Conflict.objects.create(
        paper=paper, member=it, rule="set_by_chair", confidence="certain", evidence="Because", fingerprint="x"
    )
    assert browser.post(f"{HOME}people/{it.pk}/remove/").status_code == 302
    it.refresh_from_db()
    assert (it.state, it.role) == ("removed", None)
    assert not Role.objects.filter(pk=line.pk).exists()
    assert Conflict.objects.filter(pk=conflict.pk).exists()
    browser.post(f"{HOME}people/{it.pk}/restore/")
    it.refresh_from_db()
    assert it.state == "new"


def test_a_line_that_papers_refer_to_stays_and_the_chair_is_told(call, browser):
    line = factories.role(call, "pc_member", name="Rita Reviewer", email="rita@example.org")
    it = Member.objects.get(role=line)
    factories.paper(call, factories.person("Ada Author"), conflicts=[line])
    answer = browser.post(f"{HOME}people/{it.pk}/remove/", follow=True)
    assert "The call goes on to print Rita Reviewer: 1 declared conflict" in answer.content.decode()
    it.refresh_from_db()
    assert (it.state, it.role_id) == ("removed", line.pk)


def test_nobody_leaves_with_papers_to_review(call, browser, chair):
    it = member(call, state="accepted")
    paper = factories.paper(call, factories.person("Ada Author"))
    Assignment.objects.create(paper=paper, member=it, assigned_by=chair)
    answer = browser.post(f"{HOME}people/{it.pk}/remove/")
    assert answer.status_code == 422
    assert "Rita Reviewer has papers to review" in answer.content.decode()
    assert "has papers to review" in edit(browser, it, kind="steering").content.decode()
    it.refresh_from_db()
    assert (it.state, it.kind) == ("accepted", "pc_member")


def test_a_refusal_tells_nothing_of_papers_behind_a_conflict(call, browser, chair):
    """A chair with a paper of their own must not find out who reviews it by trying to remove people."""
    own = factories.paper(call, chair)
    reviewer, idle = member(call, state="accepted"), member(call, "Ivo Idle", state="accepted")
    Assignment.objects.create(paper=own, member=reviewer)
    answers = {
        browser.post(f"{HOME}people/{it.pk}/remove/")
        .content.decode()
        .replace(it.name, "N")
        .count("another chair has to")
        for it in (reviewer, idle)
    }
    assert answers == {1}


def test_chairs_do_not_end_their_own_office_nor_that_of_the_last(call, browser, chair):
    own = Member.objects.get(user=chair)
    assert "You cannot end your own office" in browser.post(f"{HOME}people/{own.pk}/remove/").content.decode()
    other = factories.chair(call, "Conrad Chair")
    place = Member.objects.get(user=other)
    assert browser.post(f"{HOME}people/{place.pk}/remove/").status_code == 302
    assert factories.signed_in(other).get(HOME).status_code == 404


def test_a_chair_named_as_a_conflict_keeps_the_line_and_so_the_place(call, browser):
    other = factories.chair(call, "Conrad Chair")
    line = Role.objects.get(user=other)
    factories.paper(call, factories.person("Ada Author"), conflicts=[line])
    place = Member.objects.get(user=other)
    answer = browser.post(f"{HOME}people/{place.pk}/remove/")
    assert answer.status_code == 422
    place.refresh_from_db()
    assert place.state == "accepted"


def test_only_chairs_change_the_committee_whatever_the_way(call, chair):
    rita = factories.person("Rita Reviewer")
    it = member(call, user=rita)
    from submissions.services.errors import NotAllowed

    for act in (
        lambda: roster.add(actor=rita, edition=call, facts=roster.Facts("X", "x@example.org")),
        lambda: roster.edit(actor=rita, member=it, facts=roster.facts_of(it), expected=""),
        lambda: roster.remove(actor=rita, member=it),
        lambda: roster.restore(actor=rita, member=it),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_table_of_rights_is_shown_as_it_is_asked(call, browser):
    found = page(browser, HOME + "rights/")
    heads = [it.get_text(strip=True) for it in found.select("thead th")][1:]
    rows = {
        row.th.get_text(strip=True): [bool(cell.select_one("svg")) for cell in row.select("td")]
        for row in found.select("tbody tr")
    }
    may = {
        what: {head for head, yes in zip(heads, cells, strict=True) if yes} for what, cells in rows.items()
    }
    assert may["Takes the decisions"] == {"General Chair", "Program Committee Chair"}
    assert set(Member.CHAIRS) == set(Role.CHAIRS)


def as_shown(shown) -> dict[str, str]:
    """The form as it stands on the page."""
    return {
        it["name"]: it.get("value", "on")
        for it in shown.select("form.form input[name]")
        if it["type"] not in {"checkbox", "radio"} or it.has_attr("checked")
    }


def test_settings_are_saved_checked_and_recorded(call, browser):
    where = HOME + "settings/"
    data = as_shown(page(browser, where))
    assert (data["others_reviews"], data["names_to_reviewers"]) == ("after_own", "on"), "the careful ones"
    wanted = {
        **data,
        "default_load": "6",
        "least_load": "2",
        "others_reviews": "never",
        "response_words": "300",
    }
    del wanted["names_to_reviewers"]
    assert browser.post(where, wanted).status_code == 302
    saved = CommitteeSettings.objects.get(edition=call)
    assert (saved.default_load, saved.others_reviews, saved.names_to_reviewers) == (6, "never", False)
    entry = AuditEntry.objects.get(verb="committee.settings_changed")
    assert entry.data == {
        "default_load": [4, 6],
        "least_load": [0, 2],
        "others_reviews": ["after_own", "never"],
        "names_to_reviewers": [True, False],
        "response_words": [500, 300],
    }
    stale = browser.post(where, {**data, "default_load": "9"})
    assert "Somebody changed these settings" in stale.content.decode()
    data = as_shown(page(browser, where))
    for fields, sentence in (
        ({"reviews_per_paper": "0"}, "greater than or equal to 1"),
        ({"response_words": "10"}, "greater than or equal to 50"),
        ({"others_reviews": "sometimes"}, "sometimes is not one of the available choices"),
        ({"reviews_per_paper": "x"}, "This is not a whole number."),
        ({"least_load": "7"}, "would get at least 7 papers, but the usual load is 6"),
    ):
        answer = browser.post(where, {**data, **fields})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()


def test_steering_sees_numbers_and_no_small_ones(call):
    sten = factories.person("Sten Steering")
    factories.role(call, Role.Kind.STEERING, sten)
    browser = factories.signed_in(sten)
    where = "/2021/member/statistics/"
    assert browser.get(where).status_code == 404, "not before they accept"
    Member.objects.filter(user=sten).update(state="accepted")
    ada = factories.person("Ada Author")
    for number in range(5):
        factories.paper(call, ada, title=f"Secret {number}")
    factories.paper(call, ada, title="Small", category="short", file="genuine/ieee_letter_4p.pdf")
    text = " ".join(page(browser, where).get_text(" ").split())
    assert "Secret" not in text
    assert "Regular paper under 5 5 under 5 under 5" in text
    assert "Short paper under 5 under 5 under 5 under 5" in text
    assert "At least 5 in all" in text
    assert ("Statistics", where) in [
        (it.get_text(strip=True), it["href"]) for it in page(browser, "/2021/").select(".site-nav a")
    ]
