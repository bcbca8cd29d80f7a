"""All tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "active",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.String(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seller", name=op.f("pk_active")),
    )
    op.create_table(
        "blob",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", "subject", name=op.f("pk_blob")),
    )
    op.create_table(
        "buyer",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_buyer")),
    )
    op.create_table(
        "connection",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("hook_secret", sa.String(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("circuit", sa.String(), nullable=False),
        sa.Column("circuit_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("circuit_cause", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connection")),
    )
    op.create_index(op.f("ix_connection_seller"), "connection", ["seller"], unique=False)
    op.create_table(
        "cursor",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connection", "operation", name=op.f("pk_cursor")),
    )
    op.create_table(
        "data_key",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_data_key")),
    )
    op.create_index(op.f("ix_data_key_seller"), "data_key", ["seller"], unique=False)
    op.create_table(
        "fact",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "direction", "key", name=op.f("pk_fact")),
    )
    op.create_table(
        "handoff",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("n", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("request_digest", sa.String(), nullable=True),
        sa.Column("rule_digest", sa.String(), nullable=True),
        sa.Column("mapping_hash", sa.String(), nullable=True),
        sa.Column("stamp", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "target", "direction", "n", name=op.f("pk_handoff")),
    )
    op.create_index("ix_handoff_open_create", "handoff", ["target", "direction", "state"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("connection", "event_id", name=op.f("uq_inbox_connection_event_id")),
    )
    op.create_index("ix_inbox_due", "inbox", ["connection", "state", "not_before"], unique=False)
    op.create_index("ix_inbox_object", "inbox", ["connection", "kind", "object_id", "state"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_subject", "journal", ["subject", "id"], unique=False)
    op.create_table(
        "kit_part",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("kit", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seller", "kit", "part", name=op.f("pk_kit_part")),
    )
    op.create_index("ix_kit_part_part", "kit_part", ["seller", "part"], unique=False)
    op.create_table(
        "listed_variant",
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("remote_sku", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("listing", "sku", name=op.f("pk_listed_variant")),
    )
    op.create_index("ix_listed_variant_sku", "listed_variant", ["seller", "sku"], unique=False)
    op.create_table(
        "listing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("selection_rev", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("run", sa.String(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
    )
    op.create_index("ix_listing_product", "listing", ["seller", "product"], unique=False)
    op.create_table(
        "order_book",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("identity", sa.String(), nullable=True),
        sa.Column("identity_fields", sa.Text(), nullable=True),
        sa.Column("run", sa.String(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("next", sa.String(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("ship_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_book")),
    )
    op.create_index("ix_order_book_open", "order_book", ["seller", "open"], unique=False)
    op.create_index("ix_order_book_remote", "order_book", ["connection", "remote_id"], unique=False)
    op.create_table(
        "parked",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("n", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("mapping", sa.String(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("money_cents", sa.BigInteger(), nullable=True),
        sa.Column("woken", sa.Integer(), nullable=False),
        sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", "lane", "direction", "n", name=op.f("pk_parked")),
    )
    op.create_index("ix_parked_cause", "parked", ["seller", "cause"], unique=False)
    op.create_index("ix_parked_woken", "parked", ["seller", "woken"], unique=False)
    op.create_table(
        "price",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("price_list", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seller", "connection", "price_list", "sku", name=op.f("pk_price")),
    )
    op.create_table(
        "product",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seller", "code", name=op.f("pk_product")),
    )
    op.create_table(
        "ref",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("local_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection", "kind", "remote_id", name=op.f("pk_ref")),
    )
    op.create_index("ix_ref_local", "ref", ["connection", "kind", "local_id"], unique=False)
    op.create_table(
        "reservation",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("per_unit", sa.Integer(), nullable=False),
        sa.Column("backoffice", sa.String(), nullable=False),
        sa.Column("short", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reflected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("order_id", "line", name=op.f("pk_reservation")),
    )
    op.create_index("ix_reservation_sku", "reservation", ["seller", "sku", "state"], unique=False)
    op.create_table(
        "rule_set",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "setting",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seller", "connection", "kind", "key", name=op.f("pk_setting")),
    )
    op.create_table(
        "sku",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seller", "sku", name=op.f("pk_sku")),
    )
    op.create_index("ix_sku_product", "sku", ["seller", "product"], unique=False)
    op.create_table(
        "stock_count",
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("read_began", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seller", "connection", "location", "sku", name=op.f("pk_stock_count")),
    )
    op.create_table(
        "ticket",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("limit", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("tat_us", sa.BigInteger(), nullable=False),
        sa.Column("bulk_tat_us", sa.BigInteger(), nullable=False),
        sa.Column("order_used_us", sa.BigInteger(), nullable=False),
        sa.Column("blocked_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "limit", name=op.f("pk_ticket")),
    )
    op.create_table(
        "token",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("access", sa.LargeBinary(), nullable=True),
        sa.Column("refresh", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seed", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_token")),
    )
    op.create_table(
        "told",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "source", name=op.f("pk_told")),
    )
    op.create_table(
        "wanted",
        sa.Column("listing", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("seller", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("wanted_rev", sa.BigInteger(), nullable=False),
        sa.Column("sent_rev", sa.BigInteger(), nullable=False),
        sa.Column("acked_rev", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.String(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("listing", "sku", "group", name=op.f("pk_wanted")),
    )
    op.create_index("ix_wanted_due", "wanted", ["connection", "group", "state", "not_before"], unique=False)
