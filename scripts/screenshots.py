"""`make screenshots`: every page as a picture, wide and phone, light and dark, into screenshots/.

Works on a demo site of its own in a temporary folder, so neither your data nor a running server is touched. Add a
page by adding a line to PAGES. `make screenshots ARGS="call papers"` takes only pages whose name contains a word.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.plugins.services import chromium_arguments, find_browser, free_port  # noqa: E402

OUT = ROOT / "screenshots"
WIDTHS = {1280: {"width": 1280, "height": 900}, 390: {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
STRANGER = ""


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    person: str = STRANGER


AUTHOR, OTHER = "author@example.org", "other@example.org"
CHAIR, ADMIN = "chair@example.org", "admin@example.org"
STEERING = "sten.steering@example.org"
REVIEWER = "reviewer@example.org"
#: Somebody without an account, who has opened the link of an invitation.
GUEST = "a guest"
PAGES = [
    Shot("home", "/"),
    Shot("call", "/demo/"),
    Shot("call-2021", "/2021/"),
    Shot("sign-in", "/account/login/"),
    Shot("sign-up", "/account/signup/"),
    Shot("password-reset", "/account/password/reset/"),
    Shot("not-found", "/no/such/page/"),
    Shot("mailbox", "/mailbox/"),
    Shot("account", "/account/", AUTHOR),
    Shot("account-profile", "/account/profile/", AUTHOR),
    Shot("account-data", "/account/data/", AUTHOR),
    Shot("account-delete", "/account/delete/", AUTHOR),
    Shot("account-addresses", "/account/email/", AUTHOR),
    Shot("account-password", "/account/password/change/", AUTHOR),
    Shot("account-two-factor", "/account/2fa/", AUTHOR),
    Shot("account-two-factor-setup", "/account/2fa/totp/activate/", AUTHOR),
    Shot("account-sessions", "/account/sessions/", AUTHOR),
    Shot("my-papers", "/account/papers/", AUTHOR),
    Shot("paper", "/demo/papers/1/", AUTHOR),
    Shot("paper-draft", "/demo/papers/2/", AUTHOR),
    Shot("paper-with-warning", "/demo/papers/5/", OTHER),
    Shot("paper-withdrawn", "/demo/papers/6/", OTHER),
    Shot("paper-new", "/demo/papers/new/", AUTHOR),
    Shot("paper-edit", "/demo/papers/1/edit/", AUTHOR),
    Shot("paper-history", "/demo/papers/1/history/", AUTHOR),
    Shot("paper-withdraw", "/demo/papers/1/withdraw/", AUTHOR),
    Shot("paper-decision", "/demo-past/papers/1/decision/", AUTHOR),
    Shot("paper-decision-reject", "/demo-past/papers/2/decision/", OTHER),
    Shot("paper-response", "/demo-past/papers/1/response/", AUTHOR),
    Shot("guest", "/demo/guest/{invited}/"),
    Shot("guest-review", "/demo/guest/{accepted}/review/", GUEST),
    Shot("member-reviews", "/demo/member/reviews/", REVIEWER),
    Shot("member-reviews-upload", "/demo/member/reviews/upload/", REVIEWER),
    Shot("member-review", "/demo/member/reviews/1/", REVIEWER),
    Shot("member-review-draft", "/demo/member/reviews/3/", REVIEWER),
    Shot("member-review-versions", "/demo/member/reviews/1/versions/", REVIEWER),
    Shot("chair-papers", "/demo/chair/papers/", CHAIR),
    Shot("chair-paper", "/demo/papers/1/", CHAIR),
    Shot("chair-mail", "/demo/chair/mail/", CHAIR),
    Shot("chair-mail-write", "/demo/chair/mail/write/", CHAIR),
    Shot("chair-letters", "/demo/chair/mail/letters/", CHAIR),
    Shot("chair-letter", "/demo/chair/mail/letters/receipt/", CHAIR),
    Shot("chair-reminders", "/demo/chair/reminders/", CHAIR),
    Shot("chair-reminder-rules", "/demo/chair/reminders/rules/", CHAIR),
    Shot("account-mail", "/account/mail/", CHAIR),
    Shot("chair-extend", "/demo/chair/papers/1/extend/", CHAIR),
    Shot("chair-papers-none", "/demo/chair/papers/?q=nothing+like+it", CHAIR),
    Shot("chair-waive", "/demo/chair/papers/1/waive/", CHAIR),
    Shot("chair-out-of-scope", "/demo/chair/papers/1/out-of-scope/", CHAIR),
    Shot("chair-call", "/demo/chair/call/", CHAIR),
    Shot("chair-call-texts", "/demo/chair/call/texts/", CHAIR),
    Shot("chair-call-directions", "/demo/chair/call/directions/", CHAIR),
    Shot("chair-call-topics", "/demo/chair/call/topics/", CHAIR),
    Shot("chair-call-categories", "/demo/chair/call/categories/", CHAIR),
    Shot("chair-call-dates", "/demo/chair/call/dates/", CHAIR),
    Shot("chair-call-move-date", "/demo/chair/call/dates/submission/move/", CHAIR),
    Shot("chair-committee", "/demo/chair/committee/", CHAIR),
    Shot("chair-committee-add", "/demo/chair/committee/add/", CHAIR),
    Shot("chair-committee-member", "/demo/chair/committee/people/25/", CHAIR),
    Shot("chair-committee-remove", "/demo/chair/committee/people/25/remove/", CHAIR),
    Shot("chair-committee-import", "/demo/chair/committee/import/", CHAIR),
    Shot("chair-committee-invite", "/demo/chair/committee/invite/?all=1", CHAIR),
    Shot("chair-committee-credits", "/demo/chair/committee/credits/", CHAIR),
    Shot("chair-committee-settings", "/demo/chair/committee/settings/", CHAIR),
    Shot("chair-committee-rights", "/demo/chair/committee/rights/", CHAIR),
    Shot("chair-conflicts", "/demo/chair/committee/conflicts/", CHAIR),
    Shot("chair-conflicts-person", "/demo/chair/committee/conflicts/?by=person", CHAIR),
    Shot("chair-conflicts-doubt", "/demo/chair/committee/conflicts/?by=doubt", CHAIR),
    Shot("chair-conflicts-odd", "/demo/chair/committee/conflicts/odd/", CHAIR),
    Shot("chair-conflict-add", "/demo/chair/committee/conflicts/add/", CHAIR),
    Shot("chair-committee-bids", "/demo/chair/committee/bids/", CHAIR),
    Shot("chair-assignment", "/demo/chair/committee/assignment/", CHAIR),
    Shot("chair-assignment-members", "/demo/chair/committee/assignment/?by=member", CHAIR),
    Shot("chair-assignment-paper", "/demo/chair/committee/assignment/papers/1/", CHAIR),
    Shot("chair-assignment-import", "/demo/chair/committee/assignment/import/", CHAIR),
    Shot("chair-plan-new", "/demo/chair/committee/assignment/plans/new/", CHAIR),
    Shot("chair-plan", "/demo/chair/committee/assignment/plans/latest/", CHAIR),
    Shot("chair-plan-papers", "/demo/chair/committee/assignment/plans/latest/?view=papers", CHAIR),
    Shot("chair-plan-members", "/demo/chair/committee/assignment/plans/latest/?view=members", CHAIR),
    Shot("chair-plan-grid", "/demo/chair/committee/assignment/plans/latest/?view=grid", CHAIR),
    Shot("chair-decisions", "/demo/chair/decisions/?sort=merit", CHAIR),
    Shot("chair-decision", "/demo/chair/decisions/7/", CHAIR),
    Shot("chair-decision-emergency", "/demo/chair/decisions/1/emergency/", CHAIR),
    Shot("chair-decisions-progress", "/demo/chair/decisions/progress/", CHAIR),
    Shot("chair-decisions-meeting", "/demo/chair/decisions/meeting/", CHAIR),
    Shot("chair-release", "/demo/chair/decisions/release/", CHAIR),
    Shot("chair-release-letters", "/demo/chair/decisions/release/letters/?papers=7-8", CHAIR),
    Shot("chair-release-preview", "/demo/chair/decisions/release/preview/?papers=7-8", CHAIR),
    Shot("chair-release-check", "/demo/chair/decisions/release/check/?papers=7-8", CHAIR),
    Shot("paper-decision", "/demo-past/papers/1/decision/", AUTHOR),
    Shot("member-shepherding", "/demo-past/member/shepherding/1/", REVIEWER),
    Shot("member-home", "/demo/member/", REVIEWER),
    Shot("member-profile", "/demo/member/profile/", REVIEWER),
    Shot("member-papers", "/demo/member/papers/", REVIEWER),
    Shot("member-conflicts", "/demo/member/conflicts/?q=a", REVIEWER),
    Shot("member-bids", "/demo/member/bids/", REVIEWER),
    Shot("member-assignments", "/demo/member/assignments/", REVIEWER),
    Shot("discussions", "/demo/discussion/", REVIEWER),
    Shot("discussion", "/demo/discussion/7/", CHAIR),
    Shot("review-more-time", "/demo/member/reviews/3/more-time/", REVIEWER),
    Shot("review-guest", "/demo/member/reviews/3/guest/", REVIEWER),
    Shot("chair-requests", "/demo/chair/committee/requests/", CHAIR),
    Shot("chair-responses", "/demo/chair/committee/responses/", CHAIR),
    Shot("statistics", "/demo/member/statistics/", STEERING),
    Shot("admin", "/admin/", ADMIN),
    Shot("admin-people", "/admin/accounts/user/", ADMIN),
    Shot("admin-papers", "/admin/submissions/paper/", ADMIN),
    Shot("admin-paper", "/admin/submissions/paper/1/change/", ADMIN),
    Shot("admin-edition", "/admin/submissions/edition/1/change/", ADMIN),
]


def demo_sessions(people: set[str]) -> dict[str, str]:
    """Load the demo and sign each person in. Returns the session of each."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from accounts.models import User

    call_command("migrate", verbosity=0, interactive=False)
    call_command("loaddemo")
    sessions = {}
    for email in sorted(people - {GUEST}):
        client = Client()
        client.force_login(User.objects.get(email=email), settings.AUTHENTICATION_BACKENDS[0])
        sessions[email] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return sessions


