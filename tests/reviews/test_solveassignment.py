"""manage.py solveassignment: the three kinds of file, what overrides them, and every kind of bad input."""

import csv
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

KEYS = [
    "total",
    "bound",
    "gap",
    "smallest",
    "smallest_bound",
    "p5",
    "worst_tenth_mean",
    "max_load_used",
    "unfilled",
    "certificate",
    "seconds",
    "peak_mb",
]


def run(*arguments: Any) -> tuple[dict[str, Any], int]:
    """The answer as JSON and the exit status."""
    out = io.StringIO()
    status = 0
    try:
        call_command("solveassignment", *map(str, arguments), "--json", stdout=out)
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    return json.loads(out.getvalue()), status


def refusal(*arguments: Any) -> str:
    """The sentence with which bad input is refused."""
    with pytest.raises(CommandError) as caught:
        call_command("solveassignment", *map(str, arguments), "--json", stdout=io.StringIO())
    assert caught.value.returncode == 2
    return str(caught.value)


def npz(path: Path, **arrays: Any) -> Path:
    """An .npz file with these arrays."""
    np.savez_compressed(path, **arrays)
    return path


def text(path: Path, content: str) -> Path:
    """A file with this text."""
    path.write_text(content, encoding="utf-8")
    return path


SCORES = np.array([[0.9, 0.8, 0.1], [0.9, 0.2, 0.3], [0.5, 0.6, 0.7], [0.4, 0.4, 0.4]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Four papers, three reviewers, one conflict."""
    forbid = np.zeros((4, 3), dtype=bool)
    forbid[0, 0] = True
    return npz(
        tmp_path / "scores.npz",
        S=SCORES,
        forbid=forbid,
        k=np.full(4, 1),
        lo=np.zeros(3, dtype=int),
        hi=np.full(3, 2),
    )


def test_an_npz_file_is_solved_with_what_it_says(file: Path) -> None:
    answer, status = run(file)
    assert status == 0
    assert list(answer)[: len(KEYS)] == KEYS
    assert answer["total"] == pytest.approx(0.8 + 0.9 + 0.7 + 0.4)
    assert answer["bound"] == pytest.approx(answer["total"], rel=1e-8)
    assert answer["gap"] < 1e-8
    assert answer["smallest"] == answer["smallest_bound"] == pytest.approx(0.4)
    assert answer["unfilled"] == []
    assert "11 allowed pairs" in answer["certificate"]


def test_options_override_the_file(file: Path) -> None:
    answer, status = run(file, "--reviews", 2, "--max-load", 3, "--min-load", 2)
    assert status == 0
    assert answer["total"] == pytest.approx(0.9 + 1.2 + 1.3 + 0.8)


def test_the_pairs_are_written_with_their_scores(file: Path, tmp_path: Path) -> None:
    run(file, "--out", tmp_path / "pairs.csv")
    with (tmp_path / "pairs.csv").open(encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    assert {(row["paper"], row["reviewer"]) for row in rows[:3]} == {("0", "1"), ("1", "0"), ("2", "2")}
    assert len(rows) == 4
    assert sum(float(row["score"]) for row in rows) == pytest.approx(2.8)


def test_a_text_matrix_with_and_without_its_first_line(tmp_path: Path) -> None:
    lines = "\n".join(" ".join(map(str, row)) for row in SCORES)
    plain = text(tmp_path / "plain.in", lines)
    headed = text(tmp_path / "headed.in", f"4 3\n{lines}\n")
    first, _ = run(plain, "--reviews", 1)
    second, _ = run(headed, "--reviews", 1)
    assert first["total"] == second["total"] == pytest.approx(0.9 + 0.9 + 0.7 + 0.4)
    assert first["input_hash"] == second["input_hash"]


def test_two_whole_numbers_on_the_first_line_are_the_numbers_of_papers_and_reviewers(tmp_path: Path) -> None:
    answer, _ = run(text(tmp_path / "announced.in", "2 2\n1 0\n0 1\n"), "--reviews", 1)
    assert (answer["papers"], answer["total"]) == (2, 2)


@pytest.mark.parametrize("heading", ["", "paper,reviewer,score\n"])
def test_a_csv_of_pairs(tmp_path: Path, heading: str) -> None:
    given = text(tmp_path / "pairs.csv", f"{heading}#1,ann,0.5\n#1,bob,0.25\n#2,ann,0.75\n")
    answer, status = run(given, "--reviews", 1, "--out", tmp_path / "out.csv")
    assert (status, answer["total"]) == (0, 1.0)
    assert (tmp_path / "out.csv").read_text() == "paper,reviewer,score\n#1,bob,0.25\n#2,ann,0.75\n"


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    given = text(tmp_path / "pairs.csv", "\ufeffscore,paper,reviewer\n0.5,1,ann\n0.25,1,bob\n")
    answer, _ = run(given, "--reviews", 1)
    assert answer["total"] == 0.5


def test_without_a_load_everybody_gets_an_even_share(tmp_path: Path) -> None:
    answer, status = run(text(tmp_path / "m.in", "1 0 0\n" * 7), "--reviews", 2)
    assert (status, answer["max_load"], answer["max_load_used"]) == (0, 5, 5)


def test_what_cannot_be_filled_is_named_with_its_reason(file: Path) -> None:
    answer, status = run(file, "--reviews", 3, "--max-load", 4)
    assert status == 3
    [short] = answer["unfilled"]
    assert (short["paper"], short["missing"], short["constraint"]) == ("0", 1, "too_few_reviewers")
    assert short["reason"] == "Paper 0 gets 2 of 3 reviews: only 2 reviewers have no conflict with it."
    assert any("Lift 1 of the conflicts of paper 0" in sentence for sentence in answer["relaxations"])


def test_the_smallest_raise_of_loads_is_found(file: Path) -> None:
    answer, status = run(file, "--reviews", 2, "--max-load", 2)
    assert status == 3
    assert sum(item["missing"] for item in answer["unfilled"]) == 2
    assert {item["constraint"] for item in answer["unfilled"]} == {"loads"}
    assert any(
        sentence.startswith("Raise the maximum load of 2 reviewers by 1")
        for sentence in answer["relaxations"]
    )


def test_one_reviewer_of_an_institution(file: Path, tmp_path: Path) -> None:
    houses = text(tmp_path / "houses.csv", "reviewer,institution\n0,Delft\n1,\n2,Delft\n")
    free, _ = run(file, "--reviews", 2, "--max-load", 4)
    bound, status = run(
        file, "--reviews", 2, "--max-load", 4, "--one-per-institution", houses, "--out", tmp_path / "out.csv"
    )
    assert status == 0
    assert bound["total"] < free["total"]
    pairs = {tuple(line.split(",")[:2]) for line in (tmp_path / "out.csv").read_text().splitlines()[1:]}
    assert not any({(paper, "0"), (paper, "2")} <= pairs for paper in "0123")


def test_the_seed_decides_only_between_equals(tmp_path: Path) -> None:
    given = text(tmp_path / "ties.in", "0.5 0.5 0.5 0.5 0.5\n" * 10)
    plans = []
    for seed in (1, 2, 1):
        answer, _ = run(given, "--reviews", 2, "--seed", seed, "--out", tmp_path / "out.csv")
        assert answer["total"] == 10
        plans.append((tmp_path / "out.csv").read_text())
    assert plans[0] == plans[2] != plans[1]


def test_the_answer_for_people_names_the_same_facts(file: Path) -> None:
    out = io.StringIO()
    call_command("solveassignment", str(file), stdout=out)
    assert out.getvalue().startswith("Optimal: all 11 allowed pairs")
    assert "total: 2.8" in out.getvalue()


BAD_TEXT = {
    "empty": ("", "empty"),
    "blank": ("\n \n", "empty"),
    "nan": ("2 2\n0.1 nan\n0.2 0.3\n", "line 2 (paper 0), column 2 is nan"),
    "infinite": ("0.1 0.2\n0.2 -inf\n", "line 2 (paper 1), column 2 is -inf"),
    "word": ("2 2\n0.1 0.2\n0.2 x\n", '"x", which is not a number'),
    "short row": ("2 3\n0.1 0.2 0.3\n0.2 0.3\n", "Line 3 (paper 1) has 2 values; 3 are expected"),
    "too few rows": ("3 2\n0.1 0.2\n0.2 0.3\n", "promises 3 papers, but 2 rows"),
    "no reviewers": ("3 0\n", "Line 1 promises 3 papers"),
    "huge": ("1000000 1000000\n0.1\n", "more than 50,000,000 pairs"),
    "csv word": ("paper,reviewer,score\n1,ann,high\n", 'line 2 (paper 1, reviewer ann) is "high"'),
    "csv nan": ("1,ann,NaN\n", "line 1 (paper 1, reviewer ann) is NaN"),
    "csv no score": ("1,ann,\n", 'is ""'),
    "csv again": ("paper,reviewer,score\n1,ann,0\n1,ann,1\n", "Line 3 lists paper 1 and reviewer ann again (first on line 2)"),
    "csv cells": ("paper,reviewer,score\n1,ann\n", "Line 2 has 2 cells"),
    "csv no paper": ("paper,reviewer,score\n,ann,1\n", "Line 2 names no paper"),
    "csv heading": ("paper,person,score\n1,ann,1\n", 'needs one column "reviewer"'),
    "csv only heading": ("paper,reviewer,score\n", "holds no pair"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_TEXT)
def test_bad_text_is_refused_with_row_and_value(tmp_path: Path, name: str) -> None:
    content, expected = BAD_TEXT[name]
    assert expected in refusal(text(tmp_path / "bad.txt", content), "--reviews", 1)


BAD_ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "nan": ({"S": np.array([[0.1, np.nan], [0, 1]])}, "paper 0 and reviewer 1 (row 1, column 2) is nan"),
    "infinite": ({"S": np.array([[0.1, 0.2], [np.inf, 1]])}, "paper 1 and reviewer 0 (row 2, column 1) is inf"),
    "no reviewers": ({"S": np.zeros((3, 0))}, "0 reviewers"),
    "no papers": ({"S": np.zeros((0, 3))}, "0 papers"),
    "one dimension": ({"S": np.zeros(3)}, "must have two dimensions"),
    "objects": ({"S": np.array([[1, None]], dtype=object)}, "Python objects"),
    "words": ({"S": np.array([["a", "b"]])}, "Only plain numbers"),
    "complex": ({"S": np.zeros((2, 2), dtype=complex)}, "Only plain numbers"),
    "no S": ({"T": np.zeros((2, 2))}, "no array S"),
    "forbid shape": ({"S": np.zeros((2, 3)), "forbid": np.zeros((3, 2), dtype=bool)}, "forbid has the shape 3 × 2"),
    "forbid value": ({"S": np.zeros((2, 2)), "forbid": np.full((2, 2), 7)}, "hold 7 for paper 0 and reviewer 0"),
    "k shape": ({"S": np.zeros((2, 3)), "k": np.ones(3)}, "k has the shape 3"),
    "k fraction": ({"S": np.zeros((2, 3)), "k": np.array([1, 1.5])}, "reviews of paper 1 is 1.5"),
    "k negative": ({"S": np.zeros((2, 3)), "k": np.array([1, -1])}, "reviews of paper 1 is -1"),
    "k zero": ({"S": np.zeros((2, 3)), "k": np.array(0)}, "number of reviews is 0"),
    "k too many": ({"S": np.zeros((2, 3)), "k": np.array([1, 4])}, "Paper 1 wants 4 reviews, but there are only 3"),
    "hi nan": ({"S": np.zeros((2, 2)), "hi": np.array([1, np.nan])}, "maximum load of reviewer 1 is nan"),
    "lo above hi": ({"S": np.zeros((2, 2)), "lo": np.array([2, 0]), "hi": np.array([1, 1])}, "minimum load of 2, above the maximum of 1"),
    "lo above papers": ({"S": np.zeros((2, 2)), "lo": np.array([3, 0]), "hi": np.array([9, 1])}, "there are only 2 papers"),
    "lo above supply": ({"S": np.zeros((2, 3)), "k": 1, "lo": np.array([1, 1, 1]), "hi": np.array(2)}, "minimum loads add up to 3 reviews, but the papers want only 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_bad_arrays_are_refused_with_row_and_value(tmp_path: Path, name: str) -> None:
    arrays, expected = BAD_ARRAYS[name]
    arrays = {"k": np.array(1), **arrays}
    np.savez(tmp_path / "bad.npz", allow_pickle=True, **arrays)
    assert expected in refusal(tmp_path / "bad.npz")


class Bomb:
    """Would write a file if anybody unpickled it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    bait = tmp_path / "executed"
    np.savez(tmp_path / "bomb.npz", S=np.array([[Bomb(bait)]], dtype=object))
    assert "Python objects" in refusal(tmp_path / "bomb.npz")
    (tmp_path / "bomb.pkl").write_bytes(pickle.dumps(Bomb(bait)))
    assert "Python object" in refusal(tmp_path / "bomb.pkl")
    assert not bait.exists()


def test_a_file_cut_short_is_refused(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    for length in (3, 60, len(whole) // 2, len(whole) - 10):
        cut = tmp_path / "cut.npz"
        cut.write_bytes(whole[:length])
        assert "damaged" in refusal(cut) or length < 4
    broken = bytearray(whole)
    broken[60:90] = b"\0" * 30
    (tmp_path / "broken.npz").write_bytes(bytes(broken))
    assert "damaged" in refusal(tmp_path / "broken.npz")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((10**9, 10**9), "the most is"), ((5, 5), "fewer values"), ((2, 1), "more values")],
)
def test_a_header_that_promises_too_much_is_refused(
    tmp_path: Path, shape: tuple[int, int], expected: str
) -> None:
    buffer = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("S.npy", buffer.getvalue() + bytes(8 * 3))
    assert expected in refusal(tmp_path / "bomb.npz")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--reviews", "0"], "number of reviews is 0"),
        (["--reviews", "-2"], "is -2"),
        (["--reviews", "4"], "wants 4 reviews, but there are only 3 reviewers"),
        (["--reviews", "999999999999"], "is 1e+12"),
        (["--max-load", "-1"], "maximum load is -1"),
        (["--min-load", "3"], "above the maximum of 2"),
        (["--min-load", "2"], "minimum loads add up to 6 reviews, but the papers want only 4"),
        (["--price-cap", "101"], "--price-cap is 101"),
        (["--price-cap", "nan"], "--price-cap is nan"),
    ],
)
def test_impossible_options_are_refused(file: Path, options: list[str], expected: str) -> None:
    assert expected in refusal(file, *options)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "empty"),
        ("reviewer,institution\n9,Delft\n", 'Line 2 of the institutions names the reviewer "9"'),
        ("0,Delft\n0,Oslo\n1,\n2,\n", 'lists the reviewer "0" again (first on line 1)'),
        ("0,Delft\n1,Oslo\n", 'says nothing of the reviewer "2"'),
        ("0,Delft,x\n", "has 3 cells"),
        ("Delft\nOslo\n", "names 2 institutions, but there are 3 reviewers"),
    ],
)
def test_bad_institutions_are_refused(file: Path, tmp_path: Path, content: str, expected: str) -> None:
    assert expected in refusal(file, "--one-per-institution", text(tmp_path / "houses.csv", content))


def test_files_that_are_not_there_or_not_text_are_refused(tmp_path: Path, file: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "missing.npz")
    assert "There is no file" in refusal(tmp_path)
    assert "There is no file" in refusal(file, "--one-per-institution", tmp_path / "missing.csv")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    assert "not UTF-8" in refusal(tmp_path / "picture.png")
    np.save(tmp_path / "single.npy", SCORES)
    assert "Save the arrays as .npz" in refusal(tmp_path / "single.npy")
    assert "cannot be written" in refusal(file, "--out", tmp_path / "no" / "folder.csv")
