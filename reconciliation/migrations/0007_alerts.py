import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import mobly_sync.encryption
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0005_constants"),
        ("leads", "0004_time_zone_and_alerts"),
        ("reconciliation", "0006_occasion"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("hourly", "Hourly"),
                            ("twice_daily", "Twice daily"),
                            ("daily", "Daily"),
                            ("weekly", "Weekly (Mondays)"),
                        ],
                        default="daily",
                        max_length=12,
                    ),
                ),
                (
                    "hour",
                    models.PositiveSmallIntegerField(
                        default=8,
                        help_text="First look of a day, by the organization's clock.",
                        validators=[django.core.validators.MaxValueValidator(23)],
                    ),
                ),
                ("paused", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "integration",
                    models.ForeignKey(
                        blank=True,
                        help_text="None: all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="integrations.integration",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alert_rules", to="leads.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="AlertChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("email", "Email"), ("slack", "Slack")], max_length=5)),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.EmailField(max_length=254),
                        blank=True,
                        default=list,
                        help_text="Empty: the admins of the organization.",
                        size=None,
                    ),
                ),
                ("webhook", mobly_sync.encryption.EncryptedTextField(blank=True, editable=False)),
                (
                    "due_at",
                    models.DateTimeField(blank=True, help_text="The next look, or try; none while paused.", null=True),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("claim_id", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("told", models.JSONField(blank=True, default=dict, help_text="See `alerting.change.Told`.")),
                (
                    "told_at",
                    models.DateTimeField(blank=True, help_text="The moment the last message speaks of.", null=True),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("sent_title", models.CharField(blank=True, max_length=300)),
                ("sent_text", models.TextField(blank=True)),
                ("problem", models.TextField(blank=True)),
                ("problem_since", models.DateTimeField(blank=True, null=True)),
                (
                    "gave_up",
                    models.BooleanField(
                        default=False, help_text="It will not pass by itself, or did not for too long."
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to="reconciliation.alertrule",
                    ),
                ),
            ],
            options={
                "ordering": ["kind"],
            },
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="one_alert_rule_of_a_name"),
        ),
        migrations.AddConstraint(
            model_name="alertrule",
            constraint=models.CheckConstraint(condition=models.Q(("hour__lte", 23)), name="an_hour_of_the_day"),
        ),
        migrations.AddIndex(
            model_name="alertchannel",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="alert_due"),
        ),
        migrations.AddIndex(
            model_name="alertchannel",
            index=models.Index(condition=models.Q(("gave_up", True)), fields=["rule"], name="alert_undeliverable"),
        ),
        migrations.AddConstraint(
            model_name="alertchannel",
            constraint=models.UniqueConstraint(fields=("rule", "kind"), name="one_alert_channel_of_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="alertchannel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claim_id__isnull", True), ("lease_until__isnull", True)),
                    models.Q(("claim_id__isnull", False), ("lease_until__isnull", False)),
                    _connector="OR",
                ),
                name="a_claimed_alert_has_a_lease",
            ),
        ),
    ]
