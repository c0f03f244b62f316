"""Asking people to join, and their answers, through the pages and the letters."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import mail_wishes
from accounts.models import AuditEntry, Message
from reviews.models import Assignment, Member
from reviews.services import roster
from submissions import mail_list
from submissions.domain.call_schema import parse
from submissions.domain.call_toml import dump
from submissions.models import Reminder, ReminderRule, Role
from submissions.services import reminders
from submissions.services.call_rows import country_names, read
from tests import factories

pytestmark = pytest.mark.django_db
INVITE = "/2021/chair/committee/invite/"


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


def send(browser, *members, **query):
    """Look at the recipients, and send to exactly these."""
    shown = BeautifulSoup(
        browser.get(INVITE, {"member": [it.pk for it in members], **query}).content, "html.parser"
    )
    form = shown.select("main form")[-1]
    data = {}
    for field in form.select("input"):
        data.setdefault(field["name"], []).append(field["value"])
    return browser.post(INVITE, data)


def link(it) -> str:
    """The link in the last letter to somebody."""
    text = Message.objects.filter(to=it.email, kind="invitation").latest("pk").text
    return re.search(r"https?://[^/]+(/2021/invitation/\S+)", text)[1]


@pytest.fixture
def rita(call, browser):
    it = member(call)
    send(browser, it)
    it.refresh_from_db()
    return it


def words(answer) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def test_everybody_chosen_gets_one_letter_with_a_link_of_their_own(call, browser):
    rita, ivo = member(call), member(call, "Ivo Invited")
    member(call, "Nora Noaddress", email="")
    member(call, "Ada Accepted", state="accepted")
    shown = words(browser.get(INVITE, {"all": 1}))
    assert "Invite 2 people" in shown
    assert "Nora Noaddress has no address; add one to invite them" in shown
    assert "a member of the programme committee" in shown
    assert send(browser, all=1).status_code == 302
    assert sorted(Message.objects.values_list("to", flat=True)) == ["ivo@example.org", "rita@example.org"]
    assert link(rita) != link(ivo)
    letter = Message.objects.get(to="rita@example.org")
    for said in ("Dear Rita Reviewer", "reviews of at most 4 papers", "Paper submission:", letter.about):
        assert said in letter.text + letter.about
    rita.refresh_from_db()
    assert (rita.state, rita.invitations) == ("invited", 1)
    assert timedelta(days=13) < rita.answer_by - timezone.now() < timedelta(days=16)
    assert AuditEntry.objects.get(verb="committee.invited").data["people"] == [
        "ivo@example.org",
        "rita@example.org",
    ]


def test_a_preview_shows_no_key_and_neither_does_the_mail_page(call, browser, chair, rita):
    key = str(rita.invitation_key)
    other = member(call, "Ivo Invited")
    assert str(other.invitation_key) not in browser.get(INVITE, {"member": other.pk}).content.decode()
    message = Message.objects.get(to=rita.email)
    assert key in message.text
    shown = browser.get(f"/2021/chair/mail/{message.pk}/").content.decode()
    assert key not in shown
    assert mail_wishes.OWN_LINK.replace("'", "&#x27;") in shown
    assert mail_list.visible("2021", chair).count() == 1


def test_a_confirmation_is_for_what_was_shown_and_twice_is_once(call, browser):
    it = member(call)
    shown = BeautifulSoup(browser.get(INVITE, {"member": it.pk}).content, "html.parser")
    data = {f["name"]: f["value"] for f in shown.select("main form")[-1].select("input")}
    assert browser.post(INVITE, data).status_code == 302
    again = browser.post(INVITE, data)
    assert again.status_code == 409
    assert "Nothing was sent" in words(again)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("chosen", ["²", "99999999999999999999", "x", "-1"])
def test_choosing_nonsense_invites_nobody(browser, chosen):
    answer = browser.get(INVITE, {"member": chosen})
    assert answer.status_code == 200
    assert "Nobody to invite" in words(answer)


def test_inviting_many_takes_one_look(call, browser):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            browser.get(INVITE, {"all": 1})
        return len(captured)

    member(call, "m0 Person")
    cost()
    one = cost()
    for number in (1, 2):
        member(call, f"m{number} Person")
    assert cost() == one


def test_looking_changes_nothing(rita):
    before = Member.objects.values().get(pk=rita.pk)
    for _ in range(3):
        answer = Client().get(link(rita))
        assert answer.status_code == 200
    assert Client().head(link(rita)).status_code == 200
    assert Member.objects.values().get(pk=rita.pk) == before
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_accepting_without_an_account(call, rita):
    answer = Client().post(link(rita), {"answer": "accept", "accept-load": "3"}, follow=True)
    assert "You are in the committee" in words(answer)
    assert "sign up" in words(answer)
    rita.refresh_from_db()
    assert (rita.state, rita.load_wanted, rita.user) == ("accepted", 3, None)
    assert Role.objects.get(name="Rita Reviewer").kind == "pc_member"
    assert "Rita Reviewer" in words(Client().get("/2021/"))
    assert parse(dump(read(call)), countries=country_names()).committee == read(call).committee
    place = factories.person("Rita Reviewer")
    assert Member.objects.held_by(place).get() == rita, "who proves the address later, holds the place"


def test_accepting_while_signed_in_connects_the_account(call, rita):
    someone = factories.person("Rita Reviewer", "rita@private.example")
    browser = factories.signed_in(someone)
    browser.post(link(rita), {"answer": "accept", "accept-load": "3"})
    rita.refresh_from_db()
    assert rita.user == someone
    assert Role.objects.get(name="Rita Reviewer").user == someone
    assert "Your account holds this place" in words(browser.get(link(rita)))


def test_an_account_that_holds_a_place_is_not_connected_with_a_second(call, rita, browser, chair):
    answer = browser.post(link(rita), {"answer": "accept", "accept-load": "3"}, follow=True)
    assert "holds another place in this committee" in words(answer)
    rita.refresh_from_db()
    assert (rita.state, rita.user) == ("accepted", None)


def test_a_place_can_be_connected_afterwards(rita):
    Client().post(link(rita), {"answer": "accept", "accept-load": "3"})
    someone = factories.person("Rita R", "rita@private.example")
    browser = factories.signed_in(someone)
    assert "Use my account rita@private.example" in words(browser.get(link(rita)))
    browser.post(link(rita), {"answer": "connect"})
    rita.refresh_from_db()
    assert rita.user == someone
    assert AuditEntry.objects.filter(verb="member.connected", actor=someone).count() == 1
    other = factories.signed_in(factories.person("Otto Other"))
    assert "belongs to the account" in words(other.post(link(rita), {"answer": "connect"}, follow=True))


def test_a_letter_that_was_passed_on_puts_nobody_else_in_the_place_of_its_reader(call, rita):
    factories.person("Rita Reviewer", rita.email)
    other = factories.signed_in(factories.person("Otto Other"))
    assert "belongs to another account than yours (otto@example.org)" in words(other.get(link(rita)))
    answer = words(other.post(link(rita), {"answer": "accept", "accept-load": "3"}, follow=True))
    assert "that one holds this place" in answer
    assert "Use my account" not in answer
    rita.refresh_from_db()
    assert (rita.state, rita.user) == ("accepted", None)
    assert other.get("/2021/member/").status_code == 404


def test_before_accepting_one_reads_which_account_will_hold_the_place(rita):
    someone = factories.signed_in(factories.person("Rita R", "rita@private.example"))
    assert "You are signed in as rita@private.example: this account will hold" in words(
        someone.get(link(rita))
    )
    assert "will hold the place" not in words(Client().get(link(rita)))


def test_an_expired_link_of_somebody_who_accepted_connects_no_account(rita):
    Client().post(link(rita), {"answer": "accept", "accept-load": "3"})
    Member.objects.filter(pk=rita.pk).update(answer_by=timezone.now() - timedelta(days=1))
    other = factories.signed_in(factories.person("Otto Other"))
    answer = other.get(link(rita))
    assert answer.status_code == 200
    assert "You are in the committee" in words(answer)
    assert "Use my account" not in words(answer)
    assert "Sign in with the address we wrote to" in words(answer)
    assert other.post(link(rita), {"answer": "connect"}).status_code == 409
    rita.refresh_from_db()
    assert rita.user is None


def test_declining_tells_the_chairs_and_takes_the_line_out(call, chair, browser):
    line = factories.role(call, "pc_member", name="Rita Reviewer", email="rita@example.org")
    it = Member.objects.get(role=line)
    send(browser, it)
    Client().post(
        link(it), {"answer": "decline", "decline-reason": "No time", "decline-substitute": "Sam Smart"}
    )
    it.refresh_from_db()
    assert (it.state, it.role, it.answer_note) == ("declined", None, "No time\nSuggests: Sam Smart")
    assert not Role.objects.filter(pk=line.pk).exists()
    note = Message.objects.get(kind="invitation_declined")
    assert note.to == chair.email
    assert "No time" in note.text
    assert "Sam Smart" in note.text
    assert str(it.invitation_key) not in note.text


def test_who_wants_no_news_gets_none(call, chair, rita):
    mail_wishes.save(actor=chair, off={"committee_news"}, daily=False)
    Client().post(link(rita), {"answer": "decline"})
    assert not Message.objects.filter(kind="invitation_declined").exists()


def test_an_answer_can_be_changed_as_long_as_the_invitation_holds(call, rita):
    Client().post(link(rita), {"answer": "decline"})
    Client().post(link(rita), {"answer": "accept", "accept-load": "2"})
    rita.refresh_from_db()
    assert (rita.state, rita.load_wanted, rita.answer_note) == ("accepted", 2, "")
    assert rita.role.name == "Rita Reviewer"
    Client().post(link(rita), {"answer": "accept", "accept-load": "5"})
    rita.refresh_from_db()
    assert rita.load_wanted == 5
    Client().post(link(rita), {"answer": "decline"})
    rita.refresh_from_db()
    assert (rita.state, rita.role) == ("declined", None)


def test_who_has_papers_to_review_does_not_leave_by_the_link(call, rita):
    Client().post(link(rita), {"answer": "accept", "accept-load": "2"})
    Assignment.objects.create(paper=factories.paper(call, factories.person("Ada Author")), member=rita)
    answer = Client().post(link(rita), {"answer": "decline"})
    assert answer.status_code == 409
    assert "You have papers to review" in words(answer)


def test_later_until_a_day(rita):
    until = (timezone.now() + timedelta(days=30)).date()
    answer = Client().post(link(rita), {"answer": "later", "later-until": str(until)}, follow=True)
    assert "This link holds until" in words(answer)
    rita.refresh_from_db()
    assert rita.state == "later"
    assert abs(rita.answer_by - timezone.now() - timedelta(days=31)) < timedelta(days=2)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"answer": "accept", "accept-load": ""}, "Write how many papers"),
        ({"answer": "accept", "accept-load": "-1"}, "Write 0 or more"),
        ({"answer": "accept", "accept-load": "9" * 30}, "At most 200"),
        ({"answer": "later", "later-until": "soon"}, "This is not a day"),
        ({"answer": "later", "later-until": "2001-01-01"}, "is in the past"),
        ({"answer": "later", "later-until": "2999-01-01"}, "is too far away"),
        ({"answer": "perhaps"}, "Use one of the buttons"),
        ({}, "Use one of the buttons"),
        ({"answer": "connect"}, "Use one of the buttons"),
        ({"answer": "decline", "decline-reason": "x" * 2001}, "at most 2000"),
    ],
)
def test_an_answer_without_sense_changes_nothing(rita, data, sentence):
    before = Member.objects.values().get(pk=rita.pk)
    answer = Client().post(link(rita), data)
    assert answer.status_code in (409, 422)
    assert sentence in words(answer)
    assert Member.objects.values().get(pk=rita.pk) == before


def test_an_unknown_key_is_like_anything_that_is_not_there(call, rita):
    for where in (
        f"/2021/invitation/{uuid4()}/",
        f"/2020/invitation/{rita.invitation_key}/",
        f"/2021/invitation/{member(call, 'Ned New').invitation_key}/",
    ):
        assert Client().get(where).status_code == 404
        assert Client().post(where, {"answer": "accept", "accept-load": "1"}).status_code == 404


def test_a_later_letter_replaces_the_earlier_link(rita, browser):
    old = link(rita)
    send(browser, rita)
    assert link(rita) != old
    answer = Client().get(old)
    assert answer.status_code == 410
    assert "A later letter replaced this one" in words(answer)
    refused = Client().post(old, {"answer": "accept", "accept-load": "1"})
    assert refused.status_code == 409
    rita.refresh_from_db()
    assert (rita.state, rita.invitations) == ("invited", 2)
    assert "replaces our earlier invitation" in Message.objects.latest("pk").text
    assert Client().get(link(rita)).status_code == 200


def test_a_link_to_a_former_address_says_so_and_tells_no_answer(call, chair, browser, rita):
    old = link(rita)
    before = roster.facts_of(rita)
    new = replace(before, email="rita@elsewhere.example")
    roster.edit(actor=chair, member=rita, facts=new, expected=before.stamp)
    answer = Client().get(old)
    assert answer.status_code == 410
    assert "took it back or changed the address" in words(answer)
    rita.refresh_from_db()
    send(browser, rita)
    rita.refresh_from_db()
    Client().post(link(rita), {"answer": "accept", "accept-load": "3"})
    answer = Client().get(old)
    assert answer.status_code == 410
    assert "A later letter replaced this one" in words(answer)
    assert "You are in the committee" not in words(answer)


def test_an_expired_one_says_so_and_answers_nothing(rita):
    Member.objects.filter(pk=rita.pk).update(answer_by=timezone.now() - timedelta(minutes=1))
    answer = Client().get(link(rita))
    assert answer.status_code == 410
    assert "This invitation has expired" in words(answer)
    assert Client().post(link(rita), {"answer": "accept", "accept-load": "1"}).status_code == 409
    rita.refresh_from_db()
    assert rita.state == "invited"


def test_one_that_was_taken_back_says_so(rita, browser):
    browser.post(f"/2021/chair/committee/people/{rita.pk}/remove/")
    answer = Client().get(link(rita))
    assert answer.status_code == 410
    assert "does not hold any more" in words(answer)


def test_external_reviewers_are_never_printed(call, browser):
    it = member(call, "Ewa External", kind="external")
    send(browser, it)
    Client().post(link(it), {"answer": "accept", "accept-load": "1"})
    it.refresh_from_db()
    assert (it.state, it.role) == ("accepted", None)
    assert "Ewa External" not in words(Client().get("/2021/"))


def test_a_chair_by_invitation_gets_the_office_by_accepting(call, browser):
    conrad = factories.with_second_factor(factories.person("Conrad Chair"))
    it = member(call, "Conrad Chair", kind="programme_chair")
    theirs = factories.signed_in(conrad)
    assert theirs.get("/2021/chair/committee/").status_code == 404
    send(browser, it)
    theirs.post(link(it), {"answer": "accept"})
    assert theirs.get("/2021/chair/committee/").status_code == 200


def test_two_people_of_one_name_are_both_in_and_the_chair_mends_the_names(call, browser):
    factories.role(call, "pc_member", name="Rita Reviewer", email="another@example.org")
    it = member(call)
    send(browser, it)
    assert Client().post(link(it), {"answer": "accept", "accept-load": "1"}).status_code == 302
    it.refresh_from_db()
    assert (it.state, it.role) == ("accepted", None)
    assert "Not printed in the call" in words(browser.get("/2021/chair/committee/"))


def test_an_account_of_an_address_that_is_only_claimed_holds_nothing(call, rita):
    unproven = factories.person("Rita Reviewer", verified=False)
    assert not Member.objects.held_by(unproven).exists()
    EmailAddress.objects.filter(user=unproven).update(verified=True)
    assert Member.objects.held_by(unproven).get() == rita


class TestReminders:
    @pytest.fixture
    def rule(self, call):
        return ReminderRule.objects.create(
            edition=call,
            deadline=call.deadlines.get(slug="submission"),
            audience="invited",
            when=["-5d", "-1d"],
            active_since=timezone.now() - timedelta(days=1),
        )

    def letters(self):
        return list(Message.objects.filter(kind="reminder_invitation").order_by("pk"))

    def test_they_follow_the_persons_own_date_and_come_once(self, rule, rita):
        for days in (4.6, 4.3, 0.9, 0.8):
            reminders.send_due(now=rita.answer_by - timedelta(days=days))
        said = self.letters()
        assert [it.to for it in said] == ["rita@example.org"] * 2
        assert "5 days" in said[0].subject
        assert link(rita) in said[0].text
        assert Reminder.objects.count() == 2

    def test_they_stop_with_the_answer(self, rule, rita):
        Client().post(link(rita), {"answer": "decline"})
        assert reminders.send_due(now=rita.answer_by - timedelta(days=4.5)) == 0

    def test_who_answers_later_is_reminded_of_the_new_date(self, rule, rita):
        until = (timezone.now() + timedelta(days=40)).date()
        Client().post(link(rita), {"answer": "later", "later-until": str(until)})
        assert reminders.send_due(now=rita.answer_by - timedelta(days=4.5)) == 0
        rita.refresh_from_db()
        reminders.send_due(now=rita.answer_by - timedelta(days=4.5))
        assert len(self.letters()) == 1

    def test_the_plan_shows_them_without_the_key(self, rule, rita, browser, call):
        page = browser.get("/2021/chair/reminders/").content.decode()
        assert "rita@example.org" in page
        assert str(rita.invitation_key) not in page
        for action in ("preview", "send"):
            shown = browser.get(f"/2021/chair/reminders/{rule.pk}/-5d/{action}/")
            assert shown.status_code == 200, action
            assert str(rita.invitation_key) not in shown.content.decode()
