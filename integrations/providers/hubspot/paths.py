"""Where HubSpot's API lives: the dated family (`2026-03`, `2026-09`) and the numbered one (v1 to v4, ends in 2027).

Bodies are the same in both for everything used here; only the paths differ. Source: HubSpot's API reference.
"""

import re
from dataclasses import dataclass

_DATED = re.compile(r"20\d\d-\d\d(-beta)?")


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths for one `App.api_version`: a date such as `2026-03`, anything else means the numbered family."""

    version: str

    @property
    def dated(self) -> bool:
        return _DATED.fullmatch(self.version) is not None

    def objects(self, kind: str, tail: str = "") -> str:
        return self._of("/crm/v3/objects", f"/crm/objects/{self.version}") + f"/{kind}{tail}"

    def properties(self, kind: str) -> str:
        return self._of("/crm/v3/properties", f"/crm/properties/{self.version}") + f"/{kind}"

    def associations(self, start: str, end: str, action: str) -> str:
        base = self._of("/crm/v4/associations", f"/crm/associations/{self.version}")
        return f"{base}/{start}/{end}/batch/{action}"

    def lists(self, tail: str = "") -> str:
        return self._of("/crm/v3/lists", f"/crm/lists/{self.version}") + tail

    def marketing_events(self, tail: str = "") -> str:
        return self._of("/marketing/v3/marketing-events", f"/marketing/marketing-events/{self.version}") + tail

    @property
    def account(self) -> str:
        return self._of("/account-info/v3/details", f"/account-info/{self.version}/details")

    @property
    def token(self) -> str:
        return self._of("/oauth/v3/token", f"/oauth/{self.version}/token")

    @property
    def introspect(self) -> str:
        return f"{self.token}/introspect"

    def revoke(self, refresh_token: str) -> tuple[str, str]:
        """Method and path that end a refresh token. The numbered one carries the token in its path."""
        if self.dated:
            return "POST", f"{self.token}/revoke"
        return "DELETE", f"/oauth/v1/refresh-tokens/{refresh_token}"

    def _of(self, numbered: str, dated: str) -> str:
        return dated if self.dated else numbered
