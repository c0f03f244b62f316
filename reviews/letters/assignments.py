"""What members are told of their assignments: one letter for what is new, one for what was taken back.

A letter waits for some minutes before it leaves. What changes meanwhile changes the letter: whoever was given a paper
and had it taken back again within that time hears nothing of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils import timezone

from accounts.letter_form import LetterError
from accounts.models import Message, User
from reviews.models import Assignment, Member
from submissions import policy
from submissions.letter_kinds import LetterKind
from submissions.letter_kinds import add as add_kind
from submissions.letters import Letter, about, compose, moment_in_words, texts
from submissions.letters.sending import NO_TITLE, post
from submissions.models import Deadline, Edition, Paper

_COUNT = {"count": "how many papers, in words: “1 paper”"}
OFFERED = LetterKind(
    "assignment_offered",
    "Papers to review",
    True,
    {
        **_COUNT,
        "papers": "the papers that are new, as a list; on a line of its own",
        "due": "until when the reviews are due, in words; empty when the call sets no date",
    },
    why="You receive this because you are a member of the committee of {edition}.",
    button="Accept or decline",
    about_paper=False,
)
TAKEN_BACK = LetterKind(
    "assignment_taken_back",
    "Papers no longer to review",
    True,
    {**_COUNT, "papers": "the papers with the reasons, as a list; on a line of its own"},
    why="You receive this because you were asked to review for {edition}.",
    button="Open your page",
    about_paper=False,
)


def register() -> None:
    add_kind(OFFERED)
    add_kind(TAKEN_BACK)


@dataclass
class News:
    """What is new for one member: papers to review, and papers taken back with the reason."""

    member: Member
    offered: list[Paper] = field(default_factory=list)
    taken: list[tuple[Paper, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """One letter to one member. `address` "": there is none, and nothing is sent."""

    kind: LetterKind
    member: Member
    address: str
    person: User | None
    papers: Sequence[Paper]
    letter: Letter


def tell(
    edition: Edition, news: Iterable[News], *, due_at: datetime, batch: UUID | None = None
) -> list[Draft]:
    """Queue what the members are to hear, together with what waits for them already. Returns the letters queued."""
    news = list(news)
    waiting = _waiting(edition, news)
    Message.objects.filter(pk__in=[it.pk for rows in waiting.values() for it in rows]).delete()
    found = _drafts(edition, news, waiting)
    due = {address: min([due_at, *(it.due_at for it in rows)]) for address, rows in waiting.items()}
    for it in found:
        if it.address:
            post(
                it.letter,
                kind=it.kind,
                edition=edition,
                to=it.address,
                person=it.person,
                about=about(it.papers[0]),
                # Whoever has a conflict would learn from a letter that is missing who reviews what they may not know.
                also_about=[*(about(paper) for paper in it.papers), policy.joined_mark(edition)],
                occasion=uuid4().hex,  # the rows say what was told already, not the key
                due_at=due.get(it.address, due_at),
                batch=batch,
            )
    return found


def drafts(edition: Edition, news: Iterable[News], *, user: User) -> list[Draft]:
    """The letters that `tell` would queue, without changing anything, as far as `user` may know them: what waits for a
    member about papers that `user` does not handle would tell who reviews them.
    """
    news = list(news)
    handled = Paper.objects.filter(policy.papers_handled_by(user), edition=edition)
    seen = set(handled.values_list("pk", flat=True))
    return _drafts(edition, news, _waiting(edition, news, lock=False), seen=seen)


def _waiting(edition: Edition, news: Sequence[News], *, lock: bool = True) -> dict[str, list[Message]]:
    """Letters of these kinds that have not left, by address; held, so that no worker takes them now."""
    addresses = {address for it in news if (address := address_of(it.member))}
    found = Message.objects.filter(
        edition=edition.slug,
        kind__in=[OFFERED.slug, TAKEN_BACK.slug],
        to__in=addresses,
        state=Message.State.QUEUED,
        due_at__gt=timezone.now(),
    ).prefetch_related("also_about")
    if lock:
        found = found.select_for_update(of=("self",))
    waiting: dict[str, list[Message]] = defaultdict(list)
    for message in found:
        waiting[message.to].append(message)
    return waiting


def _drafts(
    edition: Edition,
    news: Sequence[News],
    waiting: Mapping[str, list[Message]],
    *,
    seen: Collection[int] | None = None,
) -> list[Draft]:
    told = _told(waiting)
    if seen is not None:
        told = {key: papers.intersection(seen) for key, papers in told.items()}
    known = _papers(told)
    reasons = _reasons([it.member for it in news], told)
    wording = {kind.slug: texts.of(edition, kind.slug) for kind in (OFFERED, TAKEN_BACK)}
    due = Deadline.objects.filter(edition=edition, kind=Deadline.Kind.REVIEWS).order_by("at").last()
    found = []
    for it in sorted(news, key=lambda it: it.member.name):
        address = address_of(it.member)
        offered_before, taken_before = (
            told.get((address, OFFERED.slug), set()),
            told.get((address, TAKEN_BACK.slug), set()),
        )
        new, gone = {paper.pk: paper for paper in it.offered}, {paper.pk: paper for paper, _ in it.taken}
        why = {paper.pk: reason for paper, reason in it.taken}
        papers = known | new | gone
        # What was announced and not sent yet is simply left out again, in both directions.
        offered = (offered_before - gone.keys()) | (new.keys() - taken_before)
        taken = (taken_before - new.keys()) | (gone.keys() - offered_before)
        for kind, keys in ((OFFERED, offered), (TAKEN_BACK, taken)):
            listed = sorted((papers[pk] for pk in keys if pk in papers), key=lambda paper: paper.number)
            if listed:
                lines = [
                    _line(paper, why.get(paper.pk, reasons.get((it.member.pk, paper.pk), "")), kind)
                    for paper in listed
                ]
                found.append(
                    _draft(kind, edition, it.member, address, listed, lines, due, wording[kind.slug])
                )
    return found


def _told(waiting: Mapping[str, list[Message]]) -> dict[tuple[str, str], set[int]]:
    """Which papers the waiting letters are about, by address and kind."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for address, rows in waiting.items():
        for message in rows:
            abouts = [message.about, *(it.about for it in message.also_about.all())]
            found[address, message.kind] |= {
                int(it.removeprefix("paper:")) for it in abouts if it.startswith("paper:")
            }
    return found


