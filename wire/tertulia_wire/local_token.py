"""Where a server on loopback leaves a token for its own user's tools: the one rule for who writes and who reads."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def local_token_path(port: int) -> Path:
    """The file of the server on this port, in a folder of this user's own. Nothing is touched.

    The system's folder for temporary files, and not the user's run-time folder: a service and a shell agree on it.
    """
    return Path(tempfile.gettempdir(), f"tertulia-{os.getuid()}", f"token-{port}")


def is_private(folder: Path) -> bool:
    """Whether only this user can have made the folder's contents: somebody else may have taken the name first."""
    facts = folder.lstat()
    return facts.st_uid == os.getuid() and (facts.st_mode & 0o777) == FOLDER_MODE and folder.is_dir()
