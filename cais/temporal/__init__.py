"""Temporal for the hub: its server, clients, converter and search attributes."""
