"""Other servers behind one small interface, for `bench/compare.py`; two also relay, for `tertulia load --adapter`.

A program takes its port, says "ready" when it listens, keeps every WebSocket that connects, and answers each line
"ROUNDS FRAMES PAYLOAD_BYTES GAP_US" with "done" when it has sent so many rounds of so many frames to each socket.

What a client sends to `plain_websockets.py`, or emits as "post" at `socket_io_emit.js`, goes to all.
"""
