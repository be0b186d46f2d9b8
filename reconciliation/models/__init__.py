from reconciliation.models.alert import AlertChannel, AlertRule
from reconciliation.models.attempt import SyncAttempt
from reconciliation.models.bulk import BulkAction
from reconciliation.models.company import RemoteCompany
from reconciliation.models.figure import Figure, Placement
from reconciliation.models.lane import Lane
from reconciliation.models.record import Effect, SyncRecord
from reconciliation.models.repair import Repair

__all__ = [
    "AlertChannel",
    "AlertRule",
    "BulkAction",
    "Effect",
    "Figure",
    "Lane",
    "Placement",
    "RemoteCompany",
    "Repair",
    "SyncAttempt",
    "SyncRecord",
]
