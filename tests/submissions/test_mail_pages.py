"""The chairs' mail page: what became of every message, behind every wall, and what one can do about it."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import outbox
from accounts.models import AuditEntry, MailHold, Message
from submissions.models import Edition, Paper
from submissions.services import mail as service
from submissions.services.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/2021/chair/mail/"


@pytest.fixture
def call() -> Edition:
    return factories.edition()


def written(call: Edition, number: int, title: str = "A title") -> Paper:
    return factories.paper(
        call, factories.person(f"Author {number}", f"author{number}@example.org"), title=title
    )


def post(call: Edition, key: str = "k", **changes: Any) -> Message:
    given = {"kind": "receipt", "to": "ada@example.org", "subject": "Hello", "text": "Text"} | changes
    return outbox.post(key=key, edition=call.slug, **given)


def conflicted(call: Edition, paper: Paper) -> Any:
    chair = factories.chair(call, "Conrad Conflicted")
    paper.declared_conflicts.create(role=call.roles.get(user=chair))
    return chair


def shown(client: Any, **wanted: Any) -> str:
    return str(client.get(PAGE, wanted).content.decode())


def test_every_state_is_shown_with_its_reason(call: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends import locmem

    client = factories.signed_in(factories.chair(call))
    post(call, "sent", subject="Subject one")
    outbox.deliver_due()

    def refuse(*_: Any) -> int:
        raise OSError("mailbox of a full house")

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)
    failed = post(call, "failed", subject="Subject two")
    Message.objects.filter(pk=failed.pk).update(attempts=5)
    outbox.deliver_due()
    post(call, "queued", subject="Subject three")
    post(call, "other", to="x@y.example", subject="Foreign")
    Message.objects.filter(key="other").update(edition="2020")
    page = shown(client)
    assert "1 queued · 1 sent · 1 failed" in page
    assert "mailbox of a full house" in page
    assert "Foreign" not in page
    for state, subject in (("sent", "one"), ("failed", "two"), ("queued", "three")):
        page = shown(client, state=state)
        assert [word for word in ("one", "two", "three") if f"Subject {word}" in page] == [subject]
    assert "1 message</a> could not be delivered" in client.get("/2021/chair/papers/").content.decode()


def test_filters_by_person_paper_and_kind(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    written(call, 1, "First"), written(call, 2, "Second")
    post(call, "x", kind="waiver", to="third@example.org", subject="Waived")
    for wanted, expected in (
        ({"person": "author1@"}, {"#1"}),
        ({"person": "AUTHOR 2"}, {"#2"}),
        ({"paper": "#2"}, {"#2"}),
        ({"paper": "1"}, {"#1"}),
        ({"kind": "waiver"}, {"Waived"}),
        ({"paper": "77"}, set()),
        ({"paper": "drop table"}, set()),
    ):
        page = shown(client, **wanted)
        marks = {"#1": "Paper #1 is", "#2": "Paper #2 is", "Waived": "Waived</a>"}
        assert {name for name, mark in marks.items() if mark in page} == expected, wanted


def test_the_counts_are_those_of_what_is_listed(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    written(call, 1, "First")
    post(call, "x", kind="waiver", also_about=["paper:1", "paper:2"])
    post(call, "y", kind="waiver")
    Message.objects.filter(key="y").update(state="failed")
    assert "2 queued · 1 failed</p>" in shown(client)
    assert "1 queued · 1 failed</p>" in shown(client, kind="waiver")
    assert ">1 failed</p>" in shown(client, state="failed")


@pytest.mark.parametrize(
    "query",
    ["page=9999", "page=x", "kind=none", "state=none", "person=" + "a" * 5000, "batch=no", "person=%00"],
)
def test_odd_queries_get_a_page(call: Edition, query: str) -> None:
    post(call)
    assert factories.signed_in(factories.chair(call)).get(f"{PAGE}?{query}").status_code == 200


def test_a_conflicted_chair_sees_no_trace_of_the_mail_about_the_paper(call: Edition) -> None:
    paper, other = written(call, 1, "Zephyrine"), written(call, 2, "Second")
    client = factories.signed_in(conflicted(call, paper))
    about_both = post(call, "both", subject="Both", also_about=[f"paper:{paper.pk}", f"paper:{other.pk}"])
    Message.objects.filter(about=f"paper:{paper.pk}").update(state="failed")
    page = shown(client)
    assert "1 queued" in page
    assert "failed</p>" not in page
    for word in ("Paper #1", "author1@example.org", "Both"):
        assert word not in page
    assert "could not be delivered" not in client.get("/2021/chair/papers/").content.decode()
    for message in (about_both, Message.objects.get(about=f"paper:{paper.pk}")):
        for answer in (client.get(f"{PAGE}{message.pk}/"), client.post(f"{PAGE}{message.pk}/again/")):
            assert answer.status_code == 404
    missing, hidden = (BeautifulSoup(shown(client, paper=number), "html.parser") for number in ("7", "1"))
    assert missing.main.get_text().replace("7", "1") == hidden.main.get_text().replace("7", "1")
    with pytest.raises(NotAllowed):
        service.send_again(
            actor=call.roles.get(name="Conrad Conflicted").user, edition=call, message=about_both
        )


def test_a_colleagues_own_digest_is_not_for_reading(call: Edition) -> None:
    """It may count papers that others have a conflict with."""
    chiara, carl = factories.chair(call, "Chiara C"), factories.chair(call, "Carl C")
    message = post(call, kind="chair_digest", person=chiara, subject="41 papers", text="secret numbers")
    for chair, readable in ((chiara, True), (carl, False)):
        client = factories.signed_in(chair)
        for page in (shown(client), client.get(f"{PAGE}{message.pk}/").content.decode()):
            assert ("41 papers" in page) is readable
        assert ("secret numbers" in page) is readable


def test_codes_and_links_that_sign_in_are_never_there(call: Edition) -> None:
    message = post(call, sensitive=True, text="ABCD-EFGH")
    client = factories.signed_in(factories.chair(call))
    assert "No mail yet" in shown(client)
    assert client.get(f"{PAGE}{message.pk}/").status_code == 404


def test_held_mail_waits_and_leaves_when_it_is_released(call: Edition) -> None:
    chair = factories.chair(call)
    client = factories.signed_in(chair)
    before = post(call, "before")
    assert client.post(f"{PAGE}hold/").status_code == 302
    post(call, "after")
    outbox.post(key="elsewhere", kind="k", to="x@example.org", subject="", text="", edition="2020")
    assert outbox.deliver_due() == 1, "other editions are not held"
    page = shown(client)
    assert "2 held" in page
    assert "The mail of this edition is held" in page
    assert "Hello" in shown(client, state="held")
    assert "No message matches" in shown(client, state="queued")
    assert "is held</a>" in client.get("/2021/chair/papers/").content.decode()
    assert client.post(f"{PAGE}hold/").status_code == 302, "twice is the same as once"
    assert client.post(f"{PAGE}release/").status_code == 302
    assert outbox.deliver_due() == 2
    before.refresh_from_db()
    assert before.state == "sent"
    assert [it.verb for it in AuditEntry.objects.filter(verb__startswith="mail.").order_by("pk")] == [
        "mail.held",
        "mail.released",
    ]


def test_a_hold_in_the_middle_of_a_run_stops_the_rest(call: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends import locmem

    for number in range(outbox.BATCH + 5):
        post(call, f"k{number}")
    original = locmem.EmailBackend.send_messages

    def hold_then_send(self: Any, messages: Any) -> int:
        MailHold.objects.get_or_create(edition=call.slug)
        return original(self, messages)

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", hold_then_send)
    assert outbox.deliver_due() <= outbox.BATCH, "what was taken before the hold"
    assert Message.objects.filter(state="queued").count() >= 5


def test_a_message_is_sent_again_with_the_same_id(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    message = post(call)
    answer = client.post(f"{PAGE}{message.pk}/again/", follow=True)
    assert "still on its way" in answer.content.decode()
    outbox.deliver_due()
    assert "Send again" in client.get(f"{PAGE}{message.pk}/").content.decode()
    client.post(f"{PAGE}{message.pk}/again/")
    outbox.deliver_due()
    first, second = (sent.extra_headers["Message-ID"] for sent in mail.outbox)
    assert first == second
    assert "Chiara Chair sent it again" in client.get(f"{PAGE}{message.pk}/").content.decode()


def test_a_page_costs_the_same_however_many_messages(call: Edition) -> None:
    client = factories.signed_in(factories.chair(call))
    papers = [written(call, number) for number in range(4)]
    client.get(PAGE)
    costs = []
    for round_ in range(2):
        for number in range(60 * round_ + 2):
            paper = papers[number % 4]
            post(call, f"{round_}-{number}", about=f"paper:{paper.pk}", also_about=[f"paper:{papers[0].pk}"])
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 18
    assert "1–50 of 68" in shown(client)
