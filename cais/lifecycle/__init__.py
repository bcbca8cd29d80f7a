"""The lives of orders and listings as pure machines: no Temporal, no store, no clock."""
