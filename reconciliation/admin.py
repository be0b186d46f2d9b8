from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reconciliation import actions
from reconciliation.models import AlertChannel, AlertRule, Effect, Lane, RemoteCompany, SyncAttempt, SyncRecord


class ReadOnly(admin.ModelAdmin):
    """What the engine writes is for looking at; what a person may do is an action."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(SyncRecord)
class SyncRecordAdmin(ReadOnly):
    list_display = [
        "lead",
        "organization",
        "provider",
        "state",
        "cause",
        "subject",
        "tries",
        "due_at",
        "link",
        "changed_at",
    ]
    list_filter = ["state", "cause", "integration__provider", "refused_by_us", "in_doubt", "organization"]
    list_select_related = ["lead", "organization", "integration"]
    search_fields = ["lead__email", "lead__last_name", "remote_id", "request_id", "message"]
    date_hierarchy = "changed_at"
    actions = ["retry"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return obj is None and request.user.has_perm("reconciliation.change_syncrecord")

    @admin.display(ordering="integration__provider")
    def provider(self, record: SyncRecord) -> str:
        return record.integration.provider

    @admin.display(description="in the CRM")
    def link(self, record: SyncRecord) -> SafeString | str:
        if not record.remote_url:
            return record.remote_id
        return format_html('<a href="{}" rel="noopener" target="_blank">{}</a>', record.remote_url, record.remote_id)

    @admin.action(description="Retry the selected leads", permissions=["change"])
    def retry(self, request: HttpRequest, records: QuerySet[SyncRecord]) -> None:
        chosen = SyncRecord.objects.filter(pk__in=records.values("pk"))
        integrations = {record.integration for record in chosen.select_related("integration")}
        sent = sum(actions.retry(integration=integration, records=chosen) for integration in integrations)
        self.message_user(request, f"{sent} leads are due again.", messages.SUCCESS if sent else messages.WARNING)


@admin.register(SyncAttempt)
class SyncAttemptAdmin(ReadOnly):
    list_display = ["started_at", "record", "outcome", "cause", "message", "request_id"]
    list_filter = ["outcome", "cause", "record__integration__provider"]
    list_select_related = ["record__lead", "record__integration__organization"]
    search_fields = ["record__lead__email", "request_id"]
    exclude = ["notes"]
    readonly_fields = ["what_was_sent"]

    @admin.display(description="What was sent and answered (secrets removed)")
    def what_was_sent(self, attempt: SyncAttempt) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(attempt.notes, indent=2, ensure_ascii=False))


@admin.register(Effect)
class EffectAdmin(ReadOnly):
    list_display = ["record", "kind", "key", "status", "remote_id", "done_at"]
    list_filter = ["kind"]
    list_select_related = ["record__lead", "record__integration__organization"]
    search_fields = ["key", "remote_id", "record__lead__email"]


@admin.register(Lane)
class LaneAdmin(ReadOnly):
    list_display = [
        "integration",
        "holder",
        "lease_until",
        "closed_until",
        "closed_because",
        "failures_in_a_row",
        "calls",
    ]
    list_select_related = ["integration__organization"]


@admin.register(RemoteCompany)
class RemoteCompanyAdmin(ReadOnly):
    list_display = ["identity", "integration", "object", "remote_id", "seen_at"]
    list_filter = ["integration__provider"]
    list_select_related = ["integration__organization"]
    search_fields = ["identity", "remote_id"]


@admin.register(AlertRule)
class AlertRuleAdmin(ReadOnly):
    list_display = ["name", "organization", "integration", "rhythm", "hour", "paused"]
    list_filter = ["paused", "rhythm", "organization"]
    list_select_related = ["organization", "integration"]


@admin.register(AlertChannel)
class AlertChannelAdmin(ReadOnly):
    """Without the address of a webhook, which is a secret."""

    list_display = ["rule", "kind", "due_at", "tries", "sent_at", "sent_title", "gave_up", "problem"]
    list_filter = ["kind", "gave_up", "rule__organization"]
    list_select_related = ["rule"]
    exclude = ["webhook"]
