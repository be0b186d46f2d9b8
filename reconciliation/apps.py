from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "reconciliation"
    verbose_name = "Reconciliation"

    def ready(self) -> None:
        from reconciliation import accounts, outbox
        from reconciliation.alerting import rules

        outbox.connect()
        accounts.connect()
        rules.connect()
