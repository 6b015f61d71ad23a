from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from tertulia_server.errors import Refusal
from tertulia_server.forum import rights
from tertulia_server.forum.models import GUEST, Audience, Ban, ForumRules, Role, Scope, Visitor
from tertulia_wire.codes import Code

MEMBER = Visitor(1, "Ada", Role.MEMBER)
BANNED = replace(MEMBER, is_banned=True)
HERE, ELSEWHERE = 7, 8
MODERATOR = Visitor(2, "Mo", Role.MODERATOR, moderates=frozenset({HERE}))
STRANGER = Visitor(4, "Stan", Role.MODERATOR, moderates=frozenset({ELSEWHERE}))
ADMINISTRATOR = Visitor(3, "Root", Role.ADMINISTRATOR)
FALLEN = replace(ADMINISTRATOR, is_banned=True)

EVERYBODY = {
    "guest": GUEST,
    "member": MEMBER,
    "banned": BANNED,
    "moderator": MODERATOR,
    "stranger": STRANGER,
    "administrator": ADMINISTRATOR,
    "fallen": FALLEN,
}


def code_of(check: Callable[[], object]) -> Code | None:
    try:
        check()
    except Refusal as refusal:
        return refusal.code
    return None


def readers_of(audience: Audience | None, owner_id: int | None = None) -> set[str]:
    rules = None if audience is None else ForumRules(HERE, audience)
    return {who for who, visitor in EVERYBODY.items() if rights.may_read(visitor, rules, owner_id)}


def test_may_read_by_audience() -> None:
    assert readers_of(Audience.PUBLIC) == set(EVERYBODY)
    assert readers_of(Audience.MEMBERS) == {"member", "moderator", "stranger", "administrator"}
    assert readers_of(Audience.STAFF) == {"moderator", "stranger", "administrator"}
    assert readers_of(Audience.MODERATORS) == {"moderator", "administrator"}
    assert readers_of(Audience.ADMINISTRATORS) == {"administrator"}


def test_bot_without_a_ban_of_its_own_is_told_whose_it_has() -> None:
    bot = replace(BANNED, is_bot=True)
    assert "with its owner" in str(rights.banned(bot))
    assert "the reason" in str(rights.banned(replace(bot, ban=Ban("the reason", None))))


def test_may_read_what_belongs_to_one_member_is_theirs_alone() -> None:
    assert readers_of(None, 1) == {"member"}
    assert readers_of(None, 3) == {"administrator"}
    assert readers_of(None, None) == set()


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("audience", [*Audience, None])
def test_check_may_read_agrees_with_may_read(who: str, audience: Audience | None) -> None:
    visitor, rules = EVERYBODY[who], None if audience is None else ForumRules(HERE, audience)
    refusal = code_of(lambda: rights.check_may_read(visitor, rules, 1))
    assert (refusal is None) == rights.may_read(visitor, rules, 1)


def test_check_may_read_refusals_tell_what_helps() -> None:
    def code(visitor: Visitor, audience: Audience) -> Code | None:
        return code_of(lambda: rights.check_may_read(visitor, ForumRules(HERE, audience)))

    assert code(GUEST, Audience.MEMBERS) is Code.UNAUTHENTICATED
    assert code(BANNED, Audience.MEMBERS) is Code.BANNED
    for audience in (Audience.STAFF, Audience.MODERATORS, Audience.ADMINISTRATORS):
        assert (code(GUEST, audience), code(MEMBER, audience)) == (Code.NOT_FOUND, Code.NOT_FOUND)
    assert code(STRANGER, Audience.MODERATORS) is Code.NOT_FOUND
    assert code(MODERATOR, Audience.ADMINISTRATORS) is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("who", "audience", "is_locked", "code"),
    [
        ("guest", Audience.PUBLIC, False, Code.UNAUTHENTICATED),
        ("guest", Audience.STAFF, False, Code.NOT_FOUND),
        ("banned", Audience.PUBLIC, False, Code.BANNED),
        ("fallen", Audience.STAFF, False, Code.BANNED),
        ("member", Audience.PUBLIC, False, None),
        ("member", Audience.MEMBERS, False, None),
        ("member", Audience.STAFF, False, Code.NOT_FOUND),
        ("member", Audience.PUBLIC, True, Code.THREAD_LOCKED),
        ("stranger", Audience.PUBLIC, True, Code.THREAD_LOCKED),
        ("stranger", Audience.STAFF, False, None),
        ("moderator", Audience.STAFF, True, None),
        ("administrator", Audience.PUBLIC, True, None),
    ],
)
def test_check_may_post(who: str, audience: Audience, is_locked: bool, code: Code | None) -> None:
    rules = ForumRules(HERE, audience)
    assert code is code_of(lambda: rights.check_may_post(EVERYBODY[who], rules, is_locked))


