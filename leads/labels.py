"""Labels on leads (customers say "Mobly Campaign"), and the two Mobly fields that follow from them."""

from __future__ import annotations

from django.db import transaction

from leads.audit import note
from leads.changes import announce
from leads.models import Change, Label, Lead, LeadLabel, User


class LabelRefused(Exception):
    """The label has no usable name; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def put_label(*, lead: Lead, name: str, by: User | None = None) -> Label:
    """Put the label of this name on the lead, making the label if there is none. Twice is once. Raises
    `LabelRefused`."""
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise LabelRefused("The label has no name.")
    if len(name) > 200:
        raise LabelRefused(f"The label's name has {len(name):,} characters; 200 is the most.")
    lead = _locked(lead)
    label = lead.organization.labels.filter(name__iexact=name).first()
    if label is None:
        label, made = Label.objects.get_or_create(organization=lead.organization, name=name)
        if made:
            _note(label, by, "Not there", "New label")
    _, new = LeadLabel.objects.get_or_create(lead=lead, label=label)
    if new:
        _refresh(lead)
    return label


@transaction.atomic
def remove_label(*, lead: Lead, label: Label, by: User | None = None) -> None:
    """Take the label off the lead; a label that is not on it is left alone."""
    lead = _locked(lead)
    removed, _ = LeadLabel.objects.filter(lead=lead, label=label).delete()
    if removed:
        _refresh(lead)


def _locked(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=lead.pk)


def _refresh(lead: Lead) -> None:
    uids = [str(uid) for uid in lead.label_links.order_by("added_at", "id").values_list("label__uid", flat=True)]
    lead.most_recent_campaign = uids[-1] if uids else ""
    lead.all_campaigns = "; ".join(uids)
    lead.save(update_fields=["most_recent_campaign", "all_campaigns", "updated_at"])
    announce(leads=[lead], fresh=True)


@transaction.atomic
def rename_label(*, label: Label, name: str, by: User | None = None) -> Label:
    """Call the label something else. A CRM knows it by its id, so nothing is announced. Raises `LabelRefused`."""
    label = Label.objects.select_for_update().get(pk=label.pk)
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise LabelRefused("The label has no name.")
    if len(name) > 200:
        raise LabelRefused(f"The label's name has {len(name):,} characters; 200 is the most.")
    if Label.objects.filter(organization=label.organization_id, name__iexact=name).exclude(pk=label.pk).exists():
        raise LabelRefused(f"There is already a label “{name}”.")
    before, label.name = label.name, name
    label.save(update_fields=["name"])
    _note(label, by, before, name, subject=before)
    return label


def _note(label: Label, by: User | None, before: str, after: str, subject: str = "") -> None:
    note(
        organization=label.organization,
        by=by,
        area=Change.Area.LABELS,
        subject=subject or label.name,
        before=before,
        after=after,
    )
