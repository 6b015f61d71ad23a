from __future__ import annotations

import pytest

from tertulia_server.web.api import OPERATIONS, api_routes
from tertulia_server.web.operations import ApiOperation


def test_each_address_has_one_route() -> None:
    assert len(api_routes()) == len({operation.path for operation in OPERATIONS})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.handler.__name__)
def test_operation_tells_in_a_sentence_what_it_does(operation: ApiOperation) -> None:
    assert operation.summary.endswith(".")
    assert operation.path.startswith("/api/")
