"""Names that are one when they are compared have one pinyin, which has an index: rows of a sheet are found by it."""

from typing import Any

from django.db import migrations, models

SLICE = 2000


def write_anew(apps: Any, _editor: Any) -> None:
    from muster.organisation.people import pinyin_of

    person = apps.get_model("organisation", "Person")
    changed = []
    for row in person.objects.exclude(name="").only("name", "pinyin").iterator(chunk_size=SLICE):
        pinyin = pinyin_of(row.name)
        if pinyin != row.pinyin:
            row.pinyin = pinyin
            changed.append(row)
    person.objects.bulk_update(changed, ["pinyin"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("organisation", "0006_ways_in")]

    operations = [
        migrations.RunPython(write_anew, migrations.RunPython.noop),
        migrations.AddIndex("person", models.Index(fields=["pinyin"], name="organisation_person_pinyin")),
    ]
