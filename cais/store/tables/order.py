"""The order book: identity, document without personal data, snapshot, facts by owner, journal."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from cais.store.tables.types import Document, Sealed, UtcTime, metadata

order_book = Table(
    "order_book",
    metadata,
    Column("id", String, primary_key=True),  # workflow id order:<seller>:<connection>:<order>
    Column("seller", String, nullable=False),
    Column("connection", String, nullable=False),  # the channel
    Column("remote_id", String, nullable=False),
    Column("number", String),
    Column("identity", String),  # digest over channel, external id, currency, lines as first sold
    Column("identity_fields", Document),  # what the digest is over, to name the fields that differ
    Column("run", String),  # run that claimed it
    Column("plan", Document),
    Column("status", String, nullable=False),  # `awaited` until the document is there
    Column("next", String),
    Column("problems", Document),
    Column("open", Boolean, nullable=False, default=True),
    Column("document", Document),  # canonical order less buyer and addresses
    Column("as_of", UtcTime),
    Column("snapshot", Document),
    Column("rev", Integer, nullable=False, default=0),
    Column("placed_at", UtcTime),
    Column("total_cents", BigInteger),
    Column("currency", String),
    Column("ship_by", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Index("ix_order_book_open", "seller", "open"),
    Index("ix_order_book_remote", "connection", "remote_id"),
)

buyer = Table(
    "buyer",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("sealed", Sealed, nullable=False),  # {buyer, billing_address, shipping_address}
    Column("as_of", UtcTime),
)

fact = Table(
    "fact",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("direction", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("source", String, nullable=False),
    Column("as_of", UtcTime, nullable=False),
    Column("content", Document, nullable=False),  # the owner's newest word: payment, invoice without XML, shipping …
)

told = Table(
    "told",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("source", String, primary_key=True),  # connection
    Column("seller", String, nullable=False),
    Column("digest", String, nullable=False),  # of the observations that the workflow was last told by the source
    Column("at", UtcTime, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("seller", String, nullable=False),
    Column("subject", String, nullable=False),  # order or listing
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),  # connection, `hub`, or a person's name
    Column(
        "what", String, nullable=False
    ),  # observed | refused | command | status | handoff | parked | woken | conflict …
    Column("detail", Document, nullable=False),
    Index("ix_journal_subject", "subject", "id"),
)

blob = Table(
    "blob",
    metadata,
    Column("digest", String, primary_key=True),  # SHA-256 of the plain bytes
    Column("subject", String, primary_key=True),
    Column("seller", String, nullable=False),
    Column("kind", String, nullable=False),  # nfe
    Column("sealed", Sealed, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
)
