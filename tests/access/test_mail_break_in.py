"""Attempts to learn or do through mail, reminders and long work what one may not."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import mail_wishes, outbox
from accounts.models import AuditEntry, MailHold, MailWish, Message, User
from submissions.models import Edition, LetterText, Paper, Reminder, ReminderRule
from submissions.services import announcements, digest, reminders
from tests import factories

pytestmark = pytest.mark.django_db

WRITE, MAIL = "/2021/chair/mail/write/", "/2021/chair/mail/"


@pytest.fixture
def call() -> Edition:
    return factories.edition(closes=timezone.now() + timedelta(days=10))


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


@pytest.fixture
def conrad(call: Edition) -> User:
    """A chair whom the authors of `hidden` have declared."""
    return factories.chair(call, "Conrad Conflicted")


@pytest.fixture
def hidden(call: Edition, conrad: User) -> Paper:
    paper = factories.paper(call, factories.person("Hanna Hidden"), title="Zephyrine", file=None)
    paper.declared_conflicts.create(role=call.roles.get(user=conrad))
    return paper


@pytest.fixture
def open_one(call: Edition) -> Paper:
    return factories.paper(call, factories.person("Olga Open"), title="Quokkas", file=None)


def rule(call: Edition, audience: str = "incomplete", *when: str) -> ReminderRule:
    return ReminderRule.objects.create(
        edition=call,
        deadline=call.deadlines.get(slug="submission"),
        audience=audience,
        when=list(when) or ["-7d", "-2d"],
    )


def announcement(**changes: Any) -> dict[str, Any]:
    return {
        "group": "contacts",
        "subject": "News",
        "body": "Dear {name}",
        "batch": str(uuid4()),
        "action": "preview",
    } | changes


def sent_to_all(client: Client, **changes: Any) -> dict[str, Any]:
    """The chair of `client` writes to a group as a browser does; returns the form that was sent."""
    data = announcement(**changes)
    shown = BeautifulSoup(client.post(WRITE, data).content, "html.parser")
    data |= {"action": "send", "stamp": shown.select_one("[name=stamp]")["value"]}
    assert client.post(WRITE, data).status_code == 302
    return data


def words(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


class TestWalls:
    """A chair with a conflict learns nothing of the paper, not even that there is one."""

    def test_the_digest_of_a_colleague_cannot_be_previewed(
        self, call: Edition, chair: User, conrad: User, hidden: Paper, open_one: Paper
    ) -> None:
        digests = rule(call, "chairs", "daily")
        where = reverse("chair_reminder_preview", args=[call.slug, digests.pk, "daily"])
        client = factories.signed_in(conrad)
        own = words(client.get(where))
        assert "1 in draft" in own
        for asked in (f"edition:{call.pk} {chair.email}", f"edition:{call.pk} {conrad.email}", "nobody"):
            page = words(client.get(where, {"to": asked}))
            assert "2 in draft" not in page
            assert f"#{hidden.number}" not in page
        assert chair.email not in client.get(where).content.decode()
        seen = words(factories.signed_in(chair).get(where))
        assert "2 in draft" in seen  # so there was something to learn

    def test_an_administrator_who_is_no_chair_has_no_digest_to_look_at(
        self, call: Edition, chair: User, hidden: Paper
    ) -> None:
        digests = rule(call, "chairs", "daily")
        admin = factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))
        where = reverse("chair_reminder_preview", args=[call.slug, digests.pk, "daily"])
        page = words(factories.signed_in(admin).get(where, follow=True))
        assert "in draft" not in page
        assert "Each digest is for its own reader" in page

    def test_a_digest_counts_no_failed_mail_that_tells_of_the_paper(
        self, call: Edition, conrad: User, hidden: Paper, open_one: Paper
    ) -> None:
        told = [f"paper:{hidden.pk}", f"paper:{open_one.pk}"]
        for key, about, also in (("daily", "", told), ("news", told[1], told[:1])):
            outbox.post(
                key=key, kind="daily", to="x@example.org", subject="s", text="t", edition=call.slug,
                about=about, also_about=also,
            )  # fmt: skip
        Message.objects.update(state="failed")
        Message.objects.exclude(key__in=["daily", "news"]).delete()
        found = digest.of(
            call,
            conrad,
            deadline=call.deadlines.get(slug="submission"),
            since=timezone.now(),
            now=timezone.now(),
        )
        assert found is not None
        assert found["failures"] == "All mail went out."

    def test_a_chair_without_a_second_factor_gets_no_numbers_by_mail(
        self, call: Edition, settings: Any, open_one: Paper
    ) -> None:
        settings.REQUIRE_TWO_FACTOR = True
        oskar = factories.person("Oskar Onefactor")
        factories.role(call, "programme_chair", oskar)
        outbox.post(key="f", kind="waiver", to="x@example.org", subject="s", text="t", edition=call.slug)
        Message.objects.update(state="failed")
        deadline, now = call.deadlines.get(slug="submission"), timezone.now()
        assert digest.of(call, oskar, deadline=deadline, since=now, now=now) is None

    def test_using_the_number_of_a_colleagues_message_again_counts_nothing_hidden(
        self, call: Edition, chair: User, conrad: User, hidden: Paper, open_one: Paper
    ) -> None:
        sent = sent_to_all(factories.signed_in(chair))
        assert Message.objects.filter(batch=sent["batch"]).count() == 2
        client = factories.signed_in(conrad)
        shown = BeautifulSoup(client.post(WRITE, {**sent, "action": "preview"}).content, "html.parser")
        stamp = shown.select_one("[name=stamp]")["value"]
        page = words(client.post(WRITE, {**sent, "stamp": stamp}, follow=True))
        assert "2 messages" not in page
        assert "hanna@" not in page

    def test_no_list_count_filter_or_preview_names_it(
        self, call: Edition, chair: User, conrad: User, hidden: Paper, open_one: Paper
    ) -> None:
        rules = rule(call)
        sent = sent_to_all(factories.signed_in(chair))
        client = factories.signed_in(conrad)
        of_rule = [call.slug, rules.pk, "-7d"]
        for where in (
            MAIL,
            f"{MAIL}?batch={sent['batch']}",
            f"{MAIL}?person=hanna",
            f"{MAIL}?paper={hidden.number}",
            f"{MAIL}letters/receipt/?reader={hidden.number}+hanna@example.org",
            "/2021/chair/reminders/",
            reverse("chair_reminder_send", args=of_rule),
            reverse("chair_reminder_preview", args=of_rule) + f"?to=paper:{hidden.pk}+hanna@example.org",
        ):
            page = BeautifulSoup(client.get(where).content, "html.parser").main
            for field in page.select("input, .errorlist, .error-summary"):
                field.decompose()  # what was asked for is repeated there
            text = page.get_text(" ")
            for word in ("Zephyrine", "Hanna", "hanna@", f"#{hidden.number}", "2 recipients", "2 queued"):
                assert word not in text, (where, word)

    def test_calling_off_and_sending_now_reach_only_what_one_sees(
        self, call: Edition, chair: User, conrad: User, hidden: Paper, open_one: Paper
    ) -> None:
        sent = sent_to_all(factories.signed_in(chair))
        client = factories.signed_in(conrad)
        page = words(client.post(reverse("chair_mail_call_off", args=["2021", sent["batch"]]), follow=True))
        assert "One message was called off" in page
        assert [it.to for it in Message.objects.filter(batch=sent["batch"])] == ["hanna@example.org"]
        where = reverse("chair_reminder_send", args=[call.slug, rule(call).pk, "-7d"])
        form = BeautifulSoup(client.get(where).content, "html.parser")
        client.post(where, {"expected": form.select_one("[name=expected]")["value"]})
        assert [it.address for it in Reminder.objects.all()] == ["olga@example.org"]


class TestStopLinks:
    def stops(self, *pages: str) -> list[str]:
        prefix = reverse("account_mail_stop", args=["x"]).removesuffix("x/")
        return [page for page in pages if prefix in page]

    def test_chairs_never_see_the_link_that_stops_a_readers_mail(
        self, call: Edition, chair: User, open_one: Paper
    ) -> None:
        """Whoever has it can switch off somebody else's mail, and the log would name that person."""
        client = factories.signed_in(chair)
        rules = rule(call)
        pages = [client.post(WRITE, announcement()).content.decode()]
        sent_to_all(client)
        message = Message.objects.get(kind="announcement")
        assert self.stops(message.text)
        pages.append(client.get(f"{MAIL}{message.pk}/").content.decode())
        pages.append(client.get(f"{MAIL}letters/reminder_incomplete/").content.decode())
        where = reverse("chair_reminder_preview", args=[call.slug, rules.pk, "-7d"])
        pages.append(client.get(where).content.decode())
        for page in pages:
            assert "To stop messages of this kind" in page
            assert "Dear" in page
            assert not self.stops(page)

    @pytest.mark.parametrize("salt", ["accounts.mail_wishes.stop", "other"])
    def test_a_link_works_as_it_was_signed_or_not_at_all(self, client: Client, salt: str) -> None:
        token = signing.dumps(["ada@example.org", "reminders"], salt=salt, compress=True)
        good = client.post(reverse("account_mail_stop", args=[token])).status_code
        assert good == (200 if salt == "accounts.mail_wishes.stop" else 404)
        assert MailWish.objects.exists() is (good == 200)
        changed = [token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, token.split(":")[0]]
        for bad in [*changed, "a" * 5000, "%00", "..", "ä:ö:ü"]:
            where = reverse("account_mail_stop", args=["TOKEN"]).replace("TOKEN", bad)
            assert client.post(where).status_code == 404, bad

    def test_a_link_stops_its_own_kind_for_its_own_reader(self, client: Client) -> None:
        ada, bob = factories.person("Ada"), factories.person("Bob")
        url = mail_wishes.stop_url(address=ada.email, group="reminders")
        client.force_login(bob, "django.contrib.auth.backends.ModelBackend")
        client.post(url[url.index("/account/") :])
        assert mail_wishes.wishes_for_page(ada).off == {"reminders"}
        assert not mail_wishes.wishes_for_page(bob).off


