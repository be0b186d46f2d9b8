"""The waterfall: what fills a blank, what is left as it was said, and what becomes of a failing source."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leads.capture import Meeting, capture_many, edit_lead
from leads.enrichment.free_mail import is_free_mail
from leads.enrichment.sources.country import country_code, country_name
from leads.enrichment.sources.phone import e164
from leads.enrichment.view import Context, Found, LeadView
from leads.enrichment.waterfall import enrich, let_go, pour
from leads.models import Lead
from leads.tasks import sweep_enrichment


@pytest.fixture
def enriched(meet):
    """Capture somebody and let the waterfall run."""

    def enriched(**said) -> Lead:
        lead = meet(**said).lead
        enrich(lead_ids=[lead.pk])
        lead.refresh_from_db()
        return lead

    return enriched


def test_the_companys_domain_comes_from_the_e_mail(enriched):
    lead = enriched(email="M.Brandl@Isarwerk.example")

    assert lead.company_website == "isarwerk.example"
    assert lead.provenance["company_website"]["source"] == "email_domain"


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "gmx.at", "web.de", "qq.com", "mail.ru", "icloud.com"],
)
def test_a_free_mail_domain_is_nobodys_company(enriched, domain):
    assert is_free_mail(domain)
    assert enriched(email=f"k@{domain}").company_website == ""


@pytest.mark.parametrize("domain", ["gmailer.example", "isarwerk.example", "mygmx.example", "post.isarwerk.example"])
def test_a_companys_own_domain_is_no_free_mail(domain):
    assert not is_free_mail(domain)


def test_what_the_person_said_is_never_overwritten_or_reformatted(enriched):
    enriched(email="a@isarwerk.example", company_name="Isarwerk GmbH", company_website="https://isarwerk.example")

    lead = enriched(
        email="b@isarwerk.example",
        company_name="isarwerk",
        company_website="www.isarwerk.example/de",
        phone_number="(089) 5550123",
        company_country="de",
    )

    assert (lead.company_name, lead.company_website) == ("isarwerk", "www.isarwerk.example/de")
    assert (lead.phone_number, lead.company_country) == ("(089) 5550123", "de")


def test_normal_forms_stand_beside_what_was_said(enriched):
    lead = enriched(
        email="b@gmail.com",
        phone_number="089 12345678",
        other_phone_numbers="0151 23456789; n/a",
        company_country="Deutschland",
    )

    assert lead.provenance == {
        "normalised": {
            "company_country": {"iso": "DE", "name": "Germany"},
            "phone_number": {"e164": "+498912345678"},
            "other_phone_numbers": {"e164": "+4915123456789"},
        }
    }


@pytest.mark.parametrize(
    ("said", "country", "number"),
    [
        ("504-621-8927", "US", "+15046218927"),
        ("+49 89 12345678", "US", "+498912345678"),
        ("0049 89 12345678", "US", "+498912345678"),
        ("089 12345678", "DE", "+498912345678"),
        ("no phone", "US", ""),
        ("", "US", ""),
        ("12", "US", ""),
    ],
)
def test_phone_numbers_are_read_as_of_a_country(said, country, number):
    assert e164(said, country) == number


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("DE", "DE"),
        ("deu", "DE"),
        ("Germany", "DE"),
        ("UK", "GB"),
        (" united  states ", "US"),
        ("Österreich", "AT"),
        ("Atlantis", ""),
    ],
)
def test_countries_are_known_by_code_and_name(said, code):
    assert country_code(said) == code


def test_a_country_has_its_common_name():
    assert (country_name("DE"), country_name("TW")) == ("Germany", "Taiwan")


def test_company_data_comes_from_the_newest_earlier_lead_of_the_domain(enriched):
    enriched(email="a@isarwerk.example", company_name="Isarwerk", company_industry="Pumps", company_city="Köln")
    enriched(
        email="b@isarwerk.example", company_name="Isarwerk GmbH", company_street_address="Weg 1", company_city="München"
    )

    lead = enriched(email="c@isarwerk.example")

    assert (lead.company_name, lead.company_industry) == ("Isarwerk GmbH", "Pumps")
    assert (lead.company_street_address, lead.company_city) == ("Weg 1", "München")
    assert lead.provenance["company_city"]["source"] == "earlier_leads"


def test_an_address_is_taken_whole_or_not_at_all(enriched):
    enriched(email="a@isarwerk.example", company_street_address="Weg 1", company_city="München")

    lead = enriched(email="c@isarwerk.example", company_city="Hamburg")

    assert (lead.company_street_address, lead.company_city) == ("", "Hamburg")


def test_company_data_comes_by_company_name_when_there_is_no_domain(enriched):
    enriched(email="a@isarwerk.example", company_name="Isarwerk GmbH", company_industry="Pumps")

    assert enriched(email="d@gmail.com", company_name="ISARWERK GmbH").company_industry == "Pumps"


def test_two_companies_of_one_name_with_domains_of_their_own_are_two(enriched):
    enriched(email="a@acme.example", company_name="Acme", company_industry="Pumps")

    assert enriched(email="b@acme-bakery.example", company_name="Acme").company_industry == ""


def test_people_at_a_free_mail_domain_are_no_colleagues(enriched):
    enriched(email="a@gmail.com", company_name="Isarwerk")

    assert enriched(email="b@gmail.com").company_name == ""


def test_another_organizations_leads_are_never_asked(enriched, other_organization):
    from leads.capture import capture_lead

    capture_lead(
        organization=other_organization,
        person={"email": "a@isarwerk.example", "company_name": "Isarwerk"},
        source="manual",
    )

    assert enriched(email="b@isarwerk.example").company_name == ""


def test_what_was_only_found_is_not_passed_on(enriched):
    first = enriched(email="a@isarwerk.example", company_name="Isarwerk")
    enriched(email="b@isarwerk.example")
    first.delete()

    assert enriched(email="c@isarwerk.example").company_name == ""


def test_a_value_a_person_took_away_is_not_put_back(enriched, rep):
    lead = enriched(email="a@isarwerk.example")
    edit_lead(lead=lead, values={"company_website": ""}, by=rep)

    enrich(lead_ids=[lead.pk])

    lead.refresh_from_db()
    assert (lead.company_website, lead.enrichment) == ("", "done")


def test_a_value_said_later_is_said(enriched, meet):
    lead = enriched(email="a@isarwerk.example")

    meet(email="a@isarwerk.example", company_website="isarwerk.example")

    lead.refresh_from_db()
    assert "company_website" not in lead.provenance


def test_the_end_of_enrichment_is_announced(meet, announced):
    lead = meet(email="a@isarwerk.example").lead
    announced.clear()

    assert enrich(lead_ids=[lead.pk]) == 1

    [(leads, fresh)] = announced
    assert ([each.pk for each in leads], leads[0].enrichment, fresh) == ([lead.pk], "done", False)
    assert leads[0].version == lead.version + 1


def test_enriching_twice_does_nothing_the_second_time(meet, announced):
    lead = meet(email="a@isarwerk.example").lead
    enrich(lead_ids=[lead.pk])
    announced.clear()

    assert enrich(lead_ids=[lead.pk]) == 0
    assert announced == []


class Broken:
    key = "broken"

    def find(self, lead: LeadView, context: Context) -> Found:
        raise ValueError("no such planet")


class Greedy:
    key = "greedy"

    def find(self, lead: LeadView, context: Context) -> Found:
        return Found({"email": "other@a.example", "job_title": "CTO", "number_of_scans": "7", "shoe_size": "44"})


def test_a_failing_source_is_recorded_and_the_next_one_asked(meet):
    lead = meet(email="a@isarwerk.example").lead

    enrich(lead_ids=[lead.pk], sources=[Broken(), Greedy()])

    lead.refresh_from_db()
    assert (lead.job_title, lead.enrichment) == ("CTO", "done")
    [problem] = lead.provenance["problems"]
    assert (problem["source"], problem["problem"]) == ("broken", "ValueError: no such planet")


def test_a_source_cannot_change_who_the_lead_is():
    outcome = pour(LeadView(1, {"first_name": "K"}), Context("US"), [Greedy()])

    assert outcome.values == {"job_title": ("CTO", "greedy")}


def test_what_an_earlier_source_found_a_later_one_does_not_replace():
    class Modest:
        key = "modest"

        def find(self, lead: LeadView, context: Context) -> Found:
            return Found({"job_title": f"not {lead.get('job_title')}"})

    assert pour(LeadView(1, {}), Context("US"), [Greedy(), Modest()]).values == {"job_title": ("CTO", "greedy")}


def test_hundreds_of_leads_take_as_many_queries_as_one(organization, django_assert_max_num_queries):
    meetings = [Meeting({"email": f"p{n}@c{n % 50}.example", "company_city": "Graz"}, "csv_upload") for n in range(300)]
    leads = [captured.lead.pk for captured in capture_many(organization=organization, meetings=meetings)]

    with django_assert_max_num_queries(10):
        assert enrich(lead_ids=leads) == 300
    assert Lead.objects.filter(company_website="c7.example").count() == 6


def test_the_sweep_finds_what_a_lost_hint_meant(meet):
    lead = meet(email="a@isarwerk.example").lead

    assert sweep_enrichment() == 1

    lead.refresh_from_db()
    assert (lead.enrichment, lead.company_website) == ("done", "isarwerk.example")


def test_a_lead_whose_patience_has_run_out_goes_on_as_it_is(meet, announced):
    late = meet(email="a@isarwerk.example").lead
    meet(email="b@isarwerk.example")
    Lead.objects.filter(pk=late.pk).update(enrich_until=timezone.now() - timedelta(seconds=1))
    announced.clear()

    assert let_go(now=timezone.now()) == 1

    late.refresh_from_db()
    assert (late.enrichment, late.company_website) == ("done", "")
    assert [problem["source"] for problem in late.provenance["problems"]] == ["patience"]
    assert [[lead.pk for lead in leads] for leads, _ in announced] == [[late.pk]]


def test_the_sweep_lets_leads_go_on_that_cannot_be_enriched(meet, monkeypatch):
    late = meet(email="a@isarwerk.example").lead
    Lead.objects.filter(pk=late.pk).update(enrich_until=timezone.now() - timedelta(seconds=1))

    def broken(**_: object) -> int:
        raise RuntimeError("the waterfall is dry")

    monkeypatch.setattr("leads.tasks.enrich_leads", broken)

    assert sweep_enrichment() == 1

    late.refresh_from_db()
    assert late.enrichment == "done"
