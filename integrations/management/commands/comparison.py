"""`manage.py comparison`: the page docs/comparison.md, from what the providers declare. Needs no database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from integrations.comparison import as_markdown, comparison

HEAD = """# Comparing the CRM integrations

Written by `manage.py comparison > docs/comparison.md` from what each provider declares (`capabilities.py` in its
folder); the same tables stand in the product under Integrations.

"""


class Command(BaseCommand):
    help = "Print the comparison of the CRM integrations as Markdown, for docs/comparison.md."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(HEAD, ending="")
        self.stdout.write(as_markdown(comparison()), ending="")
