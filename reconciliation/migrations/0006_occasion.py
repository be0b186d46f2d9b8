from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0005_repair")]

    operations = [
        migrations.AddField(
            model_name="syncrecord",
            name="occasion",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Why the present send was asked for, where it was no ordinary push.",
                max_length=200,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="syncattempt",
            name="occasion",
            field=models.CharField(
                blank=True, default="", help_text="A test from the Mapping tab, and whose.", max_length=200
            ),
            preserve_default=False,
        ),
    ]
