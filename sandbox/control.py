"""The control API under `/_sandbox`: clock, faults, limits, state, calls, notifications, acts, reset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import calls
from sandbox.faults import rule_from
from sandbox.platform import Platform
from sandbox.refusal import Refusal
from sandbox.wire import dumps, loads
from sandbox.world import World

Platforms = Mapping[str, Platform]
_Endpoint = Callable[[Request], Awaitable[Response]]


def routes(world: World, platforms: Platforms) -> list[Route]:
    """The routes of the control API; a wrong request is answered 400 `{"error": …}`."""
    control = _Control(world, platforms)
    return [
        Route("/healthz", _answering(control.health)),
        Route("/_sandbox/platforms", _answering(control.platforms)),
        Route("/_sandbox/reset", _answering(control.reset), methods=["POST"]),
        Route("/_sandbox/clock", _answering(control.clock), methods=["GET", "POST"]),
        Route("/_sandbox/faults", _answering(control.faults), methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/limits", _answering(control.limits), methods=["POST"]),
        Route("/_sandbox/calls", _answering(control.calls)),
        Route("/_sandbox/notifications", _answering(control.notifications)),
        Route("/_sandbox/state/{platform}/{kind}", _answering(control.documents)),
        Route("/_sandbox/state/{platform}/{kind}/{id:path}", _answering(control.document)),
        Route("/_sandbox/{platform}/{account}/act", _answering(control.act), methods=["POST"]),
    ]


def _answering(run: Callable[[Request, Any], Any]) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            raw = await request.body()
            body = run(request, loads(raw) if raw else {})
        except (ValueError, Refusal) as error:
            return _json({"error": str(error)}, 400)
        except LookupError as error:
            return _json({"error": str(error.args[0])}, 404)
        return _json(body, 200)

    return endpoint


def _json(body: Any, status: int) -> Response:
    return Response(dumps(body), status, media_type="application/json")


class _Control:
    def __init__(self, world: World, platforms: Platforms) -> None:
        self._world, self._platforms = world, platforms

    def health(self, request: Request, body: Any) -> Any:
        return {"ok": True, "now": self._world.clock.now().isoformat()}

    def platforms(self, request: Request, body: Any) -> Any:
        """The operations (as faults and calls name them) and acts of each platform."""
        return {name: _described(platform) for name, platform in self._platforms.items()}

    def reset(self, request: Request, body: Any) -> Any:
        """Forget everything and seed anew; the clock goes on at its speed."""
        reset(self._world, self._platforms)
        return {"ok": True}

    def clock(self, request: Request, body: Any) -> Any:
        _known(body, "speed", "advance")
        clock = self._world.clock
        if "speed" in body:
            clock.set_speed(float(body["speed"]))
        if "advance" in body:
            clock.advance(float(body["advance"]))
            self._world.timers.run_due(self._world)
        return {"now": clock.now().isoformat(), "speed": str(clock.speed)}

    def faults(self, request: Request, body: Any) -> Any:
        faults = self._world.faults
        if request.method == "DELETE":
            faults.clear()
        if request.method == "POST":
            if not isinstance(body, list):
                raise ValueError("the body is a list of fault rules")
            return {"ids": faults.add([rule_from(one) for one in body])}
        return faults.listed()

    def limits(self, request: Request, body: Any) -> Any:
        _known(body, "clock", "platform", "name", "amount")
        if "clock" in body:
            self._world.limits.choose(body["clock"])
        if "name" in body:
            self._world.limits.change(body["platform"], body["name"], int(body["amount"]))
        return {"clock": self._world.limits.mode}

    def calls(self, request: Request, body: Any) -> Any:
        wanted = dict(request.query_params)
        return calls.listed(self._world.state, wanted, int(wanted.get("since", 0)))

    def notifications(self, request: Request, body: Any) -> Any:
        return self._world.notifier.listed(request.query_params.get("platform"))

    def documents(self, request: Request, body: Any) -> Any:
        platform, kind = request.path_params["platform"], request.path_params["kind"]
        return dict(self._world.state.scan(platform, kind))

    def document(self, request: Request, body: Any) -> Any:
        at = request.path_params
        found = self._world.state.get(at["platform"], at["kind"], at["id"])
        if found is None:
            raise LookupError(f"no document {at['platform']}/{at['kind']}/{at['id']}")
        return found

    def act(self, request: Request, body: Any) -> Any:
        at = request.path_params
        acts = self._platform(at["platform"]).acts
        name = str(body.get("act")) if isinstance(body, Mapping) else ""
        if name not in acts:
            raise ValueError(f"unknown act {name!r}; known are {', '.join(sorted(acts))}")
        self._world.timers.run_due(self._world)
        with self._world.state.transaction():
            given = {key: value for key, value in body.items() if key != "act"}
            return acts[name](self._world, at["account"], given)

    def _platform(self, name: str) -> Platform:
        if name not in self._platforms:
            raise LookupError(f"no platform {name!r}; known are {', '.join(sorted(self._platforms))}")
        return self._platforms[name]


def _described(platform: Platform) -> dict[str, Any]:
    operations = {
        one.name: f"{one.method} {prefix}{one.path}" for prefix, every in platform.mounts.items() for one in every
    }
    acts = {name: " ".join((act.__doc__ or "").split()) for name, act in platform.acts.items()}
    return {"operations": operations, "acts": acts, "limits": [limit.name for limit in platform.limits]}


def reset(world: World, platforms: Platforms) -> None:
    """Forget everything and seed every platform anew."""
    world.state.clear()
    world.limits.restore()
    world.clock.set_speed(world.clock.speed)  # writes the clock's anchor again
    world.timers.reload()
    world.notifier.reload()
    seed(world, platforms)


def seed(world: World, platforms: Platforms) -> None:
    """Seed each platform that has never been seeded in this state."""
    for name, platform in platforms.items():
        with world.state.transaction():
            if world.state.get("_sandbox", "seeded", name) is None:
                platform.seed(world)
                world.state.put("_sandbox", "seeded", name, True)


def _known(body: Any, *keys: str) -> None:
    if not isinstance(body, Mapping):
        raise ValueError("the body is an object")
    if unknown := sorted(set(body) - set(keys)):
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(keys)}")
