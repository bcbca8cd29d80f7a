"""`python -m sandbox --port 8077 --state var/sandbox.db --speed 60 [--hub URL]`."""

from __future__ import annotations

from pathlib import Path

import click
import uvicorn

from sandbox.app import create_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8077, show_default=True)
@click.option("--state", type=click.Path(path_type=Path), help="SQLite file; without it, in memory.")
@click.option("--speed", type=float, help="Virtual seconds per real second; without it, the stored one, else 1.")
@click.option("--hub", help="Where the seeded platforms send notifications.")
def main(host: str, port: int, state: Path | None, speed: float | None, hub: str | None) -> None:
    """Run the simulated platforms on one port."""
    app = create_app(state, speed=speed, hub_url=hub)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
