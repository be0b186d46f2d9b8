"""What an error code nobody has listed most likely means: vendors name new codes with the words of their old ones.

A provider asks its own table first; this is for what the table has not seen yet. Codes are the vendors' upper-case
names (`TOO_MANY_APEX_REQUESTS`, `INVALID_CURRENCY_ISO`), never their sentences.
"""

from __future__ import annotations

import re

from integrations.contract.words import Cause

# The code of a fault that tells the operator something: the vendor's edge turned all our traffic away.
BLOCKED = "BLOCKED"

# The first that fits. What passes by itself and who we are come before what was sent.
_OF_A_CALL = (
    (r"TOO_MANY_(\w+_)?(REQUESTS|CALLS)|RATE_LIMIT|API_LIMIT|REQUEST_LIMIT|CONCURREN|THROTTL", Cause.RATE_LIMITED),
    (
        r"UNAVAILABLE(?!_RECORD)|TIME(D_)?OUT|MAINTENANCE|RUNNING_TOO_LONG|BUSY|INTERNAL_(SERVER_)?ERROR|SERVER_ERROR",
        Cause.REMOTE_UNAVAILABLE,
    ),
    (r"DUPLICATE|ALREADY_(EXISTS|USED)|NOT_UNIQUE|CONFLICTING", Cause.DUPLICATE_RECORD),
    (r"LOCKED|LOCK_ROW|_IN_USE|ALREADY_IN_PROCESS|UNAPPROVED|NOT_APPROVED", Cause.RECORD_LOCKED),
    (
        r"PERMISSION|PRIVILEGE|INSUFFICIENT|ACCESS_DENIED|NOT_ACCESSIBLE|NO_ACCESS|FORBIDDEN|REQUIRES_READ|LICENSE"
        r"|NOT_ENABLED|DISABLED|NOT_SUPPORTED|READ_ONLY_USER|RECORD_?TYPE",
        Cause.PERMISSION,
    ),
)
_OF_A_RECORD = (
    (r"(FIELD|PROPERTY|COLUMN)_(DOES_?NO?T_EXIST|NOT_FOUND)|(INVALID|UNKNOWN|NO_SUCH)_(FIELD|PROPERTY|COLUMN)$"
     r"|READ_ONLY|CANNOT_BE_UPDATED",
     Cause.MISSING_REMOTE_FIELD),
    (r"REQUIRED|MANDATORY|MISSING", Cause.REQUIRED_FIELD_MISSING),
    (
        r"^INVALID_|TOO_(LONG|SHORT|LARGE|BIG|SMALL|MANY|FEW|HIGH|LOW)|OUTSIDE|OUT_OF_RANGE|LENGTH|FORMAT|PATTERN"
        r"|MISMATCH|(^|_)(MIN|MAX)_|ENUM|PICKLIST|FILTER_VALIDATION|KEYWORD|BOUNCED|DOES_?NO?T_EXIST",
        Cause.DATA_VALUE_VALIDATION,
    ),
)  # fmt: skip


def cause_by_words(code: str, *, record: bool) -> Cause | None:
    """The cause a code's words speak of; None where they speak of nothing. `record`: it is about one record's values,
    so what it calls invalid or missing is the lead's, not our request's.
    """
    words = code.upper()
    for pattern, cause in (*_OF_A_CALL, *(_OF_A_RECORD if record else ())):
        if re.search(pattern, words):
            return cause
    return None
