"""Locust: one greenlet for each reader, on `websocket-client`, which is what its manual sends one to."""

from __future__ import annotations

import json
import os

from locust import User, constant, task
from websocket import create_connection

URL, THREAD = os.environ["URL"], os.environ["THREAD"]


class Reader(User):
    wait_time = constant(0)

    @task
    def read(self) -> None:
        line = create_connection(URL, subprotocols=["tertulia.v1.json"], suppress_origin=True)
        line.send(json.dumps(["subscribe", 1, [[f"thread:{THREAD}", None]]]))
        while True:
            json.loads(line.recv())
