"""The review forms in what a reviewer uploads: text files, or a ZIP of them as it was downloaded, with the PDFs still inside.

A ZIP comes from outside: nothing of it is written anywhere, a form is read up to the length that a form may have, and a
list of contents longer than any reviewer's is not read at all.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO

from reviews.domain.offline_form import LONGEST_FILE

MOST_FORMS = 100
#: Bytes of a ZIP's list of contents: some thousand names.
LONGEST_LIST = 250_000
#: All forms of one upload together.
MOST_BYTES = 10 * LONGEST_FILE

_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
#: The end of a ZIP: 22 bytes and a comment of at most 65,535, with the pointer of a large ZIP before them.
_TAIL = 22 + 65_535 + 20
#: Of these, and of no others, zipfile unpacks no more than is asked for: 500 bytes of bzip2 can hold a gigabyte.
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_TEXT = {".txt", ".text", ".md"}
#: What a word processor's file, a ZIP itself, always holds.
_DOCUMENT = {"[Content_Types].xml", "mimetype"}
#: What our own ZIP holds beside forms and manuscripts.
_NOTE = "MISSING.txt"


@dataclass(frozen=True)
class Form:
    """One text file: the name to call it by, and its bytes."""

    name: str
    data: bytes


@dataclass
class Found:
    """The forms, what could not be read (sentences that begin with the file's name), and what was left out."""

    forms: list[Form] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def collect(files: Iterable[tuple[str, BinaryIO]]) -> Found:
    """The forms in `files`, each a name and an open file that can seek. Never raises for what is in them."""
    found = Found()
    for given, file in files:
        name = shown(given)
        start = file.read(4)
        file.seek(0)
        if start[:2] == b"PK":
            _unpack(name, file, found)
        elif start == b"%PDF":
            found.left_out.append(name)
        else:
            _keep(name, file.read(LONGEST_FILE + 1), found)
    if len(found.forms) > MOST_FORMS:
        found.problems.append(
            f"You sent more than {MOST_FORMS} forms; so many are read at a time. Send them in parts."
        )
    return found


def shown(name: str) -> str:
    """The last part of a file's name, without what cannot be printed."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(sign for sign in last if sign.isprintable())[:100] or "file"


def _keep(name: str, data: bytes, found: Found) -> None:
    if not data.strip():
        found.problems.append(f"{name}: the file is empty. Choose the form that you filled in.")
    elif sum(len(it.data) for it in found.forms) + len(data) > MOST_BYTES:
        found.problems.append(
            f"{name}: all forms together have more than {MOST_BYTES // 1_000_000} MB. Send them in parts."
        )
    else:
        found.forms.append(Form(name, data))


def _unpack(name: str, file: BinaryIO, found: Found) -> None:
    if problem := _too_long(file):
        found.problems.append(f"{name}: {problem}")
        return
    try:
        with zipfile.ZipFile(file) as archive:
            if _DOCUMENT & set(archive.namelist()):
                found.problems.append(
                    f"{name}: this is a document of a word processor. Save it as plain text (.txt) and upload that."
                )
                return
            for info in _wanted(archive, found):
                if len(found.forms) + len(found.problems) > MOST_FORMS:
                    break  # a small ZIP may hold thousands that are long once unpacked
                with archive.open(info) as member:
                    _keep(shown(info.filename), member.read(LONGEST_FILE + 1), found)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
        # The last is a kind of packing that Python does not know; the others are damage.
        found.problems.append(
            f"{name}: this ZIP cannot be unpacked. Pack the forms again, or upload them one by one."
        )


def _wanted(archive: zipfile.ZipFile, found: Found) -> Iterator[zipfile.ZipInfo]:
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        name, ending = shown(info.filename), path.suffix.lower()
        if info.is_dir() or "__MACOSX" in path.parts or path.name.startswith("."):
            continue
        if ending == ".pdf" or path.name == _NOTE:
            found.left_out.append(name)
        elif ending not in _TEXT:
            found.problems.append(
                f"{name}: this is no text file. Save it as plain text (.txt), or leave it out."
            )
        elif info.compress_type not in _PACKINGS:
            found.problems.append(
                f"{name}: it is packed in a way that is not read here. Pack it as a usual ZIP, or upload it by itself."
            )
        elif info.flag_bits & 1:
            found.problems.append(f"{name}: the file has a password. Pack the forms without one.")
        else:
            yield info


def _too_long(file: BinaryIO) -> str:
    """Why the list of contents is not read, or "". Looked at before zipfile builds an object for every line of it."""
    file.seek(0, 2)
    file.seek(max(file.tell() - _TAIL, 0))
    tail = file.read()
    file.seek(0)
    if _END_64 in tail:
        return "this ZIP is larger than any with review forms. Leave the other files out."
    place = tail.find(_END)
    while place >= 0:
        # Every end that could be meant is looked at: zipfile picks one of them.
        end = tail[place : place + 22]
        if len(end) == 22 and struct.unpack("<L", end[12:16])[0] > LONGEST_LIST:
            return "this ZIP holds thousands of files. Leave out what is no review form."
        place = tail.find(_END, place + 1)
    return ""
