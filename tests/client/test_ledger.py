from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tertulia_client import ledger as module
from tertulia_client.ledger import Account, Balance, Ledger


def account(start: int, *seqs: int) -> Account:
    account = Account()
    account.begin(start)
    for seq in seqs:
        account.receive(seq)
    return account


def test_everything_after_the_start_is_promised() -> None:
    kept = account(10, 11, 12, 13)
    assert (kept.expected(13), kept.received, kept.missing(13)) == (3, 3, 0)


def test_reader_that_is_not_subscribed_is_promised_nothing() -> None:
    unknown = Account()
    assert (unknown.expected(9), unknown.missing(9), unknown.first_missing(9)) == (0, 0, None)
    assert not unknown.receive(9)
    assert unknown.duplicate == 1


def test_hole_and_end_are_missing() -> None:
    holey = account(0, 1, 4)
    assert (holey.missing(6), holey.first_missing(6)) == (4, 2)
    assert account(0, 1).first_missing(3) == 2


def test_late_event_is_out_of_order_and_not_missing() -> None:
    late = account(0, 1, 3, 2)
    assert (late.missing(3), late.out_of_order, late.duplicate, late.received) == (0, 1, 0, 3)


def test_second_copy_is_a_duplicate() -> None:
    doubled = account(5, 6, 6, 5)
    assert (doubled.duplicate, doubled.received) == (2, 1)


def test_account_lives_across_reconnects() -> None:
    kept = account(5, 6)
    kept.begin(6)
    kept.receive(7)
    assert (kept.expected(7), kept.missing(7)) == (2, 0)


def test_huge_hole_is_counted_not_listed() -> None:
    huge = account(0, module.MAX_LISTED_SEQS * 2)
    assert (len(huge.waited_for), huge.missing(module.MAX_LISTED_SEQS * 2)) == (0, module.MAX_LISTED_SEQS * 2 - 1)


@given(st.lists(st.integers(min_value=1, max_value=30), max_size=60))
def test_books_balance_whatever_arrives(seqs: list[int]) -> None:
    kept = account(0, *seqs)
    assert kept.received == len(set(seqs))
    assert kept.duplicate == len(seqs) - len(set(seqs))
    assert kept.missing(30) == 30 - len(set(seqs))
    assert kept.received + kept.missing(30) == kept.expected(30)


def test_ledger_sums_and_names_who_misses() -> None:
    ledger = Ledger()
    for reader in (1, 2):
        ledger.account(reader, "thread:1").begin(0)
    ledger.account(1, "thread:1").receive(1)
    ledger.note_head("thread:1", 2)
    ledger.note_head("thread:1", 1)
    ledger.account(1, "thread:1").receive(2)
    ledger.account(2, "thread:1").receive(2)
    assert not ledger.is_settled
    assert ledger.balance() == Balance(4, 3, 1, 0, 0, 0)
    assert list(ledger.complaints()) == ["reader 2 misses 1 of 2 in thread:1, the first is 1"]
    ledger.account(2, "thread:1").receive(1)
    assert ledger.is_settled
    assert not ledger.balance().is_clean
    assert list(ledger.complaints()) == ["reader 2 got 0 twice, 1 out of order and 0 resets in thread:1"]


def test_heads_are_known_by_channel() -> None:
    ledger = Ledger()
    ledger.note_head("thread:1", 5)
    ledger.note_head("thread:1", 4)
    assert ledger.heads == {"thread:1": 5}


def test_who_leaves_is_owed_no_more_but_a_hole_in_what_it_got_is_remembered() -> None:
    ledger = Ledger()
    for reader in (1, 2):
        ledger.account(reader, "thread:1").begin(0)
    ledger.note_head("thread:1", 5)
    for seq in (1, 2):
        ledger.account(1, "thread:1").receive(seq)
    ledger.account(2, "thread:1").receive(3)
    for reader in (1, 2, 3):
        ledger.close(reader, "thread:1")
    assert ledger.is_settled
    assert ledger.balance() == Balance(5, 3, 2, 0, 0, 0)
    assert list(ledger.complaints()) == ["reader 2 misses 2 of 3 in thread:1, the first is 1"]
    ledger.account(1, "thread:1").begin(5)
    assert ledger.balance().expected == 5


def test_balance_in_steps_comes_to_the_same() -> None:
    ledger = Ledger()
    ledger.note_head("thread:1", 3)
    for reader in range(1, 6):
        ledger.account(reader, "thread:1").begin(0)
        ledger.account(reader, "thread:1").receive(1)
    ledger.close(5, "thread:1")
    steps = list(ledger.balance_in_steps(2))
    assert [step.received for step in steps] == [1, 3, 5]
    assert steps[-1] == ledger.balance()
    assert list(Ledger().balance_in_steps(2)) == [Ledger().balance()]
