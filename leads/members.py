"""Members: inviting, changing a role, removing. An organization always keeps an admin."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from leads.audit import note
from leads.models import Change, Member, Organization, User


class MemberRefused(Exception):
    """The change would leave the organization in a state it must not be in; `sentence` says which."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def invite(*, organization: Organization, email: str, role: str, by: User, name: str = "") -> Member:
    """Give somebody a place in the organization and send the mail that leads there.

    Whoever has no account yet gets one without a password; the mail carries the link that sets it. Raises
    `MemberRefused` when they are a member already.
    """
    email = email.strip().lower()
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            first, _, last = name.strip().partition(" ")
            user = User.objects.create_user(email, first_name=first, last_name=last)
        try:
            with transaction.atomic():
                member = Member.objects.create(organization=organization, user=user, role=role)
        except IntegrityError:
            raise MemberRefused(f"{user.email} is a member of {organization} already.") from None
        _note(member, by, "Not a member", member.get_role_display())
        transaction.on_commit(lambda: send_invitation(member=member, by=by))
    return member


def send_invitation(*, member: Member, by: User) -> None:
    """Mail the way in: a link that sets the first password, or the sign-in page for those who have one."""
    user = member.user
    first_time = not user.has_usable_password()
    context = {
        "member": member,
        "by": by,
        "first_time": first_time,
        "url": first_password_url(user) if first_time else _url("account_login"),
    }
    send_mail(
        subject=f"{by} invites you to {member.organization} on Mobly",
        message=render_to_string("leads/mail/invitation.txt", context),
        from_email=None,
        recipient_list=[user.email],
    )


def first_password_url(user: User) -> str:
    """The address at which this user sets a password; good for one use."""
    return _url("account_reset_password_from_key", user_pk_to_url_str(user), default_token_generator.make_token(user))


@transaction.atomic
def change_role(*, member: Member, role: str, by: User) -> Member:
    """Raises `MemberRefused` for the last admin."""
    member = _locked(member)
    if member.is_admin and role != Member.Role.ADMIN:
        _keep_an_admin(member)
    before = member.get_role_display()
    member.role = role
    member.save(update_fields=["role"])
    _note(member, by, before, member.get_role_display())
    return member


@transaction.atomic
def remove(*, member: Member, by: User) -> None:
    """Take away the place; the account and what it captured stay. Raises `MemberRefused` for the last admin."""
    member = _locked(member)
    if member.is_admin:
        _keep_an_admin(member)
    _note(member, by, member.get_role_display(), "Not a member")
    member.delete()


def _note(member: Member, by: User, before: str, after: str) -> None:
    name = member.user.get_full_name()
    subject = f"{name} ({member.user.email})" if name else member.user.email
    note(
        organization=member.organization,
        by=by,
        area=Change.Area.MEMBERS,
        subject=subject,
        before=before,
        after=after,
    )


def _locked(member: Member) -> Member:
    # The organization's row is the lock: two admins who remove each other at the same moment wait in line.
    Organization.objects.select_for_update().get(pk=member.organization_id)
    return Member.objects.select_related("user", "organization").get(pk=member.pk)


def _keep_an_admin(member: Member) -> None:
    if not member.organization.members.admins().exclude(pk=member.pk).exists():
        raise MemberRefused(
            f"{member.user} is the only admin of {member.organization}. Make somebody else an admin first."
        )


def _url(name: str, *args: str) -> str:
    return settings.PUBLIC_URL + reverse(name, args=args)