class TestForms:
    @pytest.mark.parametrize(
        "name",
        ["hold", "release", "write", "call_off", "letter", "default", "again", "switch", "send", "export"],
    )
    def test_nothing_happens_without_the_token_of_the_page(
        self, call: Edition, chair: User, open_one: Paper, name: str
    ) -> None:
        rules = rule(call)
        message = outbox.post(
            key="k", kind="receipt", to="a@example.org", subject="s", text="t", edition=call.slug
        )
        Message.objects.update(state="failed")
        slug = call.slug
        where = {
            "hold": reverse("chair_mail_hold", args=[slug]),
            "release": reverse("chair_mail_release", args=[slug]),
            "write": WRITE,
            "call_off": reverse("chair_mail_call_off", args=[slug, uuid4()]),
            "letter": reverse("chair_letter", args=[slug, "receipt"]),
            "default": reverse("chair_letter_default", args=[slug, "receipt"]),
            "again": reverse("chair_mail_again", args=[slug, message.pk]),
            "switch": reverse("chair_reminder_switch", args=[slug, rules.pk]),
            "send": reverse("chair_reminder_send", args=[slug, rules.pk, "-7d"]),
            "export": reverse("chair_export", args=[slug]),
        }[name]
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(chair, "django.contrib.auth.backends.ModelBackend")
        entries = AuditEntry.objects.count()
        assert strict.post(where, {"active": "off"}).status_code == 403
        assert AuditEntry.objects.count() == entries
        assert not MailHold.objects.exists()
        assert ReminderRule.objects.get().active

    def test_two_clicks_are_one(self, call: Edition, chair: User, open_one: Paper) -> None:
        client = factories.signed_in(chair)
        data = sent_to_all(client)
        client.post(WRITE, data)
        for name in ("chair_mail_hold", "chair_mail_hold", "chair_mail_release", "chair_mail_release"):
            client.post(reverse(name, args=[call.slug]))
        verbs = ["mail.announced", "mail.held", "mail.released"]
        assert [AuditEntry.objects.filter(verb=verb).count() for verb in verbs] == [1, 1, 1]
        assert Message.objects.filter(batch=data["batch"]).count() == 1

    def test_a_confirmation_holds_for_what_was_shown_and_nothing_else(
        self, call: Edition, chair: User, open_one: Paper
    ) -> None:
        client = factories.signed_in(chair)
        data = announcement()
        shown = BeautifulSoup(client.post(WRITE, data).content, "html.parser")
        stamp = shown.select_one("[name=stamp]")["value"]
        for wrong in ({"stamp": ""}, {"stamp": "0" * 16}, {"stamp": stamp, "group": "chairs"}):
            assert client.post(WRITE, data | {"action": "send"} | wrong).status_code == 409
        assert not Message.objects.filter(batch=data["batch"]).exists()
        where = reverse("chair_reminder_send", args=[call.slug, rule(call).pk, "-7d"])
        for wrong in ("", "0" * 16, stamp, "x" * 100_000):
            client.post(where, {"expected": wrong})
        assert not Reminder.objects.exists()


