"""`manage.py checkpdf`: the law measured from the command line."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from submissions.models import Category, Edition

PDFS = Path(__file__).parents[2] / "pdfs"
EIGHT, FOUR = PDFS / "genuine" / "ieee_letter_8p.pdf", PDFS / "genuine" / "ieee_letter_4p.pdf"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _call() -> None:
    """An edition with two categories with a file and one without."""
    edition = Edition.objects.create(slug="2021", series="ScaDL", name="ScaDL", short_name="ScaDL 2021")
    Category.objects.create(
        edition=edition, slug="regular", name="Regular paper", order=1, min_pages=8, max_pages=10
    )
    Category.objects.create(
        edition=edition, slug="short", name="Short paper", order=2, min_pages=4, max_pages=4
    )
    Category.objects.create(edition=edition, slug="talk", name="Talk", order=3, needs_file=False)


def run(*arguments: object) -> str:
    """What the command writes for arguments of the edition 2021."""
    out = io.StringIO()
    call_command("checkpdf", *map(str, arguments), "--edition", "2021", stdout=out)
    return out.getvalue()


def test_one_json_object_a_line() -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "checkpdf", str(EIGHT), str(FOUR), "--edition=2021", "--category=regular", "--json", stdout=out
        )
    assert ended.value.code == 1
    good, bad = map(json.loads, out.getvalue().splitlines())
    assert set(good) == {"file", "accepted", "pages", "findings", "seconds"}
    assert (good["file"], good["accepted"], good["pages"], good["findings"]) == (str(EIGHT), True, 8, [])
    assert not bad["accepted"]
    assert bad["findings"][0]["code"] == "page_count"
    assert set(bad["findings"][0]) == {"code", "severity", "message", "page"}
    assert bad["findings"][0]["message"].endswith("or submit it as a short paper.")


def test_readable_text() -> None:
    text = run(EIGHT, "--category", "regular")
    assert text.startswith(f"{EIGHT}: accepted, 8 pages (Regular paper: 8 to 10 pages, everything counted; ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((EIGHT, "--category", "long"), 'no category "long". It has: regular, short, talk.'),
        ((EIGHT, "--category", "talk"), "takes no file"),
        (("none.pdf", "--category", "regular"), "There is no file none.pdf."),
        (("--category", "regular"), "FILE"),
        ((EIGHT,), "--category"),
        ((EIGHT, "--category", "regular", "--edition", "1999"), "there are: 2021"),
    ],
)
def test_wrong_usage_names_what_is_wrong(arguments: tuple[object, ...], words: str) -> None:
    out = io.StringIO()
    edition = () if "--edition" in arguments else ("--edition", "2021")
    with pytest.raises(CommandError) as raised:
        call_command("checkpdf", *map(str, arguments), *edition, stdout=out)
    assert words in str(raised.value)
    assert out.getvalue() == ""


def test_an_empty_database_says_how_to_load_a_call() -> None:
    Edition.objects.all().delete()
    with pytest.raises(CommandError, match=r"manage\.py loadcall") as raised:
        run(EIGHT, "--category", "regular")
    assert raised.value.returncode == 2
