"""Three ways to write an assignment problem down: `.npz` arrays, a text matrix, and a CSV of pairs.

Only bytes are read here; nothing in a file is ever executed. What is wrong is said with its row and value.
"""

from __future__ import annotations

import contextlib
import csv
import io
import math
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from reviews.domain.assignment.problem import InvalidProblem

#: The most pairs a file may describe: 10,000 papers × 5,000 reviewers.
MOST_PAIRS = 50_000_000
#: Arrays of an `.npz` file that are read, and what each may look like.
ARRAYS = {"S": (2,), "forbid": (2,), "k": (0, 1), "lo": (0, 1), "hi": (0, 1)}


@dataclass(frozen=True)
class Given:
    """What a file says. What it leaves open is None."""

    scores: Any
    forbidden: Any = None
    reviews: Any = None
    min_load: Any = None
    max_load: Any = None
    paper_names: Sequence[str] = ()
    reviewer_names: Sequence[str] = ()


def read_problem(file: IO[bytes]) -> Given:
    """Read whichever of the three forms this is. Raises InvalidProblem with the row and value that is wrong."""
    start = file.read(4)
    file.seek(0)
    if not start:
        raise InvalidProblem("The file is empty.")
    if start[:2] == b"PK":
        return read_npz(file)
    if start[:1] == b"\x93" or start[:1] == b"\x80":
        raise InvalidProblem(
            "The file holds a single array or a Python object. Save the arrays as .npz, with S at least."
        )
    text = _text(file.read())
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise InvalidProblem("The file is empty.")
    return read_csv(text) if "," in first or ";" in first else read_matrix(text)


def read_npz(file: IO[bytes]) -> Given:
    """The arrays S (scores, papers × reviewers), forbid, k (reviews a paper), lo and hi (loads); only S is required."""
    arrays: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            names = [item.filename for item in archive.infolist()]
            if len(names) != len(set(names)):
                raise InvalidProblem("The .npz file holds the same array twice.")
            for name in ARRAYS:
                if f"{name}.npy" in names:
                    arrays[name] = _array(archive, name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise InvalidProblem(
            f"The .npz file is damaged or cut short: {str(error) or 'unexpected end'}."
        ) from error
    except (OSError, zlib.error) as error:
        raise InvalidProblem(f"The .npz file is damaged: {error}.") from error
    if "S" not in arrays:
        found = ", ".join(name.removesuffix(".npy") for name in names[:8]) or "nothing"
        raise InvalidProblem(f"The .npz file has no array S with the scores. It holds: {found}.")
    _agree(arrays)
    return Given(arrays["S"], arrays.get("forbid"), arrays.get("k"), arrays.get("lo"), arrays.get("hi"))


def _array(archive: zipfile.ZipFile, name: str) -> Any:
    """One array, after its header has promised that it is plain numbers of a bearable size."""
    from numpy.lib import format as npy

    with archive.open(f"{name}.npy") as member:
        try:
            version = npy.read_magic(member)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, by_column, dtype = read(member)
        except (ValueError, SyntaxError, TypeError, RecursionError) as error:
            raise InvalidProblem(f"The array {name} of the .npz file has no readable header.") from error
        if dtype.hasobject or dtype.kind not in "biuf":
            kind = "Python objects" if dtype.hasobject else f"values of the kind {dtype}"
            raise InvalidProblem(f"The array {name} holds {kind}. Only plain numbers are read.")
        sizes = [int(size) for size in shape]
        if len(sizes) not in ARRAYS[name]:
            raise InvalidProblem(
                f"The array {name} has the shape {_shape(sizes)}. "
                + (
                    "It must have two dimensions: papers × reviewers."
                    if ARRAYS[name] == (2,)
                    else "Give one number or a list."
                )
            )
        count = 1
        for size in sizes:
            count *= size
        if count > MOST_PAIRS:
            raise InvalidProblem(
                f"The array {name} has the shape {_shape(sizes)}; the most is {MOST_PAIRS:,} values."
            )
        data = member.read(count * dtype.itemsize + 1)
    if len(data) != count * dtype.itemsize:
        more = "more" if len(data) > count * dtype.itemsize else "fewer"
        raise InvalidProblem(f"The array {name} holds {more} values than its shape {_shape(sizes)} says.")
    array = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if by_column else "C")
    return np.ascontiguousarray(array) if by_column else array


