from __future__ import annotations

import asyncio

from tertulia_server.forum.tokens import hash_token
from tertulia_server.store.sign_ins import delete_api_token, delete_sign_in
from tertulia_server.web.proofs import Proofs
from tests.server.town import ban
from tests.server.web.site import Site


async def test_many_are_looked_up_together_each_as_themselves(site: Site) -> None:
    proofs, people = Proofs(site.store), (site.town.ada, site.town.bob, site.town.mona)
    tokens = [hash_token(await site.api_token(person)) for person in people]
    sign_ins = [hash_token(await site.sign_in_token(person)) for person in people]
    for gathering, hashes in ((proofs.tokens, tokens), (proofs.sign_ins, sign_ins)):
        found = await asyncio.gather(*(gathering.read(token_hash) for token_hash in [*hashes, "unknown"]))
        assert [standing and standing.visitor for standing in found] == [*people, None]


async def test_what_was_revoked_is_worth_nothing_at_once(site: Site) -> None:
    proofs = Proofs(site.store)
    token = hash_token(await site.api_token(site.town.ada))
    sign_in = hash_token(await site.sign_in_token(site.town.ada))
    assert await proofs.tokens.read(token) is not None
    assert await proofs.sign_ins.read(sign_in) is not None
    await site.store.write(delete_api_token, token)
    await site.store.write(delete_sign_in, sign_in)
    assert await proofs.tokens.read(token) is None
    assert await proofs.sign_ins.read(sign_in) is None


async def test_rights_are_those_of_now(site: Site) -> None:
    proofs = Proofs(site.store)
    token = hash_token(await site.api_token(site.town.bob))
    assert site.town.bob.member_id is not None
    await proofs.tokens.read(token)
    await site.store.write(ban, site.town.bob.member_id)
    standing = await proofs.tokens.read(token)
    assert standing is not None
    assert standing.visitor.is_banned
