"""Calls that were loaded before there were members: each line of a committee gets one, as a new line does."""

from django.db import migrations

CHAIRS = ("general_chair", "programme_chair")


def make_members(apps, schema_editor):
    Role = apps.get_model("submissions", "Role")
    Member = apps.get_model("reviews", "Member")
    # Chairs first: of two lines for one person the office counts.
    for role in sorted(Role.objects.order_by("order", "pk"), key=lambda it: it.kind not in CHAIRS):
        known = Member.objects.filter(edition_id=role.edition_id)
        if role.email and known.filter(email=role.email).exists():
            continue
        if role.user_id and known.filter(user_id=role.user_id).exists():
            continue
        Member.objects.create(
            edition_id=role.edition_id,
            kind=role.kind,
            state="accepted" if role.kind in CHAIRS else "new",
            name=role.name,
            email=role.email,
            affiliation=role.affiliation,
            country=role.country,
            user_id=role.user_id,
            role_id=role.pk,
        )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    operations = [migrations.RunPython(make_members, migrations.RunPython.noop)]
