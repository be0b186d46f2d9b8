"""The mapping plan of each CRM's own objects and fields."""

from __future__ import annotations

from collections import Counter

from integrations.mapping import clear_object
from integrations.plan.applying import apply_plan
from integrations.plan.intake import lines_of
from integrations.plan.lines import Verdict
from tests.contract.conftest import Crm
from tests.integrations.planned import exported, shown, taken_in


def test_a_plan_comes_back_as_it_went_out_and_restores_what_was_cleared(crm: Crm) -> None:
    rows = set(crm.integration.field_mappings.values_list("object", "mobly_field", "remote_field", "behaviour"))
    plan = taken_in(crm.integration, exported(crm.integration), crm.admin)
    assert {line.verdict for line in lines_of(plan)} == {Verdict.SAME}

    for name in {name for name, *_ in rows}:
        clear_object(integration=crm.integration, object_name=name, by=crm.admin)
    assert Counter(line.verdict for line in lines_of(plan)) == {Verdict.ADD: len(rows)}
    apply_plan(plan=plan, seen=shown(plan), by=crm.admin)

    assert set(crm.integration.field_mappings.values_list("object", "mobly_field", "remote_field", "behaviour")) == rows
