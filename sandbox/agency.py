"""The truth behind the sandbox of HighLevel: an agency with its sub-accounts, its snapshots and its tokens."""

from dataclasses import dataclass, replace
from itertools import count
from random import Random

from .locked import Locked
from .shapes import Row

SCOPES = ("saas/company.read", "saas/location.read", "locations.readonly", "snapshots.readonly")

_TOWNS = (
    ("Lisbon", "Lisboa", "1100-148", "PT"),
    ("Springfield", "Illinois", "62701", "US"),
    ("Zürich", "ZH", "8001", "CH"),
)
_BUSINESSES = ("Harbour Dental", "Mark Shoes", "Müller & Söhne", "Northside Yoga", "O'Brien Plumbing", "Sunrise Bakery")
_PEOPLE = ("John Doe", "Ada Example", "Grace Sample")


@dataclass
class Token:
    """What a token may do: `scopes`; of the agency, or with `location` of that sub-account only."""

    scopes: tuple[str, ...]
    location: str | None = None
    expired: bool = False


@dataclass(frozen=True)
class App:
    """What an app of the Marketplace authenticates itself with."""

    client_id: str = "a1b2c3d4e5f6a7b8c9d0e1f2-sandbox1"
    client_secret: str = "5a4db0x1-made-up-of-the-sandbox"


class Agency(Locked):
    """The truth: an agency with `locations` sub-accounts in SaaS mode and a few that are not, its snapshots and its tokens."""

    streams = ("locations", "snapshots")

    def __init__(self, locations: int = 12, snapshots: int = 3, seed: int = 1) -> None:
        super().__init__()
        self._random, self._numbers = Random(seed), count(1)
        self.id = self._new_id()
        self.app = App()
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, Token] = {}
        self.saas: dict[str, Row] = {}
        self.locations: dict[str, Row] = {}
        for number in range(1, locations + 1):
            self.add_location()
            if number % 5 == 0:
                self.add_location(in_saas_mode=False)
        self.snapshots = [
            {"id": self._new_id(), "name": f"Snapshot {number}", "type": "own" if number % 2 else "imported"}
            for number in range(1, snapshots + 1)
        ]

    def token(self, *scopes: str, location: str | None = None, expired: bool = False) -> str:
        """A new token; no scopes: all that the connector can use."""
        token = f"pit-{self._random.getrandbits(128):032x}"
        self.tokens[token] = Token(scopes or SCOPES, location, expired)
        return token

    def connect(self, *scopes: str, location: str | None = None) -> dict[str, str]:
        """Connect the app to the agency, or to a sub-account of it. Gives an access token and a refresh token."""
        return self._tokens_like(Token(scopes or SCOPES, location))

    def renew(self, refresh_token: str) -> Row | None:
        """A new pair of tokens for a refresh token, which is used up by that; None where it is used up, or was none."""
        token = self.refresh_tokens.pop(refresh_token, None)
        if token is None:
            return None
        kind = {"userType": "Location", "locationId": token.location} if token.location else {"userType": "Company"}
        scope = {"scope": " ".join(token.scopes), "companyId": self.id, "userId": "made-up-user"}
        return {**self._tokens_like(token), "token_type": "Bearer", "expires_in": 86399, **scope, **kind}

    def expire(self) -> None:
        """Let a day pass: no access token is valid any more."""
        for token in self.tokens.values():
            token.expired = True

    def add_location(self, name: str | None = None, *, in_saas_mode: bool = True) -> str:
        number, location_id = next(self._numbers), self._new_id()
        city, state, postal_code, country = _TOWNS[number % len(_TOWNS)]
        self.locations[location_id] = {
            "id": location_id,
            "name": name or f"{_BUSINESSES[number % len(_BUSINESSES)]} {number}",
            "email": f"office{number}@business.example",
            "address": f"{number} Fleet Street" if number % 7 else None,
            "city": city,
            "state": state,
            "postalCode": postal_code,
            "country": country,
            "timezone": "Europe/Lisbon",
            "settings": {"allowDuplicateContact": False},
        }
        if in_saas_mode:
            self.saas[location_id] = {
                "locationId": location_id,
                "companyId": self.id,
                "saasMode": "saasV2",
                "subscriptionId": f"sub_{number}",
                "customerId": f"cus_{number}",
                "name": _PEOPLE[number % len(_PEOPLE)],
                "email": f"owner{number}@business.example",
                "providerLocationId": self._new_id(),
                "isSaaSV2": True,
                "subscriptionInfo": {
                    "priceId": f"price_{number}",
                    "saasPlanId": f"plan_{number}",
                    "stripeProductId": f"prod_{number}",
                    "subscriptionStatus": "active",
                },
            }
        return location_id

    def delete_location(self, location_id: str) -> None:
        del self.locations[location_id]
        self.saas.pop(location_id, None)

    def rows(self, stream: str) -> list[Row]:
        """What `locations` and `snapshots` are to hold."""
        if stream == "snapshots":
            return [dict(row) for row in self.snapshots]
        return [
            {
                **{field: value for field, value in location.items() if field != "id"},
                **self.saas.get(location_id, {}),
                "locationId": location_id,
                "location_id": location_id,
                "location_name": location["name"],
                "isSaas": location_id in self.saas,
            }
            for location_id, location in self.locations.items()
        ]

    def _tokens_like(self, token: Token) -> dict[str, str]:
        access_token, refresh_token = (
            f"eyJ.{kind}.{self._random.getrandbits(128):032x}" for kind in ("access", "refresh")
        )
        self.tokens[access_token] = replace(token)
        self.refresh_tokens[refresh_token] = token
        return {"access_token": access_token, "refresh_token": refresh_token}

    def _new_id(self) -> str:
        return f"{self._random.getrandbits(80):020x}"
