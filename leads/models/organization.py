from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Accounts are known by their e-mail address; there is no user name."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_case")]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Organization(models.Model):
    """The tenant. Nothing is ever read or matched across organizations."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    default_country = models.CharField(
        max_length=2,
        default="US",
        help_text="ISO code; phone numbers without a country code are read as this country's.",
    )
    enrichment_patience = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Seconds a lead waits for enrichment before it is sent as it is; empty: the default.",
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="IANA name; its clock stands on every screen. Empty: TIME_ZONE."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @property
    def patience_seconds(self) -> int:
        if self.enrichment_patience is None:
            return settings.ENRICHMENT_PATIENCE_SECONDS
        return self.enrichment_patience


class MemberQuerySet(models.QuerySet["Member"]):
    def of(self, user: User) -> MemberQuerySet:
        return self.filter(user=user).select_related("organization").order_by("organization__name")

    def admins(self) -> MemberQuerySet:
        return self.filter(role=Member.Role.ADMIN)

    def by_name(self) -> MemberQuerySet:
        return self.select_related("user").order_by("user__first_name", "user__last_name", "user__email")


class Member(models.Model):
    """A user's place in an organization."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Admin"
        REP = "rep", "Rep"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.REP)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_organization")]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN
