from integrations.models.campaign import CampaignMapping
from integrations.models.integration import ConnectAttempt, Credential, Integration
from integrations.models.mapping import Constant, FieldMapping, QualifierMapping, QualifierValueMapping
from integrations.models.plan import PlanImport
from integrations.models.schema import RemoteSchema

__all__ = [
    "CampaignMapping",
    "ConnectAttempt",
    "Constant",
    "Credential",
    "FieldMapping",
    "Integration",
    "PlanImport",
    "QualifierMapping",
    "QualifierValueMapping",
    "RemoteSchema",
]
