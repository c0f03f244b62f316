"""Attacks on an office: around the second factor, and through the administration."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts import audit, outbox, services
from accounts.models import Message, User
from submissions.models import Edition, Paper, Role
from submissions.services import papers
from submissions.services.errors import NotAllowed
from tests import factories
from tests.access.break_in.answers import text

pytestmark = pytest.mark.django_db


class TestSecondFactor:
    """A stolen password of a chair opens nothing but the page that sets up the second factor."""

    @pytest.fixture
    def onefactor(self, call: Edition) -> User:
        person = factories.person("Oskar Onefactor")
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, person)
        return person

    @pytest.mark.parametrize("name", ["paper", "paper_history", "paper_withdraw", "manuscript"])
    @pytest.mark.parametrize("office", ["chair", "administrator"])
    def test_papers_are_shut_outside_the_chairs_pages_too(
        self, onefactor: User, paper: Paper, name: str, office: str
    ) -> None:
        if office == "administrator":
            onefactor = factories.person("Rita Root", is_staff=True, is_superuser=True)
        more = {"version": 1} if name == "manuscript" else {}
        browser = factories.signed_in(onefactor)
        answers = [
            browser.get(reverse(name, kwargs={"edition": "2021", "number": number, **more}))
            for number in (paper.number, 4711)
        ]
        assert [it.status_code for it in answers] == [302, 302]
        assert {it["Location"] for it in answers} == {reverse("mfa_activate_totp")}

    def test_nor_do_the_services_act_for_it(self, onefactor: User, paper: Paper) -> None:
        with pytest.raises(NotAllowed):
            papers.withdraw(actor=onefactor, paper=paper, reason="because")
        factories.with_second_factor(onefactor)
        assert papers.withdraw(actor=onefactor, paper=paper, reason="because").state == "withdrawn"

    def test_the_chairs_own_papers_stay_open(self, onefactor: User, call: Edition) -> None:
        own = factories.paper(call, onefactor)
        assert factories.signed_in(onefactor).get(own.get_absolute_url()).status_code == 200


class TestAdministration:
    """The record and the mail are no way around the wall."""

    @pytest.fixture
    def conflicted(self, call: Edition, paper: Paper, admin: User) -> User:
        role = factories.role(call, Role.Kind.PC_MEMBER, admin)
        paper.declared_conflicts.create(role=role)
        return admin

    @pytest.mark.parametrize("what", ["auditentry", "message"])
    def test_a_conflicted_administrator_reads_nothing_of_the_paper(
        self, conflicted: User, paper: Paper, call: Edition, what: str
    ) -> None:
        other = factories.paper(call, factories.person("Berta Other"), title="Unrelated")
        browser = factories.signed_in(conflicted)
        listed = text(browser.get(reverse(f"admin:accounts_{what}_changelist")))
        assert "ada@example.org" not in listed
        assert paper.title not in listed
        assert "Unrelated" in listed if what == "auditentry" else "berta@example.org" in listed
        rows: Any = {
            "auditentry": audit.history(paper),
            "message": Message.objects.filter(about=f"paper:{paper.pk}"),
        }[what]
        assert rows.exists()
        for row in rows:
            page = browser.get(reverse(f"admin:accounts_{what}_change", args=[row.pk]), follow=True)
            assert paper.title not in text(page)
            assert "ada@example.org" not in text(page)
        assert other.pk

    def test_nor_that_a_mail_about_it_was_sent_again(
        self, conflicted: User, paper: Paper, call: Edition
    ) -> None:
        message = Message.objects.filter(about=f"paper:{paper.pk}").first()
        assert message
        audit.record(actor=None, verb="message.sent_again", subject=message)
        listed = text(factories.signed_in(conflicted).get(reverse("admin:accounts_auditentry_changelist")))
        assert "sent_again" not in listed.split("<tbody", 1)[-1].split("</tbody>")[0]

    def test_an_author_who_administers_reads_no_mail_about_the_own_paper(
        self, admin: User, call: Edition
    ) -> None:
        own = factories.paper(call, admin)
        outbox.post(
            key="x",
            kind="later",
            to="r@example.org",
            subject="Who reviews it",
            text="",
            about=f"paper:{own.pk}",
        )
        listed = text(factories.signed_in(admin).get(reverse("admin:accounts_message_changelist")))
        assert "Who reviews it" not in listed

    def test_rights_to_the_record_are_no_rights_to_papers(self, paper: Paper) -> None:
        clerk = factories.with_second_factor(factories.person("Cleo Clerk", is_staff=True))
        clerk.user_permissions.set(
            Permission.objects.filter(codename__in=["view_auditentry", "view_message", "view_paper"])
        )
        browser = factories.signed_in(clerk)
        for name in ("accounts_auditentry", "accounts_message", "submissions_paper"):
            answer = browser.get(reverse(f"admin:{name}_changelist"))
            assert answer.status_code == 200
            assert paper.title not in text(answer)
            assert "Ada" not in text(answer).split('id="result_list"', 1)[
                -1
            ] or 'id="result_list"' not in text(answer)

    @pytest.mark.parametrize(
        "attack",
        [
            lambda me, root: services.replace_email(actor=me, person=root, email="evil@example.org"),
            lambda me, root: services.remove_two_factor(actor=me, person=root),
            lambda me, root: services.set_active(actor=me, person=root, active=False),
            lambda me, root: services.update_profile(actor=me, person=root, name="Nobody"),
        ],
        ids=["replace the address", "take the second factor off", "block", "rename"],
    )
    def test_staff_does_not_become_an_administrator_through_ones_account(
        self, admin: User, attack: Any
    ) -> None:
        clerk = factories.with_second_factor(factories.person("Cleo Clerk", is_staff=True))
        with pytest.raises(PermissionDenied):
            attack(clerk, admin)
