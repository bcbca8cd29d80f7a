"""Simulated platforms with state, clock and faults. Nothing here knows the hub: a wrong connector must fail here."""
