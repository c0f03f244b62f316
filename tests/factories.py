"""A small world to test in: one open call like ScaDL's, a fixed cast of people, and papers in any state.

Everything is made with the services where one exists, so that a test's world obeys the same rules as the real one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from submissions import queries
from submissions.domain.workflow import State
from submissions.models import Category, Deadline, Edition, Paper, Role, Topic
from submissions.services import papers
from submissions.services.contents import AuthorData, PaperData

PDFS = Path(__file__).parent / "pdfs"
PASSWORD = "correct horse battery"


def pdf(name: str = "genuine/ieee_letter_8p.pdf", *, called: str = "") -> SimpleUploadedFile:
    """A real PDF from tests/pdfs as a browser would send it."""
    path = PDFS / name
    return SimpleUploadedFile(called or path.name, path.read_bytes(), content_type="application/pdf")


def person(name: str, email: str = "", *, verified: bool = True, **fields: Any) -> User:
    email = email or f"{name.split()[0].lower()}@example.org"
    user = User.objects.create_user(email, PASSWORD, name=name, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def with_second_factor(user: User) -> User:
    TOTP.activate(user, generate_totp_secret())
    assert Authenticator.objects.filter(user=user).exists()
    return user


def edition(slug: str = "2021", *, closes: datetime | None = None, **fields: Any) -> Edition:
    """A call with the three ScaDL categories, three topics and one submission deadline (default: in a week)."""
    closes = closes or timezone.now() + timedelta(days=7)
    made = Edition.objects.create(
        **{
            "slug": slug,
            "series": "ScaDL",
            "name": f"Workshop on Scalable Deep Learning {slug}",
            "short_name": f"ScaDL {slug}",
            "file_prefix": f"scadl{slug}",
            "contact_email": "chairs@example.org",
            "published": True,
            **fields,
        }
    )
    for order, (category, name, low, high) in enumerate(
        [
            ("regular", "Regular paper", 8, 10),
            ("short", "Short paper", 4, 4),
            ("abstract", "Extended abstract", 1, 1),
        ]
    ):
        Category.objects.create(
            edition=made, slug=category, name=name, order=order, min_pages=low, max_pages=high
        )
    for order, topic in enumerate(["Federated learning", "Compression", "Inference"]):
        Topic.objects.create(edition=made, slug=topic.split()[0].lower(), name=topic, order=order)
    deadline(made, "submission", closes, label="Paper submission")
    deadline(made, "notification", closes + timedelta(days=40), label="Notification")
    return made


def deadline(
    call: Edition, kind: str, at: datetime, *, label: str = "", category: str = "", **fields: Any
) -> Deadline:
    return Deadline.objects.create(
        edition=call,
        slug=f"{kind}-{category}".strip("-"),
        kind=kind,
        label=label or kind,
        at=at,
        original_at=at,
        category=call.categories.get(slug=category) if category else None,
        **fields,
    )


def role(call: Edition, kind: str, user: User | None = None, *, name: str = "", **fields: Any) -> Role:
    return Role.objects.create(
        edition=call, kind=kind, user=user, name=name or (user.name if user else "Somebody"), **fields
    )


def chair(call: Edition, name: str = "Chiara Chair", email: str = "") -> User:
    user = with_second_factor(person(name, email))
    role(call, Role.Kind.PROGRAMME_CHAIR, user)
    return user


def author_data(user: User, **fields: Any) -> AuthorData:
    return AuthorData(
        **{
            "name": user.name,
            "email": user.email,
            "affiliation": "Example University",
            "is_contact": True,
            **fields,
        }
    )


def whole_data(call: Edition, *authors: AuthorData, category: str = "regular", **fields: Any) -> PaperData:
    """The contents of a paper that lacks nothing but its file."""
    return PaperData(
        **{
            "title": "Gradients on the Move",
            "abstract": "We compress gradients and show that training scales.",
            "category": call.categories.get(slug=category),
            "topics": [call.topics.all()[0]],
            "authors": list(authors),
            **fields,
        }
    )


def paper(
    call: Edition,
    submitter: User,
    *authors: AuthorData,
    file: str | None = "genuine/ieee_letter_8p.pdf",
    category: str = "regular",
    arrived_at: datetime | None = None,
    **fields: Any,
) -> Paper:
    """A paper saved through the service: submitted when `file` fits, a draft when it is None."""
    arrived_at = arrived_at or min(timezone.now(), queries.call_closing(call).at - timedelta(hours=1))
    draft = papers.create(actor=submitter, edition=call, creation_key=uuid4(), arrived_at=arrived_at)
    saved = papers.save(
        actor=submitter,
        paper=fresh(draft),
        revision=draft.revision,
        data=whole_data(call, *(authors or (author_data(submitter),)), category=category, **fields),
        arrived_at=arrived_at,
        upload=pdf(file) if file else None,
    )
    assert saved.paper.state == (State.SUBMITTED if file else State.DRAFT), saved
    return fresh(saved.paper)


def fresh(thing: Paper) -> Paper:
    """The paper as the database has it now."""
    return queries.whole(Paper.objects.filter(pk=thing.pk)).get()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@dataclass
class Form:
    """The submission form as a browser posts it: change fields, then `post`."""

    fields: dict[str, Any]

    @classmethod
    def filled(cls, call: Edition, user: User, *, category: str = "regular", revision: int = 1) -> "Form":
        return cls(
            {
                "revision": revision,
                "creation_key": str(uuid4()),
                "title": "Gradients on the Move",
                "abstract": "We compress gradients and show that training scales.",
                "category": call.categories.get(slug=category).pk,
                "topics": [call.topics.all()[0].pk],
                **cls.author(0, user.name, user.email, contact=True),
                "authors-TOTAL_FORMS": 1,
                "authors-INITIAL_FORMS": 0,
            }
        )

    @classmethod
    def of(cls, thing: Paper) -> "Form":
        """As the edit page shows `thing`."""
        fields: dict[str, Any] = {
            "revision": thing.revision,
            "creation_key": str(thing.creation_key),
            "title": thing.title,
            "abstract": thing.abstract,
            "category": thing.category_id or "",
            "topics": [topic.pk for topic in thing.topics.all()],
            "institutions": thing.conflict_institutions,
            "authors-TOTAL_FORMS": thing.authors.count(),
            "authors-INITIAL_FORMS": 0,
        }
        for place, it in enumerate(thing.authors.all()):
            fields |= cls.author(place, it.name, it.email, contact=it.is_contact, affiliation=it.affiliation)
        return cls(fields)

    @staticmethod
    def author(
        place: int, name: str, email: str, *, contact: bool = False, affiliation: str = "Example University"
    ) -> dict[str, Any]:
        row = {
            f"authors-{place}-name": name,
            f"authors-{place}-email": email,
            f"authors-{place}-affiliation": affiliation,
            f"authors-{place}-country": "",
            f"authors-{place}-orcid": "",
            f"authors-{place}-ORDER": place + 1,
            f"authors-{place}-DELETE": "",
        }
        return row | ({f"authors-{place}-is_contact": "on"} if contact else {})

    def with_author(self, name: str, email: str, **more: Any) -> "Form":
        place = self.fields["authors-TOTAL_FORMS"]
        return Form(
            {**self.fields, **self.author(place, name, email, **more), "authors-TOTAL_FORMS": place + 1}
        )

    def but(self, **fields: Any) -> "Form":
        return Form({**self.fields, **fields})

    def with_file(self, name: str = "genuine/ieee_letter_8p.pdf", **more: Any) -> "Form":
        return self.but(file=pdf(name, **more))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)
