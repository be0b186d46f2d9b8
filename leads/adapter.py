from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed unless the operator opens it: members are invited, organizations are made by an operator."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account has been closed. Ask an admin of your organization.",
        "email_password_mismatch": "This e-mail and password do not belong together.",
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "This is not your password.",
        "incorrect_code": "This code is not the one. Codes change every 30 seconds.",
        "too_many_login_attempts": "Too many tries for this account. The next one is possible in a few minutes.",
        "rate_limited": "Too many tries. The next one is possible in a few minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGN_UP_OPEN

    def populate_username(self, request: HttpRequest, user: Any, *args: Any) -> None:
        """Accounts have no user name; the e-mail is the name."""

    def format_email_subject(self, subject: str) -> str:
        """As it is: the sender says where the mail comes from."""
        return subject
