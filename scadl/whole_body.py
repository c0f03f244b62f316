"""A request counts only if all of it arrived.

When a browser goes away in the middle of an upload, the server's stream simply ends, and Django would take the half
form for a whole one: a paper's text saved from a form whose end never came. Here such a stream raises instead.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, UnreadablePostError


class _WholeStream:
    """A body of `length` bytes; reading past an early end raises UnreadablePostError."""

    def __init__(self, stream: Any, length: int) -> None:
        self.stream, self.left = stream, length

    def read(self, *args: Any) -> bytes:
        return self._counted(self.stream.read(*args), wanted=args[0] if args else None)

    def readline(self, *args: Any) -> bytes:
        return self._counted(self.stream.readline(*args), wanted=args[0] if args else None)

    def _counted(self, data: bytes, wanted: int | None) -> bytes:
        self.left -= len(data)
        if not data and self.left > 0 and wanted != 0:
            raise UnreadablePostError(f"The connection ended {self.left} bytes before the end of the form.")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class WholeBodyMiddleware:
    """Must come before anything that reads the form (the CSRF check does)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or ""
        if announced.isascii() and announced.isdigit() and hasattr(request, "_stream"):
            request._stream = _WholeStream(request._stream, int(announced))  # type: ignore[assignment]
        return self.get_response(request)
