"""What changes a person. Every function checks who asks, changes in one transaction and leaves one audit entry."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import audit, outbox, policy, signals
from accounts.models import AuditEntry, Message, User

PROFILE_FIELDS = ("name", "affiliation", "country", "orcid", "homepage", "time_zone")
#: A sign-up that nobody confirmed is forgotten after this time.
UNPROVEN_EXPIRES = timedelta(days=7)
#: Codes, links and notices about an account are deleted from the queue after this time.
ACCOUNT_MAIL_EXPIRES = timedelta(days=30)


def create_person(
    *,
    actor: User | None,
    email: str,
    name: str,
    password: str | None = None,
    verified: bool = False,
    **fields: Any,
) -> User:
    """Add a person. `actor=None` is the system (a command, a test); otherwise an administrator.

    `verified`: the actor vouches that the address is the person's. Without a password the person gets one by
    “Forgot your password?”, which also proves the address. Raises PermissionDenied, IntegrityError (address taken).
    """
    if actor is not None and not actor.is_staff:
        raise PermissionDenied("Only an administrator adds people.")
    with transaction.atomic():
        person = User.objects.create_user(email, password, name=name, **fields)
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=verified)
        audit.record(
            actor=actor, verb="account.created", subject=person, data={"address_vouched_for": verified}
        )
    return person


def update_profile(*, actor: User, person: User, **fields: Any) -> list[str]:
    """Change what `person` says about themselves; returns the names of the fields that changed.

    Raises PermissionDenied unless the actor is the person or an administrator, ValidationError on bad values.
    """
    if actor.pk != person.pk and not _may_look_after(actor, person):
        raise PermissionDenied("Only the person or an administrator changes a profile.")
    unknown = set(fields) - set(PROFILE_FIELDS)
    if unknown:
        raise TypeError(f"Not part of a profile: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        before = User.objects.select_for_update().get(pk=person.pk)
        changes = {}
        for field, value in fields.items():
            old = getattr(before, field)
            if str(old) != str(value):
                changes[field] = [str(old), str(value)]
                setattr(person, field, value)
        if changes:
            person.clean_fields(exclude=[f.name for f in User._meta.fields if f.name not in changes])
            person.save(update_fields=list(changes))
            audit.record(actor=actor, verb="account.profile_changed", subject=person, data=changes)
    return list(changes)


def _may_look_after(actor: User, person: User) -> bool:
    """Whether `actor` may act on this account for its owner. One with all rights is looked after by its like: whoever
    can give it another address can sign in to it."""
    return actor.is_superuser or (actor.is_staff and not person.is_superuser)


def release_unproven_claims(*, email: str, proven_by: User) -> None:
    """`proven_by` has shown to own `email`: whoever else merely claimed it loses the claim.

    Somebody may have signed up with an address that is not theirs, and never confirmed it. Such an account has never
    been signed in to and is deleted; any other loses the address only. Who has proven it as well loses nothing.
    """
    email = email.lower()
    with transaction.atomic():
        if EmailAddress.objects.filter(email=email, verified=True).exclude(user=proven_by).exists():
            return
        EmailAddress.objects.filter(email=email, verified=False).exclude(user=proven_by).delete()
        for other in User.objects.select_for_update().filter(email=email).exclude(pk=proven_by.pk):
            audit.record(actor=None, verb="account.claim_released", subject=other)
            if other.last_login is None and _made_by_sign_up().filter(subject_id=other.pk).exists():
                other.delete()
                continue
            left = EmailAddress.objects.filter(user=other, verified=True).order_by("-primary", "pk").first()
            if left is not None:
                left.set_as_primary()
            else:
                User.objects.filter(pk=other.pk).update(email=f"released-{other.pk}@account.invalid")


def drop_unproven_providers(person: User) -> None:
    """`person` has just shown to own the address of an account whose address nobody had proven before.

    Whoever signed up with it through a provider (ORCID) may be somebody else, waiting for the owner to move in: that
    way in is closed. The owner can connect their own again.
    """
    if EmailAddress.objects.filter(user=person, verified=True).exists():
        return
    with transaction.atomic():
        for account in SocialAccount.objects.filter(user=person):
            data = {account.provider: [account.uid, None]}
            audit.record(actor=None, verb="account.provider_disconnected", subject=person, data=data)
            account.delete()


def _made_by_sign_up() -> QuerySet[AuditEntry]:
    """Entries of accounts their owners made themselves, as opposed to those an administrator or a command added."""
    return AuditEntry.objects.filter(verb="account.signed_up", subject_type=User._meta.label_lower)


def replace_email(*, actor: User, person: User, email: str) -> None:
    """Give `person` another primary address, unproven until they confirm it. Administrators only.

    Raises PermissionDenied; ValidationError when the address belongs to somebody else.
    """
    if not _may_look_after(actor, person):
        raise PermissionDenied("Only an administrator replaces an address.")
    email = email.strip().lower()
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=person.pk)
        if person.email == email:
            return
        taken = User.objects.filter(email=email).exclude(pk=person.pk).exists()
        if taken or EmailAddress.objects.filter(email=email, verified=True).exclude(user=person).exists():
            raise ValidationError(f"“{email}” belongs to another account.", code="taken")
        old = person.email
        EmailAddress.objects.filter(user=person, primary=True).update(primary=False)
        EmailAddress.objects.update_or_create(user=person, email=email, defaults={"primary": True})
        # The old one stays on the account only if it was proven: it may have been a typing mistake.
        EmailAddress.objects.filter(user=person, email=old, verified=False).delete()
        User.objects.filter(pk=person.pk).update(email=email)
        audit.record(
            actor=actor, verb="account.address_replaced", subject=person, data={"email": [old, email]}
        )


def set_active(*, actor: User, person: User, active: bool) -> None:
    """Let `person` sign in, or stop that and end their sessions. Raises PermissionDenied, ValidationError."""
    if not _may_look_after(actor, person):
        raise PermissionDenied("Only an administrator blocks or unblocks an account.")
    if not active and actor.pk == person.pk:
        raise ValidationError("You cannot block your own account.", code="self")
    with transaction.atomic():
        changed = User.objects.filter(pk=person.pk, is_active=not active).update(is_active=active)
        if changed:
            verb = "account.unblocked" if active else "account.blocked"
            audit.record(actor=actor, verb=verb, subject=person)
            if not active:
                end_sessions(person)
    person.is_active = active


def set_administrator(*, actor: User, person: User, is_staff: bool, is_superuser: bool) -> None:
    """Give or take the rights of an administrator. Raises PermissionDenied unless the actor has all rights, and on
    the actor's own account; ValidationError for all rights without entry to the pages they are used on."""
    if not actor.is_superuser or actor.pk == person.pk:
        raise PermissionDenied("Only another administrator with all rights changes these.")
    if is_superuser and not is_staff:
        raise ValidationError("Somebody with all rights also needs the administration pages.", code="staff")
    with transaction.atomic():
        before = User.objects.select_for_update().get(pk=person.pk)
        after = {"is_staff": is_staff, "is_superuser": is_superuser}
        changes = {f: [getattr(before, f), v] for f, v in after.items() if getattr(before, f) != v}
        if changes:
            User.objects.filter(pk=person.pk).update(**after)
            audit.record(actor=actor, verb="account.rights_changed", subject=before, data=changes)


