"""A process of the inbound side for kill tests: `python intake_process.py <store url> <notes> intake|poll`.

`intake` takes in what is due at the market until nothing is left; `poll` reads the market's lists once.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from inbound_kit import NotingStarter

from cais.clock import Clock
from cais.http.client import Sender
from cais.inbound.intake import Intake
from cais.inbound.poll import Poll
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf


async def main(url: str, notes: str, what: str) -> None:
    store = Store.open(url, clock=Clock(speed=6), master_key=bytes(range(32)), threads=2)
    shelf, sender = RuleShelf(store), Sender(store)
    if what == "poll":
        await Poll(store, shelf, sender).round("aurora", "market")
    else:
        intake = Intake(store, shelf, sender, NotingStarter(Path(notes)))
        while (await intake.round("aurora", "market")).taken:
            pass
    await sender.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
