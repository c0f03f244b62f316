"""The administration pages: same sign-in, second factor, changes through the services."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import audit, outbox
from accounts.job_models import Job
from accounts.models import AuditEntry, Message, User
from tests.accounts.people import administrator, last_mail, mailed_code, person, sign_in, two_factor

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def root(client: Client) -> User:
    someone = administrator()
    two_factor(someone)
    client.force_login(someone)
    return someone


def change(client: Client, user: User, **changes: Any) -> Any:
    data = {
        "name": user.name,
        "email": user.email,
        "affiliation": user.affiliation,
        "country": user.country.code or "",
        "orcid": user.orcid,
        "homepage": user.homepage,
        "time_zone": user.time_zone,
        "emailaddress_set-TOTAL_FORMS": "0",
        "emailaddress_set-INITIAL_FORMS": "0",
    }
    return client.post(f"{PEOPLE}{user.pk}/change/", data | changes, follow=True)


def test_there_is_no_second_sign_in_page(client: Client) -> None:
    for path in ("/admin/", "/admin/login/", PEOPLE):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0].startswith("/account/login/?next=")
        assert answer.resolver_match.url_name == "account_login"


def test_password_and_sign_out_are_those_of_the_account(client: Client, root: User) -> None:
    assert client.get("/admin/password_change/")["Location"] == "/account/password/change/"
    assert client.post("/admin/logout/").status_code == 302
    assert client.get("/account/").status_code == 302
    assert audit.history(root).filter(verb="account.signed_out").exists()


def test_others_are_refused(client: Client) -> None:
    client.force_login(person())
    assert client.get("/admin/", follow=True).status_code in (403, 404)


def test_the_list_is_found_by_any_address_in_few_queries(
    client: Client, root: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        someone = person(f"p{number}@example.org", f"Person {number}")
        EmailAddress.objects.create(user=someone, email=f"second{number}@example.org", verified=True)
    with django_assert_max_num_queries(14):
        page = client.get(PEOPLE).content.decode()
    assert "Person 29" in page
    page = client.get(f"{PEOPLE}?q=second7@example.org").content.decode()
    assert "Person 7" in page
    assert "Person 8" not in page
    for query in ("two_factor=on", "two_factor=off", "address=open", "address=confirmed"):
        assert client.get(f"{PEOPLE}?{query}").status_code == 200


def test_the_password_hash_is_not_shown(client: Client, root: User) -> None:
    ada = person()
    page = client.get(f"{PEOPLE}{ada.pk}/change/").content.decode()
    assert ada.password not in page
    assert "md5$" not in page
    assert 'name="password"' not in page


def test_a_new_address_keeps_the_list_of_addresses_in_step(client: Client, root: User) -> None:
    ada = person()
    change(client, ada, email="Right@Example.org")
    ada.refresh_from_db()
    assert ada.email == "right@example.org"
    assert {(a.email, a.verified, a.primary) for a in ada.emailaddress_set.all()} == {
        ("right@example.org", False, True),
        ("ada@example.org", True, False),
    }
    assert audit.history(ada).get(verb="account.address_replaced").actor == root
    other = Client()
    sign_in(other, "right@example.org")
    assert other.get("/account/").status_code == 302, "unproven until the code is typed"
    other.post("/account/confirm-email/", {"code": mailed_code("right@example.org")})
    assert other.get("/account/").status_code == 200


def test_a_taken_address_is_refused_with_a_sentence(client: Client, root: User) -> None:
    ada = person()
    person("other@example.org", "Other")
    answer = change(client, ada, email="other@example.org")
    assert "“other@example.org” belongs to another account" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"


def test_a_profile_change_is_recorded_with_the_administrator(client: Client, root: User) -> None:
    ada = person()
    change(client, ada, name="Ada King")
    entry = audit.history(ada).get(verb="account.profile_changed")
    assert (entry.actor, entry.data) == (root, {"name": ["Ada Lovelace", "Ada King"]})


def test_a_person_is_added_without_a_password(client: Client, root: User) -> None:
    client.post(f"{PEOPLE}add/", {"name": "Emmy Noether", "email": "emmy@example.org"})
    emmy = User.objects.get(email="emmy@example.org")
    assert not emmy.has_usable_password()
    assert not emmy.emailaddress_set.get().verified
    assert audit.history(emmy).get(verb="account.created").actor == root


def test_a_person_added_by_an_administrator_comes_in_by_the_mailed_link(client: Client, root: User) -> None:
    from tests.accounts.people import mailed_link

    client.post(f"{PEOPLE}add/", {"name": "Emmy Noether", "email": "emmy@example.org"})
    other = Client()
    other.post("/account/password/reset/", {"email": "emmy@example.org"})
    form = other.get(mailed_link("emmy@example.org"))["Location"]
    new = "another good sentence"
    other.post(form, {"password1": new, "password2": new})
    sign_in(other, "emmy@example.org", new)
    if other.get("/account/").status_code == 302:
        other.post("/account/confirm-email/", {"code": mailed_code("emmy@example.org")})
    assert other.get("/account/").status_code == 200


def test_rights_are_given_by_a_full_administrator_only_and_not_to_oneself(client: Client, root: User) -> None:
    ada = person()
    change(client, ada, is_staff="on")
    ada.refresh_from_db()
    assert ada.is_staff
    assert audit.history(ada).get(verb="account.rights_changed").actor == root
    change(client, root, is_staff="", is_superuser="")
    root.refresh_from_db()
    assert root.is_superuser


def run(client: Client, action: str, *people: User) -> str:
    data = {"action": action, "_selected_action": [p.pk for p in people]}
    return str(client.post(PEOPLE, data, follow=True).content.decode())


def test_blocking_ends_the_sessions(client: Client, root: User) -> None:
    ada = person()
    other = Client()
    sign_in(other)
    run(client, "block", ada)
    assert other.get("/account/").status_code == 302
    run(client, "unblock", ada)
    sign_in(other)
    assert other.get("/account/").status_code == 200
    assert "You cannot block your own account" in run(client, "block", root)


def test_a_lost_telephone(client: Client, root: User) -> None:
    ada = person()
    two_factor(ada)
    run(client, "take_second_factor_off", ada)
    assert not ada.authenticator_set.exists()
    assert last_mail("ada@example.org").kind == "account.two_factor_removed"
    assert audit.history(ada).get(verb="account.two_factor_removed").actor == root
    assert "Only another administrator" in run(client, "take_second_factor_off", root)


def test_nobody_is_deleted_there(client: Client, root: User) -> None:
    ada = person()
    assert client.post(f"{PEOPLE}{ada.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(PEOPLE).content.decode()


@pytest.mark.parametrize("model", ["auditentry", "message"])
def test_evidence_is_read_only(client: Client, root: User, model: str) -> None:
    outbox.post(key="t", kind="t", to="ada@example.org", subject="S", text="T")
    audit.record(actor=root, verb="t", subject=root)
    row = AuditEntry.objects.first() if model == "auditentry" else Message.objects.first()
    assert row is not None
    assert client.get(f"/admin/accounts/{model}/").status_code == 200
    assert client.get(f"/admin/accounts/{model}/{row.pk}/change/").status_code == 200
    for path in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert client.post(f"/admin/accounts/{model}/{path}", {"post": "yes"}).status_code == 403


def test_a_message_is_sent_again_and_a_code_is_not_shown(client: Client, root: User) -> None:
    plain = outbox.post(key="t", kind="t", to="ada@example.org", subject="S", text="Plain text")
    code = outbox.post(key="c", kind="c", to="ada@example.org", subject="S", text="ABCD-EFGH", sensitive=True)
    outbox.deliver_due()
    data = {"action": "send_again", "_selected_action": [plain.pk, code.pk]}
    page = client.post("/admin/accounts/message/", data, follow=True).content.decode()
    assert "Back in the queue: 1." in page
    plain.refresh_from_db()
    assert plain.state == "queued"
    assert "ABCD-EFGH" not in client.get(f"/admin/accounts/message/{code.pk}/change/").content.decode()


def test_what_would_go_past_the_record_is_not_there(client: Client, root: User) -> None:
    page = client.get(reverse("admin:index")).content.decode()
    for label in ("Email addresses", "Authenticators", "User sessions", "Social"):
        assert label.lower() not in page.lower()


def test_jobs_are_looked_at_without_what_they_found(client: Client, root: User) -> None:
    """The result and what a job said of it belong to who asked for it, conflicts or not."""
    ada = person("ada@example.org", "Ada")
    job = Job.objects.create(
        actor=ada, kind="export", edition="demo", state="done", finished_at=timezone.now(), message="Paper 17 is odd.",
        result="secret-file.zip", result_name="papers.zip", done=3, total=3,
    )  # fmt: skip
    listed = client.get("/admin/accounts/job/")
    page = client.get(f"/admin/accounts/job/{job.pk}/change/")
    for answer in (listed, page):
        assert answer.status_code == 200
        assert "Ada" in answer.text
        assert "export" in answer.text
        for kept in ("Paper 17", "secret-file", "papers.zip", str(job.key)):
            assert kept not in answer.text
    assert 'name="_save"' not in page.text
    assert client.post(f"/admin/accounts/job/{job.pk}/change/", {"state": "failed"}).status_code == 403
    assert client.post(f"/admin/accounts/job/{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/job/add/").status_code == 403
    assert client.get("/admin/accounts/job/?q=Paper+17").text.count("export") < listed.text.count("export")


def test_the_list_of_jobs_asks_as_often_for_three_as_for_one(client: Client, root: User) -> None:
    client.get("/admin/accounts/job/")
    counts = []
    for number in (1, 3):
        for more in range(number):
            someone = person(f"p{number}{more}@example.org", "P")
            Job.objects.create(actor=someone, kind="export", edition=f"e{number}{more}")
        with CaptureQueriesContext(connection) as asked:
            client.get("/admin/accounts/job/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
