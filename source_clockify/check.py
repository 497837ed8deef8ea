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
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.people import Users
from source_clockify.streams.slices import Workspace
from source_clockify.streams.sync import Sync
from source_clockify.streams.workspaces import Workspaces

NAMED: Final = dict(zip(FEATURES, STREAMS, strict=True))
ROLES: Final = {True: "owner or admin", False: "neither owner nor admin", None: None}
ONCE: Final = RetryPolicy(tries=1, fault_seconds=0, quota_seconds=0)


def check_key(config: ClockifyConfig, clock: Clock, logger: logging.Logger) -> None:
    """Check key, host and every configured workspace with one request, and ask for the key's role with a second one.

    Only a key that the chosen region does not take costs more: a request to each of the other regions.

    Raises:
        AirbyteTracedException: what is wrong, and what to do about it.
    """
    try:
        for workspace, is_admin in Sync(config, clock, FEATURES, CHECK_RETRIES).stream(Workspaces).roles():
            logger.info(f"The key sees {workspace.describe(FEATURES, ROLES[is_admin])}")
            if is_admin is False:
                logger.warning(_of_a_member(workspace, config))
    except KeyUnknown as fault:
        if config.api_url:
            raise  # what is the key of a host of somebody's own is nothing for Clockify's
        raise _with_region(config, clock, fault) from fault


def _of_a_member(workspace: Workspace, config: ClockifyConfig) -> str:
    """What the key of somebody who is no admin can read, and what it cannot."""
    readable = [name for name, kind in NAMED.items() if kind.is_open_to_members]
    of_users = [name for name, kind in NAMED.items() if issubclass(kind, ChildStream) and kind.parent_type is Users]
    if config.only_my_time:
        of_users.remove("time_entries")
    return (
        f"A key without that role can read {', '.join(readable)} in {workspace} and, "
        f"{'as' if config.only_my_time else 'once'} `only_my_time` is set, the time_entries of its own user. Unless that is a "
        f"manager of everybody, Clockify refuses users and so {', '.join(of_users)}. What it shows of the other streams depends "
        "on plan and role: leave out those that fail, or use the key of an owner or admin."
    )


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
