"""A payment of an order."""

from __future__ import annotations

from cais.model.base import Code, Money, Time, Value
from cais.model.vocabulary import PaymentKind, PaymentStatus


class Payment(Value):
    """One payment. `amount` in major units of the order's currency, what counts towards the order's total."""

    id: Code
    status: PaymentStatus
    amount: Money
    kind: PaymentKind = PaymentKind.OTHER
    method: str | None = None
    installments: int | None = None
    interest: Money | None = None
    """Interest on instalments that the buyer pays on top of `amount`."""
    brand: str | None = None
    authorization: str | None = None
    acquirer_cnpj: str | None = None
    approved_at: Time | None = None
