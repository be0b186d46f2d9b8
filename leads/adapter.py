from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed unless the operator opens it: members are invited, organisations are made by an operator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGN_UP_OPEN

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Accounts have no user name; the e-mail is the name."""
