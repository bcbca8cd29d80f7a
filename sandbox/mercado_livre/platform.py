"""Mercado Livre put together: the paths of the API host below `/ml`."""

from __future__ import annotations

from typing import Final

from sandbox.limits import Window
from sandbox.mercado_livre import (
    categories,
    descriptions,
    errors,
    feedback,
    invoices,
    issued_invoices,
    item_search,
    items,
    labels,
    notifications,
    oauth,
    order_api,
    order_search,
    orders,
    payments,
    seller_notifications,
    shipment_api,
    shipments,
    split,
    statuses,
    stock,
    user_products,
    users,
)
from sandbox.mercado_livre.acts import ACTS
from sandbox.mercado_livre.seed import seed
from sandbox.mercado_livre.site import NAME
from sandbox.operation import Operation
from sandbox.platform import Platform

_ISSUED: Final = "/users/{user}/invoices"
_OPERATIONS: Final = (
    Operation("oauth_token", "POST", "/oauth/token", oauth.token),
    Operation("get_me", "GET", "/users/me", users.me),
    Operation("search_items", "GET", "/users/{user}/items/search", item_search.search),
    Operation("get_shipping_preferences", "GET", "/users/{user}/shipping_preferences", users.shipping_preferences),
    Operation("get_user", "GET", "/users/{user}", users.read),
    Operation("get_issued_by_order", "GET", f"{_ISSUED}/orders/{{order}}", issued_invoices.by_order),
    Operation("get_issued_by_shipment", "GET", f"{_ISSUED}/shipments/{{shipment}}", issued_invoices.by_shipment),
    Operation("get_issued_xml", "GET", f"{_ISSUED}/documents/xml/{{invoice}}/authorized", issued_invoices.xml),
    Operation("get_issued", "GET", f"{_ISSUED}/{{invoice}}", issued_invoices.read),
    Operation("predict_category", "GET", "/sites/MLB/domain_discovery/search", categories.predict),
    Operation("get_category", "GET", "/categories/{category}", categories.read),
    Operation("get_category_attributes", "GET", "/categories/{category}/attributes", categories.attributes),
    Operation("get_sale_terms", "GET", "/categories/{category}/sale_terms", categories.sale_terms),
    Operation("create_item", "POST", "/items", items.create),
    Operation("get_items", "GET", "/items", items.multiget),
    Operation("get_items_bulk", "GET", "/items/bulk", items.bulk),
    Operation("get_item", "GET", "/items/{item}", items.read),
    Operation("update_item", "PUT", "/items/{item}", items.change),
    Operation("get_prices", "GET", "/items/{item}/prices", items.prices),
    Operation("get_sale_price", "GET", "/items/{item}/sale_price", items.sale_price),
    Operation("get_description", "GET", "/items/{item}/description", descriptions.read),
    Operation("create_description", "POST", "/items/{item}/description", descriptions.create),
    Operation("update_description", "PUT", "/items/{item}/description", descriptions.change),
    Operation("get_user_product", "GET", "/user-products/{product}", user_products.read),
    Operation("get_stock", "GET", "/user-products/{product}/stock", user_products.read_stock),
    Operation("put_stock", "PUT", "/user-products/{product}/stock/type/seller_warehouse", user_products.write_stock),
    Operation("search_orders", "GET", "/orders/search", order_search.search),
    Operation("get_billing", "GET", "/orders/billing-info/{site}/{billing}", order_api.billing),
    Operation("get_order", "GET", "/orders/{order}", order_api.read),
    Operation("get_order_shipments", "GET", "/orders/{order}/shipments", shipment_api.of_order),
    Operation("get_feedback", "GET", "/orders/{order}/feedback", feedback.read),
    Operation("create_feedback", "POST", "/orders/{order}/feedback", feedback.create),
    Operation("get_pack", "GET", "/packs/{pack}", order_api.pack),
    Operation("get_payment", "GET", "/collections/{payment}", payments.read),
    Operation("get_shipment", "GET", "/shipments/{shipment}", shipment_api.read),
    Operation("update_shipment", "PUT", "/shipments/{shipment}", seller_notifications.change),
    Operation("get_shipment_items", "GET", "/shipments/{shipment}/items", shipment_api.items),
    Operation("get_shipment_orders", "GET", "/shipments/{shipment}/orders", shipment_api.orders),
    Operation("get_shipment_costs", "GET", "/shipments/{shipment}/costs", shipment_api.costs),
    Operation("get_shipment_payments", "GET", "/shipments/{shipment}/payments", shipment_api.payments),
    Operation("get_shipment_sla", "GET", "/shipments/{shipment}/sla", shipment_api.sla),
    Operation("get_lead_time", "GET", "/shipments/{shipment}/lead_time", shipment_api.lead_time),
    Operation("get_shipment_history", "GET", "/shipments/{shipment}/history", shipment_api.history),
    Operation("get_carrier", "GET", "/shipments/{shipment}/carrier", shipment_api.carrier),
    Operation("get_delays", "GET", "/shipments/{shipment}/delays", shipment_api.delays),
    Operation("get_shipment_billing", "GET", "/shipments/{shipment}/billing_info", shipment_api.billing_info),
    Operation("split_shipment", "POST", "/shipments/{shipment}/split", split.split),
    Operation("get_shipment_statuses", "GET", "/shipment_statuses", statuses.listed),
    Operation("get_labels", "GET", "/shipment_labels", labels.read),
    Operation("notify_v1", "POST", "/shipments/{shipment}/seller_notifications", seller_notifications.first_version),
    Operation("notify_v2", "POST", "/v2/shipments/{shipment}/seller_notifications", seller_notifications.notify),
    *(
        Operation(f"{name}_invoice", method, f"/shipments/{{shipment}}/invoice_data{slash}", handler)
        for name, method, handler in (("create", "POST", invoices.create), ("get", "GET", invoices.read))
        for slash in ("", "/")
    ),
    *(
        Operation("update_invoice", "PUT", f"/shipment_invoice/{{invoice}}{slash}", invoices.change)
        for slash in ("", "/")
    ),
    Operation("get_missed_feeds", "GET", "/missed_feeds", notifications.missed_feeds),
)

MERCADO_LIVRE: Final = Platform(
    name=NAME,
    mounts={"/ml": _OPERATIONS},
    identify=oauth.identify,
    shape=errors.shape,
    throttled=errors.throttled,
    limit_headers=lambda verdict: {},  # the vendor reports nothing of its budgets
    seed=seed,
    # The vendor publishes no numbers; 1,500 a minute for each seller is a declared guess.
    limits=(Window("per_minute", "*", 1500),),
    events={
        "notification_answered": notifications.answered,
        "notify_again": notifications.notify_again,
        "replicate_stock": stock.replicate,
        "shipment_appears": shipments.appears,
        "shipment_ready": shipments.ready,
        "buffer_ends": shipments.buffer_ends,
        "invoice_processed": shipments.processed,
        "invoice_issued": issued_invoices.issue,
        "unpaid_expires": orders.unpaid_expires,
    },
    acts=ACTS,
)
