"""The administration pages of this room."""

from reviews.admin import committee, papers

__all__ = ["committee", "papers"]
