"""A platform with two operations, to try the sandbox's core with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.limits import Window
from sandbox.notify import Message, Retry
from sandbox.operation import Answer, Call, Operation
from sandbox.platform import Platform
from sandbox.refusal import Refusal
from sandbox.world import World


def _write(call: Call) -> Answer:
    number = call.shelf.next_id("thing")
    call.shelf.put("thing", number, {"n": number, "raw": call.body.decode()})
    if call.query.get("refuse"):
        raise Refusal(409, "T1", "refused after it wrote", source="toy guide, page 1")
    if url := call.query.get("notify"):
        retry = Retry(delays=(1, 1), patience_s=2)
        then = {"then": "told", "then_args": {"n": number}}
        call.world.notifier.send(Message("toy", call.account, "thing", url, {"n": number}, {"X-A": "b"}, retry, **then))
    if wait := call.query.get("ripe"):
        due = call.world.clock.now() + timedelta(seconds=float(wait))
        call.world.timers.at(due, "toy", "ripe", {"n": number, "account": call.account})
    return Answer({"n": number}, 201)


def _list(call: Call) -> Answer:
    return Answer([body for _, body in call.shelf.scan("thing")])


def _ripen(world: World, args: Mapping[str, Any]) -> None:
    world.state.shelf("toy", args["account"]).put("ripe", args["n"], {"at": world.clock.now().isoformat()})


def _told(world: World, args: Mapping[str, Any]) -> None:
    world.state.put("toy", "told", str(args["n"]), dict(args))


def _identify(call: Call) -> str:
    if call.headers.get("x-key") == "wrong":
        raise Refusal(401, "401", "wrong key", source="toy guide, page 2")
    return call.params["account"]


TOY = Platform(
    name="toy",
    mounts={
        "/toy/{account}": (
            Operation("list_things", "GET", "/things", _list),
            Operation("write_thing", "POST", "/things", _write),
        )
    },
    identify=_identify,
    shape=lambda refusal: Answer({"code": refusal.code, "said": refusal.message}, refusal.status),
    throttled=lambda seconds, _: Answer({"code": "slow"}, 429, {"Retry-After": str(int(seconds))}),
    limit_headers=lambda verdict: {"X-Left": str(verdict.remaining)},
    seed=lambda world: world.state.put("toy", "seed", "one", {"times": 1}),
    limits=(Window("writes", "write_*", amount=50, seconds=60),),
    events={"ripe": _ripen, "told": _told},
    acts={"plant": lambda world, account, given: world.state.shelf("toy", account).put("planted", "x", dict(given))},
)
