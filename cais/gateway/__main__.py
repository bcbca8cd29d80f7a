"""`python -m cais.gateway`: the gateway as a process of its own, on this machine alone unless told otherwise."""

from __future__ import annotations

from typing import Final

import uvicorn

from cais.config import Config
from cais.gateway.app import gateway
from cais.store.engine import Store
from cais.store.rulesets import RuleShelf
from cais.store.seal import MasterKey

KEEP_ALIVE_S: Final = 75
"""Longer than callers keep an idle connection: whoever closes first, a call on its way to the other is lost."""


def main() -> None:
    """Serve until a signal ends it."""
    config = Config.read()
    key = MasterKey.read(config.master_key)
    store = Store.open(config.store_url, archive_url=config.archive_url, clock=config.clock, master_key=key)
    shelf = RuleShelf(store)
    app = gateway(store, shelf, temporal_ui=config.temporal_ui, panel_password=config.panel_password)
    # The address of a hook holds its secret, so no access log; a proxy's headers decide nothing here.
    uvicorn.run(
        app,
        host=config.gateway_host,
        port=config.gateway_port,
        timeout_keep_alive=KEEP_ALIVE_S,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
    )
    store.close()


if __name__ == "__main__":
    main()
