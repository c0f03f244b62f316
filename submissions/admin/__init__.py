"""The administration pages of this room."""

from submissions.admin import call, papers

__all__ = ["call", "papers"]
