import pytest

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.opening import open_broker
from tertulia_server.broker.redis import RedisBroker
from tertulia_server.errors import StartError


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:1/3",
        "rediss://127.0.0.1:1/3",
        "unix:///run/redis.sock",
        "redis+sentinel://127.0.0.1:1/forum/0",
        "redis+cluster://127.0.0.1:1,127.0.0.1:2",
    ],
)
async def test_url_names_the_engine(url: str) -> None:
    assert isinstance(open_broker("memory://"), MemoryBroker)
    broker = open_broker(url)
    assert isinstance(broker, RedisBroker)
    await broker.close()


@pytest.mark.parametrize("url", ["", "redis", "kafka://here", "http://127.0.0.1", "redis://127.0.0.1:notaport/0"])
def test_url_that_names_none_is_a_start_error(url: str) -> None:
    with pytest.raises(StartError) as caught:
        open_broker(url)
    assert "\n" not in str(caught.value)
