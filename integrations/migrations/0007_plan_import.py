import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("integrations", "0006_further_objects"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("filename", models.CharField(max_length=255)),
                (
                    "rows",
                    models.JSONField(
                        default=list, help_text="A list of `integrations.plan.lines.PlanRow` as plain values."
                    ),
                ),
                ("notes", models.JSONField(default=list, help_text="Sentences about what of the file was not read.")),
                (
                    "campaigns",
                    models.JSONField(
                        default=dict, help_text="Row id -> the campaign as the vendor had it, or the problem."
                    ),
                ),
                (
                    "applied",
                    models.PositiveIntegerField(default=0, help_text="How many changes were applied so far."),
                ),
                (
                    "skipped",
                    models.JSONField(
                        default=list, help_text="What the last Apply left out: lists of line and reason."
                    ),
                ),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "applied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "integration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="plans",
                        to="integrations.integration",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["integration", "-created_at", "-id"], name="plan_newest"),
                    models.Index(fields=["created_at"], name="plan_by_age"),
                ],
            },
        ),
    ]
