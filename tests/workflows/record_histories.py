"""Record the histories that `test_replay.py` replays: `python tests/workflows/record_histories.py`.

Run it when a workflow's commands change on purpose and a new interpreter version goes with it; keep the old files, as
runs with the old version are still alive.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from lives import LIVES, Life, continued_life  # noqa: E402
from probe_hub import Handle, Site, running_hub, running_site  # noqa: E402
from probe_server import HASTY, start_server  # noqa: E402

from cais.lifecycle.life import INTERPRETER  # noqa: E402


async def main() -> None:
    async with start_server() as address, running_site(address) as site:
        for name, live in LIVES.items():
            await _record(site, name, live)
    async with start_server(*HASTY) as address, running_site(address) as site:
        await _record(site, "continued", continued_life)


async def _record(site: Site, name: str, live: Life) -> None:
    async with running_hub(site, mark="replay") as hub:
        handle = await live(hub)
        history = await handle.fetch_history()
        text = re.sub(r'"(identity|taskQueue|name)": "[0-9]+@[^"]*"', r'"\1": "recorder"', history.to_json())
        (HERE / "histories" / f"{name}-v{INTERPRETER}.json").write_text(text + "\n")
        await _end(handle)


async def _end(handle: Handle) -> None:
    if (await handle.describe()).close_time is None:
        await handle.terminate()


if __name__ == "__main__":
    asyncio.run(main())
