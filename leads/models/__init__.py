from leads.models.change import Change
from leads.models.engagement import Engagement
from leads.models.event import Activation, Event
from leads.models.headcount import Headcount
from leads.models.label import Label, LeadLabel
from leads.models.lead import Capture, Lead
from leads.models.organization import Member, Organization, User
from leads.models.qualifier import Answer, Qualifier, QualifierValue
from leads.models.upload import Upload, UploadRow

__all__ = [
    "Activation",
    "Answer",
    "Capture",
    "Change",
    "Engagement",
    "Event",
    "Headcount",
    "Label",
    "Lead",
    "LeadLabel",
    "Member",
    "Organization",
    "Qualifier",
    "QualifierValue",
    "Upload",
    "UploadRow",
    "User",
]
