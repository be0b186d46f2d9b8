"""Who is connected, the users of the company, its currencies: all on v1."""

from ..store import Record
from .calls import Answer, Call, told
from .refusals import error

CURRENCIES = (("EUR", "Euro", "€"), ("USD", "US Dollar", "$"), ("GBP", "British Pound", "£"))
_MADE = "2021-01-07 20:05:09"


def me(call: Call) -> Answer:
    """GET users/me: the user of the token and the company."""
    profile = call.company.profile
    user = call.company.user(call.user_id) or {}
    more = {
        "company_id": profile.id,
        "company_name": profile.name,
        "company_domain": profile.domain,
        "company_country": "US",
        "company_industry": "Manufacturing",
        "language": {"language_code": "en", "country_code": "US"},
    }
    return told(_shown(call, user) | more)


def listed(call: Call) -> Answer:
    return told([_shown(call, user) for user in call.company.users()])


def read(call: Call, record_id: int) -> Answer:
    user = call.company.user(record_id)
    if user is None:
        raise error(404, "User not found", info="Object was not found.")
    return told(_shown(call, user))


def found(call: Call) -> Answer:
    """GET users/find: by name, or by e-mail with `search_by_email=1`."""
    term = call.args.get("term", "").casefold()
    if not term:
        raise error(400, "Search term must be at least 1 character long.")
    key = "email" if call.flag("search_by_email") else "name"
    return told([_shown(call, user) for user in call.company.users() if term in user[key].casefold()])


def currencies(call: Call) -> Answer:
    rows = [{"id": place, "code": code, "name": name, "decimal_points": 2, "symbol": symbol, "active_flag": True,
             "is_custom_flag": False} for place, (code, name, symbol) in enumerate(CURRENCIES, start=1)]  # fmt: skip
    return told(rows)


def _shown(call: Call, user: Record) -> Record:
    admin = user["admin"]
    return {
        "id": user["id"],
        "name": user["name"],
        "default_currency": "USD",
        "locale": "en_US",
        "lang": 1,
        "email": user["email"],
        "phone": None,
        "activated": True,
        "last_login": _MADE,
        "created": _MADE,
        "modified": _MADE,
        "has_created_company": admin,
        "access": [{"app": app, "admin": admin} for app in ("sales", "global", "account_settings")],
        "active_flag": True,
        "timezone_name": "America/Chicago",
        "timezone_offset": "-06:00",
        "role_id": 1,
        "icon_url": None,
        "is_you": user["id"] == call.user_id,
        "is_deleted": False,
    }