@pytest.mark.parametrize(
    ("posting", "posters"),
    [
        (Audience.STAFF, {"moderator", "stranger", "administrator"}),
        (Audience.MODERATORS, {"moderator", "administrator"}),
        (Audience.ADMINISTRATORS, {"administrator"}),
    ],
)
def test_a_forum_may_be_read_by_all_and_written_by_a_role(posting: Audience, posters: set[str]) -> None:
    notices = ForumRules(HERE, Audience.PUBLIC, posting)
    codes = {who: code_of(partial(rights.check_may_post, one, notices)) for who, one in EVERYBODY.items()}
    refused = {"guest": Code.UNAUTHENTICATED, "banned": Code.BANNED, "fallen": Code.BANNED}
    assert codes == {who: None if who in posters else refused.get(who, Code.FORBIDDEN) for who in EVERYBODY}
    assert all(rights.may_read(one, notices) for one in EVERYBODY.values())


def test_who_may_not_post_is_told_who_may() -> None:
    told = []
    for posting in (Audience.STAFF, Audience.MODERATORS, Audience.ADMINISTRATORS):
        with pytest.raises(Refusal) as refused:
            rights.check_may_post(MEMBER, ForumRules(HERE, Audience.PUBLIC, posting))
        told.append(str(refused.value))
    assert len(set(told)) == len(told)


def test_public_posting_lets_no_guest_write() -> None:
    assert code_of(lambda: rights.check_may_post(GUEST, ForumRules(HERE, posting=Audience.PUBLIC))) is not None


def test_check_may_edit_is_the_authors_alone() -> None:
    here = ForumRules(HERE)
    assert code_of(lambda: rights.check_may_edit(MEMBER, 1, here)) is None
    assert code_of(lambda: rights.check_may_edit(MEMBER, 2, here)) is Code.FORBIDDEN
    assert code_of(lambda: rights.check_may_edit(ADMINISTRATOR, 1, here)) is Code.FORBIDDEN
    assert code_of(lambda: rights.check_may_edit(BANNED, 1, here)) is Code.BANNED
    assert code_of(lambda: rights.check_may_edit(GUEST, 1, here)) is Code.UNAUTHENTICATED
    assert code_of(lambda: rights.check_may_edit(MEMBER, 1, ForumRules(HERE, Audience.STAFF))) is Code.NOT_FOUND
    assert code_of(lambda: rights.check_may_edit(MEMBER, 1, here, is_locked=True)) is Code.THREAD_LOCKED


@pytest.mark.parametrize("check", [rights.check_may_moderate, rights.check_may_remove])
@pytest.mark.parametrize(
    ("who", "audience", "code"),
    [
        ("moderator", Audience.PUBLIC, None),
        ("administrator", Audience.STAFF, None),
        ("stranger", Audience.PUBLIC, Code.FORBIDDEN),
        ("stranger", Audience.STAFF, Code.FORBIDDEN),
        ("member", Audience.PUBLIC, Code.FORBIDDEN),
        ("member", Audience.STAFF, Code.NOT_FOUND),
        ("fallen", Audience.PUBLIC, Code.BANNED),
        ("guest", Audience.PUBLIC, Code.UNAUTHENTICATED),
        ("guest", Audience.STAFF, Code.NOT_FOUND),
    ],
)
def test_moderating_is_for_the_moderators_of_this_forum(
    check: Callable[[Visitor, ForumRules], None], who: str, audience: Audience, code: Code | None
) -> None:
    assert code is code_of(lambda: check(EVERYBODY[who], ForumRules(HERE, audience)))


def test_trials_are_for_administrators_and_for_a_token_of_the_server() -> None:
    codes = {who: code_of(partial(rights.check_may_run_trials, visitor)) for who, visitor in EVERYBODY.items()}
    refused = dict.fromkeys(("member", "moderator", "stranger"), Code.FORBIDDEN)
    banned = {"banned": Code.BANNED, "fallen": Code.BANNED}
    assert codes == {"guest": Code.UNAUTHENTICATED, "administrator": None, **refused, **banned}
    scopes = Scope.READ | Scope.TRIAL
    assert code_of(partial(rights.check_may_run_trials, MEMBER.within(scopes))) is None
    assert code_of(partial(rights.check_may_run_trials, BANNED.within(scopes))) is Code.BANNED
    assert (
        code_of(partial(rights.check_may_run_trials, ADMINISTRATOR.within(Scope.READ | Scope.POST))) is Code.FORBIDDEN
    )


def test_check_may_administer_is_for_administrators_in_good_standing() -> None:
    codes = {who: code_of(partial(rights.check_may_administer, visitor)) for who, visitor in EVERYBODY.items()}
    assert codes == {
        "guest": Code.UNAUTHENTICATED,
        "member": Code.FORBIDDEN,
        "banned": Code.BANNED,
        "moderator": Code.FORBIDDEN,
        "stranger": Code.FORBIDDEN,
        "administrator": None,
        "fallen": Code.BANNED,
    }


