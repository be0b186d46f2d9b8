from typing import Any

from integrations.checks import settings_of_vendors_take_effect


def test_an_address_that_the_vendors_hosts_do_not_allow_is_named_at_every_start(settings: Any) -> None:
    hubspot = settings.PROVIDERS["hubspot"]
    real = {"login_url": "https://app.hubspot.com", "hosts": ["app.hubspot.com"]}
    settings.PROVIDERS = {**settings.PROVIDERS, "hubspot": {**hubspot, **real}}

    (left_behind,) = settings_of_vendors_take_effect()

    assert left_behind.msg == (
        "HUBSPOT_API_URL leads to 127.0.0.1, which HUBSPOT_HOSTS does not allow: nothing could be sent there."
    )
    settings.PROVIDERS["hubspot"] |= {"api_url": "https://api.hubapi.com", "hosts": ["app.hubspot.com", ".hubapi.com"]}
    assert settings_of_vendors_take_effect() == []
