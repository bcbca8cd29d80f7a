"""For developers: `python -m cais.store.migrations "what changes"` writes the next revisions of both lines."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing

from cais.clock import Clock
from cais.store.engine import Store
from cais.store.migrations import ARCHIVE, BOOK, migrate, revise


def main(message: str) -> None:
    """Migrate a scratch database, then write what separates it from the tables."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        migrate(url)
        with closing(Store.open(url, clock=Clock(), threads=1)) as store:
            for database, line in ((store.book, BOOK), (store.archive, ARCHIVE)):
                with database.begin() as conn:
                    revise(conn, line, message)


if __name__ == "__main__":
    main(sys.argv[1])
