"""The store's schema, brought up to date by alembic: one line of revisions for the book, one for the archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, text

from cais.clock import Clock
from cais.errors import Misconfigured
from cais.store.engine import Database, Store
from cais.store.tables import archive_metadata, metadata

_HERE: Final = Path(__file__).parent
_LOCK: Final = 0xCA15
"""PostgreSQL advisory lock: of two processes that start together one migrates, the other finds it done."""


@dataclass(frozen=True)
class Line:
    """A line of revisions: its folder, the tables it leads to, and where a database notes how far it is."""

    name: str
    metadata: MetaData
    version_table: str


BOOK: Final = Line("book", metadata, "alembic_version")
ARCHIVE: Final = Line("archive", archive_metadata, "alembic_version_archive")


def migrate(url: str, archive_url: str | None = None) -> None:
    """Bring the book and the archive to this release's schema, each in one transaction; idempotent.

    Raises `Misconfigured` if a database is newer than this release.
    """
    with closing(Store.open(url, archive_url=archive_url, clock=Clock(), threads=1)) as store:
        for database, line in ((store.book, BOOK), (store.archive, ARCHIVE)):
            with _alone(database) as conn:
                upgrade(conn, line)


def upgrade(conn: Connection, line: Line) -> None:
    """Run the revisions that the database lacks, in the transaction of `conn`. Raises `Misconfigured`."""
    try:
        command.upgrade(_config(conn, line), "head")
    except CommandError as error:
        raise Misconfigured(f"the {line.name} of this store does not fit this release: {error}") from None


def revise(conn: Connection, line: Line, message: str) -> None:
    """Write the revision that leads from the database's schema to the tables, if they differ (for developers)."""
    number = f"{len(list((_HERE / line.name).glob('*.py'))) + 1:04}"
    config = _config(conn, line)
    command.revision(config, message, autogenerate=True, rev_id=number, process_revision_directives=_not_empty)


def _not_empty(context: Any, revision: Any, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    with database.begin() as conn:
        if not database.sqlite:
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield conn


def _config(conn: Connection, line: Line) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(_HERE / line.name))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(connection=conn, line=line)
    return config