class TestTooMuch:
    def test_a_text_that_is_refused_is_not_filled_with_values(
        self, call: Edition, chair: User, open_one: Paper
    ) -> None:
        """A megabyte of placeholders would become many megabytes of letter, for each keystroke."""
        body = "{facts}\n" * 100_000
        answer = factories.signed_in(chair).post(
            f"{MAIL}letters/receipt/",
            {"action": "preview", "subject": "s", "body": body, "expected": "0"},
        )
        assert answer.status_code == 422
        assert "at most 20000 are possible" in words(answer)
        assert len(answer.content) < len(body) + 100_000

    def test_a_text_cannot_be_all_placeholders(self, call: Edition, chair: User) -> None:
        client = factories.signed_in(chair)
        answer = client.post(
            f"{MAIL}letters/receipt/",
            {"action": "save", "subject": "s", "body": "{facts}\n" * 200, "expected": "0"},
        )
        assert answer.status_code == 422
        assert "200 placeholders; at most 50" in words(answer)
        assert not LetterText.objects.exists()

    @pytest.mark.parametrize(
        "value", ["x" * 1_000_000, "a\0b", "' OR 1=1 --", "{name.__class__}", "\r\nBcc: x@y.example"]
    )
    @pytest.mark.parametrize("name", ["subject", "body", "group", "stamp", "batch", "reader"])
    def test_any_field_of_a_message_answers_with_a_page(
        self, call: Edition, chair: User, open_one: Paper, name: str, value: str
    ) -> None:
        data = announcement(action="send") | {name: value}
        assert factories.signed_in(chair).post(WRITE, data).status_code in {200, 409, 422}
        assert not Message.objects.filter(kind="announcement").exists()

    @pytest.mark.parametrize("value", ["9" * 400, "9" * 5000, "-1", "1e9", "%00", "'--", "٣"])
    @pytest.mark.parametrize("name", ["page", "person", "paper", "kind", "state", "batch"])
    def test_any_filter_answers_with_a_page(self, call: Edition, chair: User, name: str, value: str) -> None:
        assert factories.signed_in(chair).get(f"{MAIL}?{name}={value}").status_code == 200

    @pytest.mark.parametrize(
        "where",
        [
            f"{MAIL}{'9' * 30}/",
            f"{MAIL}{'9' * 5000}/",
            f"/2021/chair/reminders/{'9' * 30}/-7d/preview/",
            "/2021/chair/reminders/1/%00/preview/",
            f"{MAIL}letters/__class__/",
            f"{MAIL}letters/..%2f..%2fbase/",
        ],
    )
    def test_odd_addresses_are_not_found(self, call: Edition, chair: User, where: str) -> None:
        assert factories.signed_in(chair).get(where).status_code == 404


def test_who_refused_is_not_written_to_under_a_second_address(call: Edition, chair: User) -> None:
    from allauth.account.models import EmailAddress

    ada = factories.person("Ada Author")
    EmailAddress.objects.create(user=ada, email="ada@second.example", verified=True)
    factories.paper(
        call,
        ada,
        factories.author_data(ada),
        factories.author_data(ada, email="ada@second.example"),
        file=None,
    )
    found = announcements.audience(actor=chair, edition=call, group="contacts")
    assert [it.address for it in found.recipients] == ["ada@example.org"]
    mail_wishes.stop(address="ada@example.org", group="announcements")
    found = announcements.audience(actor=chair, edition=call, group="contacts")
    assert not found.recipients
    assert [it.address for it in found.refusing] == ["ada@example.org"]
    wishes = mail_wishes.wishes_of_many({"ada@example.org": ada, "ada@second.example": ada})
    assert all(it.off == {"announcements"} for it in wishes.values())
    assert reminders.plan(edition=call, now=timezone.now()) == []
