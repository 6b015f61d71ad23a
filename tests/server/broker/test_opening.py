import pytest

from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.opening import open_broker
from tertulia_server.broker.redis import RedisBroker
from tertulia_server.errors import StartError


async def test_url_names_the_engine() -> None:
    assert isinstance(open_broker("memory://"), MemoryBroker)
    broker = open_broker("redis://127.0.0.1:1/3")
    assert isinstance(broker, RedisBroker)
    await broker.close()


@pytest.mark.parametrize("url", ["", "redis", "kafka://here", "http://127.0.0.1", "redis://127.0.0.1:notaport/0"])
def test_url_that_names_none_is_a_start_error(url: str) -> None:
    with pytest.raises(StartError) as caught:
        open_broker(url)
    assert "\n" not in str(caught.value)
