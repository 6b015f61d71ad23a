from __future__ import annotations

import asyncio
import threading

import pytest

from tertulia_server.actions import passwords
from tertulia_server.actions.passwords import check_password, hash_password, is_password
from tertulia_server.errors import Refusal
from tertulia_wire.codes import Code


async def test_password_hashed_is_recognised_and_no_other() -> None:
    password_hash = await hash_password("correct horse")
    assert password_hash.startswith("$argon2id$")
    assert "horse" not in password_hash
    assert await is_password("correct horse", password_hash)
    assert not await is_password("correct house", password_hash)


async def test_password_typed_on_another_keyboard_is_the_same() -> None:
    assert await is_password("cafe\u0301 au lait", await hash_password("caf\u00e9 au lait"))


@pytest.mark.parametrize("password_hash", [None, "", "nonsense", "$argon2id$v=19$broken"])
async def test_password_without_a_sound_hash_is_never_right(password_hash: str | None) -> None:
    assert not await is_password("nobody has this password", password_hash)


@pytest.mark.parametrize("password", ["x" * 257, "x" * 1_000_000, "\ud800" * 9])
async def test_password_that_cannot_have_been_set_is_wrong(password: str) -> None:
    assert not await is_password(password, await hash_password("correct horse"))


async def test_password_without_a_hash_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    whole = passwords._verify

    class Hasher:
        def hash(self, password: str) -> str:
            return "a hash"

        def verify(self, password_hash: str, password: str) -> bool:
            verified.append(password)
            return True

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    passwords._nobodys_hash.cache_clear()
    assert not whole("anything", None)
    passwords._nobodys_hash.cache_clear()
    assert verified == ["anything"]


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "\ud800" * 9])
def test_check_password_refuses(password: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_password(password)
    assert refused.value.code is Code.INVALID


async def test_hashing_beyond_the_line_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(2))
    may_end = threading.Event()
    waiting = [asyncio.create_task(passwords._in_thread(may_end.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await passwords._in_thread(may_end.wait)
    assert refused.value.code is Code.OVERLOADED
    assert refused.value.retry_after_ms
    may_end.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await passwords._in_thread(may_end.wait)
