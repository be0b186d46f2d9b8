"""What may be kept of a conversation with a vendor: everything but the secrets.

`redact` takes anything that can be part of a request or an answer (headers, JSON, form bodies, query strings, SOAP,
plain text) and gives the same thing back with each token, password and secret replaced by `[redacted]`. Text without a
secret comes back unchanged, character for character, so that what is shown is what was sent.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"

# Compared without case, hyphens, underscores and prefixes: `access_token`, `accessToken` and `Access-Token` are one.
SECRET_KEYS = frozenset(
    {
        "accesstoken", "apikey", "apitoken", "assertion", "authorization", "bearer", "clientassertion", "clientsecret",
        "codeverifier", "consumersecret", "cookie", "hapikey", "idtoken", "newpassword", "passwd", "password",
        "privatekey", "proxyauthorization", "refreshtoken", "secret", "securitytoken", "sessionid", "setcookie",
        "token", "xapikey", "xapitoken",
    }
)  # fmt: skip

# `code` is an authorization code only beside these; elsewhere it is a vendor's error code, which people need to see.
_OAUTH_COMPANY = frozenset({"granttype", "redirecturi", "clientid", "codeverifier"})

_SPELLED = (
    r"access[_-]?token|api[_-]?key|api[_-]?token|client[_-]?assertion|assertion|authorization|client[_-]?secret|"
    r"code[_-]?verifier|consumer[_-]?secret|hapikey|id[_-]?token|new[_-]?password|passwd|password|private[_-]?key|"
    r"refresh[_-]?token|security[_-]?token|session[_-]?id|secret|token"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # <password>..</password>, <sf:sessionId xsi:type="..">..</sf:sessionId>; a cut-off envelope has no end tag.
    (re.compile(rf"(<(?:[\w.-]+:)?(?:{_SPELLED})(?:\s[^<>]*)?>)(?!</)[^<]+", re.I), rf"\1{REDACTED}"),
    (
        re.compile(rf"(<(?:[\w.-]+:)?(?:{_SPELLED})(?:\s[^<>]*)?>)\s*<!\[CDATA\[.*?(?:\]\]>|\Z)", re.I | re.S),
        rf"\1{REDACTED}",
    ),
    # Query strings and form bodies, alone or inside a sentence.
    (re.compile(rf"((?:^|[?&;\s\"'])(?:{_SPELLED}|code)=)[^&\s\"'<>#]+", re.I), rf"\1{REDACTED}"),
    # JSON inside text, also when it is cut off in the middle.
    (re.compile(rf'("(?:{_SPELLED})"\s*:\s*")(?:[^"\\]|\\.)+', re.I), rf"\1{REDACTED}"),
    (re.compile(rf'(\\"(?:{_SPELLED})\\"\s*:\s*\\")[^"\\]+', re.I), rf"\1{REDACTED}"),
    (re.compile(r"\b(Bearer\s+)(?!\[)[A-Za-z0-9._~+/!=-]{12,}", re.I), rf"\1{REDACTED}"),
    (re.compile(r"\b(Zoho-oauthtoken\s+)(?!\[)[A-Za-z0-9._-]{8,}", re.I), rf"\1{REDACTED}"),
    (re.compile(r"\b(Basic\s+)[A-Za-z0-9+/]{20,}={0,2}", re.I), rf"\1{REDACTED}"),
    # Addresses that carry a secret in themselves: //user:password@host, /oauth/v1/refresh-tokens/<token>.
    (re.compile(r"(://)[^/\s@?#\"']+@"), rf"\1{REDACTED}@"),
    (re.compile(r"(/(?:access|refresh)-tokens/)[^/?#\s\"']+", re.I), rf"\1{REDACTED}"),
    # Tokens known by their shape: a Salesforce session id, a HubSpot private app token, a Zoho token, a JSON web token.
    (re.compile(r"\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]+"), REDACTED),
    (re.compile(r"\bpat-[a-z]{2,4}\d*-[0-9a-f-]{20,}", re.I), REDACTED),
    (re.compile(r"\b1000\.[0-9a-f]{32}\.[0-9a-f]{32}\b"), REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), REDACTED),
)


# Every rule needs one of these; most text of a lead has none, and there are a hundred texts to a lead.
_SUSPICIOUS = re.compile(r"[<=\"!]|://[^\s]*@|bearer|basic|tokens/|pat-|eyJ|oauthtoken|1000\.", re.I)


def redact(value: Any) -> Any:
    """The same value without its secrets. Bytes become text; mappings, lists and text keep their shape."""
    if isinstance(value, Mapping):
        return _redact_mapping(value)
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return redact_text(bytes(value).decode("utf-8", "replace"))
    if isinstance(value, str):
        return redact_text(value)
    return value


def redact_text(text: str) -> str:
    """Text without its secrets; JSON is read as JSON, so that no way of escaping hides a secret."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            document = json.loads(text)
        except ValueError:
            return _redact_words(text)
        clean = redact(document)
        return text if clean == document else json.dumps(clean, ensure_ascii=False)
    return _redact_words(text)


def _redact_words(text: str) -> str:
    if _SUSPICIOUS.search(text) is None:
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _redact_mapping(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
    names = [_plain(key) for key in mapping]
    with_oauth = not _OAUTH_COMPANY.isdisjoint(names)
    clean = {}
    for plain, (key, value) in zip(names, mapping.items(), strict=True):
        secret = plain in SECRET_KEYS or (plain == "code" and with_oauth)
        clean[key] = REDACTED if secret and value not in (None, "", [], {}) else redact(value)
    return clean


@lru_cache(maxsize=4096)
def _plain(key: Any) -> str:
    name = key.decode("latin-1") if isinstance(key, bytes) else str(key)
    return name.rpartition(":")[2].replace("-", "").replace("_", "").lower()
