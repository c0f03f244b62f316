"""What readers of a discussion hear of it: one quiet letter for each paper and reader, and one at once for who is mentioned.

The letter waits for some minutes, and tells how many comments are new and from whom; what was said stays on the site.
What is said meanwhile is counted into the letter that waits; what is read meanwhile is not announced any more.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.mail_groups import OptionalGroup
from accounts.models import Message, MessageAbout, User
from reviews import participants, policy, queries
from reviews.models import Comment, Handling
from reviews.participants import Participant
from submissions import policy as papers_policy
from submissions.letter_kinds import KINDS as ALL_KINDS
from submissions.letter_kinds import LetterKind
from submissions.letters import about, compose, send
from submissions.models import Paper

#: So long a letter waits for more to tell.
JOIN = timedelta(minutes=20)
GROUP = OptionalGroup(
    "discussion",
    "Discussions of papers",
    "New comments on papers that you review or handle, joined; and at once where somebody mentions you.",
)
NEWS = LetterKind(
    "discussion",
    "New comments in a discussion",
    False,
    {
        "count": "how many comments are new, in words: “2 new comments”",
        "writers": "who wrote them, as the reader knows them",
    },
    optional_group=GROUP.slug,
    why="You receive this because you take part in the discussion of this paper at {edition}.",
    button="Open the discussion",
)
MENTION = LetterKind(
    "discussion_mention",
    "Somebody mentions the reader in a discussion",
    False,
    {"writer": "who wrote it, as the reader knows them"},
    optional_group=GROUP.slug,
    why="You receive this because you take part in the discussion of this paper at {edition}.",
    button="Open the discussion",
)
KINDS = (NEWS, MENTION)


def tell(comment: Comment, people: Sequence[Participant]) -> None:
    """Everybody who may read `comment` and is to hear of it, but its writer: who is mentioned at once, the others later."""
    others = [it for it in people if it.user.pk != comment.author_id]
    named = set(comment.mentioned.values_list("pk", flat=True))
    mention(comment, [it for it in others if it.user.pk in named])
    concerned = _concerned(comment, others)
    for it in others:
        if it.user.pk not in named and it.user.pk in concerned:
            _announce(comment, it)


def mention(comment: Comment, people: Iterable[Participant]) -> None:
    """Write to those who are mentioned, at once, and once for each comment."""
    for it in people:
        send(
            MENTION.slug,
            edition=comment.paper.edition,
            to=it.user.email,
            person=it.user,
            about=about(comment.paper),
            occasion=str(comment.pk),
            url=_url(comment.paper),
            paper=comment.paper,
            values={"writer": _writers(comment.paper, [comment], it)},
            at_once=True,
        )


def withdraw(comment: Comment) -> None:
    """A comment was removed: letters that wait do not count it, and those about nothing else do not go."""
    waiting = Message.objects.filter(
        also_about__about=_mark(comment.pk), state=Message.State.QUEUED, due_at__gt=timezone.now()
    )
    people = {it.user.pk: it for it in participants.of(comment.paper)}
    for message in waiting.select_for_update(of=("self",)):
        MessageAbout.objects.filter(message=message, about=_mark(comment.pk)).delete()
        reader = people.get(message.person_id or 0)
        if reader is None or not _rewrite(message, comment.paper, reader):
            message.delete()


def forget_read(paper: Paper, reader: User, until: datetime) -> None:
    """`reader` has read what was said until then: no letter tells of it any more."""
    message = _waiting(paper, reader)
    if message is None:
        return
    read = Comment.objects.filter(pk__in=_told(message), at__lte=until).values_list("pk", flat=True)
    MessageAbout.objects.filter(message=message, about__in=[_mark(pk) for pk in read]).delete()
    people = {it.user.pk: it for it in participants.of(paper)}
    if reader.pk not in people or not _rewrite(message, paper, people[reader.pk]):
        message.delete()


def is_still_meant(message: Message) -> bool:
    """Whether the reader of a waiting letter still takes part in the discussion that it tells of."""
    paper = message.about.removeprefix("paper:")
    if message.person is None or not paper.isdigit():
        return False
    return Paper.objects.filter(policy.papers_discussed_by(message.person), pk=int(paper)).exists()


def _concerned(comment: Comment, people: Iterable[Participant]) -> set[int]:
    """All reviewers; of the chairs the one who handles the paper and those who wrote here, or all where nobody did."""
    people = list(people)
    handling = Handling.objects.filter(paper=comment.paper).values_list("chair", flat=True)
    wrote = Comment.objects.filter(paper=comment.paper, as_chair=True).values_list("author", flat=True)
    involved = {pk for pk in (*handling, *wrote) if pk}
    chairs = {it.user.pk for it in people if it.chair}
    return {it.user.pk for it in people if not it.chair} | ((chairs & involved) or chairs)


def _announce(comment: Comment, reader: Participant) -> None:
    message = _waiting(comment.paper, reader.user)
    if message is not None:
        MessageAbout.objects.get_or_create(message=message, about=_mark(comment.pk))
        if _rewrite(message, comment.paper, reader):
            return
    posted = send(
        NEWS.slug,
        edition=comment.paper.edition,
        to=reader.user.email,
        person=reader.user,
        about=about(comment.paper),
        occasion=str(comment.pk),
        url=_url(comment.paper),
        paper=comment.paper,
        values=_values(comment.paper, [comment], reader),
        due_at=timezone.now() + JOIN,
    )
    if posted is not None:
        MessageAbout.objects.get_or_create(message=posted, about=_mark(comment.pk))


def _waiting(paper: Paper, reader: User) -> Message | None:
    """The letter that this reader will get of this discussion; held, so that no worker takes it now."""
    rows = Message.objects.filter(
        about=about(paper),
        kind=NEWS.slug,
        to=reader.email,
        state=Message.State.QUEUED,
        due_at__gt=timezone.now(),
    )
    return rows.select_for_update(of=("self",)).first()


def _rewrite(message: Message, paper: Paper, reader: Participant) -> bool:
    """Bring a waiting letter up to date. False when there is nothing left to tell, or it has left."""
    rows = Comment.objects.visible_to(reader.user).filter(pk__in=_told(message), removed_at__isnull=True)
    found = list(rows.select_related("author"))
    if not found:
        return False
    letter = compose(
        ALL_KINDS[NEWS.slug],
        edition=paper.edition,
        to=message.to,
        person=reader.user,
        url=_url(paper),
        paper=paper,
        values=_values(paper, found, reader),
    )
    return outbox.rewrite(message=message, subject=letter.subject, text=letter.text, html=letter.html)


def _values(paper: Paper, comments: Sequence[Comment], reader: Participant) -> dict[str, str]:
    count = "1 new comment" if len(comments) == 1 else f"{len(comments)} new comments"
    return {"count": count, "writers": _writers(paper, comments, reader)}


def _writers(paper: Paper, comments: Iterable[Comment], reader: Participant) -> str:
    """Who wrote these, each once, as `reader` knows them."""
    sees = (
        papers_policy.may_handle(reader.user, paper) or queries.settings_of(paper.edition).names_to_reviewers
    )
    names = participants.names_of(paper)
    found = [participants.who_wrote(it, reader.user, names, sees_names=sees) for it in comments]
    return ", ".join(dict.fromkeys(found))


def _mark(comment: int) -> str:
    """How a message says that it tells of a comment."""
    return f"comment:{comment}"


def _told(message: Message) -> list[int]:
    marks = MessageAbout.objects.filter(message=message, about__startswith="comment:")
    return [int(it.removeprefix("comment:")) for it in marks.values_list("about", flat=True)]


def _url(paper: Paper) -> str:
    return reverse("discussion", args=[paper.edition.slug, paper.number]) + "#new"
