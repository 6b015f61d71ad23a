from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia_server.broker.addresses import Address, Kind, read_target
from tertulia_server.errors import StartError


def test_one_redis() -> None:
    target = read_target("redis://ada:p%40ss%3Aword@redis.example:6380/3")
    assert target.kind is Kind.SINGLE
    assert target.addresses == (Address("redis.example", 6380),)
    access = target.access
    assert (access.username, access.password, access.database, access.tls) == ("ada", "p@ss:word", 3, None)


@pytest.mark.parametrize(
    ("url", "address", "database"),
    [
        ("redis://", Address("localhost", 6379), 0),
        ("redis://:pw@10.0.0.1", Address("10.0.0.1", 6379), 0),
        ("redis://[::1]:7000/2", Address("::1", 7000), 2),
        ("unix:///run/redis.sock?db=4", Address(path="/run/redis.sock"), 4),
        ("unix://:pw@/run/my%20redis.sock", Address(path="/run/my redis.sock"), 0),
    ],
)
def test_what_is_left_out_has_its_usual_value(url: str, address: Address, database: int) -> None:
    target = read_target(url)
    assert (target.addresses, target.access.database) == ((address,), database)


def test_sentinel() -> None:
    target = read_target("redis+sentinel://u:pw@a:1,b,[::2]:3/my%20forum/5?sentinel_password=other")
    assert target.kind is Kind.SENTINEL
    assert target.addresses == (Address("a", 1), Address("b", 26379), Address("::2", 3))
    assert (target.service, target.access.database, target.access.password) == ("my forum", 5, "pw")
    assert (target.sentinel_access.username, target.sentinel_access.password) == ("", "other")


def test_cluster() -> None:
    target = read_target("redis+cluster://:pw@a:1,b:2")
    assert target.kind is Kind.CLUSTER
    assert target.addresses == (Address("a", 1), Address("b", 2))
    assert target.access.password == "pw"


def test_tls_always_verifies() -> None:
    context = read_target("rediss://redis.example").access.tls
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert read_target("rediss+cluster://redis.example").access.tls is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis",
        "kafka://here",
        "redis+kafka://here",
        "rediss+unix:///run/redis.sock",
        "redis://a:notaport/0",
        "redis://a:99999/0",
        "redis://a/zero",
        "redis://a/-1",
        "redis://a/0/1",
        "redis://a,b/0",
        "redis://a/0?ca=file",
        "redis://a/0?timeout",
        "redis://a/0#part",
        "rediss://a/0?verify=no",
        "rediss://a/0?ca=/no/such/file",
        "redis+sentinel://a",
        "redis+sentinel://a/",
        "redis+sentinel://a/s/0/1",
        "redis+cluster://a/3",
        "unix://",
        "redis://[::1/0",
    ],
)
def test_url_that_cannot_be_meant_is_a_start_error_of_one_line(url: str) -> None:
    with pytest.raises(StartError) as caught:
        read_target(url)
    assert "\n" not in str(caught.value)


def test_file_that_holds_no_certificate_is_a_start_error(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing", encoding="utf-8")
    with pytest.raises(StartError, match=str(file)):
        read_target(f"rediss://a?ca={file}")


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hunter/2@a:1/0",
        "redis://:hunter#2@a",
        "kafka://u:hunter2@a",
        "redis://u:hunter2@a:x",
        "redis://a?hunter=2",
    ],
)
def test_no_part_of_a_password_is_repeated(url: str) -> None:
    with pytest.raises(StartError) as caught:
        read_target(url)
    assert "hunter" not in f"{caught.value}"


def test_target_does_not_show_its_passwords() -> None:
    target = read_target("redis+sentinel://u:hunter2@a/s?sentinel_password=hunter3")
    assert "hunter" not in repr(target)


def test_address_is_shown_as_one_would_write_it() -> None:
    assert [str(Address("a", 1)), str(Address("::1", 2)), str(Address(path="/x"))] == ["a:1", "[::1]:2", "/x"]


@given(st.text(max_size=60))
def test_nothing_but_a_target_or_a_start_error_comes_out(text: str) -> None:
    for url in (text, f"redis://{text}", f"redis+sentinel://{text}", f"unix://{text}"):
        try:
            read_target(url)
        except StartError:
            continue
