"""A small world to try the site in: fictional people, an open call like ScaDL's, papers in several states."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from submissions import queries
from submissions.domain.call_facts import Call, DateFacts, RoleFacts
from submissions.domain.call_schema import parse
from submissions.models import Deadline, Edition, Paper
from submissions.services import call, papers
from submissions.services.call_rows import country_names
from submissions.services.contents import AuthorData, PaperData

PASSWORD = "scadl-demo-2021"  # noqa: S105 - printed on the terminal, for people who do not exist
SLUG = "demo"
DAYS_OPEN = 21
#: What rooms above add to the demo, each called with its edition and `say`. They register in `AppConfig.ready()`.
more: list[Callable[[Edition, Callable[[str], Any]], None]] = []


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    what: str
    affiliation: str
    country: str
    role: str = ""
    staff: bool = False


PEOPLE = (
    Person("author@example.org", "Ada Author", "author with a submitted paper and a draft", "Example University", "IT"),
    Person("coauthor@example.org", "Bob Coauthor", "co-author of her paper", "Example University", "IT"),
    Person("other@example.org", "Dana Other", "author of other papers", "Institute of Examples", "IN"),
    Person("reviewer@example.org", "Rita Reviewer", "member of the committee", "Sample Labs", "DE", "pc_member"),
    Person("rosa.ruiz@example.org", "Rosa Ruiz", "another member, who discusses with her", "Universidad de Ejemplo", "ES"),
    Person("chair@example.org", "Chiara Chair", "programme chair", "Demo Institute", "IT", "programme_chair"),
    Person(
        "chair2@example.org", "Conrad Chair", "programme chair who has a paper and a conflict", "Sample Labs", "US",
        "programme_chair",
    ),
    Person("general@example.org", "Gina General", "general chair", "Placeholder College", "US", "general_chair"),
    Person("sten.steering@example.org", "Sten Steering", "of the steering committee: sees numbers", "Demo Institute", "SE"),
    Person("web@example.org", "Wes Webb", "web chair", "Placeholder College", "US", "logistics_web_chair"),
    Person("admin@example.org", "Alex Admin", "administrator", "Demo Institute", "IT", staff=True),
)  # fmt: skip

#: The second factor of the demo's chairs; /mailbox/ shows the code of the moment.
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105


def load(say: Callable[[str], Any]) -> None:
    """Make what is missing of the demo; what is there stays as it is. `say` is told each step."""
    for found in sorted((settings.BASE_DIR / "calls").glob("*.toml")):
        _load_file(found, say)
    people = {it.email: _person(it) for it in PEOPLE}
    edition = Edition.objects.filter(slug=SLUG).first()
    if edition is None:
        say("Opening the demo's call …")
        call.load(actor=None, call=demo_call(), source_name="the demo", publish=True)
        edition = Edition.objects.get(slug=SLUG)
    _keep_open(edition, say)
    if not edition.papers.exists():
        say("Submitting the demo's papers …")
        _papers(edition, people)
    for add in more:
        add(edition, say)


def _load_file(path: Path, say: Callable[[str], Any]) -> None:
    facts = parse(path.read_text(encoding="utf-8"), countries=country_names())
    if Edition.objects.filter(slug=facts.edition.slug).exists():
        return
    say(f"Loading {path.name} …")
    call.load(actor=None, call=facts, source_name=path.name, publish=True)


def _person(it: Person) -> User:
    user = User.objects.filter(email=it.email).first()
    if user is None:
        user = User.objects.create(
            email=it.email,
            password=_hashed(),
            name=it.name,
            affiliation=it.affiliation,
            country=it.country,
            is_staff=it.staff,
            is_superuser=it.staff,
        )
        EmailAddress.objects.create(user=user, email=it.email, verified=True, primary=True)
        if (it.staff or it.role.endswith("chair")) and not Authenticator.objects.filter(user=user).exists():
            TOTP.activate(user, TOTP_SECRET)
    return user


@cache
def _hashed() -> str:
    """Once for all of them: making it takes long, on purpose."""
    return make_password(PASSWORD)


def demo_call(slug: str = SLUG, name: str = "ScaDL Demo", *, days: int = DAYS_OPEN) -> Call:
    """ScaDL's call with a committee of its own; submission closes `days` from today, the other dates keep their distance."""
    model = parse(
        (settings.BASE_DIR / "calls" / "scadl-2021.toml").read_text(encoding="utf-8"),
        countries=country_names(),
    )
    return replace(
        model,
        edition=replace(
            model.edition,
            slug=slug,
            name=f"{name}: a workshop to try this site with",
            short_name=name,
            file_prefix="scadldemo",
            host_event="",
            site_url="",
            contact_email="chair@example.org",
            summary="A call with fictional people. Submit whatever you like: nobody reads it.",
        ),
        dates=_dates(model.dates, days),
        committee=tuple(
            RoleFacts(it.role, it.name, it.affiliation, it.country, it.email) for it in PEOPLE if it.role
        ),
    )


