"""Where platforms tell the hub that something changed: any method on `/hooks/<connection>/<secret>/<route…>`.

The platform file says what a hook speaks of and how it is answered; the answer is given once the inbox row is on disk.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cais.crash import crash_point
from cais.errors import NotFound
from cais.gateway import body
from cais.gateway.knock import Knock, admitted, refusal
from cais.http.secret import resolve
from cais.identity import buyer, ref
from cais.inbound.door import Pointer, event_of_body, receive
from cais.model import wire
from cais.rules.hook import HookVerdict
from cais.rules.ruleset import ConnectionRules
from cais.store import archive
from cais.store.connections import ConnectionRow
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Hooks:
    """The hook endpoint of all connections."""

    def __init__(self, store: Store, shelf: RuleShelf) -> None:
        self._store, self._shelf = store, shelf

    def routes(self) -> list[Route]:
        """With and without a route below the connection's address."""
        paths = ("/hooks/{connection}/{secret}", "/hooks/{connection}/{secret}/{route:path}")
        return [Route(path, self._hook, methods=_METHODS) for path in paths]

    async def _hook(self, request: Request) -> Response:
        knock = Knock(request.path_params["connection"], request.path_params["secret"])
        row = await admitted(self._store, knock)
        if not isinstance(row, ConnectionRow):
            return refusal(row)
        said = await body.bounded(request)
        if said is None:
            return PlainTextResponse(f"more than {body.LARGEST} bytes", 413)
        try:
            rules = (await self._shelf.active(row.seller))[0].connection(row.name)
        except NotFound:
            return refusal("unknown")
        return await self._taken(request, rules, said)

    async def _taken(self, request: Request, rules: ConnectionRules, said: bytes) -> Response:
        hooks = rules.platform.hooks
        if hooks is None:
            return PlainTextResponse("this platform sends no hooks", 404)
        secrets = {hooks.verify.secret: rules.secrets[hooks.verify.secret]} if hooks.verify.secret else {}
        if not hooks.verify.accepts(request.headers, said, resolve(rules.name, secrets)):
            return refusal("wrong secret")
        verdict = self._verdict(request, rules, said)
        if verdict.kind is None or verdict.id is None:
            return _unread(request, said) or _reply(verdict)
        await self._archive(rules, verdict, said)
        await self._receive(request, rules, verdict, said)
        return _reply(verdict)

    def _verdict(self, request: Request, rules: ConnectionRules, said: bytes) -> HookVerdict:
        return rules.platform.hook(
            _route(request),
            request.method,
            dict(request.headers),
            dict(request.query_params),
            _as_json(request, said),
            params=rules.params,
            run={"now": self._store.clock.now()},
        )

    async def _receive(self, request: Request, rules: ConnectionRules, verdict: HookVerdict, said: bytes) -> None:
        assert verdict.kind is not None
        assert verdict.id is not None
        now = self._store.clock.now()
        words = [request.method, _route(request), sorted(request.query_params.multi_items()), wire.digest_bytes(said)]
        event = f"hook:{verdict.event}:{verdict.kind}:{verdict.id}" if verdict.event else event_of_body(words, now)
        pointer = Pointer(
            rules.seller, rules.name, verdict.kind, verdict.id, event, "hook", verdict.by, unique=bool(verdict.event)
        )
        await self._store.write_durable(receive, pointer, now)
        crash_point("door.committed")

    async def _archive(self, rules: ConnectionRules, verdict: HookVerdict, said: bytes) -> None:
        """A call that speaks of an order by our own stamp is a document of that order, not a bare pointer."""
        if verdict.by != "correlation" or verdict.id is None or not said:
            return
        order_id = await self._store.read(ref.order_of_stamp, rules.name, verdict.id)
        if order_id is None or await self._store.read(buyer.erased, self._store.keys, order_id):
            return
        now = self._store.clock.now()
        await archive.put(
            self._store, seller=rules.seller, connection=rules.name, kind="hook", object_id=verdict.id,
            subject=order_id, as_of=now, document=said,
        )  # fmt: skip


def _route(request: Request) -> str:
    route: str = request.path_params.get("route", "")
    return route


def _as_json(request: Request, said: bytes) -> bytes:
    """A form as the JSON object of its fields, so that a platform file reads both alike."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return said
    return wire.dumps(dict(parse_qsl(said.decode("utf-8", "replace"), keep_blank_values=True)))


def _unread(request: Request, said: bytes) -> Response | None:
    """The refusal of a hook that speaks of nothing because it cannot be read."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0]
    if not said or not kind.endswith("json"):
        return None
    try:
        wire.loads(said)
    except ValueError:
        return PlainTextResponse("the body is not JSON", 400)
    return None


def _reply(verdict: HookVerdict) -> Response:
    reply = verdict.reply
    media = reply.content_type if reply.body else None
    return Response(reply.body, reply.status, headers=dict(reply.headers), media_type=media)
