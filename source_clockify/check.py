"""What a check finds out about a key: whether the host takes it, which workspaces it sees, and in which region it is known."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.clock import Clock
from source_clockify.api.errors import ApiError, KeyUnknown
from source_clockify.api.session import CHECK_RETRIES, RetryPolicy
from source_clockify.config import REGION_TITLES, ClockifyConfig
from source_clockify.streams.catalog import FEATURES
from source_clockify.streams.sync import Sync
from source_clockify.streams.workspaces import Workspaces

ONCE: Final = RetryPolicy(tries=1, fault_seconds=0, quota_seconds=0)


def check_key(config: ClockifyConfig, clock: Clock, logger: logging.Logger) -> None:
    """Check key, host and every configured workspace with one request, and ask for the key's role with a second one.

    Only a key that the chosen region does not take costs more: a request to each of the other regions.

    Raises:
        AirbyteTracedException: what is wrong, and what to do about it.
    """
    try:
        for line in Sync(config, clock, FEATURES, CHECK_RETRIES).stream(Workspaces).describe():
            logger.info(f"The key sees {line}")
    except KeyUnknown as fault:
        if config.api_url:
            raise  # what is the key of a host of somebody's own is nothing for Clockify's
        raise _with_region(config, clock, fault) from fault


def _with_region(config: ClockifyConfig, clock: Clock, fault: KeyUnknown) -> ApiError:
    """The error of a key that the region does not take, with the regions that do."""
    others = [region for region in REGION_TITLES if region != config.region]
    with ThreadPoolExecutor(len(others)) as threads:
        takes = dict(zip(others, threads.map(partial(_takes, config, clock), others), strict=True))
    known = [_titled(region) for region, does in takes.items() if does]
    silent = [_titled(region) for region, does in takes.items() if does is None]
    if known:
        found = f"The key is known in another region: set `region` to {' or '.join(known)}."
    else:
        found = "None of the other regions knows the key" + (
            f", but {' and '.join(silent)} could not be asked." if silent else ", so it is mistyped or was deleted."
        )
    return KeyUnknown(f"{fault.message} {found}", fault.failure_type, fault.said)


def _takes(config: ClockifyConfig, clock: Clock, region: str) -> bool | None:
    """Whether another region takes the key; None where that cannot be learnt."""
    elsewhere = config.model_copy(update={"region": region})
    try:
        Sync(elsewhere, clock, retries=ONCE).stream(Workspaces).fetch({}, {})
    except KeyUnknown:
        return False
    except AirbyteTracedException:
        return None
    return True


def _titled(region: str) -> str:
    return f"`{region}` ({REGION_TITLES[region]})"
