"""The fresh read at the end: every log and every post, over HTTP, from a server that was started for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx2

from tertulia_wire.channels import forum_channel, thread_channel
from tertulia_wire.cursors import Cursor
from tests.soak.records import tokens_in
from tests.soak.verdict import LoggedEvent, ReadPost, Truth
from tests.soak.world import Writing


class Reader:
    """Reads with the rights of the administrator; an answer that is no success ends the run."""

    def __init__(self, url: str, writing: Writing) -> None:
        self._writing = writing
        headers = {"Authorization": f"Bearer {writing.admin_token}"}
        self._http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def read_cursors(self) -> dict[str, Cursor]:
        """Where each channel stands now."""
        cursors = {}
        for thread_id in self._writing.threads:
            page = await self._get(f"/api/threads/{thread_id}/posts?page=1")
            cursors[thread_channel(thread_id)] = Cursor(*page["cursor"])
        for forum_id in sorted(set(self._writing.threads.values())):
            page = await self._get(f"/api/forums/{forum_id}")
            cursors[forum_channel(forum_id)] = Cursor(*page["cursor"])
        return cursors

    async def read_truth(self) -> Truth:
        cursors = await self.read_cursors()
        logs = {channel: await self._read_log(channel, cursor.epoch) for channel, cursor in cursors.items()}
        posts: dict[int, ReadPost] = {}
        for thread_id in self._writing.threads:
            posts |= await self._read_posts(thread_id)
        return Truth(logs, posts)

    async def _read_log(self, channel: str, epoch: str) -> list[LoggedEvent]:
        events: list[LoggedEvent] = []
        cursor, head = Cursor(epoch, 0), 1
        while cursor.seq < head:
            answer = await self._get(f"/api/log?channel={channel}&after={cursor}")
            events += _logged(answer["events"])
            cursor, head = Cursor(*answer["cursor"]), answer["head"]
        return events

    async def _read_posts(self, thread_id: int) -> dict[int, ReadPost]:
        posts: dict[int, ReadPost] = {}
        page, page_count = 1, 1
        while page <= page_count:
            answer = await self._get(f"/api/threads/{thread_id}/posts?page={page}")
            for post in answer["posts"]:
                token = "".join(tokens_in(post["text"] or "")[:1])
                state = (post["number"], post["version"], post["is_removed"], token)
                posts[post["id"]] = ReadPost(thread_channel(thread_id), *state)
            page, page_count = page + 1, answer["page_count"]
        return posts

    async def _get(self, path: str) -> Any:
        response = await self._http.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text}"
        return response.json()


def _logged(events: Iterable[Any]) -> list[LoggedEvent]:
    return [
        LoggedEvent(seq, name, data.get("post", {}).get("id", 0), data.get("key_hash", ""))
        for _, seq, name, data in events
    ]
