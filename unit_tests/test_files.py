"""The files of a command, where the tests over processes cannot reach: root may read every file."""

from pathlib import Path

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pytest_mock import MockerFixture

from source_clockify import SourceClockify


def test_a_file_that_may_not_be_read_names_who_has_to(mocker: MockerFixture) -> None:
    mocker.patch.object(Path, "open", side_effect=PermissionError(13, "Permission denied"))
    with pytest.raises(AirbyteTracedException) as caught:
        SourceClockify.read_config("/secrets/config.json")
    assert caught.value.message == (
        "--config /secrets/config.json may not be read: make it readable for whoever runs the connector, "
        "in the container image user 1000."
    )
