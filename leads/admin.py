"""What staff sees of the lead side: readable lists, search, filters.

People and places are raw ids, and every list joins what it shows, so that no page asks per row.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from leads.models import (
    Activation,
    Answer,
    Capture,
    Change,
    Engagement,
    Event,
    Label,
    Lead,
    LeadLabel,
    Member,
    Organization,
    Qualifier,
    QualifierValue,
    Upload,
    UploadRow,
    User,
)

LEADS = ("organization", "lead")


class NewUserForm(BaseUserCreationForm):
    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("email",)


class KnownUserForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class MembershipInline(admin.TabularInline):
    model = Member
    extra = 0
    raw_id_fields = ("organization", "user")


@admin.register(User)
class UserWithEmailAdmin(UserAdmin):
    form = KnownUserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)
    inlines = (MembershipInline,)


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "member_count", "default_country", "enrichment_patience", "created_at")
    search_fields = ("name", "slug")
    list_filter = ("default_country",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        return super().get_queryset(request).annotate(member_count=Count("members"))

    @admin.display(ordering="member_count", description="members")
    def member_count(self, organization: Any) -> int:
        return organization.member_count


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "organization__name")
    raw_id_fields = ("user", "organization")


class ActivationInline(admin.TabularInline):
    model = Activation
    extra = 0


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ("name", "organization", "kind", "place", "starts_on", "ends_on")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    search_fields = ("name", "place", "organization__name")
    date_hierarchy = "starts_on"
    raw_id_fields = ("organization",)
    readonly_fields = ("uid",)
    inlines = (ActivationInline,)


@admin.register(Activation)
class ActivationAdmin(admin.ModelAdmin):
    list_display = ("name", "event")
    list_select_related = ("event",)
    search_fields = ("name", "event__name")
    raw_id_fields = ("event",)


@admin.register(Lead)
class LeadAdmin(admin.ModelAdmin):
    list_display = (
        "name",
        "email",
        "company_name",
        "organization",
        "number_of_scans",
        "enrichment",
        "version",
        "last_captured_at",
    )
    list_filter = ("enrichment",)
    list_select_related = ("organization",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("email", "first_name", "last_name", "company_name", "=uid")
    search_help_text = "E-mail, name, company, or the whole Mobly Lead ID."
    raw_id_fields = ("organization",)
    # Written by the services, with everything that follows from them.
    readonly_fields = (
        "uid",
        "version",
        "email_key",
        "name_key",
        "number_of_scans",
        "first_scanned_by",
        "last_scanned_by",
        "last_scanned_event",
        "all_scanned_events",
        "most_recent_campaign",
        "all_campaigns",
        "provenance",
        "created_at",
        "updated_at",
        "last_captured_at",
    )


@admin.register(Capture)
class CaptureAdmin(admin.ModelAdmin):
    list_display = ("lead", "source", "event", "captured_by_email", "captured_at", "organization")
    list_filter = ("source",)
    list_select_related = ("lead", "event", "organization")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("lead__email", "lead__last_name", "captured_by_email", "event__name")
    date_hierarchy = "captured_at"
    raw_id_fields = (*LEADS, "event", "activation", "captured_by")


@admin.register(Engagement)
class EngagementAdmin(admin.ModelAdmin):
    list_display = ("lead", "kind", "happened_at", "logged_by", "organization")
    list_filter = ("kind",)
    list_select_related = ("lead", "logged_by", "organization")
    show_full_result_count = False
    search_fields = ("lead__email", "lead__last_name", "notes")
    raw_id_fields = (*LEADS, "logged_by")
    readonly_fields = ("uid",)


class QualifierValueInline(admin.TabularInline):
    model = QualifierValue
    extra = 0


@admin.register(Qualifier)
class QualifierAdmin(admin.ModelAdmin):
    list_display = ("name", "organization", "kind", "multiple", "requirement", "status", "position")
    list_filter = ("kind", "requirement", "status", "multiple")
    list_select_related = ("organization",)
    search_fields = ("name", "organization__name")
    raw_id_fields = ("organization", "events")
    inlines = (QualifierValueInline,)


@admin.register(QualifierValue)
class QualifierValueAdmin(admin.ModelAdmin):
    list_display = ("label", "qualifier", "position", "archived")
    list_filter = ("archived",)
    list_select_related = ("qualifier",)
    search_fields = ("label", "qualifier__name")
    raw_id_fields = ("qualifier",)


@admin.register(Answer)
class AnswerAdmin(admin.ModelAdmin):
    list_display = ("lead", "qualifier", "value", "text", "answered_at")
    list_select_related = ("lead", "qualifier", "value")
    show_full_result_count = False
    search_fields = ("lead__email", "qualifier__name", "value__label", "text")
    raw_id_fields = ("lead", "qualifier", "value")


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):
    list_display = ("name", "organization", "uid", "created_at")
    list_select_related = ("organization",)
    search_fields = ("name", "=uid", "organization__name")
    raw_id_fields = ("organization",)
    readonly_fields = ("uid",)


@admin.register(LeadLabel)
class LeadLabelAdmin(admin.ModelAdmin):
    list_display = ("lead", "label", "added_at")
    list_select_related = ("lead", "label")
    show_full_result_count = False
    search_fields = ("lead__email", "label__name")
    raw_id_fields = ("lead", "label")


@admin.register(Change)
class ChangeAdmin(admin.ModelAdmin):
    """Looked at only: an entry that could be changed would tell nothing."""

    list_display = ("subject", "area", "provider", "organization", "who", "at")
    list_filter = ("area", "provider")
    list_select_related = ("organization", "actor")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("subject", "actor_name", "organization__name")
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Only together with the whole organization, whose own page asks here too.
        match = request.resolver_match
        return match is not None and match.url_name == "leads_organization_delete"


@admin.register(Upload)
class UploadAdmin(admin.ModelAdmin):
    list_display = (
        "filename",
        "organization",
        "state",
        "total",
        "done",
        "created",
        "updated",
        "unchanged",
        "created_at",
    )
    list_filter = ("state", "encoding")
    list_select_related = ("organization",)
    search_fields = ("filename", "organization__name")
    date_hierarchy = "created_at"
    raw_id_fields = ("organization", "event", "uploaded_by")
    readonly_fields = ("uid",)


@admin.register(UploadRow)
class UploadRowAdmin(admin.ModelAdmin):
    list_display = ("number", "upload", "state", "problems")
    list_filter = ("state",)
    list_select_related = ("upload",)
    show_full_result_count = False
    search_fields = ("upload__filename",)
    raw_id_fields = ("upload",)
