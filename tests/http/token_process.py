"""One process of a hub that makes a call with a token; run by the tests, killed by some of them."""

from __future__ import annotations

import asyncio
import sys

from token_account import refreshed

from cais.clock import Clock
from cais.http.client import Sender
from cais.store.engine import Store


async def main(url: str, store_url: str) -> None:
    connection = refreshed(url)
    store = Store.open(store_url, clock=Clock(speed=6), master_key=bytes(range(32)), threads=2)
    sender = Sender(store)
    operation = connection.platform.operations["get_thing"]
    answers = await asyncio.gather(*(sender.call(connection, operation, {"id": "7"}, share="order") for _ in range(3)))
    print(*(answer.outcome.kind for answer in answers))
    await sender.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
