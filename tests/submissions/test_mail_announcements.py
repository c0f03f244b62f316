"""What a chair writes to a group by hand: exactly whom, exactly what, and ten minutes to think again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import mail_wishes, outbox
from accounts.models import AuditEntry, Message
from submissions.models import Edition, Role
from submissions.services import announcements as service
from submissions.services import mail as mail_service
from submissions.services.errors import NotAllowed, Refused
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/2021/chair/mail/write/"


@pytest.fixture
def call() -> Edition:
    return factories.edition()


@pytest.fixture
def ada(call: Edition) -> Any:
    """Two drafts, one with Emmy, who has no account; and a submitted paper."""
    ada = factories.person("Ada Lovelace")
    emmy = factories.author_data(ada, name="Emmy Noether", email="emmy@example.org")
    factories.paper(call, ada, factories.author_data(ada), emmy, file=None, title="First")
    factories.paper(call, ada, file=None, title="Second")
    factories.paper(call, factories.person("Karl Submitted"), title="Third")
    return ada


def addresses(actor: Any, call: Edition, group: str) -> list[str]:
    return [it.address for it in service.audience(actor=actor, edition=call, group=group).recipients]


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "group": "incomplete",
        "subject": "[{edition}] News",
        "body": "Dear {name},\n\nnews.\n\n{papers}\n\nMissing:\n{missing_list}",
        "batch": str(uuid4()),
        "action": "preview",
    } | changes


def stamp_of(answer: Any) -> str:
    found = BeautifulSoup(answer.content, "html.parser").find("input", {"name": "stamp"})
    return str(found["value"]) if found else ""


def test_groups_are_exactly_who_they_say(call: Edition, ada: Any) -> None:
    chair = factories.chair(call)
    factories.role(call, Role.Kind.PC_MEMBER, factories.person("Mona Member"))
    factories.role(call, Role.Kind.PC_MEMBER, name="Paul Printed", email="paul@example.org")
    factories.role(call, Role.Kind.PC_MEMBER, name="No Address")
    factories.role(call, Role.Kind.STEERING, factories.person("Stella Steering"))
    assert addresses(chair, call, "incomplete") == ["ada@example.org", "emmy@example.org"]
    assert addresses(chair, call, "submitted") == ["karl@example.org"]
    assert addresses(chair, call, "contacts") == ["ada@example.org", "emmy@example.org", "karl@example.org"]
    assert addresses(chair, call, "committee") == ["mona@example.org", "paul@example.org"]
    assert addresses(chair, call, "chairs") == ["chiara@example.org"]
    with pytest.raises(Refused, match="“everybody” is not a group"):
        service.audience(actor=chair, edition=call, group="everybody")
    with pytest.raises(NotAllowed):
        service.audience(actor=ada, edition=call, group="chairs")


def test_a_conflicted_chair_writes_only_to_contacts_of_papers_they_may_see(call: Edition, ada: Any) -> None:
    chair = factories.chair(call)
    call.papers.get(number=1).declared_conflicts.create(role=call.roles.get(user=chair))
    reached = service.audience(actor=chair, edition=call, group="incomplete").recipients
    assert [it.address for it in reached] == ["ada@example.org"]
    assert [paper.number for paper in reached[0].papers] == [2]


def test_write_look_send_and_every_message_has_one_reader(call: Edition, ada: Any) -> None:
    chair = factories.chair(call)
    client = factories.signed_in(chair)
    sent = fields()
    answer = client.post(PAGE, sent)
    page = answer.content.decode()
    assert "2 recipients: Contacts of drafts with something missing" in page
    assert "Dear Ada Lovelace," in page
    assert "#2: Upload your paper as a PDF." in page
    assert not Message.objects.filter(kind="announcement").exists()
    other = client.post(PAGE, sent | {"reader": "emmy@example.org"}).content.decode()
    assert "Dear Emmy Noether," in other
    assert "Second" not in other, "Emmy is a contact of the first paper only"
    answer = client.post(PAGE, sent | {"action": "send", "stamp": stamp_of(answer)}, follow=True)
    page = answer.content.decode()
    assert "2 messages leave in ten minutes" in page
    assert "Call it off" in page
    outbox.deliver_due()
    assert not any("News" in it.subject for it in mail.outbox)
    outbox.deliver_due(now=timezone.now() + timedelta(minutes=11))
    mine = [it for it in mail.outbox if "News" in it.subject]
    assert [it.to for it in mine] == [["ada@example.org"], ["emmy@example.org"]]
    assert all(not it.cc and not it.bcc and it.reply_to == ["chairs@example.org"] for it in mine)
    entry = AuditEntry.objects.get(verb="mail.announced")
    assert (entry.actor, entry.data["messages"], entry.data["group"]) == (chair, 2, "incomplete")


def test_sending_the_form_twice_sends_once(call: Edition, ada: Any) -> None:
    client = factories.signed_in(factories.chair(call))
    sent = fields()
    sent |= {"stamp": stamp_of(client.post(PAGE, sent)), "action": "send"}
    assert client.post(PAGE, sent).status_code == 302
    assert client.post(PAGE, sent).status_code == 302
    assert Message.objects.filter(kind="announcement").count() == 2
    assert AuditEntry.objects.filter(verb="mail.announced").count() == 1


def test_ten_minutes_to_call_it_off(call: Edition, ada: Any) -> None:
    client = factories.signed_in(factories.chair(call))
    sent = fields()
    client.post(PAGE, sent | {"stamp": stamp_of(client.post(PAGE, sent)), "action": "send"})
    undo = f"/2021/chair/mail/call-off/{sent['batch']}/"
    answer = client.post(undo, follow=True)
    assert "2 messages were called off" in answer.content.decode()
    assert outbox.deliver_due(now=timezone.now() + timedelta(hours=1)) == 1, "Karl's receipt alone"
    assert "nothing left to call off" in client.post(undo, follow=True).content.decode()
    assert AuditEntry.objects.get(verb="mail.called_off").data["messages"] == 2


def test_what_has_left_is_not_called_off(call: Edition, ada: Any) -> None:
    client = factories.signed_in(factories.chair(call))
    sent = fields()
    client.post(PAGE, sent | {"stamp": stamp_of(client.post(PAGE, sent)), "action": "send"})
    Message.objects.filter(kind="announcement").update(due_at=timezone.now())
    answer = client.post(f"/2021/chair/mail/call-off/{sent['batch']}/", follow=True)
    assert "nothing left to call off" in answer.content.decode()
    assert Message.objects.filter(kind="announcement").count() == 2


def test_a_group_that_changed_since_is_looked_at_again(call: Edition, ada: Any) -> None:
    client = factories.signed_in(factories.chair(call))
    sent = fields()
    stamp = stamp_of(client.post(PAGE, sent))
    factories.paper(call, factories.person("Late Comer"), file=None)
    answer = client.post(PAGE, sent | {"stamp": stamp, "action": "send"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "The group has changed since you looked at it. Nothing was sent" in page
    assert "late@example.org" in page
    assert stamp_of(answer) not in ("", stamp)
    assert not Message.objects.filter(kind="announcement").exists()


def test_an_empty_group_is_refused(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    answer = client.post(PAGE, fields(group="submitted", action="send"))
    assert answer.status_code == 422
    assert "Nobody is in the group “Contacts of submitted papers” now" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"group": ""}, "Choose whom you write to."),
        ({"group": "all"}, "“all” is not a group one can write to."),
        ({"subject": ""}, "The subject is empty."),
        ({"subject": "x" * 1_000_000}, "This has 1000000 characters; at most 200 are possible."),
        ({"subject": "a\nBcc: b@example.org"}, "line break"),
        ({"body": "{secret}"}, "“{secret}” is not a placeholder of this letter."),
    ],
)
def test_bad_input_is_refused_with_a_sentence(
    call: Edition, ada: Any, changes: dict[str, str], sentence: str
) -> None:
    client = factories.signed_in(factories.chair(call))
    answer = client.post(PAGE, fields(action="send", **changes))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Message.objects.filter(kind="announcement").exists()


def test_who_has_switched_such_mail_off_is_named_and_not_written_to(call: Edition, ada: Any) -> None:
    mail_wishes.stop(address="emmy@example.org", group="announcements")
    mail_wishes.save(actor=ada, off=set(), daily=True)
    client = factories.signed_in(factories.chair(call))
    sent = fields()
    answer = client.post(PAGE, sent)
    page = answer.content.decode()
    assert "1 recipient:" in page
    assert "next morning" in page
    assert "1 more has switched off announcements" in page
    client.post(PAGE, sent | {"stamp": stamp_of(answer), "action": "send"})
    message = Message.objects.get(kind="announcement")
    assert message.to == "ada@example.org"
    assert message.daily
    assert outbox.deliver_due(now=timezone.now() + timedelta(minutes=11)) == 1, "Karl's receipt alone"


def test_a_preview_costs_the_same_however_many_papers(call: Edition, ada: Any) -> None:
    client = factories.signed_in(factories.chair(call))
    client.post(PAGE, fields())
    costs = []
    for round_ in range(2):
        for number in range(5 * round_):
            factories.paper(call, factories.person(f"N{number} New"), file=None)
        with CaptureQueriesContext(connection) as captured:
            client.post(PAGE, fields())
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_while_mail_is_held_nothing_promises_ten_minutes(call: Edition, ada: Any) -> None:
    chair = factories.chair(call)
    client = factories.signed_in(chair)
    mail_service.hold(actor=chair, edition=call)
    data = fields(group="contacts")
    data |= {"stamp": stamp_of(client.post(PAGE, data)), "action": "send"}
    page = client.post(PAGE, data, follow=True).content.decode()
    assert "until the mail is released" in page
    assert "It leaves when the mail is released, and not before" in page
    assert "in ten minutes." not in page


def test_the_recipients_stand_where_the_browser_looks_after_the_click(call: Edition, ada: Any) -> None:
    client = factories.signed_in(factories.chair(call))
    data = fields(group="contacts")
    page = BeautifulSoup(client.post(PAGE, data).content, "html.parser")
    target = page.select_one(f"main form {page.select_one('main form')['action']}")
    assert "recipient" in target.h2.get_text()
    stale = BeautifulSoup(client.post(PAGE, data | {"action": "send", "stamp": "old"}).content, "html.parser")
    assert "The group has changed" in stale.select_one("#recipients [role=alert]").get_text()
