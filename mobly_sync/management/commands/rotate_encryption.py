from collections import Counter
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import track

from mobly_sync.encryption import encrypted_fields, rotate


class Command(BaseCommand):
    help = "Re-encrypt stored secrets with the newest of ENCRYPTION_KEYS, so that older keys can be dropped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count what would be re-encrypted, change nothing.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        seen: Counter[str] = Counter()
        for model in apps.get_models():
            if not encrypted_fields(model):
                continue
            rows = rotate(model, dry_run=dry_run)
            total = model._base_manager.count()
            name = str(model._meta.verbose_name_plural)
            seen.update(outcome for _, outcome in track(rows, name, total=total, disable=not self.stdout.isatty()))
        verb = "would be re-encrypted" if dry_run else "re-encrypted"
        self.stdout.write(f"{seen['rotated']} {verb}, {seen['current']} already use the newest key.")
        if seen["unreadable"]:
            raise CommandError(
                f"{seen['unreadable']} cannot be read with any of ENCRYPTION_KEYS and were left as they are. "
                "Add the key they were written with, or reconnect these integrations."
            )
