"""Make an organization with its first admin: `manage.py create_organization "Halden Robotics" --admin
mara@halden.example`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from leads.enrichment.sources.country import country_code, country_name
from leads.members import first_password_url
from leads.organizations import OrganizationRefused, found_organization


class Command(BaseCommand):
    help = "Make an organization and its first admin. Prints the link at which the admin sets a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the organization is called")
        parser.add_argument("--admin", required=True, metavar="EMAIL", help="e-mail of the first admin")
        parser.add_argument(
            "--country", default="US", help="phone numbers without a country code are read as of this one"
        )
        parser.add_argument(
            "--password-from-stdin",
            action="store_true",
            help="read the admin's password from the first line of standard input",
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything, make nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        country = country_code(options["country"])
        if not country:
            raise CommandError(f"“{options['country']}” is no country. Give its name or its ISO code, such as DE.")
        password = _password() if options["password_from_stdin"] else ""
        with transaction.atomic():
            try:
                member = found_organization(
                    name=options["name"], admin_email=options["admin"], password=password, country=country
                )
            except OrganizationRefused as refused:
                raise CommandError(refused.sentence) from refused
            if options["dry_run"]:
                transaction.set_rollback(True)
                self.stdout.write(
                    f"Would make {member.organization} ({country_name(country)}) with {member.user.email} as Admin."
                )
                return
        self.stdout.write(f"{member.organization} is made, with {member.user.email} as Admin.")
        if not member.user.has_usable_password():
            self.stdout.write(f"The password is set here, once: {first_password_url(member.user)}")


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError(
            "Standard input is empty. Send the password as its first line, or leave --password-from-stdin out."
        )
    return password
