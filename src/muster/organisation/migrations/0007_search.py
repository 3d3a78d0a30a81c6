"""By what a name is found, beside it: for the names that stand there already too."""

from typing import Any

from django.db import migrations, models

from muster.foundation.sql import PathField
from muster.organisation import names

SLICE = 2000


def no_samples_of_names(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL's planner keeps samples of what stands in a column: of names none, or they would outlive erasing."""
    if schema_editor.connection.vendor == "postgresql":
        for column in ("name", "pinyin", "initials", "folded"):
            schema_editor.execute(f"ALTER TABLE organisation_person ALTER COLUMN {column} SET STATISTICS 0")


def fill(apps: Any, schema_editor: Any) -> None:
    """Of everybody and of every unit that is registered; whose name was blanked has nothing to be found by."""
    people, units = (apps.get_model("organisation", name) for name in ("Person", "Unit"))
    for start in range(0, people.objects.count(), SLICE):
        rows = list(people.objects.order_by("pk")[start : start + SLICE])
        for row in rows:
            vars(row).update(names.person_columns(row.name))
        people.objects.bulk_update(rows, ["pinyin", "initials", "folded"], batch_size=200)
    for unit in units.objects.all():
        units.objects.filter(pk=unit.pk).update(**names.unit_columns(unit.name, unit.short_name))


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0006_ways_in"),
    ]

    operations = [
        migrations.AddField("person", "folded", PathField(default="", max_length=160)),
        migrations.AddField("person", "initials", PathField(default="", max_length=80)),
        migrations.AddField("unit", "folded", models.CharField(default="", max_length=240)),
        migrations.AlterField(
            model_name="lockout",
            name="kind",
            field=models.CharField(
                choices=[("account", "Account"), ("factor", "Factor"), ("address", "Address"), ("look", "Look")],
                max_length=8,
            ),
        ),
        migrations.AlterField("person", "pinyin", PathField(max_length=160)),
        migrations.RunPython(no_samples_of_names, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex("person", models.Index(fields=["folded", "number"], name="organisation_person_folded")),
        migrations.AddIndex("person", models.Index(fields=["pinyin", "number"], name="organisation_person_pinyin")),
        migrations.AddIndex("person", models.Index(fields=["initials", "number"], name="organisation_person_initials")),
    ]
