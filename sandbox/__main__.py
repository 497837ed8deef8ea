"""Serves a generated world and agency until Ctrl-C: `python -m sandbox --port 8080`."""

import argparse
import json
import os
import signal
import sys
from threading import Event

from . import Agency, Sandbox, SnapshotsSandbox, World


def port(text: str) -> int:
    """A port, or 0.

    Raises:
        ValueError: it is not one.
    """
    number = int(text)
    if not 0 <= number <= 65_535:
        raise ValueError(number)
    return number


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=port, default=8080, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another world (default: %(default)s)")
    parser.add_argument("--time-zone", default="America/Los_Angeles", help="of the owner's account")
    parser.add_argument("--page-cap", type=int, help="silently caps every page at so many rows")
    options = parser.parse_args()

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    world = World.generate(options.seed, options.time_zone)
    try:
        host = Sandbox(world, page_cap=options.page_cap, port=options.port)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        sys.exit(f"The sandbox cannot use port {options.port} ({reason}): --port 0 takes a free one")
    with host as sandbox, SnapshotsSandbox(Agency(seed=options.seed)) as snapshots_sandbox:
        keys = "\n".join(f"  {name:<13} {key}" for name, key in world.keys.items())
        snapshots_api = snapshots_sandbox.config()
        config = {"api_key": world.keys["owner"], "api_url": sandbox.url, "snapshots_api": snapshots_api}
        sys.stdout.write(
            f"Clockify sandbox at {sandbox.url}, HighLevel sandbox at {snapshots_sandbox.url}\n\nKeys:\n{keys}\n\n"
        )
        sys.stdout.write(f"Configuration:\n{json.dumps(config, indent=2)}\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
