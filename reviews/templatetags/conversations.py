"""What stands on a reviewer's page besides the review: the authors' response, more time, a guest."""

from django import template

from reviews.models import Assignment, AuthorResponse, Guest, MoreTime
from submissions.models import Paper

register = template.Library()


@register.simple_tag
def submitted_response(paper: Paper) -> AuthorResponse | None:
    """What the authors of `paper` submitted, for pages whose readers review or handle it. One query."""
    return AuthorResponse.objects.filter(paper=paper, submitted_at__isnull=False).first()


@register.simple_tag
def latest_request(row: Assignment) -> MoreTime | None:
    """The latest request for more time. One query."""
    return MoreTime.objects.filter(assignment=row).first()


@register.simple_tag
def latest_guest(row: Assignment) -> Guest | None:
    """Whom the member asked last to write the review. One query."""
    return Guest.objects.filter(assignment=row).first()
