"""A row says whom it means: nobody is meant by two answers, and who is erased is found in the files that name them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("sheets", "0001_initial")]

    operations = [
        migrations.AddField("importrow", "target", models.UUIDField(null=True)),
        migrations.AddIndex(
            "importrow",
            models.Index(fields=["target"], condition=Q(target__isnull=False), name="sheets_importrow_target"),
        ),
    ]
