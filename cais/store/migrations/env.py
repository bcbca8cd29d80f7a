"""Run by alembic for each command: works on the connection and line that `cais.store.migrations` hands in."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from cais.store.tables.types import Document, UtcTime


def _spelt(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our column types by what they are in the database: a revision does not change when our code does."""
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Document):
        return "sa.Text()"
    return False


_line = context.config.attributes["line"]
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=_line.metadata,
    version_table=_line.version_table,
    transactional_ddl=True,  # true of SQLite too, as every transaction here is begun by hand
    render_item=_spelt,
)
with context.begin_transaction():
    context.run_migrations()
