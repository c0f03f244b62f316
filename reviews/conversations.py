"""What the talk about papers needs from the rooms below: kinds of letters, guarded addresses, sections. Called in `apps.py`."""

from accounts import mail_groups, mail_wishes, outbox
from accounts import policy as accounts_policy
from reviews import people
from reviews.letters import discussion as discussion_letters
from reviews.letters import guests as guest_letters
from reviews.letters import more_time as more_time_letters
from reviews.letters import responses as response_letters
from reviews.services import discussion, responses
from reviews.signals import review_submitted
from reviews.views import discussion as discussion_pages
from reviews.views import members
from reviews.views import responses as response_pages
from submissions import letter_kinds
from submissions.views import navigation, notices


def register() -> None:
    for kind in (
        *discussion_letters.KINDS,
        *response_letters.KINDS,
        *more_time_letters.KINDS,
        *guest_letters.KINDS,
    ):
        letter_kinds.add(kind)
    for kind in discussion_letters.KINDS:
        outbox.still_meant[kind.slug] = discussion_letters.is_still_meant
    mail_groups.groups[discussion_letters.GROUP.slug] = discussion_letters.GROUP
    mail_wishes.own_paths.append(people.GUEST_PATH)
    accounts_policy.half_guarded_paths.append(people.is_discussion_page)
    review_submitted.connect(discussion.note_score_changes, dispatch_uid="reviews.score_changes")
    review_submitted.connect(responses.review_is_in, dispatch_uid="reviews.letter_for_authors")
    members.sections.append(discussion_pages.section)
    # Of two areas the first entry has them: a chair's decisions.
    for area in ("chair_decisions", "member_home"):
        navigation.BEGINS[area] = (area, "discussions")
    notices.sources.append(response_pages.notices_of)