def _dates(dates: tuple[DateFacts, ...], days: int) -> tuple[DateFacts, ...]:
    first = next(row for row in dates if row.kind == "submission")
    shift = timezone.now().date() + timedelta(days=days) - _day(first.at)
    return tuple(replace(row, at=row.at + shift, starts=row.starts and row.starts + shift) for row in dates)


def _day(when: date | datetime) -> date:
    return when.date() if isinstance(when, datetime) else when


def _keep_open(edition: Edition, say: Callable[[str], Any]) -> None:
    """A demo that was put aside for weeks opens again: its dates move, quietly."""
    closing = queries.call_closing(edition)
    if closing is None or closing.at > timezone.now() + timedelta(days=2):
        return
    say("Moving the demo's dates so that its call is open …")
    shift = timedelta(days=(timezone.now() - closing.at).days + DAYS_OPEN)
    for row in Deadline.objects.filter(edition=edition):
        row.at += shift
        row.original_at += shift
        row.starts_at = row.starts_at and row.starts_at + shift
        row.save()


def _papers(edition: Edition, people: dict[str, User]) -> None:
    author, other, chair2 = (people[f"{name}@example.org"] for name in ("author", "other", "chair2"))
    coauthor = people["coauthor@example.org"]
    ada, bob = author_of(author), replace(author_of(coauthor), is_contact=False)
    dana, conrad = author_of(other), author_of(chair2)
    submit(
        edition,
        author,
        "Sparse Gradients over Slow Links",
        [ada, bob],
        "regular",
        "genuine/libreoffice_ieee_8p.pdf",
    )
    submit(edition, author, "Notes on Elastic Training", [ada], "regular", None, abstract="")
    submit(
        edition,
        other,
        "Serving $k$ Models on One Accelerator",
        [dana],
        "short",
        "genuine/typst_ieee_a4_4p.pdf",
        conflicts=["Conrad Chair"],
    )
    submit(edition, chair2, "Stragglers We Have Met", [conrad], "regular", "genuine/ieee_dvips_8p.pdf")
    submit(edition, other, "A Benchmark in Nine Points", [dana], "regular", "cheat/libreoffice_9pt_8p.pdf")
    withdrawn = submit(
        edition, other, "An Idea We Took Back", [dana], "abstract", "genuine/libreoffice_1p.pdf"
    )
    papers.withdraw(actor=other, paper=withdrawn, reason="We found a mistake in the proof.")
    submit(
        edition,
        coauthor,
        "Which Gradients Can Wait?",
        [author_of(coauthor)],
        "short",
        "genuine/ieee_letter_4p.pdf",
    )
    submit(edition, other, "Everything Faster at Once", [dana], "abstract", "genuine/ieee_letter_1p.pdf")


def author_of(user: User) -> AuthorData:
    return AuthorData(user.name, user.email, user.affiliation, str(user.country), "", is_contact=True)


def submit(
    edition: Edition,
    submitter: User,
    title: str,
    authors: list[AuthorData],
    category: str,
    file: str | None,
    *,
    abstract: str = "We study $\\mathcal{O}(n \\log n)$ communication for training on many workers, and measure it.",
    conflicts: list[str] = [],  # noqa: B006 - read only
) -> Paper:
    """Submit a paper as its submitter would; without a file it stays a draft. `file` is one of the tests' PDFs."""
    now = timezone.now()
    draft = papers.create(actor=submitter, edition=edition, creation_key=_key(title), arrived_at=now)
    upload = None
    if file is not None:
        path = settings.BASE_DIR / "tests" / "pdfs" / file
        upload = SimpleUploadedFile(path.name, path.read_bytes(), content_type="application/pdf")
    saved = papers.save(
        actor=submitter,
        paper=queries.whole(Paper.objects.filter(pk=draft.pk)).get(),
        revision=draft.revision,
        data=PaperData(
            title=title,
            abstract=abstract,
            category=edition.categories.get(slug=category),
            topics=list(edition.topics.all()[:2]),
            authors=authors,
            conflicts=list(edition.roles.filter(name__in=conflicts)),
        ),
        arrived_at=now,
        upload=upload,
    )
    return saved.paper


def _key(title: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"demo:{title}")
