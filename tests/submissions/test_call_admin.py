"""The call in the administration pages: usable, recorded, and unable to take anything from papers."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from submissions.models import Category, Deadline, Edition, ExtraField, ResearchDirection, Role, Topic
from submissions.signals import deadline_moved
from tests import factories

pytestmark = pytest.mark.django_db
MODELS = (Edition, Category, Topic, ResearchDirection, ExtraField, Role, Deadline)


@pytest.fixture
def call() -> Edition:
    made = factories.edition("2031")
    ResearchDirection.objects.create(edition=made, title="Direction")
    ExtraField.objects.create(edition=made, slug="code", label="Code?", kind="text")
    factories.role(made, Role.Kind.STEERING, name="Stella Steering", email="stella@example.org")
    return made


@pytest.fixture
def administrator() -> Client:
    ada = factories.with_second_factor(factories.person("Ada Admin", is_staff=True, is_superuser=True))
    return factories.signed_in(ada)


def where(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:submissions_{model._meta.model_name}_{page}", args=args)


def form_of(client: Client, path: str) -> dict[str, Any]:
    """The change form as a browser would send it back."""
    form = client.get(path).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form.initial.get(name))
        if isinstance(value, bool):
            data |= {name: "on"} if value else {}
        elif hasattr(value, "isoformat"):
            data |= {f"{name}_0": f"{value:%Y-%m-%d}", f"{name}_1": f"{value:%H:%M:%S}"}
        else:
            data[name] = "" if value is None else value
    return data


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_forms_open_with_a_constant_number_of_queries(
    call: Edition, administrator: Client, model: Any
) -> None:
    administrator.get("/admin/")
    assert administrator.get(where(model, "change", model.objects.first().pk)).status_code == 200
    assert administrator.get(where(model, "changelist"), {"q": "a"}).status_code == 200
    counts = []
    for slugs in (["2032"], ["2033", "2034", "2035"]):
        for slug in slugs:
            made = factories.edition(slug)
            holder = factories.person(f"Person{slug}")
            ResearchDirection.objects.create(edition=made, title="Direction")
            ExtraField.objects.create(edition=made, slug="code", label="Code?", kind="text")
            factories.role(made, Role.Kind.STEERING, holder)
            factories.deadline(made, "camera_ready", timezone.now() + timedelta(days=90), category="short")
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get(where(model, "changelist")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_change_is_recorded_with_before_and_after(call: Edition, administrator: Client) -> None:
    role = call.roles.get()
    path = where(Role, "change", role.pk)
    data = form_of(administrator, path) | {"name": "Stella S.", "email": "Stella@Example.org"}
    assert administrator.post(path, data).status_code == 302
    role.refresh_from_db()
    assert (role.name, role.email) == ("Stella S.", "stella@example.org")
    entry = AuditEntry.objects.get(verb="call.administered")
    assert (entry.actor_label, entry.edition) == ("Ada Admin", "2031")
    assert ["Stella Steering", "Stella S."] in entry.data.values()


def test_saving_without_a_change_records_nothing(call: Edition, administrator: Client) -> None:
    path = where(Topic, "change", call.topics.all()[0].pk)
    assert administrator.post(path, form_of(administrator, path)).status_code == 302
    assert not AuditEntry.objects.filter(verb="call.administered").exists()


def test_a_date_moved_here_reaches_calendars_and_authors(call: Edition, administrator: Client) -> None:
    row = call.deadlines.get(kind="submission")
    row.at = row.original_at = row.at.replace(microsecond=0)
    row.save()
    heard: list[Any] = []

    def listen(**kwargs: Any) -> None:
        heard.append((kwargs["deadline"].pk, kwargs["before"]))

    path = where(Deadline, "change", row.pk)
    later = row.at + timedelta(days=1)
    deadline_moved.connect(listen)
    try:
        data = form_of(administrator, path) | {"at_0": f"{later:%Y-%m-%d}", "at_1": f"{later:%H:%M:%S}"}
        assert administrator.post(path, data).status_code == 302
    finally:
        deadline_moved.disconnect(listen)
    moved = Deadline.objects.get(pk=row.pk)
    assert (moved.at, moved.original_at, moved.revision) == (later, row.at, row.revision + 1)
    assert heard == [(row.pk, row.at)]


def test_what_papers_refer_to_cannot_be_deleted(call: Edition, administrator: Client) -> None:
    paper = factories.paper(call, factories.person("Anna Author"), file=None)
    used, unused = paper.topics.get(), call.topics.exclude(papers=paper)[0]
    page = administrator.get(where(Edition, "change", call.pk)).content.decode()
    assert "This edition has papers, so it cannot be deleted" in page
    for thing in (paper.category, used, call):
        assert administrator.post(where(type(thing), "delete", thing.pk), {"post": "yes"}).status_code == 403
        assert type(thing).objects.filter(pk=thing.pk).exists()
    assert administrator.post(where(Topic, "delete", unused.pk), {"post": "yes"}).status_code == 302
    assert not Topic.objects.filter(pk=unused.pk).exists()
    assert AuditEntry.objects.filter(verb="call.administered").count() == 1


def test_rows_are_not_deleted_many_at_once(call: Edition, administrator: Client) -> None:
    for model in MODELS:
        data = {
            "action": "delete_selected",
            "_selected_action": [row.pk for row in model.objects.all()],
            "post": "yes",
        }
        administrator.post(where(model, "changelist"), data)
        assert model.objects.exists()


def test_a_row_stays_in_its_edition(call: Edition, rf: Any) -> None:
    request = rf.get("/admin/")
    request.user = factories.person("Alex Admin", is_staff=True, is_superuser=True)
    for model in MODELS[1:]:
        shown = admin.site.get_model_admin(model)
        assert "edition" in shown.get_readonly_fields(request, model.objects.first())
        assert "edition" not in shown.get_readonly_fields(request, None)
