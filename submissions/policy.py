"""Who may see and do what with calls and papers. One place; every view, export, mail and admin page asks here.

A conflict is a wall for every role: a chair who wrote a paper, or whom its authors declared a conflict, sees of that
paper what any stranger or author sees.

Upper rooms add walls of their own in `AppConfig.ready()`:

    from submissions import policy
    policy.walls.append(conflicts)      # (user) -> a filter on Paper: what this person must be kept out of
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import MessageAbout, User
from accounts.policy import with_two_factor
from submissions.models.call import Edition, Role
from submissions.models.paper import Author, DeclaredConflict, Paper

Viewer: TypeAlias = User | AnonymousUser

NOBODY = Q(pk__in=[])
JOINED = "joined:"

#: Each returns a filter on Paper: those with a conflict that this room does not know of.
walls: list[Callable[[Viewer], Q]] = []


def proven_addresses(user: Viewer) -> QuerySet[EmailAddress]:
    """The e-mail addresses `user` has shown to own."""
    return EmailAddress.objects.filter(user_id=user.pk, verified=True)


def roles_held_by(user: Viewer) -> Q:
    """Filter on Role: those that `user` holds, by account or by a proven address."""
    if not user.is_authenticated:
        return NOBODY
    return Q(user=user) | Q(user__isnull=True, email__in=proven_addresses(user).values("email")) & ~Q(
        email=""
    )


def _chaired_editions(user: Viewer) -> QuerySet[Role, Any]:
    return Role.objects.filter(roles_held_by(user), kind__in=Role.CHAIRS).values("edition_id")


def editions_visible_to(user: Viewer) -> Q:
    """Filter on Edition: published ones for everybody, all for those who prepare them."""
    if not user.is_authenticated:
        return Q(published=True)
    if user.is_superuser:
        return Q()
    return Q(published=True) | Q(pk__in=_chaired_editions(user))


def editions_chaired_by(user: Viewer) -> Q:
    """Filter on Edition: those `user` runs. One query finds such an edition or nothing, whether it exists or not."""
    if not user.is_authenticated:
        return NOBODY
    return Q() if user.is_superuser else Q(pk__in=_chaired_editions(user))


def papers_written_by(user: Viewer) -> Q:
    """Filter on Paper: submitted by `user`, or naming an address `user` has verified."""
    if not user.is_authenticated:
        return NOBODY
    named = Author.objects.filter(paper=OuterRef("pk"), email__in=proven_addresses(user).values("email"))
    return Q(submitter=user) | Q(Exists(named))


def papers_walled_off_from(user: Viewer) -> Q:
    """Filter on Paper: those with a conflict that keeps `user` out, whatever role they hold.

    The committee is a list of names, and one person may stand in it twice: a conflict with either line holds for both.
    """
    held = Role.objects.filter(roles_held_by(user))
    declared = DeclaredConflict.objects.filter(
        Q(role__in=held.values("pk")) | Q(role__name__in=held.values("name")), paper=OuterRef("pk")
    )
    walled = papers_written_by(user) | Q(Exists(declared))
    for wall in walls:
        walled |= wall(user)
    return walled


def papers_handled_by(user: Viewer) -> Q:
    """Filter on Paper: those `user` may see and handle as a chair (or administrator), given a second factor."""
    if not user.is_authenticated:
        return NOBODY
    office = Q() if user.is_superuser else Q(edition__in=_chaired_editions(user))
    return office & with_two_factor(user) & ~papers_walled_off_from(user)


def papers_visible_to(user: Viewer) -> Q:
    """Filter on Paper: the authors' own, and those a chair handles."""
    if not user.is_authenticated:
        return NOBODY
    return papers_written_by(user) | papers_handled_by(user)


def may_chair(user: Viewer, edition: Edition) -> bool:
    """Whether `user` runs `edition`."""
    if not user.is_authenticated:
        return False
    return (
        user.is_superuser
        or Role.objects.filter(roles_held_by(user), edition=edition, kind__in=Role.CHAIRS).exists()
    )


def joined_mark(edition: Edition) -> str:
    """What a message is about as well that joins all papers of a committee's reader; see `messages_handled_by`."""
    return f"{JOINED}{edition.slug}"


def messages_handled_by(user: Viewer) -> Q:
    """Filter on Message: the mail of the editions `user` runs, as far as no conflict is in the way.

    A message that tells, even among other things, of a paper behind a conflict does not exist for them. Letters that join
    whatever papers a reader has (`joined_mark`) do not exist for whoever has any conflict in the edition: that one of them
    were missing would tell who works on a paper behind it. Sign-in codes belong to no edition.
    """
    if not user.is_authenticated:
        return NOBODY
    chaired = Edition.objects.filter(editions_chaired_by(user)).values("slug")
    walled = Paper.objects.filter(papers_walled_off_from(user))
    hidden = walled.annotate(told=Concat(Value("paper:"), Cast("pk", CharField()))).values("told")
    joined = walled.annotate(told=Concat(Value(JOINED), "edition__slug", output_field=CharField())).values(
        "told"
    )
    also = MessageAbout.objects.filter(Q(about__in=hidden) | Q(about__in=joined), message=OuterRef("pk"))
    office = Q(edition__in=chaired, sensitive=False) & with_two_factor(user)
    return office & ~Q(about__in=hidden) & ~Q(Exists(also))


def may_handle(user: Viewer, paper: Paper) -> bool:
    """Whether `user` may act on `paper` as a chair: not on their own and not through a conflict."""
    return Paper.objects.filter(papers_handled_by(user), pk=paper.pk).exists()


def may_edit(user: Viewer, paper: Paper) -> bool:
    """Whether `user` is a contact of `paper`: its submitter, or a contact author whose address is proven."""
    if not user.is_authenticated:
        return False
    if paper.submitter_id == user.pk:
        return True
    return paper.authors.filter(is_contact=True, email__in=proven_addresses(user).values("email")).exists()
