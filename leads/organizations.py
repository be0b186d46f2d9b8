"""Organizations: as an operator makes them, and as their admins change them."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from leads.audit import differing, note
from leads.identity import email_fault
from leads.models import Change, Member, Organization, User


@transaction.atomic
def save_organization(*, organization: Organization, by: User, **fields: Any) -> Organization:
    """Change `name`, `default_country` (ISO code), `time_zone` (IANA name; empty is the default) or
    `enrichment_patience` (seconds; None is the default).
    """
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    before = _parts(organization)
    for field, value in fields.items():
        setattr(organization, field, value)
    organization.save(update_fields=list(fields))
    was, now = differing(before, _parts(organization))
    note(organization=organization, by=by, area=Change.Area.ORGANIZATION, subject="Settings", before=was, after=now)
    return organization


def _parts(organization: Organization) -> dict[str, str]:
    patience = organization.enrichment_patience
    return {
        "Name": organization.name,
        "Default country": organization.default_country,
        "Time zone": organization.time_zone or "the default",
        "Patience for enrichment": "the default" if patience is None else f"{patience} seconds",
    }


class OrganizationRefused(Exception):
    """The organization cannot be made like this; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def found_organization(*, name: str, admin_email: str, password: str = "", country: str = "US") -> Member:
    """Make an organization and the place of its first admin. An account that exists already keeps its password.

    Without a password a new account has none; `leads.members.first_password_url` leads to setting one. Raises
    `OrganizationRefused`.
    """
    name = " ".join(name.split())
    admin_email = admin_email.strip().lower()
    if not name or len(name) > 200:
        raise OrganizationRefused("The name has 1 to 200 characters.")
    if Organization.objects.filter(name__iexact=name).exists():
        raise OrganizationRefused(f"There is already an organization “{name}”.")
    if fault := email_fault(admin_email):
        raise OrganizationRefused(fault)
    organization = Organization.objects.create(name=name, slug=_free_slug(name), default_country=country)
    user = User.objects.filter(email__iexact=admin_email).first()
    if user is None:
        user = User(email=admin_email)
        _set_password(user, password)
        user.save()
    elif password:
        raise OrganizationRefused(f"{user.email} has an account already. Its password stays; leave the new one out.")
    return Member.objects.create(organization=organization, user=user, role=Member.Role.ADMIN)


def _set_password(user: User, password: str) -> None:
    if not password:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise OrganizationRefused(" ".join(weak.messages)) from weak
    user.set_password(password)


def _free_slug(name: str) -> str:
    slug = slugify(name)[:180] or "organization"
    taken = set(Organization.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return next(free for number in count(1) if (free := slug if number == 1 else f"{slug}-{number}") not in taken)
