import django.db.models.deletion
import muster.foundation.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0006_ways_in"),
        ("roll", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChaseStep",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "roll_id", "turn", "telling", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("turn", models.IntegerField()),
                ("telling", models.IntegerField()),
                ("done_at", models.DateTimeField()),
                ("passed", models.BooleanField(default=False)),
                (
                    "roll",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chase_steps",
                        to="roll.roll",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Ladder",
            fields=[
                ("id", models.UUIDField(default=muster.foundation.ids.new_id, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("from_opened", models.BooleanField(default=False)),
                ("urgent", models.BooleanField(default=False)),
                ("why", models.CharField(default="", max_length=32)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("name",), name="roll_ladder_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("urgent", False), models.Q(("why", ""), _negated=True), _connector="OR"),
                        name="roll_ladder_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("line", models.UUIDField()),
                ("id", models.UUIDField(default=muster.foundation.ids.new_id, primary_key=True, serialize=False)),
                ("by_person", models.UUIDField(null=True)),
                ("for_person", models.UUIDField(null=True)),
                ("incident", models.UUIDField(null=True)),
                ("channel", models.CharField(max_length=16)),
                ("happened_at", models.DateTimeField()),
                (
                    "clock_basis",
                    models.CharField(
                        choices=[("server", "Server"), ("corrected", "Corrected"), ("device", "Device")],
                        default="server",
                        max_length=10,
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("corrects", models.UUIDField(null=True, unique=True)),
                ("digest", models.CharField(max_length=64)),
                (
                    "at_unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.unit",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tries",
                        to="roll.entry",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["entry", "recorded_at"], name="roll_attempt_entry")],
            },
        ),
        migrations.CreateModel(
            name="Chase",
            fields=[
                (
                    "roll",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="chase",
                        serialize=False,
                        to="roll.roll",
                    ),
                ),
                ("turn", models.IntegerField(default=1)),
                ("since", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ladder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="chases", to="roll.ladder"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("stopped_at", None)), fields=["next_at"], name="roll_chase_next")
                ],
            },
        ),
        migrations.CreateModel(
            name="LadderStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField()),
                ("minutes", models.IntegerField()),
                (
                    "whom",
                    models.CharField(
                        choices=[("asked", "asked"), ("lead", "lead"), ("above", "above"), ("group", "group")],
                        max_length=8,
                    ),
                ),
                ("repeats", models.IntegerField(default=0)),
                ("every_minutes", models.IntegerField(default=0)),
                (
                    "ladder",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="roll.ladder",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ladder", "position"), name="roll_ladderstep_position"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("repeats", 0),
                            models.Q(("every_minutes__gte", 30), ("repeats__gt", 0), ("repeats__lt", 12)),
                            _connector="OR",
                        ),
                        name="roll_ladderstep_ends",
                    ),
                ],
            },
        ),
    ]
