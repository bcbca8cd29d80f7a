"""The sandbox as one ASGI application: every platform and the control API on one port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from sandbox import control
from sandbox.mercado_livre import MERCADO_LIVRE
from sandbox.platform import Platform
from sandbox.serve import mounts
from sandbox.vtex import VTEX
from sandbox.world import World, open_world


def create_app(
    state_file: Path | None,
    *,
    speed: float | None = 1.0,
    hub_url: str | None = None,
    platforms: Sequence[Platform] | None = None,
) -> Starlette:
    """Build the sandbox on a state file (None: in memory), which it seeds when new.

    `speed`: virtual seconds per real second; None goes on at the stored speed. `hub_url`: where the seeded
    platforms send notifications. `platforms`: others than all that there are. `app.state.world` is the world.
    """
    world = open_world(state_file, speed=speed, hub_url=hub_url)
    named = {platform.name: platform for platform in platforms or (VTEX, MERCADO_LIVRE)}
    for platform in named.values():
        world.limits.register(platform.name, platform.limits)
        world.timers.register(platform.name, platform.events)
    control.seed(world, named)
    mounted = [one for platform in named.values() for one in mounts(world, platform)]
    app = Starlette(routes=[*control.routes(world, named), *mounted], lifespan=_lifespan(world))
    app.state.world = world
    return app


def _lifespan(world: World) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(world.notifier.run(world)), asyncio.create_task(_run_timers(world))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        world.state.close()

    return lifespan


async def _run_timers(world: World) -> None:
    """Let automatic transitions happen although nobody calls."""
    changed = asyncio.Event()
    world.timers.on_change(changed.set)
    world.clock.on_change(changed.set)
    while True:
        changed.clear()
        world.timers.run_due(world)
        due = world.timers.next_due()
        ahead = (due - world.clock.now()).total_seconds() if due else 0.0
        wait = min(60.0, world.clock.real_seconds(max(0.001, ahead))) if due else 60.0
        try:
            await asyncio.wait_for(changed.wait(), wait)
        except TimeoutError:
            continue
