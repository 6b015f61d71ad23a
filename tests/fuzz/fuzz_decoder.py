"""Invariant: whatever bytes come in, decoding answers with a message or a DecodeError, and what it read can be written.

python -m tests.fuzz.fuzz_decoder --seed 1 --seconds 60
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tertulia_wire.codec import Encoding, decode_client_message, decode_server_message, encode, transcode
from tertulia_wire.errors import DecodeError
from tertulia_wire.limits import MAX_CLIENT_MESSAGE_BYTES
from tests.fuzz.mutations import as_frame, chunks

MAX_CALL_S = 2.0
"""A hostile message was measured at 30 ms; the rest is for a machine under load."""


def decode_both_ways(frame: bytes | str, encoding: Encoding) -> int:
    """How many of the two decoders took it; raises what breaks the invariant."""
    taken = 0
    for decode in (decode_client_message, decode_server_message):
        started = time.process_time()
        try:
            message = decode(frame, encoding)
        except DecodeError:
            continue
        finally:
            if len(frame) <= MAX_CLIENT_MESSAGE_BYTES and time.process_time() - started > MAX_CALL_S:
                raise TimeoutError(f"decoding took more than {MAX_CALL_S} s")
        taken += 1
        for other in Encoding:
            again = decode(as_frame(encode(message, other), other), other)
            if again != message:
                raise ValueError(f"read {message!r}, then {again!r}")
    return taken


def transcode_if_possible(chunk: bytes) -> None:
    try:
        transcode(chunk, Encoding.JSON)
    except DecodeError:
        return


def fuzz(seed: int, seconds: float) -> tuple[int, int]:
    """How many frames were tried and how many calls read a message. An input that breaks the invariant is printed."""
    source = random.Random(seed)
    deadline = time.monotonic() + seconds
    tried = taken = 0
    while time.monotonic() < deadline:
        encoding = source.choice(list(Encoding))
        for chunk in chunks(source, encoding):
            tried += 1
            try:
                taken += decode_both_ways(as_frame(chunk, encoding), encoding)
                transcode_if_possible(chunk)
            except Exception:
                sys.stderr.write(f"seed {seed}, frame {tried}, {encoding.value}: {chunk.hex()}\n")
                raise
    return tried, taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    tried, taken = fuzz(arguments.seed, arguments.seconds)
    sys.stdout.write(f"{tried} frames, {taken} messages read\n")


if __name__ == "__main__":
    main()
