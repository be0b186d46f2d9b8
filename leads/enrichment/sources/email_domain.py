from __future__ import annotations

from leads.enrichment.view import Context, Found, LeadView


class EmailDomain:
    """The company's domain from the e-mail, unless anybody can have a mailbox there."""

    key = "email_domain"

    def find(self, lead: LeadView, context: Context) -> Found:
        return Found({"company_website": lead.company_domain} if lead.company_domain else {})
