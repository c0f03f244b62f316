"""Files and limits for the tests of the PDF check."""

from collections.abc import Callable
from pathlib import Path

import pytest

from submissions.pdf.limits import Limits

PDFS = Path(__file__).parents[2] / "pdfs"


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    """The house limits with places of this test's own."""
    return Limits(slots_dir=tmp_path / "places")


@pytest.fixture
def paper() -> Path:
    """A good paper of eight pages."""
    return PDFS / "genuine" / "ieee_letter_8p.pdf"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    """Put bytes into a file."""

    def put(content: bytes) -> Path:
        path = tmp_path / "upload.pdf"
        path.write_bytes(content)
        return path

    return put


def build(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, offsets = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            len(out),
        )
    )


def pages(count: int, *, catalog: bytes = b"", page: bytes = b"") -> bytes:
    """A PDF of empty letter pages, with more in the catalogue or in each page."""
    kids = b" ".join(b"%d 0 R" % (3 + index) for index in range(count))
    leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s >>" % page
    root = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    return build([b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog, root, *[leaf] * count])
