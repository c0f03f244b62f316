"""Whether papers (or anything in a room above) refer to a row of the call that is to go."""

from collections.abc import Callable, Iterable, Iterator

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel

from submissions.domain.call_facts import Call
from submissions.models.call import Category, Deadline, Edition, ExtraField, Role, Topic
from submissions.models.reminder import ReminderRule
from submissions.services.call_rows import rows_to_remove

#: Rows that belong to the call itself do not hold another row of it: the schema has checked them.
PARTS_OF_THE_CALL = (Deadline, ReminderRule)
ADVICE: dict[type[models.Model], str] = {
    Category: "Keep it in the call, or ask the authors to choose another category first.",
    Topic: "Keep it, or rename it under the same slug.",
    ExtraField: "Keep it; it can be made optional.",
    Deadline: "Keep the date and move it instead.",
    Role: "Keep the person, or change the name in the administration pages.",
}
#: What rooms above would lose by a change: (the edition, the call as it would be) -> a sentence for each thing. They add theirs
#: in `AppConfig.ready()`.
losses: list[Callable[[Edition, Call], Iterable[str]]] = []


def blockers(edition: Edition, after: Call) -> list[str]:
    """A sentence for each thing that papers need and that changing the call to `after` would destroy."""
    in_use = [(row, ", ".join(uses(row))) for row in rows_to_remove(edition, after)]
    found = [
        f"The {row._meta.verbose_name} “{_name(row)}” is in use: {holders}. {ADVICE[type(row)]}"
        for row, holders in in_use
        if holders
    ]
    found += _answers_lost(edition, after)
    return found + [sentence for lost in losses for sentence in lost(edition, after)]


def _name(row: models.Model) -> str:
    return str(getattr(row, "name", "") or getattr(row, "label", "") or row)


def uses(row: models.Model) -> Iterator[str]:
    """Each kind of thing that refers to `row` with its number: "3 papers".

    It follows the relations of the model, also those without a name on this side, so that what a later room hangs on a row
    is found as well. What only loses its link (SET_NULL) is not destroyed and does not count.
    """
    for relation in row._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if not isinstance(relation, ForeignObjectRel) or not isinstance(model, type):
            continue
        if model in PARTS_OF_THE_CALL or model._meta.auto_created:
            continue
        if relation.on_delete is models.SET_NULL:
            continue
        count = model._base_manager.filter(**{relation.field.name: row.pk}).count()
        if count:
            name = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
            yield f"{count} {name}"


def _answers_lost(edition: Edition, after: Call) -> Iterator[str]:
    """Extra fields whose answers would no longer fit: another kind, or a choice taken away that somebody made."""
    wanted = {facts.slug: facts for facts in after.extra_fields}
    for row in edition.extra_fields.all():
        facts = wanted.get(row.slug)
        if facts is None:
            continue
        answers = row.answers.exclude(value="", file="")
        if facts.kind != row.kind and answers.exists():
            yield f"The field “{row.label}” has answers: its kind cannot change. Add a field with another slug."
        elif facts.kind == "choice":
            lost = answers.exclude(value__in=facts.choices).values_list("value", flat=True).distinct()
            if lost:
                yield f"Papers answered “{row.label}” with {', '.join(f'“{value}”' for value in lost)}. Keep these choices."
