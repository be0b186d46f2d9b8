"""Sending a message by e-mail or through a Slack incoming webhook, and what the other side said, in words."""

from __future__ import annotations

import ipaddress
import smtplib
from collections.abc import Sequence

import urllib3
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from urllib3.exceptions import LocationParseError

from integrations.contract import Cause
from leads.models import Member
from mobly_sync import http
from reconciliation.models import AlertChannel
from reconciliation.models.alert import SLACK_HOST

# Seconds: a person may sit and wait for a test, and a worker has other things to do.
CONNECT_TIMEOUT, READ_TIMEOUT, DEADLINE = 5.0, 10.0, 20.0
MAIL_TIMEOUT = 20
ANSWER_BYTES = 64 * 1024
LONGEST_WAIT = 24 * 3600.0

# Slack answers in plain text: https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
# and, for webhooks that are no more, what its webhooks are seen to answer.
REFUSALS = {
    "invalid_payload": "Slack could not read the message.",
    "no_text": "Slack could not read the message: it found no text.",
    "user_not_found": "The person this webhook writes to is not in the workspace.",
    "channel_not_found": "The channel of this webhook is gone. Make a webhook for another channel.",
    "channel_is_archived": "The channel is archived. Unarchive it in Slack, or make a webhook for another channel.",
    "action_prohibited": "The workspace forbids this webhook to post. Ask an admin of the workspace.",
    "posting_to_general_channel_denied": "The workspace forbids webhooks to post to this channel.",
    "no_service": "Slack no longer knows this webhook: it was removed or switched off. Make a new one.",
    "no_service_id": "Slack does not know this webhook. Copy its address once more.",
    "no_active_hooks": "This webhook is switched off in Slack.",
    "no_team": "Slack does not know the workspace of this webhook. Copy its address once more.",
    "team_disabled": "The Slack workspace of this webhook is closed.",
    "invalid_token": "Slack does not accept this webhook: its address is not whole or was replaced. Copy it once more.",
}


class Undelivered(Exception):
    """The message did not arrive, or nobody knows; `words` say why. `cause` is None where trying again is of no use.

    `wait` is what the other side asked for, in seconds.
    """

    def __init__(self, words: str, cause: Cause | None = None, wait: float | None = None) -> None:
        super().__init__(words)
        self.words, self.cause, self.wait = words, cause, wait


def recipients_of(channel: AlertChannel, *, not_admins: bool = False) -> list[str]:
    """Who gets the e-mails of this channel. `not_admins` leaves out those whom the immediate e-mail reaches."""
    if channel.addresses and not not_admins:
        return list(channel.addresses)
    admins = Member.objects.filter(organization_id=channel.rule.organization_id).admins().filter(user__is_active=True)
    emails = [email.lower() for email in admins.values_list("user__email", flat=True)]
    if not_admins:
        return [address for address in channel.addresses if address.lower() not in emails]
    return sorted(emails)


def send_mail(*, recipients: Sequence[str], title: str, text: str) -> None:
    """One e-mail to all of them. Raises `Undelivered`."""
    if not recipients:
        raise Undelivered("There is nobody to write to: the organization has no active admin.")
    connection = get_connection(timeout=MAIL_TIMEOUT)
    try:
        EmailMessage(title, text, None, list(recipients), connection=connection).send()
    except smtplib.SMTPRecipientsRefused as refused:
        said = "; ".join(f"{address}: {_smtp_words(*answer)}" for address, answer in refused.recipients.items())
        passing = all(400 <= code < 500 for code, _ in refused.recipients.values())
        cause = Cause.REMOTE_UNAVAILABLE if passing else None
        raise Undelivered(f"The mail server takes none of the addresses. {said}", cause) from refused
    except smtplib.SMTPResponseException as answer:
        words = f"The mail server said {_smtp_words(answer.smtp_code, answer.smtp_error)}"
        raise Undelivered(words, Cause.REMOTE_UNAVAILABLE) from answer
    except (smtplib.SMTPException, OSError) as away:
        raise Undelivered("The mail server could not be reached.", Cause.REMOTE_UNAVAILABLE) from away


def post(*, webhook: str, text: str) -> None:
    """One message to Slack. Raises `Undelivered`; its words never hold the address."""
    session = http.Session(
        allowed_hosts=settings.ALERT_WEBHOOK_HOSTS,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        deadline=DEADLINE,
        max_bytes=ANSWER_BYTES,
    )
    body = {"text": text, "mrkdwn": True, "unfurl_links": False, "unfurl_media": False}
    try:
        with session:
            answer = session.request("POST", webhook, json=body)
    except http.HostRefused as refused:
        raise Undelivered(_without(webhook, str(refused))) from None
    except http.Failure as failure:
        raise Undelivered(_without(webhook, str(failure)), Cause.REMOTE_UNAVAILABLE) from None
    if not 200 <= answer.status < 300:
        raise _refusal(answer, webhook)


def _refusal(answer: http.Answer, webhook: str) -> Undelivered:
    host, code = host_of(webhook), answer.text.strip()[:200]
    if answer.status == 429:
        wait = min(answer.retry_after, LONGEST_WAIT) if answer.retry_after is not None else None
        asked = f" for {wait:.0f} seconds" if wait is not None else ""
        return Undelivered(f"{host} asked for a pause{asked}: too many messages at once.", Cause.RATE_LIMITED, wait)
    if answer.status >= 500:
        return Undelivered(f"{host} has a problem of its own ({answer.status}).", Cause.REMOTE_UNAVAILABLE)
    if code in REFUSALS:
        return Undelivered(f"{REFUSALS[code]} It said {code} ({answer.status}).")
    if 300 <= answer.status < 400:
        return Undelivered(f"{host} sends us on to another address ({answer.status}); a webhook answers by itself.")
    said = f": “{_without(webhook, http.redact(code))}”" if code else ""
    return Undelivered(f"{host} did not take the message ({answer.status}){said}.")


def webhook_fault(url: str) -> str:
    """Why this cannot be the address of a webhook, in words; empty when it can."""
    try:
        address = urllib3.util.parse_url(url)
    except LocationParseError:
        return "This is not a web address."
    host = (address.host or "").lower().strip("[]")
    if not host or any(sign.isspace() for sign in url):
        return "This is not a web address."
    if host in settings.ALERT_WEBHOOK_HOSTS:
        return ""
    if address.scheme != "https":
        return "The address of a webhook begins with https://."
    if address.auth:
        return "The address carries a user name; a webhook has none."
    if _is_literal(host) or "." not in host:
        return f"{host} is not the name of a public host."
    if host == SLACK_HOST and not (address.path or "").startswith("/services/"):
        return f"This is not the address of an incoming webhook: those begin with https://{SLACK_HOST}/services/."
    return ""


def host_of(webhook: str) -> str:
    return (urllib3.util.parse_url(webhook).host or "").lower()


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _without(webhook: str, words: str) -> str:
    """The secret is the address, or its last part alone."""
    secrets = [webhook, urllib3.util.parse_url(webhook).path or "", webhook.rstrip("/").rpartition("/")[2]]
    for secret in filter(None, secrets):
        words = words.replace(secret, http.REDACTED) if len(secret) > 3 else words
    return words


def _smtp_words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} “{' '.join(said.split())[:200]}”."
