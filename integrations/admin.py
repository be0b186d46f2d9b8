"""Every integration of every organization, for staff. Secrets are in encrypted columns and never shown here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations import audit
from integrations.models import (
    CampaignMapping,
    ConnectAttempt,
    Constant,
    Credential,
    FieldMapping,
    Integration,
    QualifierMapping,
    QualifierValueMapping,
    RemoteSchema,
)
from integrations.switches import SwitchRefused, disable
from leads.audit import differing


class ReadOnlyAdmin(admin.ModelAdmin):
    """What the product writes by itself: staff look at it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SetupAdmin(admin.ModelAdmin):
    """What staff may change of an integration's setup: every change makes what was planned before stale, and is
    written down like an admin's own.
    """

    area = audit.Area.MAPPING

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = type(obj).objects.filter(pk=obj.pk).first() if change else None
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            self._changed([obj])
            was, now = differing(_parts(before, form.changed_data), _parts(obj, form.changed_data))
            self._note(request, obj, was or "None", now or "None")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._changed([obj])
            self._note(request, obj, str(obj), "Deleted")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            rows = list(queryset)
            self._changed(rows)
            for row in rows:
                self._note(request, row, str(row), "Deleted")
            super().delete_queryset(request, queryset)

    def _note(self, request: HttpRequest, row: Any, before: str, after: str) -> None:
        integration = Integration.objects.select_related("organization").get(pk=self.integration_id(row))
        by: Any = request.user
        subject = f"{row}, by the staff of Mobly"
        audit.note(integration=integration, by=by, area=self.area, subject=subject, before=before, after=after)

    def _changed(self, rows: list[Any]) -> None:
        Integration.objects.filter(pk__in={self.integration_id(row) for row in rows}).setup_changed()

    def integration_id(self, row: Any) -> int:
        return row.integration_id


def _parts(row: Any, names: list[str]) -> dict[str, str]:
    """The changed columns of a row by their names; empty for a row that is not there yet."""
    if row is None:
        return {}
    columns = [field for field in row._meta.concrete_fields if field.name in names]
    said = {field: getattr(row, f"get_{field.name}_display", None) for field in columns}
    return {
        str(field.verbose_name): str(words() if words else getattr(row, field.name)) for field, words in said.items()
    }


@admin.register(Integration)
class IntegrationAdmin(SetupAdmin):
    area = audit.Area.CONNECT
    list_display = ["provider", "organization", "status", "sync_mode", "account_name", "account_user", "connected_at"]
    list_filter = ["provider", "category", "status", "sync_mode"]
    search_fields = ["organization__name", "account_name", "account_id", "account_user"]
    list_select_related = ["organization"]
    readonly_fields = [
        "organization", "provider", "category", "status", "status_reason", "account_id", "account_name", "account_user",
        "account_url", "options", "setup_version", "check_result", "checked_at",
        "connected_at", "connected_by", "created_at",
    ]  # fmt: skip
    actions = ["disable_integrations"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def integration_id(self, row: Any) -> int:
        return row.pk

    @admin.action(description="Disable selected integrations")
    def disable_integrations(self, request: HttpRequest, queryset: QuerySet[Integration]) -> None:
        done = 0
        for integration in queryset:
            try:
                disable(integration=integration, by=request.user)  # type: ignore[arg-type]
                done += 1
            except SwitchRefused as refused:
                self.message_user(request, f"{integration}: {refused.sentence}", messages.WARNING)
        self.message_user(request, f"Disabled {done} integration{'' if done == 1 else 's'}.")


@admin.register(Credential)
class CredentialAdmin(ReadOnlyAdmin):
    list_display = ["integration", "expires_at", "refreshed_at", "version"]
    search_fields = ["integration__organization__name"]
    list_select_related = ["integration__organization"]
    fields = ["integration", "expires_at", "refreshed_at", "version"]


@admin.register(ConnectAttempt)
class ConnectAttemptAdmin(ReadOnlyAdmin):
    list_display = ["provider", "organization", "user", "created_at", "used_at"]
    list_filter = ["provider"]
    search_fields = ["organization__name", "user__email"]
    list_select_related = ["organization", "user"]
    fields = ["provider", "organization", "user", "created_at", "used_at"]


@admin.register(RemoteSchema)
class RemoteSchemaAdmin(ReadOnlyAdmin):
    list_display = ["object", "label", "integration", "role", "readable", "creatable", "updatable", "fetched_at"]
    list_filter = ["role", "object"]
    search_fields = ["object", "label", "integration__organization__name"]
    list_select_related = ["integration__organization"]


@admin.register(FieldMapping)
class FieldMappingAdmin(SetupAdmin):
    list_display = ["integration", "object", "mobly_field", "remote_field", "behaviour", "updated_by", "updated_at"]
    list_filter = ["object", "behaviour"]
    search_fields = ["mobly_field", "remote_field", "integration__organization__name"]
    list_select_related = ["integration__organization", "updated_by"]
    raw_id_fields = ["integration", "updated_by"]


@admin.register(Constant)
class ConstantAdmin(SetupAdmin):
    list_display = ["integration", "object", "remote_field", "value", "fallback", "behaviour", "updated_by"]
    list_filter = ["object", "fallback", "behaviour"]
    search_fields = ["value", "remote_field", "integration__organization__name"]
    list_select_related = ["integration__organization", "updated_by"]
    raw_id_fields = ["integration", "updated_by"]


class QualifierValueInline(admin.TabularInline):
    model = QualifierValueMapping
    raw_id_fields = ["value"]
    extra = 0


@admin.register(QualifierMapping)
class QualifierMappingAdmin(SetupAdmin):
    area = audit.Area.QUALIFIERS
    list_display = ["qualifier", "integration", "object", "remote_field", "behaviour", "updated_by", "updated_at"]
    list_filter = ["object", "behaviour"]
    search_fields = ["qualifier__name", "remote_field", "integration__organization__name"]
    list_select_related = ["qualifier", "integration__organization", "updated_by"]
    raw_id_fields = ["integration", "qualifier", "updated_by"]
    inlines = [QualifierValueInline]


@admin.register(QualifierValueMapping)
class QualifierValueMappingAdmin(SetupAdmin):
    area = audit.Area.QUALIFIERS
    list_display = ["value", "remote_value", "mapping"]
    search_fields = ["value__label", "remote_value", "mapping__qualifier__name"]
    list_select_related = ["value", "mapping__qualifier"]
    raw_id_fields = ["mapping", "value"]

    def integration_id(self, row: Any) -> int:
        return row.mapping.integration_id


@admin.register(CampaignMapping)
class CampaignMappingAdmin(SetupAdmin):
    area = audit.Area.CAMPAIGNS
    list_display = [
        "name",
        "integration",
        "kind",
        "remote_id",
        "is_archived",
        "scan_threshold",
        "activator",
        "updated_at",
    ]
    list_filter = ["kind", "is_archived"]
    search_fields = ["name", "remote_id", "integration__organization__name"]
    list_select_related = ["integration__organization", "activator"]
    raw_id_fields = ["integration", "events", "status_qualifier", "activator"]
