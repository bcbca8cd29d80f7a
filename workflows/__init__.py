"""Temporal workflows: thin deterministic shells over `cais.lifecycle`."""
