"""Telling the admins of an organization what only they can mend. Once per change of state: who marks it, tells."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from kombu.exceptions import OperationalError

from integrations.models import Integration
from integrations.providers import provider_of
from leads.models import Member

logger = logging.getLogger(__name__)


def hint_needs_attention(integration_id: int) -> None:
    """Have a worker write to the admins; a broker that is away costs the e-mail, the screens say it all the same."""
    from integrations.tasks import tell_needs_attention

    try:
        tell_needs_attention.apply_async(args=(integration_id,), ignore_result=True, retry=False)
    except OperationalError as away:
        logger.warning("No e-mail that integration %s needs attention, the broker is away: %s", integration_id, away)


def tell_needs_attention(*, integration_id: int) -> int:
    """Write to every admin that the vendor no longer accepts our credentials; answers how many were told."""
    integration = Integration.objects.select_related("organization").get(pk=integration_id)
    if integration.status != Integration.Status.NEEDS_ATTENTION:
        return 0
    name = provider_of(integration.provider).name
    admins = Member.objects.filter(organization=integration.organization, role=Member.Role.ADMIN, user__is_active=True)
    addresses = list(admins.values_list("user__email", flat=True))
    link = f"{settings.PUBLIC_URL}{reverse('integrations:connect', args=[integration.provider])}"
    context = {"vendor": name, "integration": integration, "link": link}
    body = render_to_string("integrations/mail/needs_attention.txt", context)
    for address in addresses:
        send_mail(f"{name} needs attention", body, None, [address])
    return len(addresses)
