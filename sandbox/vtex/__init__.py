"""The simulated VTEX platform, written from VTEX's specifications and guides."""

from sandbox.vtex.platform import VTEX

__all__ = ["VTEX"]
