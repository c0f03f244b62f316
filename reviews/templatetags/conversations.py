"""What stands on a reviewer's page besides the review: the authors' response, more time, a guest."""

from django import template

from reviews import policy
from reviews.models import Assignment, AuthorResponse, Guest, MoreTime
from submissions.models import Paper
from submissions.policy import Viewer

register = template.Library()


@register.simple_tag
def submitted_response(paper: Paper, user: Viewer) -> AuthorResponse | None:
    """What the authors of `paper` submitted, as far as `user` reads it for the committee. One query."""
    return AuthorResponse.objects.filter(policy.responses_read_by(user), paper=paper).first()


@register.simple_tag
def latest_request(row: Assignment) -> MoreTime | None:
    """The latest request for more time. One query."""
    return MoreTime.objects.filter(assignment=row).first()


@register.simple_tag
def latest_guest(row: Assignment) -> Guest | None:
    """Whom the member asked last to write the review. One query."""
    return Guest.objects.filter(assignment=row).first()
