"""The chairs' list of messages: filtered and walled, in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts import mail_wishes
from accounts.models import Message, User
from submissions import policy
from submissions.letter_kinds import KINDS
from submissions.models import Edition, Paper

OTHERS_EYES = "(written for this chair alone)"
BADGES = {
    "queued": ("Queued", "info"),
    "sending": ("Being sent", "info"),
    "held": ("Held", "warning"),
    "sent": ("Sent", "success"),
    "failed": ("Failed", "danger"),
    "joined": ("In a daily mail", ""),
}


@dataclass(frozen=True)
class Row:
    message: Message
    held: bool
    papers: list[Paper]
    readable: bool

    @property
    def state(self) -> str:
        return "held" if self.held and self.message.state == Message.State.QUEUED else str(self.message.state)

    @property
    def badge(self) -> tuple[str, str]:
        return BADGES[self.state]

    @property
    def kind(self) -> str:
        it = KINDS.get(self.message.kind)
        return it.label if it else "Daily mail" if self.message.kind == "daily" else self.message.kind

    @property
    def subject(self) -> str:
        return self.message.subject if self.readable else OTHERS_EYES

    @property
    def text(self) -> str:
        """As a chair may read it: who has a reader's stop link can switch off their mail."""
        return mail_wishes.without_own_links(self.message.text)

    @property
    def waits(self) -> bool:
        """Whether it is still to leave, at `message.due_at`."""
        return self.message.state == Message.State.QUEUED

    @property
    def tried(self) -> bool:
        return self.waits and bool(self.message.error)


def visible(edition: str, user: User) -> "QuerySet[Message]":
    """All messages of the edition with this slug that `user` may see as its chair, latest first."""
    handled = policy.messages_handled_by(user)
    return Message.objects.filter(handled, edition=edition).order_by("-created_at", "-id")


def matching(
    messages: "QuerySet[Message]",
    *,
    edition: Edition,
    held: bool,
    person: str = "",
    paper: int | None = None,
    kind: str = "",
    state: str = "",
) -> "QuerySet[Message]":
    """Those that fit all that is asked for."""
    if person.strip():
        messages = messages.filter(
            Q(to__icontains=person.strip()) | Q(person__name__icontains=person.strip())
        )
    if paper is not None:
        pk = Paper.objects.filter(edition=edition, number=paper).values_list("pk", flat=True).first()
        messages = messages.filter(Q(about=f"paper:{pk}") | Q(also_about__about=f"paper:{pk}")).distinct()
    if kind:
        messages = messages.filter(kind=kind)
    if state in ("queued", "held"):
        waiting = [Message.State.QUEUED] if held else [Message.State.QUEUED, Message.State.SENDING]
        return messages.filter(state__in=waiting) if held == (state == "held") else messages.none()
    return messages.filter(state=state) if state else messages


def counts(messages: "QuerySet[Message]", *, held: bool) -> dict[str, int]:
    """How many messages are in which state, for the line above the list; only states that occur."""
    tally = messages.order_by().values_list("state").annotate(number=Count("pk", distinct=True))
    found = {("held" if held and state == "queued" else state): number for state, number in tally}
    return {BADGES[state][0]: found[state] for state in BADGES if state in found}


def failures(edition: Edition, user: User) -> int:
    """How many messages that `user` may see could not be delivered."""
    return visible(edition.slug, user).order_by().filter(state=Message.State.FAILED).count()


def rows(messages: Iterable[Message], *, edition: Edition, user: User, held: bool) -> list[Row]:
    """The messages of one page with the papers they are about. One query, or two."""
    messages = list(messages)
    told = {it.pk: {it.about, *(more.about for more in it.also_about.all())} for it in messages}
    pks = [it.removeprefix("paper:") for it in set().union(*told.values()) if it.startswith("paper:")]
    papers = {
        f"paper:{paper.pk}": paper
        for paper in Paper.objects.filter(pk__in=pks, edition=edition).select_related("edition")
    }
    return [
        Row(
            message=it,
            held=held,
            papers=sorted((papers[key] for key in told[it.pk] if key in papers), key=lambda p: p.number),
            readable=_readable(it, user),
        )
        for it in messages
    ]


def _readable(message: Message, user: User) -> bool:
    """What was written for one chair's eyes may speak of papers behind another chair's conflict."""
    it = KINDS.get(message.kind)
    return not (it and it.personal) or message.person_id == user.pk