def _agree(arrays: dict[str, Any]) -> None:
    papers, reviewers = arrays["S"].shape
    expected = {"forbid": (papers, reviewers), "k": (papers,), "lo": (reviewers,), "hi": (reviewers,)}
    for name, shape in expected.items():
        array = arrays.get(name)
        if array is not None and array.shape not in (shape, () if name != "forbid" else shape):
            raise InvalidProblem(
                f"The array {name} has the shape {_shape(array.shape)}, but S has {_shape((papers, reviewers))}: {name} must have {_shape(shape)}."
            )


def read_matrix(text: str) -> Given:
    """A line with the numbers of papers and reviewers, then one line of scores a paper.

    The first line may be missing when there are not exactly two reviewers with whole scores.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    head = lines[0][1].split()
    if len(head) == 2 and all(word.isdecimal() for word in head):
        papers, reviewers = int(head[0]), int(head[1])
        _bearable(papers, reviewers)
        lines = lines[1:]
        if len(lines) != papers:
            raise InvalidProblem(f"Line 1 promises {papers} papers, but {len(lines)} rows of scores follow.")
    else:
        papers, reviewers = len(lines), len(head)
        _bearable(papers, reviewers)
    scores = np.empty((papers, reviewers))
    for row, (number, line) in enumerate(lines):
        words = line.split()
        if len(words) != reviewers:
            raise InvalidProblem(
                f"Line {number} (paper {row}) has {len(words)} values; {reviewers} are expected, one for each reviewer."
            )
        try:
            scores[row] = words
        except ValueError:
            for column, word in enumerate(words):
                _number(word, f"line {number} (paper {row}), column {column + 1}")
    _finite(scores, [f"line {number} (paper {row})" for row, (number, _) in enumerate(lines)])
    return Given(scores)


def read_csv(text: str) -> Given:
    """Lines of paper,reviewer,score; a heading with these words may come first, in any order.

    A pair that is not listed scores 0 and is allowed. Papers and reviewers keep the order of their first line.
    """
    separator = ";" if ";" in text.split("\n", 1)[0] and "," not in text.split("\n", 1)[0] else ","
    rows = _csv_rows(text, separator)
    places = (0, 1, 2)
    if rows and not _looks_like_scores(rows[0][1]):
        places = _heading(rows[0][1])
        rows = rows[1:]
    if not rows:
        raise InvalidProblem("The CSV holds no pair: give lines of paper,reviewer,score.")
    papers: dict[str, int] = {}
    reviewers: dict[str, int] = {}
    found: dict[tuple[int, int], int] = {}
    values: list[float] = []
    for number, cells in rows:
        if len(cells) <= max(places) or (places == (0, 1, 2) and len(cells) != 3):
            raise InvalidProblem(
                f"Line {number} has {len(cells)} cells; paper, reviewer and score are expected."
            )
        paper, reviewer, word = (cells[place].strip() for place in places)
        if not paper or not reviewer:
            raise InvalidProblem(f"Line {number} names no {'paper' if not paper else 'reviewer'}.")
        pair = papers.setdefault(paper, len(papers)), reviewers.setdefault(reviewer, len(reviewers))
        if pair in found:
            raise InvalidProblem(
                f"Line {number} lists paper {paper} and reviewer {reviewer} again (first on line {found[pair]})."
            )
        found[pair] = number
        try:
            values.append(float(word))
        except ValueError:
            values.append(np.nan)
        if "_" in word or not math.isfinite(values[-1]):
            _number(word, f"line {number} (paper {paper}, reviewer {reviewer})")
    _bearable(len(papers), len(reviewers))
    scores = np.zeros((len(papers), len(reviewers)))
    pairs = np.array(list(found), dtype=np.int64)
    scores[pairs[:, 0], pairs[:, 1]] = values
    return Given(scores, paper_names=tuple(papers), reviewer_names=tuple(reviewers))


def read_institutions(text: str, reviewer_names: Sequence[str]) -> list[str | None]:
    """Lines of reviewer,institution, with or without that heading; an empty institution sets no limit.

    Or one institution a line, in the order of the reviewers. Raises InvalidProblem for unknown or repeated reviewers.
    """
    rows = _csv_rows(text, ",")
    if not rows:
        raise InvalidProblem("The file of institutions is empty. Give lines of reviewer,institution.")
    known = {name: place for place, name in enumerate(reviewer_names)}
    found: list[str | None] = [None] * len(known)
    if all(len(cells) == 1 for _, cells in rows):
        words = [cells[0].strip() for _, cells in rows]
        if words[0].lower() == "institution" and len(words) == len(known) + 1:
            words = words[1:]
        if len(words) != len(known):
            raise InvalidProblem(
                f"The file names {len(words)} institutions, but there are {len(known)} reviewers."
            )
        return [word or None for word in words]
    if [cell.strip().lower() for cell in rows[0][1]] == ["reviewer", "institution"]:
        rows = rows[1:]
    lines: dict[str, int] = {}
    for number, cells in rows:
        if len(cells) != 2:
            raise InvalidProblem(
                f"Line {number} of the institutions has {len(cells)} cells; give reviewer,institution."
            )
        name, institution = cells[0].strip(), cells[1].strip()
        if name not in known:
            raise InvalidProblem(
                f'Line {number} of the institutions names the reviewer "{name}", who is not in the scores.'
            )
        if name in lines:
            raise InvalidProblem(
                f'Line {number} of the institutions lists the reviewer "{name}" again (first on line {lines[name]}).'
            )
        lines[name] = number
        found[known[name]] = institution or None
    missing = [name for name in reviewer_names if name not in lines]
    if missing:
        raise InvalidProblem(
            f'The file of institutions says nothing of the reviewer "{missing[0]}"'
            f"{f' and {len(missing) - 1} more' if len(missing) > 1 else ''}. Give a line with an empty institution for people without one."
        )
    return found


def decode(data: bytes) -> str:
    """The text of a file. Raises InvalidProblem for anything that is not UTF-8 text."""
    return _text(data)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidProblem(
            f"The file is neither .npz nor text: byte {error.start} is not UTF-8. Save it as .npz, text or CSV."
        ) from error
    if "\0" in text:
        raise InvalidProblem("The file is neither .npz nor text: it holds null characters.")
    return text


def _csv_rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows += [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InvalidProblem(f"Line {reader.line_num} of the CSV cannot be read: {error}.") from error
    return rows


def _looks_like_scores(cells: Sequence[str]) -> bool:
    """Whether the first line is already a pair and not a heading."""
    words = {cell.strip().lower() for cell in cells}
    return len(cells) == 3 and not words & {"paper", "reviewer", "score"}


def _heading(cells: Sequence[str]) -> tuple[int, int, int]:
    words = [cell.strip().lower() for cell in cells]
    for word in ("paper", "reviewer", "score"):
        if words.count(word) != 1:
            raise InvalidProblem(
                f'The CSV needs one column "{word}"; its first line is: {",".join(cells)[:80]}'
            )
    return words.index("paper"), words.index("reviewer"), words.index("score")


def _number(word: str, where: str) -> float:
    value: float | None = None
    if "_" not in word:
        with contextlib.suppress(ValueError):
            value = float(word)
    if value is None:
        raise InvalidProblem(f'The score on {where} is "{word[:40]}", which is not a number.')
    if not np.isfinite(value):
        raise InvalidProblem(f"The score on {where} is {word[:40]}. A score is a finite number.")
    return value


def _finite(scores: Any, rows: Sequence[str]) -> None:
    bad = np.argwhere(~np.isfinite(scores))
    if len(bad):
        row, column = (int(part) for part in bad[0])
        raise InvalidProblem(
            f"The score on {rows[row]}, column {column + 1} is {scores[row, column]}. A score is a finite number."
        )


def _bearable(papers: int, reviewers: int) -> None:
    if papers * reviewers > MOST_PAIRS:
        raise InvalidProblem(
            f"{papers:,} papers × {reviewers:,} reviewers are more than {MOST_PAIRS:,} pairs."
        )


def _shape(sizes: Iterable[int]) -> str:
    return " × ".join(str(size) for size in sizes) or "one number"
