"""The closed word lists of the hub. The same word means the same in code, YAML, CLI, metrics and docs."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """A kind of data that flows between connections (DESIGN §1)."""

    CATALOGUE = "catalogue"
    LISTING = "listing"
    PRICE = "price"
    STOCK = "stock"
    ORDER = "order"
    PAYMENT = "payment"
    INVOICE = "invoice"
    SHIPPING_INFO = "shipping_info"
    DISPATCH = "dispatch"
    DELIVERY = "delivery"
    CANCEL_BY_BUYER = "cancel_by_buyer"
    CANCEL_BY_SELLER = "cancel_by_seller"
    RETURN = "return"


class Flow(StrEnum):
    """The role a connection plays."""

    BACKOFFICE = "backoffice"
    SALES_CHANNEL = "sales_channel"


class Logistics(StrEnum):
    """Who moves the goods: the seller, the channel, or the channel from its own depot."""

    OWN = "own"
    CHANNEL = "channel"
    FULFILLED = "fulfilled"


class OrderStatus(StrEnum):
    """The states of the order life cycle that ships; a life cycle file may add more."""

    PLACED = "placed"
    PAID = "paid"
    INVOICED = "invoiced"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    REFUNDED = "refunded"


class PaymentKind(StrEnum):
    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    PIX = "pix"
    BOLETO = "boleto"
    ACCOUNT = "account"
    OTHER = "other"


class CancelledBy(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    CHANNEL = "channel"


class CancelReason(StrEnum):
    """Why an order is cancelled; it decides whether the units return to stock."""

    BUYER_REGRETS = "buyer_regrets"
    OUT_OF_STOCK = "out_of_stock"
    NOT_PAID = "not_paid"
    FRAUD = "fraud"
    ADDRESS = "address"
    PRICE = "price"
    OTHER = "other"


class ListingStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHING = "publishing"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


class Next(StrEnum):
    """What an order or listing waits for: one word, the first that holds, in this order."""

    DOCUMENT = "document"
    """The platform's document: it was started with its identity alone."""
    DECISION = "decision"
    """Somebody decides: on a cancellation that was asked for, or on a hold."""
    SETTING = "setting"
    """A person gives a setting."""
    MAPPING = "mapping"
    """The integrator mends a mapping."""
    RETRY = "retry"
    """A person mends what was refused, then `retry`, `amend` or `skip`."""
    PAYMENT = "payment"
    INVOICE = "invoice"
    LABEL = "label"
    """The channel's carriage data, where the channel moves the goods."""
    DISPATCH = "dispatch"
    DELIVERY = "delivery"
    TARGET = "target"
    """Nothing but the answer of a platform that is being told."""
    NOTHING = "nothing"


class OutcomeKind(StrEnum):
    """How an operation ends: a closed set. `unknown` is neither success nor failure."""

    OK = "ok"
    EXISTS = "exists"
    NOT_FOUND = "not_found"
    RETRY = "retry"
    THROTTLED = "throttled"
    REAUTH = "reauth"
    REJECT = "reject"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class DedupStrategy(StrEnum):
    NATIVE_KEY = "native_key"
    FIND_BEFORE_CREATE = "find_before_create"
    COMPARE_AND_SET = "compare_and_set"
    AT_MOST_ONCE_THEN_RECONCILE = "at_most_once_then_reconcile"


class WantedGroup(StrEnum):
    """A group of desired values of a listing's variant."""

    PRICE = "price"
    STOCK = "stock"
    CONTENT = "content"


class ObjectKind(StrEnum):
    """What an inbox row points at."""

    ORDER = "order"
    SHIPMENT = "shipment"
    PRODUCT = "product"
    PRICE = "price"
    STOCK = "stock"
    LISTING = "listing"
