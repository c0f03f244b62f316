"""What optional mail a person wants: the settings page, the link that stops it, one mail a day."""

from datetime import UTC, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import mail_wishes, outbox
from accounts.mail_groups import groups
from accounts.mail_wishes import Wishes
from accounts.models import AuditEntry, MailWish, Message
from submissions import letters
from tests import factories

pytestmark = pytest.mark.django_db


def remind(call: Any, ada: Any, number: int = 1, to: str = "") -> Message | None:
    return letters.send(
        "announcement",
        edition=call,
        to=to or ada.email,
        person=ada,
        about=f"paper:{number}",
        occasion="first",
        url="/2021/",
        values={"papers": f"- #{number} A paper"},
    )


def save(client: Client, **fields: Any) -> Any:
    wanted = ["reminders", "announcements", "chair_digest"]
    return client.post("/account/mail/", {"wanted": wanted, "pace": "now"} | fields)


def test_the_page_says_what_is_always_sent_and_keeps_the_choice() -> None:
    ada = factories.person("Ada Lovelace")
    client = factories.signed_in(ada)
    page = client.get("/account/mail/").content.decode()
    assert "Receipts: your paper is submitted" in page
    assert "Decisions of the chairs" in page
    assert page.count("checked") == len(groups) + 1, "each kind, and at once"
    assert save(client, wanted=["reminders"], pace="daily").status_code == 302
    wishes = mail_wishes.wishes_for_page(ada)
    assert wishes == Wishes(frozenset(groups) - {"reminders"}, daily=True)
    entry = AuditEntry.objects.get(verb="account.mail_changed")
    assert entry.data["daily"] == [False, True]
    save(client, wanted=["reminders"], pace="daily")
    assert AuditEntry.objects.filter(verb="account.mail_changed").count() == 1, "nothing was different"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"wanted": ["receipts"]}, "“receipts” is not a kind of mail of this site."),
        ({"pace": "weekly"}, "“weekly” is not one of the two"),
        ({"pace": ""}, "Choose when this mail comes."),
    ],
)
def test_what_the_page_does_not_offer_is_refused(fields: dict[str, Any], sentence: str) -> None:
    client = factories.signed_in(factories.person("Ada Lovelace"))
    answer = save(client, **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not MailWish.objects.exists()


def test_a_switched_off_kind_is_not_queued_and_required_ones_are() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    save(factories.signed_in(ada), wanted=[])
    assert remind(call, ada) is None
    factories.paper(call, ada)
    assert [it.kind for it in Message.objects.all()] == ["receipt"]


def test_the_link_in_a_mail_shows_a_button_and_only_the_button_stops(client: Client) -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    remind(call, ada)
    outbox.deliver_due()
    headers = mail.outbox[0].message()
    link = headers["List-Unsubscribe"].strip("<>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("http://testserver/account/mail/stop/")
    path = link.removeprefix("http://testserver")
    page = client.get(path)
    assert "Stop this kind of mail?" in page.content.decode()
    assert not MailWish.objects.exists(), "programs open links to look at them"
    # A mail program posts without cookies, tokens or a referrer.
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert mail_wishes.wishes_of(address=ada.email, person=ada).refuses("announcements")
    assert strict.post(path).status_code == 200
    assert AuditEntry.objects.filter(verb="account.mail_stopped").count() == 1
    assert remind(call, ada, 2) is None


@pytest.mark.parametrize("token", ["x", "x:y:z", "WyJhIl0:1abc:def"])
def test_a_forged_link_leads_nowhere(client: Client, token: str) -> None:
    for answer in (client.get(f"/account/mail/stop/{token}/"), client.post(f"/account/mail/stop/{token}/")):
        assert answer.status_code == 404
    assert not MailWish.objects.exists()


def test_a_contact_without_an_account_can_stop_mail_and_it_holds_for_the_later_account() -> None:
    call = factories.edition()
    mail_wishes.stop(address="Emmy@example.org", group="announcements")
    assert remind(call, None, to="emmy@example.org") is None
    emmy = factories.person("Emmy Noether", "emmy@example.org")
    assert remind(call, emmy) is None
    client = factories.signed_in(emmy)
    assert client.get("/account/mail/").content.decode().count("checked") == len(groups), (
        "all but one, and at once"
    )
    save(client)
    assert remind(call, emmy) is not None


def test_one_mail_a_day_joins_what_waits() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace", time_zone="Europe/Rome")
    save(factories.signed_in(ada), pace="daily")
    with time_machine.travel("2026-03-10 12:00:00Z", tick=False):
        first, second = remind(call, ada, 1), remind(call, ada, 2)
        assert first is not None
        assert second is not None
        assert f"{first.due_at.astimezone(UTC):%d %H:%M}" == "11 07:00", "eight in the morning in Rome"
        assert outbox.deliver_due() == 0
    with time_machine.travel("2026-03-11 07:01:00Z", tick=False):
        assert outbox.deliver_due() == 1
        assert outbox.deliver_due() == 0
    (sent,) = mail.outbox
    assert sent.subject == "[ScaDL 2021] 2 messages of the day"
    assert "#1 A paper" in sent.body
    assert "#2 A paper" in sent.body
    assert sent.reply_to == ["chairs@example.org"]
    assert "List-Unsubscribe" in sent.extra_headers
    first.refresh_from_db()
    assert (first.state, first.joined_into.state) == ("joined", "sent")
    assert sorted(it.about for it in first.joined_into.also_about.all()) == ["paper:1", "paper:2"]


def test_a_single_message_of_the_day_goes_as_it_is() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    save(factories.signed_in(ada), pace="daily")
    message = remind(call, ada)
    assert message is not None
    assert outbox.deliver_due(now=timezone.now() + timedelta(days=2)) == 1
    assert mail.outbox[0].subject == message.subject


def test_required_mail_never_waits_for_the_morning() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    save(factories.signed_in(ada), pace="daily")
    factories.paper(call, ada)
    assert outbox.deliver_due() == 1


def test_what_is_urgent_or_for_one_pair_of_eyes_is_not_joined() -> None:
    call, ada = factories.edition(), factories.person("Ada Lovelace")
    save(factories.signed_in(ada), pace="daily")
    common = {"edition": call, "to": ada.email, "person": ada, "about": "", "url": "/2021/"}
    urgent = letters.send("announcement", **common, occasion="1", at_once=True)
    digest = letters.send("chair_digest", **common, occasion="2")
    assert urgent is not None
    assert digest is not None
    assert not urgent.daily
    assert not digest.daily
    assert outbox.deliver_due() == 2
