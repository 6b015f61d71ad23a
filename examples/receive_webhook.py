"""Takes the deliveries of a webhook in, with nothing but the standard library and `read_delivery`.

Give it the secret that was shown when the webhook was made: WEBHOOK_SECRET=whsec_... python receive_webhook.py
"""

import os
from collections import deque
from http.server import BaseHTTPRequestHandler, HTTPServer

from tertulia_client.webhooks import Delivery, SignatureError, read_delivery

SECRET = os.environ.get("WEBHOOK_SECRET", "")
MAX_BODY_BYTES = 1024 * 1024

done: deque[str] = deque(maxlen=10_000)
"""The ids of what was handled. Keep them in your database, together with what you do."""


def handle(delivery: Delivery) -> None:
    """What you want to do. It is finished before the answer, so that nothing gets lost between the two."""
    if delivery.is_reset:
        print("Something was missed: the log goes on from", delivery.cursor)
    elif delivery.name == "post.created":
        post = delivery.data["post"]
        print(f"{post['author']['name']} in {delivery.data['thread']['title']}: {post['text']}")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BODY_BYTES:
            self.answer(413)
            return
        try:
            delivery = read_delivery(dict(self.headers), self.rfile.read(length), SECRET)
        except SignatureError:
            self.answer(401)
            return
        if delivery.id not in done:  # else our answer to it got lost, and it comes once more
            handle(delivery)
            done.append(delivery.id)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    if not SECRET:
        raise SystemExit("Give it the secret of the webhook: WEBHOOK_SECRET=whsec_... python receive_webhook.py")
    server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Receiver)
    print(f"Waiting for deliveries to http://127.0.0.1:{server.server_port}/")
    server.serve_forever()
