"""loadcall and clonecall: what they change, what they refuse, and what they leave in the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from submissions.models import DeclaredConflict, Edition, ExtraAnswer, ExtraField, Role
from submissions.services import call as service
from submissions.services import call_rows
from submissions.services.errors import NotAllowed
from submissions.signals import deadline_moved
from tests import factories

SCADL = Path(__file__).parents[2] / "calls" / "scadl-2021.toml"
pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scadl-2021.toml"
    path.write_text(SCADL.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def run(command: str, *args: Any, **options: Any) -> str:
    out, err = StringIO(), StringIO()
    call_command(command, *map(str, args), stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def refused(command: str, *args: Any) -> tuple[int, str]:
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, *map(str, args), stdout=out, stderr=out)
    return error.value.returncode, out.getvalue() + str(error.value)


@contextmanager
def moves() -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def listen(**kwargs: Any) -> None:
        heard.append(kwargs)

    deadline_moved.connect(listen)
    try:
        yield heard
    finally:
        deadline_moved.disconnect(listen)


def snapshot() -> list[Any]:
    models = (
        "edition",
        "deadlines",
        "categories",
        "topics",
        "directions",
        "extra_fields",
        "review_fields",
        "roles",
    )
    edition = Edition.objects.get(slug="2021")
    return [list(getattr(edition, name).order_by("pk").values()) for name in models[1:]]


def test_the_call_is_loaded_with_its_dates_at_the_end_of_the_day_anywhere_on_earth(file: Path) -> None:
    assert "Created, not yet published" in run("loadcall", file)
    edition = Edition.objects.get(slug="2021")
    assert not edition.published
    assert edition.deadlines.get(kind="submission").at == datetime(2021, 2, 2, 11, 59, 59, tzinfo=UTC)
    assert [law.law().max_pages for law in edition.categories.all()] == [10, 4, 1]
    assert edition.topics.count() == 16
    assert edition.roles.filter(kind=Role.Kind.PROGRAMME_CHAIR).count() == 2
    assert [row.name for row in edition.topics.all()][:2] == [
        "Deep learning on cloud platforms, HPC systems, and edge devices",
        "Model-parallel and data-parallel techniques",
    ]


def test_loading_again_changes_nothing_and_says_so(file: Path) -> None:
    run("loadcall", file, "--publish")
    before, entries = snapshot(), AuditEntry.objects.count()
    assert "Already so." in run("loadcall", file, "--publish")
    assert snapshot() == before
    assert AuditEntry.objects.count() == entries == 1


def test_a_dry_run_shows_the_changes_and_makes_none(file: Path) -> None:
    run("loadcall", file)
    before = snapshot()
    edit(
        file,
        ("at = 2021-02-01", "at = 2021-02-08"),
        ('"Efficient and scalable inference"', '"Serving models"'),
        ("max_pages = 10", "max_pages = 12"),
    )
    shown = run("loadcall", file, "--dry-run")
    assert "dates “submission”, at: 2021-02-01 → 2021-02-08" in shown
    assert "- topics “efficient-and-scalable-inference”" in shown
    assert "+ topics “serving-models”" in shown
    assert "categories “regular”, max_pages: 10 → 12" in shown
    assert snapshot() == before
    run("loadcall", file)
    assert snapshot() != before


def test_a_load_is_one_entry_of_the_log_by_whom_it_names(file: Path) -> None:
    admin = factories.person("Ada Admin", is_superuser=True)
    run("loadcall", file)
    edit(file, ("max_pages = 10", "max_pages = 12"))
    run("loadcall", file, "--actor", admin.email)
    created, loaded = AuditEntry.objects.order_by("pk")
    assert (created.verb, created.actor) == ("call.created", None)
    assert (loaded.verb, loaded.actor) == ("call.loaded", admin)
    assert loaded.data["categories “regular”, max_pages"] == [10, 12]


def test_a_stranger_named_as_actor_may_not_load(file: Path) -> None:
    stranger = factories.person("Sam Stranger")
    code, told = refused("loadcall", file, "--actor", stranger.email)
    assert code == 1
    assert "administrator" in told
    assert not Edition.objects.exists()
    assert refused("loadcall", file, "--actor", "nobody@example.org")[0] == 2


def test_a_broken_file_is_refused_with_all_its_mistakes_and_code_2(file: Path, tmp_path: Path) -> None:
    edit(file, ("min_pages = 8", "min_pages = 12"), ('time_zone = "AoE"', 'time_zone = "Mars"'))
    code, told = refused("loadcall", file)
    assert code == 2
    assert "2 problems" in told
    assert not Edition.objects.exists()
    assert refused("loadcall", tmp_path / "none.toml")[0] == 2


def test_a_moved_deadline_of_a_published_call_keeps_the_first_announcement(file: Path) -> None:
    run("loadcall", file, "--publish")
    first = Edition.objects.get().deadlines.get(kind="submission")
    edit(file, ("at = 2021-02-01", "at = 2021-02-08"))
    with moves() as heard:
        run("loadcall", file)
    moved = Edition.objects.get().deadlines.get(kind="submission")
    assert (moved.pk, moved.original_at) == (first.pk, first.at)
    assert moved.at == first.at + timedelta(days=7)
    assert moved.revision == first.revision + 1
    assert moved.changed_at > first.changed_at
    assert [(it["deadline"].pk, it["before"]) for it in heard] == [(first.pk, first.at)]
    assert "Already so." in run("loadcall", file)


def test_a_date_that_was_never_announced_has_no_first_announcement(file: Path) -> None:
    run("loadcall", file)
    edit(file, ("at = 2021-02-01", "at = 2021-02-08"))
    with moves() as heard:
        run("loadcall", file, "--publish")
    row = Edition.objects.get().deadlines.get(kind="submission")
    assert row.original_at == row.at
    assert heard == []


def test_what_papers_use_is_not_removed(file: Path) -> None:
    edit(file, ("[[committee]]\nrole = \"steering\"\nname = \"Ashish", "[[extra_fields]]\nslug = \"code\"\nlabel = \"Code?\"\n"
          "kind = \"choice\"\nchoices = [\"open\", \"closed\"]\n\n[[committee]]\nrole = \"steering\"\nname = \"Ashish"))  # fmt: skip
    run("loadcall", file, "--publish")
    edition = Edition.objects.get()
    edition.deadlines.filter(kind="submission").update(at=factories.timezone.now() + timedelta(days=3))
    author = factories.person("Anna Author")
    paper = factories.paper(edition, author, file=None)
    paper.topics.set(edition.topics.filter(slug="efficient-and-scalable-inference"))
    DeclaredConflict.objects.create(paper=paper, role=edition.roles.get(name="Vinod Muthusamy"))
    ExtraAnswer.objects.create(paper=paper, field=ExtraField.objects.get(), value="open")
    before = snapshot()
    text = file.read_text(encoding="utf-8")
    for old, new, reason in (
        ('slug = "regular"', 'slug = "long"', "The category “Regular paper” is in use: 1 paper"),
        (
            '"Efficient and scalable inference"',
            '"Serving"',
            "The topic “Efficient and scalable inference” is in use",
        ),
        ('name = "Vinod Muthusamy"', 'name = "Somebody Else"', "The role “Vinod Muthusamy” is in use"),
        ('slug = "code"', 'slug = "software"', "The extra field “Code?” is in use"),
        ('choices = ["open", "closed"]', 'choices = ["yes", "no"]', "Papers answered “Code?” with “open”"),
    ):
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        code, told = refused("loadcall", file, "--overwrite-edits")
        assert code == 1
        assert reason in told
        assert "Keep" in told
        assert refused("loadcall", file, "--overwrite-edits", "--dry-run")[0] == 1
        assert snapshot() == before


def test_names_may_be_exchanged_and_corrected(file: Path) -> None:
    edit(file, ('"Efficient and scalable inference",', '{ slug = "a", name = "Alpha" },\n{ slug = "b", name = "Beta" },'),
         ('name = "Vinod Muthusamy"', 'name = "Vinod M."\nemail = "vinod@example.org"'))  # fmt: skip
    run("loadcall", file)
    edition = Edition.objects.get()
    ids = {row.slug: row.pk for row in edition.topics.all()}
    vinod = edition.roles.get(name="Vinod M.")
    edit(file, ('slug = "a", name = "Alpha"', 'slug = "a", name = "Beta"'),
         ('slug = "b", name = "Beta"', 'slug = "b", name = "Alpha"'), ('"Vinod M."', '"Vinod Muthusamy"'))  # fmt: skip
    run("loadcall", file)
    assert {row.slug: row.pk for row in edition.topics.all()} == ids
    assert edition.topics.get(slug="a").name == "Beta"
    assert edition.topics.get(slug="b").name == "Alpha"
    assert edition.roles.get(pk=vinod.pk).name == "Vinod Muthusamy"


def test_edits_from_the_browser_are_not_undone_silently(file: Path) -> None:
    run("loadcall", file, "--publish")
    edition = Edition.objects.get()
    chair = factories.chair(edition)
    call = call_rows.read(edition)
    service.edit_texts(
        actor=chair, edition=edition, expected=service.stamp(call, "edition"), texts={"place": "Portland"}
    )
    edition.refresh_from_db()
    assert [str(change) for change in service.file_differences(edition)] == [
        "edition, place: (nothing) → Portland",
        "committee “programme_chair / Chiara Chair”: added",
    ]
    edition.roles.filter(name="Chiara Chair").delete()
    edit(file, ("max_pages = 10", "max_pages = 12"))
    code, told = refused("loadcall", file)
    assert code == 1
    assert "edition, place: Portland → (nothing)" in told
    assert "--overwrite-edits" in told
    edition.refresh_from_db()
    assert edition.place == "Portland"
    assert edition.categories.get(slug="regular").max_pages == 10
    edit(file, ('format = "hybrid"', 'format = "hybrid"\nplace = "Portland"'))
    assert "Loaded." in run("loadcall", file)
    edition.refresh_from_db()
    assert (edition.place, edition.categories.get(slug="regular").max_pages) == ("Portland", 12)
    assert service.file_differences(edition) == []


def test_edits_can_be_overwritten_on_purpose(file: Path) -> None:
    run("loadcall", file)
    Edition.objects.update(place="Portland")
    run("loadcall", file, "--overwrite-edits")
    assert Edition.objects.get().place == ""


def test_only_chairs_load_through_the_service(file: Path) -> None:
    run("loadcall", file, "--publish")
    edition = Edition.objects.get()
    chair, stranger = factories.chair(edition), factories.person("Sam Stranger")
    call = call_rows.read(edition)
    with pytest.raises(NotAllowed):
        service.load(actor=stranger, call=call, source_name="x")
    assert service.load(actor=chair, call=call, source_name="x").changes == []


def test_what_is_in_the_database_can_be_put_back_into_a_file(file: Path) -> None:
    from submissions.domain.call_schema import parse
    from submissions.domain.call_toml import dump

    run("loadcall", file, "--publish")
    edit(
        file,
        ("at = 2021-02-01", "at = 2021-02-08T17:30:00"),
        ("at = 2021-05-21", "at = 2021-05-22\nstarts = 2021-05-21"),
    )
    run("loadcall", file)
    call = call_rows.read(Edition.objects.get())
    assert parse(dump(call), countries=call_rows.country_names()) == call


def test_clonecall_begins_next_years_file_and_never_overwrites(file: Path, tmp_path: Path) -> None:
    run("loadcall", file)
    out = tmp_path / "next.toml"
    told = run("clonecall", "2021", "2022", "--out", out)
    assert "364 days later" in told
    assert "committee of 9 is kept by name" in told
    assert "ScaDL 2022 is new" in run("loadcall", out, "--dry-run")
    before = out.read_bytes()
    assert refused("clonecall", "2021", "2022", "--out", out)[0] == 1
    assert out.read_bytes() == before
    from_file = tmp_path / "from-file.toml"
    run("clonecall", file, "2022", "--shift-days", "7", "--out", from_file)
    assert "at = 2021-02-08  # check: Monday" in from_file.read_text(encoding="utf-8")
    for wrong in (("2021", "2021"), ("1999", "2022"), ("2021", "admin"), ("2021", "20 22")):
        assert refused("clonecall", *wrong, "--out", tmp_path / "w.toml")[0] == 2
    assert not (tmp_path / "w.toml").exists()
