from django.urls import path

from reconciliation.views import actions, alerts, first_steps, fixing, preview, story, tab

app_name = "reconciliation"

urlpatterns = [
    path("integrations/<slug:provider>/reconciliation/", tab.tab, name="tab"),
    path("integrations/<slug:provider>/reconciliation/figures/", tab.figures, name="figures"),
    path("integrations/<slug:provider>/reconciliation/budget/", tab.budget, name="budget"),
    path("integrations/<slug:provider>/reconciliation/frozen/", tab.frozen_count, name="frozen_count"),
    path("integrations/<slug:provider>/reconciliation/count/", tab.tab_count, name="tab_count"),
    path("integrations/<slug:provider>/reconciliation/retry-offer/", tab.retry_offer, name="retry_offer"),
    path("integrations/<slug:provider>/reconciliation/export/", tab.export, name="export"),
    path("integrations/<slug:provider>/reconciliation/help/<str:cause>/", tab.cause_help, name="help"),
    path("integrations/<slug:provider>/reconciliation/fix/", fixing.fix, name="fix"),
    path("integrations/<slug:provider>/reconciliation/fix/<int:repair_id>/", fixing.repair, name="repair"),
    path(
        "integrations/<slug:provider>/reconciliation/fix/<int:repair_id>/cancel/", fixing.cancel, name="cancel_repair"
    ),
    path("integrations/<slug:provider>/reconciliation/act/", actions.act, name="act"),
    path("integrations/<slug:provider>/reconciliation/retry/", actions.retry_subject, name="retry_subject"),
    path("integrations/<slug:provider>/reconciliation/undo/", actions.undo, name="undo"),
    path("integrations/<slug:provider>/reconciliation/earlier/", actions.earlier, name="earlier"),
    path("integrations/<slug:provider>/reconciliation/resend/", actions.resend_stale, name="resend"),
    path(
        "integrations/<slug:provider>/reconciliation/events/<int:event_id>/push/",
        actions.push_whole_event,
        name="push_event",
    ),
    path("integrations/<slug:provider>/reconciliation/jobs/", actions.jobs, name="jobs"),
    path(
        "integrations/<slug:provider>/reconciliation/jobs/<int:action_id>/cancel/",
        actions.cancel_job,
        name="cancel_job",
    ),
    path("integrations/<slug:provider>/reconciliation/jobs/<int:action_id>/undo/", actions.undo_job, name="undo_job"),
    path("integrations/<slug:provider>/reconciliation/records/<int:record_id>/decide/", actions.decide, name="decide"),
    path("integrations/<slug:provider>/preview/", preview.preview, name="preview"),
    path("integrations/<slug:provider>/preview/<uuid:uid>/", preview.lead_preview, name="lead_preview"),
    path("integrations/<slug:provider>/preview/<uuid:uid>/test/", preview.test, name="lead_test"),
    path("integrations/<slug:provider>/preview/<uuid:uid>/result/", preview.result, name="lead_test_result"),
    path("integrations/<slug:provider>/first-steps/defaults/", first_steps.defaults, name="first_defaults"),
    path("integrations/<slug:provider>/first-steps/test/", first_steps.test, name="first_test"),
    path("reconciliation/first-steps/", first_steps.steps, name="first_steps"),
    path("settings/alerts/", alerts.alerts, name="alerts"),
    path("settings/alerts/new/", alerts.alert_new, name="alert_new"),
    path("settings/alerts/<int:rule_id>/", alerts.alert_edit, name="alert_edit"),
    path("settings/alerts/<int:rule_id>/pause/", alerts.alert_pause, name="alert_pause"),
    path("settings/alerts/<int:rule_id>/delete/", alerts.alert_delete, name="alert_delete"),
    path("settings/alerts/<int:rule_id>/test/", alerts.alert_test, name="alert_test"),
    path("reconciliation/notices/", alerts.notices_now, name="notices"),
    path("reconciliation/states/", story.states, name="states"),
    path("reconciliation/badge/", tab.badge, name="badge"),
    path("reconciliation/leads/<uuid:uid>/", story.destinations, name="lead_story"),
    path("reconciliation/leads/<uuid:uid>/push/<slug:provider>/", story.push, name="push_lead"),
    path("reconciliation/attempts/<int:attempt_id>/", story.attempt, name="attempt"),
]
