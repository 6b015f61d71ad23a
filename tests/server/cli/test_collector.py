from __future__ import annotations

import subprocess
import sys

CODE = """
import gc
from tertulia_server.cli.collector import OLDER_GENERATIONS, YOUNG_OBJECTS, calm_collector

calm_collector()
assert gc.isenabled()
assert gc.get_threshold() == (YOUNG_OBJECTS, *OLDER_GENERATIONS)
assert gc.get_freeze_count() > 1000


class Ring:
    def __init__(self):
        self.me = self

    def __del__(self):
        global ended
        ended += 1


ended = 0
for _ in range(2 * YOUNG_OBJECTS):
    Ring()
assert ended > 0, ended
"""


def test_garbage_is_still_found_but_what_lives_for_ever_is_left_alone() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True)
