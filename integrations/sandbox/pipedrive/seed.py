"""A fresh company: two fields of its own, no persons."""

from .company import Company

EVENTS = ("Automate Summit 2026", "Cobot Evening Chicago")
TEMPERATURES = ("Hot", "Warm", "Cold")


def seed(company: Company) -> None:
    company.new_field("persons", "Events attended", "set", EVENTS)
    company.new_field("persons", "Lead temperature", "enum", TEMPERATURES)
    company.new_field("organizations", "Industry segment", "varchar")
