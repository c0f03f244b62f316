"""The administration pages of this room."""

from reviews.admin import committee, decisions, papers

__all__ = ["committee", "decisions", "papers"]
