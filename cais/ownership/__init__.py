"""Who gives and who takes each kind of data: solved before anything runs, pinned in each order's plan."""

from __future__ import annotations

from cais.ownership.check import check_seller
from cais.ownership.plan import plan_for

__all__ = ["check_seller", "plan_for"]