def guests(sessions: dict[str, str]) -> dict[str, str]:
    """An invitation without an answer and one that was accepted. Returns the key of each; adds the guest's session."""
    from importlib import import_module

    from django.conf import settings

    from reviews.models import Assignment, Guest

    asked = Guest.objects.get(name="Greta Guest")
    Guest.objects.filter(pk=asked.pk).update(state=Guest.State.INVITED)
    row = Assignment.objects.get(member=asked.assignment.member, paper__number=3)
    writes = Guest.objects.create(
        assignment=row, name="Gus Guest", email="gus@example.org", state=Guest.State.ACCEPTED
    )
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["guest_keys"] = [str(writes.key)]
    session.create()
    sessions[GUEST] = str(session.session_key)
    return {"invited": str(asked.key), "accepted": str(writes.key)}


@contextmanager
def server(port: int) -> Iterator[str]:
    address = f"http://localhost:{port}"
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("The server for the screenshots did not start.")
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=15)


def listen(page: Page) -> list[str]:
    """The list into which the page's console will write its errors."""
    said: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def confirm_identity(page: Page, address: str) -> None:
    """Pages that protect the account ask for the password once more; after that they open."""
    from submissions.demo import PASSWORD

    page.goto(f"{address}/account/reauthenticate/", wait_until="networkidle")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_load_state("networkidle")