def test_older_texts_are_for_the_author_and_those_who_moderate() -> None:
    here, hidden = ForumRules(HERE), ForumRules(HERE, Audience.STAFF)
    assert code_of(lambda: rights.check_may_see_versions(MEMBER, 1, here)) is None
    assert code_of(lambda: rights.check_may_see_versions(MODERATOR, 1, here)) is None
    assert code_of(lambda: rights.check_may_see_versions(MODERATOR, 1, ForumRules(ELSEWHERE))) is Code.FORBIDDEN
    assert code_of(lambda: rights.check_may_see_versions(MEMBER, 2, here)) is Code.FORBIDDEN
    assert code_of(lambda: rights.check_may_see_versions(MEMBER, 1, hidden)) is Code.NOT_FOUND
    assert code_of(lambda: rights.check_may_see_versions(BANNED, 1, here)) is Code.FORBIDDEN
    assert code_of(lambda: rights.check_may_see_versions(GUEST, 1, here)) is Code.UNAUTHENTICATED
    assert not rights.may_see_versions(FALLEN, 1, HERE)


def test_links_are_shown_to_those_who_may() -> None:
    assert rights.may_edit(MEMBER, 1)
    assert not rights.may_edit(GUEST, 1)
    assert not rights.may_edit(BANNED, 1)
    assert rights.may_remove(MODERATOR, HERE)
    assert not rights.may_remove(STRANGER, HERE)
    assert not rights.may_remove(FALLEN, HERE)
    assert rights.may_moderate(ADMINISTRATOR, ELSEWHERE)


def test_may_rate_what_others_wrote() -> None:
    raters = {who for who, visitor in EVERYBODY.items() if rights.may_rate(visitor, author_id=1)}
    assert raters == {"moderator", "stranger", "administrator"}

    here = ForumRules(HERE)

    def code(visitor: Visitor) -> Code | None:
        return code_of(lambda: rights.check_may_rate(visitor, 2, here))

    assert {who: code(visitor) for who, visitor in EVERYBODY.items()} == {
        "guest": Code.UNAUTHENTICATED,
        "member": None,
        "banned": Code.BANNED,
        "moderator": Code.FORBIDDEN,
        "stranger": None,
        "administrator": None,
        "fallen": Code.BANNED,
    }
    assert code_of(lambda: rights.check_may_rate(MEMBER, 2, ForumRules(HERE, Audience.STAFF))) is Code.NOT_FOUND
    assert code_of(lambda: rights.check_may_rate(MODERATOR.within(Scope.READ), 1, here)) is Code.FORBIDDEN


READ_ONLY = MODERATOR.within(Scope.READ)
POSTING = MODERATOR.within(Scope.READ | Scope.POST)
MODERATING = MODERATOR.within(Scope.READ | Scope.MODERATE)


def test_token_reads_as_a_member_unless_it_may_moderate() -> None:
    assert rights.may_read(READ_ONLY, ForumRules(HERE, Audience.MEMBERS))
    for audience in (Audience.STAFF, Audience.MODERATORS):
        rules = ForumRules(HERE, audience)
        assert [rights.may_read(who, rules) for who in (READ_ONLY, POSTING, MODERATING)] == [False, False, True]


def test_webhooks_are_offered_to_those_who_may_have_them() -> None:
    for visitor in [*EVERYBODY.values(), replace(MEMBER, is_bot=True), replace(BANNED, is_bot=True)]:
        is_refused = code_of(partial(rights.check_may_have_webhooks, visitor)) is not None
        assert rights.may_have_webhooks(visitor) is not is_refused


def test_token_writes_only_what_its_scopes_name() -> None:
    own, here = MODERATOR.member_id or 0, ForumRules(HERE)

    def codes(check: Callable[[Visitor], None]) -> list[Code | None]:
        return [code_of(lambda who=who: check(who)) for who in (READ_ONLY, POSTING, MODERATING)]  # type: ignore[misc]

    assert codes(rights.check_may_write) == [Code.FORBIDDEN, None, None]
    assert codes(lambda who: rights.check_may_post(who, here)) == [Code.FORBIDDEN, None, Code.FORBIDDEN]
    assert codes(lambda who: rights.check_may_edit(who, own, here)) == [
        Code.FORBIDDEN,
        None,
        Code.FORBIDDEN,
    ]
    assert codes(lambda who: rights.check_may_remove(who, here)) == [Code.FORBIDDEN, Code.FORBIDDEN, None]
    assert [rights.may_edit(who, own) for who in (READ_ONLY, POSTING, MODERATING)] == [False, True, False]
