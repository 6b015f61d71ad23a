"""The one place that wires: settings in, application out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

from tertulia_server.actions.bans import end_bans
from tertulia_server.actions.context import Actions
from tertulia_server.actions.notifying import Notifier
from tertulia_server.broker.opening import open_broker
from tertulia_server.broker.port import Publication
from tertulia_server.clock import now_ms
from tertulia_server.errors import StartError
from tertulia_server.forum.new_members import NewMemberRules, words_of
from tertulia_server.forum.ranks import parse_ladder, use_ladder
from tertulia_server.live.ban_ends import BanEnds
from tertulia_server.live.live import Live
from tertulia_server.live.watch import Watch
from tertulia_server.settings import Settings, networks_of, read_settings, variable_of
from tertulia_server.store.metered import MeteredStore
from tertulia_server.store.opening import open_store
from tertulia_server.store.port import Store
from tertulia_server.web.branches import Branches
from tertulia_server.web.live import live_routes
from tertulia_server.web.parting import Parting
from tertulia_server.web.problems import EXCEPTION_HANDLERS
from tertulia_server.web.proxies import TrustedProxies
from tertulia_server.web.routes import MIDDLEWARE, routes
from tertulia_server.web.services import Services
from tertulia_server.webhooks.opening import open_sender, webhook_rules


def create_app(settings: Settings, *, worker_number: int = 1, board_folder: Path | None = None) -> Starlette:
    """The application of one worker. What it needs is opened when its lifespan begins, and closed in reverse.

    ``board_folder`` is where the workers of one server, by their numbers, leave their figures for each other.
    """
    set_ranks(settings)
    return Starlette(
        routes=[Branches([*live_routes(), *routes()])],
        middleware=[
            Middleware(TrustedProxies, trusted=networks_of(settings.trusted_proxies)),
            Middleware(Parting),
            *MIDDLEWARE,
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lambda app: _opened(app, settings, worker_number, board_folder),
    )


@asynccontextmanager
async def _opened(
    app: Starlette, settings: Settings, worker_number: int, board_folder: Path | None
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        broker = open_broker(settings.broker)
        store = MeteredStore(await open_store(settings.database))
        stack.push_async_callback(store.close)
        beside = Actions(store, broker.publish, now_ms)
        notifier, sender = Notifier(beside), open_sender(beside, settings)

        def publish(publications: Sequence[Publication]) -> None:
            broker.publish(publications)
            notifier.look()
            sender.look()

        actions = _actions(settings, store, publish)
        live = Live(settings, store, broker)
        services = Services(settings=settings, store=store, actions=actions, broker=broker)
        watch = Watch(live, store, worker_number=worker_number, board_folder=board_folder, webhooks=sender.figures)
        ban_ends = BanEnds(lambda: end_bans(actions))
        app.state.services, app.state.live, app.state.watch = services, live, watch
        for part in (live, watch, notifier, sender, services.marks, ban_ends):
            stack.push_async_callback(part.close)
        await live.start()
        watch.start()
        notifier.start()
        sender.start()
        ban_ends.start()
        yield


def _actions(settings: Settings, store: Store, publish: Callable[[Sequence[Publication]], None]) -> Actions:
    return Actions(
        store,
        publish,
        now_ms,
        posts_per_minute=settings.posts_per_minute,
        ratings_per_minute=settings.ratings_per_minute,
        new_members=NewMemberRules(
            settings.new_member_posts, settings.new_member_links, words_of(settings.new_member_words)
        ),
        webhooks=webhook_rules(settings),
    )


def set_ranks(settings: Settings) -> None:
    """Use the ladder of the settings. `StartError` if it cannot be read."""
    try:
        use_ladder(parse_ladder(settings.rank_ladder))
    except ValueError as error:
        raise StartError(f"The setting {variable_of('rank_ladder')} cannot be used: {error}.") from error


def create_app_from_environment() -> Starlette:
    """For ASGI servers that take a factory: the settings are the ``TERTULIA_*`` variables."""
    return create_app(read_settings())
