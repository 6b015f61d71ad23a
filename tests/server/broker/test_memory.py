from tertulia_server.broker.memory import MemoryBroker
from tertulia_server.broker.port import BrokerState, Publication


async def test_memory_broker_is_always_connected_and_never_reports_a_gap() -> None:
    broker = MemoryBroker()
    gaps: list[None] = []
    received: list[Publication] = []
    await broker.start(received.append, lambda: gaps.append(None))
    broker.follow("site")
    broker.publish([Publication("site", "e1", 1, "member.changed", 1, b"x")])
    assert broker.state is BrokerState.CONNECTED
    assert len(received) == 1
    assert gaps == []
    await broker.close()