def _papers(told: Mapping[tuple[str, str], set[int]]) -> dict[int, Paper]:
    keys = set().union(*told.values()) if told else set()
    return Paper.objects.in_bulk(keys)


def _reasons(
    members: Iterable[Member], told: Mapping[tuple[str, str], set[int]]
) -> dict[tuple[int, int], str]:
    """Why papers of waiting letters were taken back, as the assignments say."""
    if not told:
        return {}
    rows = Assignment.objects.filter(member__in=[it.pk for it in members], state=Assignment.State.WITHDRAWN)
    return {
        (member, paper): reason for member, paper, reason in rows.values_list("member", "paper", "reason")
    }


def _line(paper: Paper, reason: str, kind: LetterKind) -> str:
    because = f" ({' '.join(reason.split())})" if reason and kind is TAKEN_BACK else ""
    return f"- #{paper.number} {paper.title or NO_TITLE}{because}"


def _draft(
    kind: LetterKind,
    edition: Edition,
    member: Member,
    address: str,
    papers: Sequence[Paper],
    lines: Sequence[str],
    due: Deadline | None,
    text: texts.Text,
) -> Draft:
    person = member.user
    values = {
        "name": member.name or "colleague",
        "count": "1 paper" if len(papers) == 1 else f"{len(papers)} papers",
        "papers": "\n".join(lines),
        "due": moment_in_words(due.at, edition, person) if due else "",
    }

    def composed(text: texts.Text) -> Letter:
        url = reverse("member_assignments", args=[edition.slug])
        return compose(kind, edition=edition, to=address, person=person, url=url, values=values, text=text)

    try:
        letter = composed(text)
    except LetterError:
        # A text of the edition that cannot be used never keeps a letter back.
        letter = composed(texts.default(kind.slug))
    return Draft(kind, member, address, person, papers, letter)


def address_of(member: Member) -> str:
    """Where a member reads: the account's address, or the one of the roster; "" when there is none."""
    return (member.user.email if member.user else "") or member.email