def take(address: str, sessions: dict[str, str], pages: list[Shot]) -> list[str]:
    """Take the pictures; returns what looked wrong: errors in the console, and pages wider than the screen."""
    trouble: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=chromium_arguments())
        for width, viewport in WIDTHS.items():
            for scheme in SCHEMES:
                for person in sorted({page.person for page in pages}):
                    options: dict[str, Any] = {
                        "viewport": viewport,
                        "color_scheme": scheme,
                        "locale": "en-GB",
                    }
                    context = browser.new_context(
                        **options, reduced_motion="reduce", timezone_id="Europe/Rome"
                    )
                    if person:
                        context.add_cookies(
                            [{"name": "sessionid", "value": sessions[person], "url": address}]
                        )
                    page = context.new_page()
                    if person == AUTHOR:
                        confirm_identity(page, address)
                    said = listen(page)
                    for shot in (it for it in pages if it.person == person):
                        said.clear()
                        answer = page.goto(address + shot.path, wait_until="networkidle")
                        page.screenshot(path=OUT / f"{shot.name}-{width}-{scheme}.png", full_page=True)
                        status = answer.status if answer else 0
                        if status >= 400 and shot.name != "not-found":
                            trouble.append(f"{shot.name}: answered {status}")
                        elif status < 400:
                            trouble += [f"{shot.name}: {text}" for text in said]
                        wide = int(page.evaluate("document.documentElement.scrollWidth"))
                        if wide > width and not shot.name.startswith("admin"):
                            trouble.append(f"{shot.name}: {wide} px wide on a screen of {width}")
                    context.close()
                print(f"  {width} px, {scheme}: {len(pages)} pictures", flush=True)
        browser.close()
    return sorted(set(trouble))


def write_index(pages: list[Shot]) -> None:
    """One page with all pictures, for looking through them."""
    rows = [
        f"<h2>{escape(shot.name)}</h2><p>{escape(shot.path)} {escape(shot.person)}</p><div>"
        + "".join(
            f'<img loading="lazy" height="600" src="{shot.name}-{width}-{scheme}.png" alt="{shot.name}, {width} px, {scheme}">'
            for width in WIDTHS
            for scheme in SCHEMES
        )
        + "</div>"
        for shot in pages
    ]
    text = "<!doctype html><meta charset=utf-8><title>Screenshots</title><style>body{font-family:sans-serif}div{overflow:auto;white-space:nowrap}img{border:1px solid #888;margin:4px}</style>"
    (OUT / "index.html").write_text(text + "\n".join(rows))


def main() -> None:
    words = sys.argv[1:]
    pages = [page for page in PAGES if not words or any(word in page.name for word in words)]
    OUT.mkdir(exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="scadl-screenshots-") as folder:
        os.chdir(ROOT)
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("REDIS_URL", None)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="scadl.settings.development",
            DATA_DIR=folder,
            DEBUG="false",  # the pages for errors as others see them
            SITE_URL=f"http://localhost:{port}",
        )
        sessions = demo_sessions({page.person for page in pages} - {STRANGER})
        keys = guests(sessions)
        pages = [replace(page, path=page.path.format(**keys)) for page in pages]
        with server(port) as address:
            trouble = take(address, sessions, pages)
    write_index(pages)
    print(f"{len(pages) * len(WIDTHS) * len(SCHEMES)} pictures in {OUT.name}/ (open {OUT.name}/index.html).")
    for line in trouble:
        print(f"  Look at this: {line}")


if __name__ == "__main__":
    main()
