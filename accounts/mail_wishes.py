"""What optional mail people want: which groups, at once or once a day; and the link that stops a group.

A contact may have no account. The link in the mail then keeps the wish for the address itself, and it goes on to hold
when an account proves that address later.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.mail_groups import groups
from accounts.models import MailWish, User

SALT = "accounts.mail_wishes.stop"
#: In a link: every optional group.
ALL = "*"
#: When a daily mail leaves, in the reader's own zone.
MORNING = time(8, 0)
#: What anybody but its reader sees in place of the stop link: it works for whoever has it.
OWN_LINK = "(a link of the reader's own)"
#: Paths (patterns) of further links that work for whoever has them. Rooms above add theirs in `AppConfig.ready()`.
own_paths: list[str] = []


@dataclass(frozen=True)
class Wishes:
    off: frozenset[str] = frozenset()
    daily: bool = False

    def refuses(self, group: str) -> bool:
        return bool(group) and group in self.off


def owner_of(address: str) -> User | None:
    """Who has proven to own `address`."""
    return owners_of([address]).get(address.lower())


def owners_of(addresses: Iterable[str]) -> dict[str, User]:
    """Who has proven to own which of the addresses, in one query."""
    wanted = [address.lower() for address in addresses]
    proven = EmailAddress.objects.filter(email__in=wanted, verified=True).select_related("user")
    return {row.email.lower(): row.user for row in proven}


def wishes_of(*, address: str, person: User | None) -> Wishes:
    """What the reader at `address` wants; what nobody has changed is: everything, at once."""
    return wishes_of_many({address: person})[address]


def wishes_of_many(readers: Mapping[str, User | None]) -> dict[str, Wishes]:
    """The wishes of many readers, {address: account or None}, in one query."""
    people = {person.pk for person in readers.values() if person is not None}
    rows = MailWish.objects.filter(Q(person__in=people) | Q(address__in=[it.lower() for it in readers]))
    found: dict[int | str, list[MailWish]] = {}
    for row in rows:
        found.setdefault(row.person_id or row.address, []).append(row)
    return {
        address: _together(found.get(address.lower(), []) + (found.get(person.pk, []) if person else []))
        for address, person in readers.items()
    }


def _together(rows: Iterable[MailWish]) -> Wishes:
    rows = list(rows)
    return Wishes(frozenset(slug for row in rows for slug in row.off), any(row.daily for row in rows))


def next_morning(person: User | None, now: datetime | None = None) -> datetime:
    """The next time a daily mail for `person` leaves."""
    now = now or timezone.now()
    try:
        zone = ZoneInfo((person.time_zone if person else "") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    today = datetime.combine(now.astimezone(zone).date(), MORNING, zone)
    return today if today > now else datetime.combine(today.date() + timedelta(days=1), MORNING, zone)


def save(*, actor: User, off: set[str], daily: bool) -> bool:
    """Set the wishes of `actor`; also forgets what their proven addresses had wished. False: nothing was different."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        proven = EmailAddress.objects.filter(user=actor, verified=True).values("email")
        former = wishes_for_page(actor)
        MailWish.objects.filter(address__in=proven).delete()
        MailWish.objects.update_or_create(person=actor, defaults={"off": sorted(off), "daily": daily})
        changed = former != Wishes(frozenset(off), daily)
        if changed:
            audit.record(
                actor=actor,
                verb="account.mail_changed",
                subject=actor,
                data={"off": [sorted(former.off), sorted(off)], "daily": [former.daily, daily]},
            )
    return changed


def wishes_for_page(person: User) -> Wishes:
    """As the settings page shows them: the person's own, with those of every address they have proven."""
    proven = EmailAddress.objects.filter(user=person, verified=True).values("email")
    return _together(MailWish.objects.filter(Q(person=person) | Q(address__in=proven)))


def stop_url(*, address: str, group: str) -> str:
    """The link that stops a group of mail for one address, for the List-Unsubscribe header and the foot."""
    token = signing.dumps([address.lower(), group], salt=SALT, compress=True)
    return settings.SITE_URL + reverse("account_mail_stop", args=[token])


def without_own_links(text: str) -> str:
    """The text of a message for other eyes than its reader's."""
    stop = re.escape(reverse("account_mail_stop", args=["x"]).removesuffix("x/")) + r"\S+"
    for path in [stop, *own_paths]:
        text = re.sub(rf"https?://[^\s/]+{path}", OWN_LINK, text)
    return text


def read_stop(token: str) -> tuple[str, str]:
    """The address and group of such a link. Raises signing.BadSignature; a link never expires."""
    address, group = signing.loads(token, salt=SALT)
    return address, group


def label_of(group: str) -> str:
    return groups[group].label if group in groups else "Optional mail"


def stop(*, address: str, group: str) -> None:
    """Switch a group off for whoever reads `address`. Twice is the same as once."""
    person = owner_of(address)
    with transaction.atomic():
        wish, _ = MailWish.objects.select_for_update().get_or_create(
            **({"person": person} if person else {"person": None, "address": address.lower()})
        )
        off = sorted({*wish.off, *(groups if group == ALL else [group])})
        if off != wish.off:
            before, wish.off = wish.off, off
            wish.save(update_fields=["off"])
            audit.record(
                actor=person,
                verb="account.mail_stopped",
                subject=person or wish,
                data={"off": [before, off]},
            )
