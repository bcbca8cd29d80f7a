"""From an HTTP request to an operation and back: faults, identity, limits, the transaction, the record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.calls import record
from sandbox.faults import PLATFORM_KINDS, REQUEST_KINDS, Rule
from sandbox.limits import Verdict
from sandbox.operation import Answer, Call, Operation
from sandbox.platform import Platform
from sandbox.refusal import Refusal
from sandbox.wire import dumps
from sandbox.world import World

_PATIENCE_S = 35.0  # how long a timing-out fault holds the connection, unless its rule says
_FAULT_SOURCE = "a fault switched on at /_sandbox/faults"


def mounts(world: World, platform: Platform) -> list[BaseRoute]:
    """The routes of a platform, each mount ending in one that answers 404 as the platform does."""
    return [
        Mount(prefix, routes=[*_routes(world, platform, operations)]) for prefix, operations in platform.mounts.items()
    ]


def _routes(world: World, platform: Platform, operations: tuple[Operation, ...]) -> list[Route]:
    known = [Route(one.path, _endpoint(world, platform, one), methods=[one.method]) for one in operations]
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    unknown = Operation("unknown", "ANY", "/{rest:path}", _not_found, writes=False)
    return [*known, Route(unknown.path, _endpoint(world, platform, unknown), methods=every)]


def _not_found(call: Call) -> Answer:
    message = f"{call.method} {call.path} is no operation of this sandbox"
    raise Refusal(404, "404", message, source="no such path, or not with this method")


def _endpoint(world: World, platform: Platform, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        call = await _call(world, platform, operation, request)
        world.timers.run_due(world)
        call, refused = _identified(platform, call)
        fault = world.faults.strike(REQUEST_KINDS | PLATFORM_KINDS, platform.name, operation.name, call.account)
        verdict = world.limits.take(platform.name, operation.name, call.account)
        early = _before(platform, call, fault, verdict)
        if early is None and refused is None and operation.prepare is not None:
            refused, call = await _prepared(platform, operation, call)
        answer = early or refused or _run(platform, operation, call, fault)
        if early or refused:
            _note(call, answer, fault, effect=False)
        if fault and fault.kind.startswith("timeout"):
            return await _hang_up(request, _PATIENCE_S if fault.seconds is None else fault.seconds)
        return _response(platform, answer, verdict)

    return serve


async def _call(world: World, platform: Platform, operation: Operation, request: Request) -> Call:
    query = f"?{request.url.query}" if request.url.query else ""
    return Call(
        world, platform.name, operation.name, request.method, request.url.path + query,
        request.path_params, request.query_params, request.headers, await request.body(),
    )  # fmt: skip


def _identified(platform: Platform, call: Call) -> tuple[Call, Answer | None]:
    try:
        return replace(call, account=platform.identify(call)), None
    except Refusal as refusal:
        return call, _shaped(platform, refusal)


async def _prepared(platform: Platform, operation: Operation, call: Call) -> tuple[Answer | None, Call]:
    assert operation.prepare is not None
    try:
        return None, replace(call, prepared=await operation.prepare(call))
    except Refusal as refusal:
        return _shaped(platform, refusal), call


def _before(platform: Platform, call: Call, fault: Rule | None, verdict: Verdict | None) -> Answer | None:
    """The answer that keeps the operation from running at all, or None."""
    kind = fault.kind if fault else ""
    if kind == "throttle_429":
        seconds = 60.0 if fault is None or fault.seconds is None else fault.seconds
        return platform.throttled(seconds, verdict)
    if verdict is not None and not verdict.passed:
        return platform.throttled(verdict.retry_after_s, verdict)
    if kind in platform.own_faults:
        return _shaped(platform, platform.own_faults[kind](call))
    if kind in ("status_500_before", "timeout_before"):
        return _shaped(platform, Refusal(500, "500", "Internal Server Error", source=_FAULT_SOURCE))
    return None


def _run(platform: Platform, operation: Operation, call: Call, fault: Rule | None) -> Answer:
    """Run the handler; its writes and the record of the call are one transaction."""
    state = call.world.state
    try:
        with state.transaction():
            answer = operation.handler(call)
            effect = operation.has_effect and answer.status < 400
            if fault and fault.kind == "status_500_after":
                answer = _shaped(platform, Refusal(500, "500", "Internal Server Error", source=_FAULT_SOURCE))
            _note(call, answer, fault, effect=effect)
    except Refusal as refusal:
        answer = _shaped(platform, refusal)
        _note(call, answer, fault, effect=False)
    return answer


def _note(call: Call, answer: Answer, fault: Rule | None, *, effect: bool) -> None:
    silent = fault is not None and fault.kind.startswith("timeout")
    with call.world.state.transaction():
        record(call, 0 if silent else answer.status, effect=effect, fault=fault.kind if fault else None)


def _shaped(platform: Platform, refusal: Refusal) -> Answer:
    answer = platform.shape(refusal)
    source = refusal.source.encode("ascii", "replace").decode("ascii")
    return replace(answer, headers={**answer.headers, **refusal.headers, "X-Sandbox-Source": source})


def _response(platform: Platform, answer: Answer, verdict: Verdict | None) -> Response:
    headers = dict(answer.headers)
    if verdict is not None:
        headers = {**platform.limit_headers(verdict), **headers}
    if answer.body is None and answer.status == 204:
        return Response(status_code=204, headers=headers)
    raw = answer.body if isinstance(answer.body, bytes) else dumps(answer.body)
    return Response(raw, answer.status, headers=headers, media_type=answer.media_type)


async def _hang_up(request: Request, seconds: float) -> Response:
    """Keep the client waiting, then close the connection without a byte."""
    gone = asyncio.ensure_future(_client_left(request))
    await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()
    # ASGI has no way to close without an answer, so we reach for the transport behind uvicorn's `receive`
    cycle = getattr(request.receive, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)  # uvicorn notices, and then sends nothing of the answer below
    return Response(status_code=504, headers={"X-Sandbox-Source": _FAULT_SOURCE})


async def _client_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
