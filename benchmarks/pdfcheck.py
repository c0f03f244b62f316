"""Check every PDF of a folder with a manifest, compare with what is expected, and measure one paper.

    python benchmarks/pdfcheck.py FOLDER [--runs 9]

FOLDER holds `manifest.csv` with the columns file, group, category, true_pages, expected_verdict and
expected_flags. Prints every disagreement and a summary, then seconds and peak memory for a ten-page paper.
Exit status 0 when nothing disagrees, 1 otherwise, 2 on wrong usage.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from submissions.domain.page_law import Finding, PageLaw
from submissions.pdf.inspect import Limits, Report, inspect, verdict

MAX_BYTES = 20_000_000
LONGEST = 11.0  # seconds, the kill of a child included
LAWS = {
    "regular": PageLaw("Regular paper", "regular", 8, 10),
    "short": PageLaw("Short paper", "short", 4, 4),
    "abstract": PageLaw("Extended abstract", "abstract", 1, 1),
}
#: What the manifest calls a flag, and the finding's code.
CODES = {
    "FONT": "font_size",
    "LEADING": "leading",
    "MARGIN": "margins",
    "COLS": "columns",
    "TYPE3": "type3",
    "EMBED": "not_embedded",
    "ENCRYPT": "encrypted",
    "JS": "javascript",
    "ATTACH": "attachments",
    "FORM": "form",
    "SIZE": "page_size",
    "PASSWORD": "password",
    "COUNT_MISMATCH": "count_mismatch",
    "pagenum": "page_numbers",
    "lineno": "line_numbers",
    "links": "links",
    "bookmarks": "bookmarks",
}


def expected_codes(flags: str) -> set[str]:
    """The finding codes behind flags such as "WARN:FONT,LEADING" or "NOTE:links,bookmarks"."""
    words = flags.replace(":", ",").split(",")
    return set() if flags.startswith("UNDETECTABLE") else {CODES[word] for word in words if word in CODES}


def disagreements(row: dict[str, str], report: Report) -> list[str]:
    """Everything in which a report differs from its line of the manifest."""
    found: list[str] = []
    refusals = [finding for finding in report.findings if finding.severity == "refuse"]
    wanted = row["expected_verdict"]
    if report.seconds > LONGEST:
        found.append(f"took {report.seconds:.1f} s")
    if report.readable and row["true_pages"] and report.pages != int(row["true_pages"]):
        found.append(f"counted {report.pages} pages instead of {row['true_pages']}")
    if wanted == "reject" and not refusals:
        found.append("was not refused")
    if wanted.startswith("accept"):
        found += _law_disagreements(row["category"], report, refusals)
    codes = {finding.code for finding in report.findings}
    if report.readable or wanted == "reject":
        found += [f"lacks {code}" for code in sorted(expected_codes(row["expected_flags"]) - codes)]
    if row["group"] == "genuine":
        warned = {finding.code for finding in report.findings if finding.severity == "warn"}
        found += [f"false warning {code}" for code in sorted(warned - expected_codes(row["expected_flags"]))]
    return found


def _law_disagreements(category: str, report: Report, refusals: list[Finding]) -> list[str]:
    found = [f"was refused: {finding.code}" for finding in refusals]
    for slug, law in LAWS.items():
        accepted, findings = verdict(report, law)
        if accepted != (slug == category):
            found.append(f"was {'accepted' if accepted else 'refused'} as {slug}")
        if not accepted and {f.code for f in findings if f.severity == "refuse"} - {"page_count"}:
            found.append(f"was refused as {slug} for more than its pages")
    return found


def check_folder(folder: Path) -> int:
    """Check all files of the manifest; print and count the disagreements."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seconds: list[float] = []
    wrong = uncaught = 0
    temporary = _temporary_files()
    for row in rows:
        try:
            report = inspect(folder / row["file"], max_bytes=MAX_BYTES)
        except Exception as error:  # noqa: BLE001  counted, and the rest is still checked
            uncaught += 1
            print(f"{row['file']:45} raised {error!r}")
            continue
        seconds.append(report.seconds)
        if found := disagreements(row, report):
            wrong += 1
            print(f"{row['file']:45} {'; '.join(found)}")
    left = _temporary_files() - temporary
    print(
        f"{len(rows)} files: {wrong} disagree, {uncaught} raised, {len(left)} temporary files left; "
        f"seconds median {statistics.median(seconds):.2f}, longest {max(seconds):.2f}"
    )
    return wrong + uncaught + len(left)


def _temporary_files() -> set[Path]:
    return {path for path in Path(tempfile.gettempdir()).iterdir() if path.is_file()}


def measure(paper: Path, runs: int) -> None:
    """Print seconds (median and largest) and peak memory of the whole check of one paper."""
    for name, warm in (("cold: a new process each time", False), ("warm: the helper is running", True)):
        limits = Limits(warm=warm)
        if warm:
            inspect(paper, max_bytes=MAX_BYTES, limits=limits)
        times, peaks = [], []
        for _ in range(runs):
            started = time.perf_counter()
            report = inspect(paper, max_bytes=MAX_BYTES, limits=limits)
            times.append(time.perf_counter() - started)
            peaks.append(report.peak_memory / 1e6)
        print(
            f"{paper.name} {name}: median {statistics.median(times):.3f} s, largest {max(times):.3f} s, "
            f"peak {max(peaks):.0f} MB ({runs} runs)"
        )


def main() -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    chosen = parser.parse_args()
    if not (chosen.folder / "manifest.csv").is_file():
        parser.error(f"{chosen.folder} has no manifest.csv")
    wrong = check_folder(chosen.folder)
    paper = chosen.folder / "genuine" / "ieee_letter_10p.pdf"
    if paper.is_file():
        measure(paper, chosen.runs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
