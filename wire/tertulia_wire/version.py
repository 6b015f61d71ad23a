"""The version of the product; of the protocol see `PROTOCOL_VERSION`."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
PROTOCOL_VERSION: Final = 1
