"""Labels and options in the place of campaigns: ticked in the person's own write, whatever others ticked."""

from integrations.contract import Cause, Membership, Step
from integrations.providers.pipedrive import PROVIDER
from tests.integrations.pipedrive.company import lead, ticked

SUMMIT, EVENING = "Automate Summit 2026", "Cobot Evening Chicago"


def test_labels_and_options_are_offered(company):
    code = company.code("Events attended")

    found = PROVIDER.campaigns(company.client)
    summit = PROVIDER.campaigns(company.client, query="summit")

    assert [campaign.name for campaign in found] == [
        f"Events attended: {SUMMIT}",
        f"Events attended: {EVENING}",
        "Labels: Cold lead",
        "Labels: Customer",
        "Labels: Hot lead",
        "Labels: Warm lead",
    ]
    assert [(one.kind, one.id) for one in summit] == [("option", f"{code}:{company.option('Events attended', SUMMIT)}")]


def test_one_of_them_is_found_again_until_it_is_removed(company):
    (summit,) = PROVIDER.campaigns(company.client, query="summit")

    assert PROVIDER.campaign(company.client, campaign_id=summit.id, kind=summit.kind) == summit
    company.vendor.change_schema("persons", picklist={"field": "Events attended", "remove": [SUMMIT]})
    assert PROVIDER.campaign(company.client, campaign_id=summit.id, kind=summit.kind) is None


def test_a_membership_rides_in_the_write_of_a_new_person(company):
    code, option = company.code("Events attended"), company.option("Events attended", SUMMIT)
    company.vendor.forget_stats()
    membership = ticked(code, option)

    result = company.one(lead("ada@acme.example", memberships=(membership, Membership("2", "label", "Hot lead"))))

    assert result.memberships == {membership.key: "", "label:2": ""}
    assert company.persons("label_ids", "Events attended") == [{"label_ids": [2], "Events attended": [SUMMIT]}]
    assert company.calls("POST") + company.calls("PATCH") == 1


def test_a_membership_alone_is_one_write_and_keeps_what_others_ticked(company):
    code, option = company.code("Events attended"), company.option("Events attended", SUMMIT)
    known = company.vendor.seed("persons", email="ada@acme.example", name="Ada", **{"Events attended": [EVENING]})

    result = company.one(lead(known=known["id"], person_unchanged=True, memberships=(ticked(code, option),)))

    assert (result.ok, result.person_written, len(result.memberships)) == (True, False, 1)
    assert company.persons("name", "Events attended") == [{"name": "Ada", "Events attended": [EVENING, SUMMIT]}]


def test_being_ticked_already_is_success_without_a_write(company):
    code, option = company.code("Events attended"), company.option("Events attended", SUMMIT)
    known = company.vendor.seed("persons", email="ada@acme.example", name="Ada", **{"Events attended": [SUMMIT]})
    company.vendor.forget_stats()

    result = company.one(lead(known=known["id"], person_unchanged=True, memberships=(ticked(code, option),)))

    assert len(result.memberships) == 1
    assert company.calls("PATCH") == 0


def test_a_removed_option_fails_the_membership_and_the_person_is_written(company):
    code, option = company.code("Events attended"), company.option("Events attended", SUMMIT)
    company.vendor.change_schema("persons", picklist={"field": "Events attended", "remove": [SUMMIT]})
    company.anew()

    result = company.one(lead("ada@acme.example", memberships=(ticked(code, option),)))

    assert (result.fault.cause, result.fault.step) == (Cause.CAMPAIGN_NOT_FOUND, Step.MEMBERSHIP)
    assert (result.person_written, result.memberships) == (True, {})
    assert result.fault.value == "Events attended: Automate Summit 2026"


def test_an_option_removed_while_we_remember_it_is_found_out_by_the_refusal(company):
    code, option = company.code("Events attended"), company.option("Events attended", SUMMIT)
    membership = Membership("2", "label", "Hot lead")
    company.vendor.change_schema("persons", picklist={"field": "Events attended", "remove": [SUMMIT]})

    result = company.one(lead("ada@acme.example", memberships=(ticked(code, option), membership)))

    assert (result.fault.cause, result.person_written) == (Cause.CAMPAIGN_NOT_FOUND, True)
    assert result.memberships == {"label:2": ""}
    assert company.persons("emails", "label_ids") == [{"emails": ["ada@acme.example"], "label_ids": [2]}]


def test_the_screen_says_that_pipedrive_has_no_campaigns_and_what_takes_their_place():
    assert PROVIDER.capabilities.campaigns
    assert "no campaigns" in PROVIDER.capabilities.no_campaigns_because
    assert "label" in PROVIDER.capabilities.campaigns_notice
