"""Attempts to become somebody else: an author, or the owner of an address."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Message, User
from submissions import policy
from submissions.models import Edition, Paper, Role
from tests import factories
from tests.access.break_in.answers import text

pytestmark = pytest.mark.django_db


class TestClaims:
    """Papers and offices follow proven addresses only."""

    @pytest.mark.parametrize("verified", [False, True])
    def test_an_address_that_a_role_names(self, call: Edition, paper: Paper, verified: bool) -> None:
        eve = factories.with_second_factor(factories.person("Eve Other"))
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, name="Real Chair", email="real@example.org")
        EmailAddress.objects.create(user=eve, email="real@example.org", verified=verified)
        assert policy.may_chair(eve, call) is verified
        assert policy.may_handle(eve, paper) is verified

    def test_a_role_without_address_or_account_is_nobodys(self, call: Edition) -> None:
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, name="Only a Name")
        nameless = factories.person("Only a Name")
        User.objects.filter(pk=nameless.pk).update(email="")
        nameless.refresh_from_db()
        EmailAddress.objects.filter(user=nameless).update(email="")
        assert not policy.may_chair(nameless, call)

    def test_a_role_that_is_an_accounts_is_not_its_addresss_as_well(self, call: Edition) -> None:
        holder, eve = factories.person("Hannah Holder"), factories.person("Eve Other", "eve@example.org")
        factories.role(call, Role.Kind.PROGRAMME_CHAIR, holder, email="eve@example.org")
        assert not policy.may_chair(eve, call)

    def test_an_ex_chair_is_a_stranger_at_once(self, call: Edition, chair: User, paper: Paper) -> None:
        browser = factories.signed_in(chair)
        assert browser.get(paper.get_absolute_url()).status_code == 200
        Role.objects.filter(user=chair).delete()
        assert browser.get(paper.get_absolute_url()).status_code == 404
        assert browser.get(reverse("chair_papers", args=["2021"])).status_code == 404

    def test_a_new_account_under_a_deleted_ones_name_inherits_nothing(
        self, call: Edition, ada: User, paper: Paper
    ) -> None:
        services.delete_account(actor=ada, person=ada, confirmation=ada.email)
        again = factories.person("Ada Author", "ada@example.org", verified=False)
        assert not Paper.objects.visible_to(again).exists()

    @pytest.mark.parametrize("proven", [False, True])
    def test_a_sign_up_with_my_address_through_a_provider_is_no_back_door(self, proven: bool) -> None:
        mine = factories.person("Squatter", "mine@example.org", verified=proven)
        SocialAccount.objects.create(user=mine, provider="orcid", uid="0000-0002-1825-0097")
        browser = Client()
        browser.post(reverse("account_reset_password"), {"email": "mine@example.org"})
        mail = Message.objects.get(kind="account.password_reset_key")
        link = next(word for word in mail.text.split() if "/password/reset/key/" in word)
        where = browser.get(link.removeprefix("http://testserver"))["Location"]
        browser.post(where, {"password1": "battery staple horse", "password2": "battery staple horse"})
        mine.refresh_from_db()
        assert mine.check_password("battery staple horse")
        assert SocialAccount.objects.filter(user=mine).exists() is proven

    def test_the_exported_data_hold_no_declared_conflict_of_others(
        self, call: Edition, ada: User, paper: Paper, chair: User
    ) -> None:
        paper.declared_conflicts.create(role=call.roles.get(user=chair))
        exported = text(factories.signed_in(chair).get(reverse("account_data"), {"download": ""}))
        assert paper.title not in exported
