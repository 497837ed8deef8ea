"""What is hidden in logs, checks and traces: the secrets of a configuration."""

from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.utils.airbyte_secrets_utils import get_secret_paths, update_secrets

from source_clockify.config import ClockifyConfig
from source_clockify.values import is_secret


def hide_secrets(config: Mapping[str, Any]) -> None:
    """Hide the secrets of a configuration from now on, but what is refused as one: for a key of "a" each "a" would be hidden."""
    properties = ClockifyConfig.specification().connectionSpecification["properties"]
    values = [_at(config, path) for path in get_secret_paths(properties)]
    update_secrets([value.strip() for value in values if is_secret(value)])


def _at(config: Any, path: Iterable[str]) -> Any:
    """A value within a configuration; None where there is none."""
    for key in path:
        config = config.get(key) if isinstance(config, Mapping) else None
    return config
