"""The mailbox page of development sites."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.test import Client

from accounts import outbox
from accounts.models import Message
from tests.accounts.people import mailed_code, person, sign_up, totp_code, two_factor

pytestmark = pytest.mark.django_db


def post(number: int, to: str = "ada@example.org") -> Message:
    return outbox.post(
        key=f"t:{number}:{to}", kind="t", to=to, subject=f"Mail {number}", text="See http://testserver/x"
    )


def test_newest_first_and_by_recipient(client: Client) -> None:
    post(1)
    post(2, "emmy@example.org")
    page = client.get("/mailbox/").content.decode()
    assert page.index("Mail 2") < page.index("Mail 1")
    assert "For development and demonstrations only" in page
    page = client.get("/mailbox/?to=emmy").content.decode()
    assert "Mail 2" in page
    assert "Mail 1" not in page


def test_a_code_can_be_read_there(client: Client) -> None:
    sign_up(client)
    outbox.deliver_due()
    message = Message.objects.get()
    page = client.get(f"/mailbox/{message.pk}/").content.decode()
    assert mailed_code("ada@example.org") in page
    assert mailed_code("ada@example.org") not in message.subject


def test_hostile_mail_stays_in_its_frame(client: Client) -> None:
    """The page shows the plain part as text; the HTML part is a document of its own that may do nothing."""
    message = outbox.post(
        key="h", kind="t", to="a@example.org", subject="<b>x", text="<script>1</script>", html="<img src=x>"
    )
    page = client.get(f"/mailbox/{message.pk}/").content.decode()
    assert "<script>1" not in page
    assert "<img src=x>" not in page
    (frame,) = BeautifulSoup(page, "html.parser").find_all("iframe")
    assert frame["src"] == f"/mailbox/{message.pk}/html/"
    assert frame["sandbox"] == [], "nothing is allowed"
    answer = client.get(f"/mailbox/{message.pk}/html/")
    assert answer.content == b"<img src=x>"
    policy = answer["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert not [rule for rule in policy if rule.startswith(("script-src", "img-src", "form-action 'self'"))]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src 'self'" in client.get(f"/mailbox/{message.pk}/")["Content-Security-Policy"]


def test_the_html_part_is_the_one_that_leaves(client: Client) -> None:
    """Also where it is made from the text on the way."""
    message = outbox.post(
        key="h", kind="t", to="a@example.org", subject="Hello", text="One\n\n- two\n- three\n"
    )
    outbox.deliver_due()
    answer = client.get(f"/mailbox/{message.pk}/html/")
    assert answer.content.decode() == mail.outbox[0].alternatives[0][0]
    assert "<li" in answer.content.decode()


@pytest.mark.parametrize("query", ["?to=%00", "?page=99999", "?page=x", "?to=" + "a" * 5000])
def test_odd_queries_get_a_page(client: Client, query: str) -> None:
    post(1)
    assert client.get("/mailbox/" + query).status_code == 200


def test_elsewhere_it_does_not_exist(client: Client, settings: Any) -> None:
    message = post(1)
    settings.MAILBOX_PAGE = False
    nothing = client.get("/no-such-page/")
    for path in ("/mailbox/", f"/mailbox/{message.pk}/", f"/mailbox/{message.pk}/html/", "/mailbox/999/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.content == nothing.content


def test_it_is_read_only(client: Client) -> None:
    assert client.post("/mailbox/").status_code == 405


def test_the_demos_chairs_find_the_code_of_the_moment(client: Client) -> None:
    chair = person("chair@example.org")
    secret = two_factor(chair)
    outsider = person("someone@real.example")
    two_factor(outsider)
    page = client.get("/mailbox/").content.decode()
    assert totp_code(secret) in page
    assert "someone@real.example" not in page
