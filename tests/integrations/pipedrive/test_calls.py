"""How many calls it takes, and how fast they go: Pipedrive counts both."""

from integrations.contract import Membership
from integrations.providers.pipedrive.pace import SEARCHES, Pace
from integrations.providers.pipedrive.reply import Reply
from tests.integrations.pipedrive.company import lead, logged


def test_a_batch_of_new_leads_costs_hardly_more_calls_than_leads(company):
    for number in range(700):
        company.vendor.seed("persons", email=f"old{number}@acme.example", name="Old")
    company.vendor.forget_stats()

    company.deliver(*(lead(f"new{number}@acme.example", name=f"Company {number % 4}") for number in range(40)))

    # Two pages of persons and two of what changed since, one of organizations, two lists of fields, 40 + 4 writes.
    assert company.client.calls == 4 + 1 + 2 + 44
    assert company.calls("search") == 0


def test_a_change_of_known_leads_reads_them_together(company):
    known = [company.vendor.seed("persons", email=f"p{number}@acme.example", name="P") for number in range(30)]
    company.client.pace.wait(search=False)
    company.vendor.forget_stats()

    company.deliver(*(lead(f"p{number}@acme.example", known=row["id"]) for number, row in enumerate(known)))

    assert company.client.calls == 1 + 1 + 30


def test_labels_and_engagements_cost_one_call_each_engagement(company):
    company.one(lead("first@acme.example", engagements=(logged(),), memberships=(Membership("2", "label", "Hot"),)))
    before = company.client.calls

    company.one(lead("ada@acme.example", engagements=(logged(),), memberships=(Membership("2", "label", "Hot"),)))

    # What changed lately, the person with its label, the note.
    assert company.client.calls - before == 3


def test_searches_keep_to_ten_in_two_seconds():
    pace = Pace(spare=0)
    for _ in range(SEARCHES):
        assert pace.wait(search=True) == 0
        pace.sent(search=True)

    assert 1.5 < pace.wait(search=True) <= 2.1
    assert pace.wait(search=False) == 0


def test_calls_keep_to_the_burst_the_answers_tell():
    pace = Pace(spare=8)
    pace.told(Reply(200, {}, limits={"x-ratelimit-limit": 20, "x-ratelimit-remaining": 5}), search=False)
    for _ in range(12):
        pace.sent(search=False)

    assert pace.wait(search=False) > 1.5


def test_a_burst_that_others_used_up_is_waited_out():
    pace = Pace(spare=8)

    pace.told(Reply(200, {}, limits={"x-ratelimit-remaining": 0, "x-ratelimit-reset": 2}), search=False)

    assert 1.5 < pace.wait(search=False) <= 2


def test_the_smallest_plan_is_never_overrun(company):
    company.vendor.faults(plan="lite", block_after=1)

    results = company.deliver(*(lead(f"p{number}@acme.example") for number in range(100)))

    assert all(result.ok for result in results)


def test_the_daily_budget_is_told_in_tokens(company):
    company.one(lead("ada@acme.example"))

    used, allowed = company.client.usage
    assert 0 < used < allowed
