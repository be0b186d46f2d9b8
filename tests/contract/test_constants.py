"""Constants and fallbacks: what stands at the vendor afterwards."""

from __future__ import annotations

import pytest

from integrations.constants import set_constant
from integrations.contract import Cause, Feature
from integrations.models import FieldMapping
from leads.capture import edit_lead
from leads.models import Lead
from reconciliation.models import SyncRecord
from tests.contract.conftest import Crm, crms


def give(crm: Crm, value: str, *, field: str = "", fallback: bool) -> None:
    set_constant(
        integration=crm.integration,
        object_name=crm.persona,
        remote_field=field or crm.vendor.job_title,
        value=value,
        fallback=fallback,
        by=crm.admin,
    )


def job_title(crm: Crm, lead: Lead) -> str:
    return crm.vendor.shown(crm.one(lead).values[crm.vendor.job_title])


def test_a_constant_goes_into_new_records_and_into_those_that_are_there(crm: Crm) -> None:
    first = crm.capture("a@x.example", last_name="First")
    crm.cleared(first)
    FieldMapping.objects.filter(remote_field=crm.vendor.job_title).delete()
    give(crm, "Guest", fallback=False)
    second = crm.capture("b@x.example", last_name="Second")
    crm.cleared(second)
    crm.pushed(first)

    assert (job_title(crm, first), job_title(crm, second)) == ("Guest", "Guest")


def test_a_fallback_goes_into_a_new_record_and_never_over_what_stands_in_one(crm: Crm) -> None:
    give(crm, "Unknown", fallback=True)
    new, there = crm.capture("a@x.example", last_name="New"), crm.capture("b@x.example", last_name="There")
    there = edit_lead(lead=there, values={"job_title": "Engineer"}, by=crm.admin)
    crm.cleared(new, there)
    assert (job_title(crm, new), job_title(crm, there)) == ("Unknown", "Engineer")

    # Nobody remembers the record any more, and the lead has no value now: it is found, and keeps its own.
    SyncRecord.objects.update(remote_id="", remote_object="", acknowledged="")
    there = edit_lead(lead=there, values={"job_title": "", "first_name": "Augusta"}, by=crm.admin)
    crm.pushed(there)

    assert job_title(crm, there) == "Engineer"


@pytest.mark.parametrize("says", [0, 1])
def test_of_two_leads_that_are_one_new_record_a_value_goes_before_a_fallback(crm: Crm, says: int) -> None:
    give(crm, "Unknown", fallback=True)
    titles = ["", ""]
    titles[says] = "Engineer"
    first = crm.capture("twin@x.example", last_name="Twin", job_title=titles[0])
    second = crm.capture("other@x.example", last_name="Twin", first_name="Bea", job_title=titles[1])
    Lead.objects.filter(pk=second.pk).update(email="TWIN@x.example")
    crm.cleared(first, second)

    assert job_title(crm, first) == "Engineer"


@crms(Feature.REQUIRED_FIELDS)
def test_a_required_value_that_is_lacking_is_refused_without_a_call_until_it_has_a_fallback(crm: Crm) -> None:
    lead = crm.lacking()
    crm.vendor.forget_stats()
    record = crm.failed(lead)
    assert (record.cause, record.subject) == (Cause.REQUIRED_FIELD_MISSING, crm.vendor.required_label)
    assert crm.vendor.stats()["calls"] == 0

    required = next(field.name for field in crm.fields().values() if field.label == crm.vendor.required_label)
    give(crm, "Unknown", field=required, fallback=True)
    crm.pushed(lead)

    assert crm.vendor.shown(crm.one(lead).values[required]) == "Unknown"