def remove_two_factor(*, actor: User, person: User) -> bool:
    """Take the second factor off an account whose owner lost the telephone and the recovery codes.

    Administrators only (PermissionDenied), and never on their own account this way. The person is told by mail.
    False when there was none.
    """
    if not _may_look_after(actor, person) or actor.pk == person.pk:
        raise PermissionDenied("Only another administrator takes two-factor sign-in off an account.")
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=person).delete()
        if removed:
            end_sessions(person)
            entry = audit.record(actor=actor, verb="account.two_factor_removed", subject=person)
            write_to(person, "two_factor_removed", key=str(entry.pk))
    return bool(removed)


def end_sessions(person: User, *, keep: str | None = None) -> None:
    """Sign `person` out everywhere, except in the session with the key `keep`."""
    for session in UserSession.objects.filter(user=person).exclude(session_key=keep or ""):
        session.end()


def delete_account(*, actor: User, person: User, confirmation: str) -> None:
    """Delete the account of `person` at their own wish; what they did stays recorded under their printed name.

    `confirmation` is the primary address, typed. Raises PermissionDenied unless the actor is the person,
    ValidationError when the confirmation differs or something stands in the way (`policy.deletion_obstacles`).
    """
    if actor.pk != person.pk:
        raise PermissionDenied("Only the person deletes their account; an administrator can block it.")
    if confirmation.strip().lower() != person.email:
        raise ValidationError(
            f"“{confirmation}” is not the address of this account. Type {person.email} to confirm.",
            code="confirmation",
        )
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=person.pk)
        obstacles = policy.obstacles_to_deletion(person)
        if obstacles:
            raise ValidationError([ValidationError(sentence, code="obstacle") for sentence in obstacles])
        signals.account_deleted.send(sender=User, user=person)
        end_sessions(person)
        _forget_traces(person)
        audit.record(actor=person, verb="account.deleted", subject=person)
        write_to(person, "account_deleted", key=str(person.pk), keep_person=False)
        person.delete()


def _forget_traces(person: User) -> None:
    """Empty the person's mail and what the record says about their profile; that something happened stays."""
    Message.objects.filter(person=person, state=Message.State.QUEUED).update(
        state=Message.State.FAILED, error="The account was deleted before this was sent."
    )
    Message.objects.filter(person=person).update(
        # The key holds the address, too.
        key=Concat(Value("deleted:"), Cast("pk", CharField())),
        to="deleted@account.invalid",
        subject="(removed with the account)",
        text="",
        html="",
        reply_to="",
    )
    AuditEntry.objects.filter(subject_type=User._meta.label_lower, subject_id=person.pk).update(data={})


def write_to(person: User, what: str, *, key: str, keep_person: bool = True, **context: Any) -> Message:
    """Queue the notice `templates/account/email/{what}_*.txt` to the person's primary address."""
    context |= {"person": person, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
    prefix = f"account/email/{what}"
    return outbox.post(
        key=f"account.{what}:{key}",
        kind=f"account.{what}",
        to=person.email,
        subject=f"[{settings.SITE_NAME}] {render_to_string(f'{prefix}_subject.txt', context).strip()}",
        text=render_to_string(f"{prefix}_message.txt", context).strip() + "\n",
        person=person if keep_person else None,
    )


def forget_stale() -> None:
    """Forget sign-ups nobody confirmed, old mail about accounts, and sessions that are over."""
    now = timezone.now()
    signed_up = _made_by_sign_up().filter(subject_id=OuterRef("pk"))
    proven = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    unproven = User.objects.filter(
        Exists(signed_up),
        ~Exists(proven),
        last_login__isnull=True,
        is_staff=False,
        date_joined__lt=now - UNPROVEN_EXPIRES,
    )
    for person in unproven:
        with transaction.atomic():
            audit.record(actor=None, verb="account.unproven_forgotten", subject=person)
            person.delete()
    outbox.forget_old(kind_prefix="account.", before=now - ACCOUNT_MAIL_EXPIRES)
    from django.contrib.sessions.models import Session

    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
