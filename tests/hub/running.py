"""The whole hub as a user runs it: Temporal, sandbox, gateway and worker, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from places import PROJECT, SELLER_FILE, Ports, config_of, furnish, surroundings
from sqlalchemy import Connection, Row, Select, Table, exists, func, or_, select
from temporalio.client import Client, WorkflowHandle

from cais.activation import activate
from cais.errors import NotFound
from cais.identity.story import Story, story
from cais.outbound.settings_file import give_all, read_settings
from cais.processes.commands import gateway, listens, temporal, worker
from cais.processes.leftover import Leftovers
from cais.processes.process import Command, Process
from cais.store.engine import Store
from cais.store.hooks import hook_addresses
from cais.store.migrations import migrate
from cais.store.seal import MasterKey
from cais.store.tables import handoff, inbox, journal, reservation, wanted
from cais.temporal.connect import connect
from cais.temporal.server import prepare_namespace, temporal_binary
from sandbox.console import enter
from sandbox.day import whole_way
from sandbox.director import Director, Document, Sale
from sandbox.vtex.demo import PRODUCTS

Found = TypeVar("Found")

HUB_SPEED = 20.0
"""Faster, and a nominal deadline of seconds is too short for an answer to arrive."""
SANDBOX_SPEED = 60.0
WINDOW_S = 31 * 60.0
"""Virtual: after it VTEX lets no buyer cancel at once, and has the order ready for handling."""
PATIENCE_S = 20.0
VTEX_IDS = {sku.ref: sku.id for product in PRODUCTS for sku in product.skus}
BUFFER = 2
"""As the demo seller has it."""
LISTED = 15
"""Items that have something to sell."""
ACCOUNT, USER, AFFILIATE = "lojaaurora", "123", "MKP"


class RunningHub:
    """`kill`, `stop`, `cont`, `restart` take the name of a part: temporal, sandbox, gateway, worker."""

    client: Client
    store: Store
    day: Director

    def __init__(
        self,
        root: Path,
        *,
        mode: str = "live",
        store_url: str | None = None,
        faults: Sequence[Document] = (),
    ) -> None:
        """`faults`: those of the platforms that are in force when the hub begins."""
        self.root, self.ports, self._faults = root, Ports.free(), list(faults)
        self.environment = surroundings(root, self.ports, HUB_SPEED, store_url)
        self.config = config_of(self.environment)
        furnish(root, self.ports, mode)
        self._logs = self.config.var / "log"
        self._logs.mkdir(parents=True)
        self._leftovers = Leftovers(self.config.var / "run")
        self._parts = {command.name: self._process(command) for command in self._commands()}
        self._stack = AsyncExitStack()

    def _commands(self) -> list[Command]:
        state, port = self.config.var / "sandbox.db", self.ports.sandbox
        argv = ("-m", "sandbox", "--port", str(port), "--state", str(state), "--speed", f"{SANDBOX_SPEED:g}")
        sandbox = Command("sandbox", (sys.executable, *argv), ready=listens(port))
        parts = (temporal(self.config, self.ports.temporal), sandbox, gateway(self.config), worker(self.config))
        return [replace(part, environment={**part.environment, **self.environment}) for part in parts]

    def _process(self, command: Command) -> Process:
        return Process(command, self._logs, self._leftovers)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(self._parts):
            self.cont(name)
            await self._parts[name].stop()
        await self._stack.aclose()

    async def _start(self) -> None:
        """As `cais up` does it, and as a person does in the consoles."""
        MasterKey.make(self.config.master_key)
        migrate(self.config.store_url, self.config.archive_url)
        key = MasterKey.read(self.config.master_key)
        self.store = Store.open(
            self.config.store_url, archive_url=self.config.archive_url, clock=self.config.clock, master_key=key
        )
        self._stack.callback(self.store.close)
        await activate(self.store, self.root)
        given = read_settings(PROJECT / "sellers/demo.settings.csv")
        await self.store.write(give_all, "aurora", given, "test", self.store.clock.now())
        await asyncio.gather(*(self._parts[name].start() for name in ("temporal", "sandbox", "gateway")))
        await prepare_namespace(self.ports.temporal)
        self.client = await connect(self.config.temporal)
        await self._open_sandbox()
        await self._parts["worker"].start()

    async def _open_sandbox(self) -> None:
        url = f"http://127.0.0.1:{self.ports.sandbox}"
        http = await self._stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30, trust_env=False))
        self.http, self.said = http, list[str]()
        self.day = Director(http, self.said.append, ACCOUNT, USER)
        known = {each.connection: list(each.urls) for each in await hook_addresses(self.store)}
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as consoles:
            enter(consoles, known, ACCOUNT, USER, AFFILIATE)
        await self.control("faults", self._faults)
        await self.day.ml("subscribe", patience_s=5)  # this machine is slower than the vendor's half second allows

    # parts

    def kill(self, name: str) -> None:
        """As the machine's memory running out does it."""
        self._signal(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        """Let it stand still."""
        self._signal(name, signal.SIGSTOP)

    def cont(self, name: str) -> None:
        """Let it go on."""
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        if self._parts[name].alive:
            self._parts[name].signal(number)

    async def end(self, name: str) -> None:
        """End it in good order."""
        await self._parts[name].stop()

    async def restart(self, name: str, **environment: str) -> None:
        """Start it once more, with more in its environment; what still runs of it is killed first."""
        self.kill(name)
        await self._parts[name].wait()
        plain = next(command for command in self._commands() if command.name == name)
        self._parts[name] = self._process(replace(plain, environment={**plain.environment, **environment}))
        await self._parts[name].start()

    async def mend(self) -> None:
        """Let go on what stands still, start what does not run."""
        for name, part in self._parts.items():
            self.cont(name)
            if not part.alive:
                await self.restart(name)

    async def stands_still(self, name: str) -> None:
        """Wait until the part has stopped itself (`CAIS_CRASH_AT=<point>:stop`)."""

        async def look() -> bool:
            return self._state(name) == "T"

        await self.wait_for(look, f"{name} stands still")

    def _state(self, name: str) -> str:
        """`T`: stopped by a signal."""
        pid = (self.config.var / "run" / f"{name}.pid").read_text().split()[0]
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]

    async def delete_temporal_database(self) -> None:
        """Temporal has never heard of anything."""
        self.kill("temporal")
        await self._parts["temporal"].wait()
        for file in self.config.var.glob("temporal.db*"):
            file.unlink()
        await self._parts["temporal"].start()
        await prepare_namespace(self.ports.temporal)

    def log(self, name: str) -> str:
        """What a part wrote."""
        return self._parts[name].log.read_text(errors="replace")

    # the platforms

    async def buy(self, *lines: tuple[str, int], reference: str, buyer: int = 2212631001, **terms: Any) -> Sale:
        """A buyer buys on Mercado Livre as soon as it is listed with so many units."""
        return await self.day.sell(reference, *lines, buyer=buyer, **terms)

    async def control(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """A call of the sandbox's control API that has to succeed."""
        answer = await self.http.request(method or ("GET" if body is None else "POST"), f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def advance(self, virtual_s: float) -> None:
        """Let time pass at the platforms."""
        await self.control("clock", {"advance": virtual_s})

    async def fault(self, **rule: Any) -> None:
        """Put a fault rule in force."""
        await self.control("faults", [rule])

    async def heal(self) -> None:
        """Take all faults away."""
        await self.control("faults", method="DELETE")

    async def calls(self, operation: str, platform: str | None = None, since: int = 0) -> list[Document]:
        """Every request for an operation that arrived at the platforms."""
        which = f"&platform={platform}" if platform else ""
        found: list[Document] = await self.control(f"calls?operation={operation}&since={since}{which}")
        return found

    async def effects(self, operation: str, since: int) -> int:
        """How many requests for an operation changed something at the platforms after a `mark`."""
        return sum(bool(call["effect"]) for call in await self.calls(operation, since=since))

    async def mark(self) -> int:
        """The number of the newest request so far."""
        calls = await self.control("calls")
        return int(calls[-1]["seq"]) if calls else 0

    async def exported(self, sale: Sale) -> list[Document]:
        """The orders at VTEX that carry the sale's stamp."""
        orders = await self.day.documents("vtex", "order")
        stamp = f"ml-{sale.purchase}"
        return [one for one in orders.values() if one["marketplaceOrderId"] == stamp]

    async def items(self, sku: str) -> list[Document]:
        """A SKU's items at Mercado Livre."""
        return [item for item in (await self.day.documents("ml", "item")).values() if _sells(item, sku)]

    async def item(self, sku: str) -> Document:
        """A SKU's one item at Mercado Livre."""
        (item,) = await self.items(sku)
        return item

    async def offered(self, sku: str) -> int:
        """What Mercado Livre offers of a SKU."""
        return int((await self.item(sku))["available_quantity"])

    async def offers(self, sku: str, units: int) -> None:
        """Wait until Mercado Livre offers so many units of a SKU."""

        async def look() -> bool:
            return await self.offered(sku) == units

        await self.wait_for(look, f"{units} units of {sku} are offered")

    async def counted(self, sku: str) -> int:
        """What VTEX says can be sold of a SKU at the warehouse that serves the channel."""
        balance = await self.day.document("vtex", "balance", f"{ACCOUNT}/{VTEX_IDS[sku]}:1_1")
        assert balance is not None
        return int(balance["total"]) - int(balance["reserved"])

    async def listed(self, items: int = LISTED) -> None:
        """Wait until the catalogue has come from VTEX and is offered on Mercado Livre."""

        async def look() -> bool:
            offered = (await self.day.documents("ml", "item")).values()
            return len([item for item in offered if item["status"] == "active"]) >= items

        await self.wait_for(look, f"{items} items are offered", seconds=60)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until nothing is left to be read, and no value to be sent."""

        async def look() -> bool:
            with self.store.connect() as conn:
                behind = exists().where(wanted.c.acked_rev < wanted.c.wanted_rev)
                unread = exists().where(inbox.c.state.in_(("open", "leased")))
                return not bool(conn.execute(select(or_(behind, unread))).scalar_one())

        await self.wait_for(look, "the hub has nothing left to do", seconds=40)

    async def fulfil(self, sale: Sale, seconds: float = PATIENCE_S) -> None:
        """The ERP invoices, the label is printed, the carrier collects and delivers."""
        await self.in_window(sale, seconds)
        await self.advance(WINDOW_S)
        await asyncio.wait_for(whole_way(self.day, sale), seconds)

    async def in_window(self, sale: Sale, seconds: float = PATIENCE_S) -> Document:
        """Wait until VTEX has the order, paid; as VTEX shows it."""

        async def look() -> Document | None:
            orders = await self.exported(sale)
            return orders[0] if orders and orders[0]["status"] in _PAID else None

        found = await self.wait_for(look, f"VTEX has {sale.reference}, paid", seconds)
        assert found is not None
        return found

    # the hub

    @staticmethod
    def id_of(sale: Sale) -> str:
        """The workflow of an order."""
        return f"order:aurora:ml:{sale.purchase}"

    def handle(self, sale: Sale) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(self.id_of(sale))

    async def order(self, sale: Sale) -> Document:
        """An order's state as its workflow tells it."""
        state: Document = await self.handle(sale).query("state")
        return state

    async def story(self, sale: Sale) -> Story:
        """An order in the hub's book."""
        return await story(self.store, self.id_of(sale))

    def unseen(self, sku: str) -> int:
        """Units sold that no count reflects yet, by the book."""
        held = (reservation.c.sku == sku, reservation.c.state == "held", reservation.c.reflected_at.is_(None))
        with self.store.connect() as conn:
            return int(conn.execute(select(func.coalesce(func.sum(reservation.c.units), 0)).where(*held)).scalar_one())

    async def status(self, sale: Sale) -> str | None:
        """An order's state in the book; None while it is not there."""
        try:
            return (await self.story(sale)).order.status
        except NotFound:
            return None

    async def cais(self, *arguments: str, code: int = 0) -> str:
        """What a command prints, and that it ends so."""
        command = [sys.executable, "-m", "cais.cli", *arguments]
        environment = {**os.environ, **self.environment}
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, env=environment, cwd=self.root, check=False
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr + done.stdout
        return done.stdout if code == 0 else done.stderr

    async def cais_json(self, *arguments: str) -> Any:
        """What a command prints as data."""
        return json.loads(await self.cais(*arguments, "--json"))

    async def temporal(self, *arguments: str) -> str:
        """What Temporal's own command prints."""
        command = [temporal_binary(), *arguments, "--address", self.config.temporal, "--namespace", "cais"]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def details(self, sale: Sale) -> str:
        """What Temporal's UI shows of an order, in words."""
        metadata = await self.handle(sale).query("__temporal_workflow_metadata")
        return str(metadata.current_details)

    async def activate(self) -> None:
        """What the watcher of `cais up` does on save."""
        await activate(self.store, self.root)

    @contextmanager
    def edited(self, path: str, old: str, new: str) -> Any:
        """A rule file with other words in it for a while; activating is another matter."""
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        try:
            yield
        finally:
            file.write_text(text)

    @property
    def seller_file(self) -> Path:
        return self.root / SELLER_FILE

    # waiting

    async def wait_for(self, look: Callable[[], Awaitable[Found]], what: str, seconds: float = PATIENCE_S) -> Found:
        """Look until there is something; what it is. Fails with the last look and the worker's last words."""
        end = time.monotonic() + seconds
        while not (found := await look()):
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds:g} s; last seen {found!r}\n{self._last_words()}")
            await asyncio.sleep(0.1)
        return found

    async def reaches(self, sale: Sale, *statuses: str, seconds: float = PATIENCE_S) -> str:
        """Wait until the book has the order in one of these states."""

        async def look() -> str | None:
            status = await self.status(sale)
            return status if status in statuses else None

        found = await self.wait_for(look, f"{sale.reference} is {' or '.join(statuses)}", seconds)
        assert found
        return found

    def _last_words(self) -> str:
        """What helps to find out why something did not come."""
        with self.store.connect() as conn:
            told = [f"{row.at:%H:%M:%S.%f} {row.subject} {row.actor} {row.what} {row.detail}" for row in _newest(conn)]
            undone = [str(row) for row in conn.execute(_of(handoff, _HANDOFF).where(handoff.c.state != "done"))]
            rows = [str(row) for row in conn.execute(_of(inbox, _INBOX).where(inbox.c.state != "done"))]
        return "\n".join([*told, *undone, *rows, self.log("worker")[-1500:], self.log("gateway")[-500:]])


_PAID = ("window-to-cancel", "ready-for-handling")
_HANDOFF = (
    "subject",
    "target",
    "direction",
    "n",
    "state",
    "attempt",
    "outcome",
    "code",
    "cause",
    "message",
    "lease_until",
)
_INBOX = ("connection", "kind", "object_id", "door", "state", "not_before", "attempts", "cause")


def _of(table: Table, columns: Iterable[str]) -> Select[*tuple[Any, ...]]:
    return select(*(table.c[name] for name in columns))


def _newest(conn: Connection) -> Sequence[Row[Any]]:
    return conn.execute(select(journal).order_by(journal.c.id.desc()).limit(40)).all()[::-1]


def _sells(item: Document, sku: str) -> bool:
    skus = [one.get("value_name") for one in item["attributes"] if one.get("id") == "SELLER_SKU"]
    return skus == [sku] and item["status"] != "closed"
