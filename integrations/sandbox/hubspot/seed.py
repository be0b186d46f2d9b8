"""A fresh account: lists, marketing events, no leads."""

from .account import APP_ID, OTHER_APP_ID, Account
from .lists import new_list
from .marketing import new_event

LISTS = (
    ("Automate Summit 2026 visitors", "MANUAL", "0-1"),
    ("Hannover Factory Days 2027 visitors", "MANUAL", "0-1"),
    ("All customers", "DYNAMIC", "0-1"),
    ("Target accounts 2026", "MANUAL", "0-2"),
)
EVENTS = (
    (
        APP_ID,
        {
            "eventName": "Automate Summit 2026",
            "eventOrganizer": "Halden Robotics",
            "externalAccountId": "halden",
            "externalEventId": "automate-summit-2026",
            "eventType": "TRADESHOW",
            "startDateTime": "2026-11-17T08:00:00Z",
            "endDateTime": "2026-12-31T18:00:00Z",
        },
    ),
    (
        OTHER_APP_ID,
        {
            "eventName": "Cobot Evening Chicago",
            "eventOrganizer": "Halden Robotics",
            "externalAccountId": "ticket-desk-7",
            "externalEventId": "cobot-evening-chicago",
            "eventType": "DINNER",
            "startDateTime": "2027-01-21T18:00:00Z",
            "endDateTime": "2027-01-21T22:00:00Z",
        },
    ),
    (
        APP_ID,
        {
            "eventName": "Spring Open House 2026",
            "eventOrganizer": "Halden Robotics",
            "externalAccountId": "halden",
            "externalEventId": "spring-open-house-2026",
            "eventType": "OPEN_HOUSE",
            "startDateTime": "2026-04-14T09:00:00Z",
            "endDateTime": "2026-04-14T17:00:00Z",
            "eventCancelled": True,
        },
    ),
)


def seed(account: Account) -> None:
    for name, processing_type, type_id in LISTS:
        new_list(account, name, processing_type, type_id)
    for app_id, body in EVENTS:
        new_event(account, app_id, body)
