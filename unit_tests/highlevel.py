"""One fake agency of HighLevel for the unit tests."""

from typing import Any, Final

import requests_mock

HOST: Final = "https://services.leadconnectorhq.com"
COMPANY: Final = "5DP4iH6HLkQsiKESj6rh"
TOKEN: Final = "pit-that-nobody-may-see"
LOCATIONS: Final = f"{HOST}/saas/saas-locations/{COMPANY}"
FORMER_LOCATIONS: Final = f"{HOST}/saas-api/public-api/saas-locations/{COMPANY}"
SEARCH: Final = f"{HOST}/locations/search"
SNAPSHOTS: Final = f"{HOST}/snapshots/"
CONFIG: Final = {"snapshots_api": {"access_token": TOKEN, "company_id": COMPANY}}


def serve_agency(mocker: requests_mock.Mocker) -> None:
    """An agency with two locations, of which the search has addresses, and a snapshot."""
    mocker.get(LOCATIONS, json=page("l1", "l2", total=2, hasNext=False))
    mocker.get(SEARCH, [{"json": {"locations": [place("l1"), place("l2")]}}, {"json": {"locations": []}}])
    mocker.get(SNAPSHOTS, json={"snapshots": [{"id": "s1", "name": "Yoga", "type": "own"}], "traceId": "t"})


def refusal(status: int, message: Any) -> dict[str, Any]:
    return {"status_code": status, "json": {"statusCode": status, "message": message, "traceId": "t"}}


NO_SCOPE = refusal(401, "The token is not authorized for this scope.")
NO_SUCH_OPERATION = refusal(400, "Endpoint /saas is not available in API version v3. See the documentation.")


def page(*ids: str, **pagination: Any) -> dict[str, Any]:
    return {
        "locations": [{"locationId": location, "name": f"Owner of {location}"} for location in ids],
        "pagination": pagination,
    }


def place(location: str) -> dict[str, Any]:
    address = {
        "address": f"{location} Street",
        "city": "Lisbon",
        "state": "Lisboa",
        "postalCode": "1100",
        "country": "PT",
    }
    return {"id": location, "name": f"Shop {location}", "timezone": "Europe/Lisbon", **address}
