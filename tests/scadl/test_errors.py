"""What bad requests get: a page with words, a reference where one helps, and no work done for them."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.test import Client, RequestFactory
from django.urls import include, path

from scadl import urls as site_urls
from scadl import views
from scadl.middleware import BodyLimitMiddleware, RequestIdFilter, current_request_id


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of ours")


def cut_off(request: HttpRequest) -> HttpResponse:
    raise UnreadablePostError("the sender went away")


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(current_request_id.get())


urlpatterns = [
    path("broken", broken),
    path("cut-off", cut_off),
    path("echo", echo),
    path("", include(site_urls)),
]
handler400, handler403 = site_urls.handler400, site_urls.handler403
handler404, handler500 = site_urls.handler404, site_urls.handler500

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def test_every_answer_has_a_reference_of_its_own(browser: Client) -> None:
    first, second = browser.get("/echo"), browser.get("/echo")
    assert first["X-Request-ID"] == first.content.decode()
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert current_request_id.get() == "-"


def test_a_fault_of_ours_names_the_reference_that_the_log_has(
    browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(RequestIdFilter())
    with caplog.at_level(logging.ERROR):
        answer = browser.get("/broken")
    assert answer.status_code == 500
    reference = answer["X-Request-ID"]
    assert reference in answer.content.decode()
    assert "a fault of ours" not in answer.content.decode()
    assert {getattr(record, "request_id", None) for record in caplog.records} == {reference}


def test_a_broken_error_page_still_says_the_reference(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> str:
        raise OSError("no templates")

    monkeypatch.setattr(views.loader, "render_to_string", fail)
    request = RequestFactory().get("/")
    request.request_id = "abc123"  # type: ignore[attr-defined]
    assert b"abc123" in views.server_error(request).content


class Unread:
    """A body that must not be touched."""

    def read(self, *_: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.fixture
def unread() -> Unread:
    return Unread()


def test_a_body_of_two_gigabytes_is_refused_unread(browser: Client, unread: Unread) -> None:
    answer = browser.generic("POST", "/", CONTENT_LENGTH=str(2 * 1024**3), **{"wsgi.input": unread})
    assert answer.status_code == 413
    assert "too big" in answer.content.decode()
    assert "110.0" in answer.content.decode()


def test_a_body_just_within_the_limit_passes(rf: RequestFactory) -> None:
    request = rf.generic("POST", "/", CONTENT_LENGTH=str(settings.MAX_REQUEST_BYTES))
    assert BodyLimitMiddleware(lambda _: HttpResponse("in"))(request).content == b"in"


def test_a_body_of_unannounced_length_is_refused(browser: Client, unread: Unread) -> None:
    answer = browser.generic(
        "POST", "/", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": unread}
    )
    assert answer.status_code == 411


@pytest.mark.parametrize("length", ["-1", "1e9", "many", "٣"])
def test_a_length_that_is_no_number_is_refused(browser: Client, length: str) -> None:
    assert browser.generic("POST", "/", CONTENT_LENGTH=length).status_code == 400


def test_too_much_text_in_a_form_is_too_large(rf: RequestFactory) -> None:
    assert views.bad_request(rf.post("/"), RequestDataTooBig("…")).status_code == 413


def test_a_sender_who_goes_away_is_no_fault_of_ours(browser: Client) -> None:
    assert browser.post("/cut-off").status_code == 400


def test_a_form_without_its_token_is_explained() -> None:
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@example.org"})
    assert answer.status_code == 403
    assert b"<h1" in answer.content


def test_what_is_not_there_answers_with_the_same_bytes(browser: Client) -> None:
    assert browser.get("/no/such/page/").content == browser.get("/nor/this/one/").content
