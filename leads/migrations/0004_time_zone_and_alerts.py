from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0003_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="time_zone",
            field=models.CharField(
                blank=True, help_text="IANA name; its clock stands on every screen. Empty: TIME_ZONE.", max_length=64
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="area",
            field=models.CharField(
                choices=[
                    ("connect", "Connect"),
                    ("mapping", "Mapping"),
                    ("qualifiers", "Qualifiers"),
                    ("campaigns", "Campaigns"),
                    ("members", "Members"),
                    ("organization", "Organization"),
                    ("alerts", "Alerts"),
                ],
                max_length=20,
            ),
        ),
    ]
