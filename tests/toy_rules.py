"""Rule files of two toy platforms: a market that sells and a shop where the seller manages."""

from __future__ import annotations

from cais.rules.files import RuleFiles

SELLER = "aurora"
FLOWS = {
    "backoffice": """
rules: 1
flow: backoffice
title: the platform manages
gives:
  catalogue: {grain: [sku]}
  price: {grain: [sku]}
  stock: {grain: [sku]}
  invoice: {grain: [package]}
  shipping_info: {grain: [package]}
  dispatch: {grain: [package]}
  delivery: {grain: [package]}
  cancel_by_seller: {grain: [order]}
takes: {order: {grain: [order]}, payment: {grain: [order]}, cancel_by_buyer: {grain: [order]}}
""",
    "sales_channel": """
rules: 1
flow: sales_channel
title: the platform sells
gives: {order: {grain: [order]}, payment: {grain: [order]}, cancel_by_buyer: {grain: [order]}}
takes: {listing: {grain: [listing]}, price: {grain: [sku]}, stock: {grain: [sku]}, invoice: {grain: [package]}}
""",
}
LIFECYCLE = """
rules: 1
lifecycle: order
states: [placed, paid, cancelled]
milestones:
  placed: {direction: order}
  paid: {direction: payment}
  cancelled: {direction: [cancel_by_buyer, cancel_by_seller], from: any, final: true}
"""
PLATFORM = """
rules: 1
platform: toy
title: Toy
docs: https://example.com
params: {account: {title: account, account: true}}
secrets: SECRETS
hosts: {main: "http://127.0.0.1:9"}
auth: {style: none}
timeout: 60s
capabilities: {listing: create}
poll: {orders: 1m, products: 1m, sweep: 10m, overlap: 1m}
outcomes:
  read:
    - {status: 200, is: ok}
    - {status: 404, is: not_found}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: 503, is: retry}
    - {else: fatal}
operations:
  list_orders:
    does: read
    gives: refs
    request: {method: GET, path: /orders, query: {from: "{{ window.from | iso }}", to: "{{ window.to | iso }}"}}
    pages: {style: page, param: page, first: 1, size: {param: size, value: 2}, stop: {short_page: true, max_pages: 3}}
    items: "{{ body.orders }}"
    ref: {kind: order, id: "{{ item.id }}", version: "{{ item.version }}"}
    outcomes: read
  get_order:
    does: read
    gives: order
    steps:
      - {as: order, request: {method: GET, path: "/orders/{{ id }}"}}
    read: order.read
    outcomes: read
  find_order_of_shipment:
    does: read
    gives: found
    request: {method: GET, path: "/shipments/{{ id }}"}
    found: "{{ body.order is not none }}"
    result: {id: "{{ body.order }}"}
    outcomes: read
  start_handling:
    does: housekeeping
    request: {method: POST, path: "/orders/{{ id }}/handling"}
    outcomes: read
  list_products:
    does: read
    gives: refs
    request: {method: GET, path: /products}
    pages: {style: page, param: page, first: 1, size: {param: size, value: 2}, stop: {short_page: true, max_pages: 3}}
    items: "{{ body.products }}"
    ref: {kind: product, id: "{{ item }}"}
    outcomes: read
  get_product:
    does: read
    gives: product
    request: {method: GET, path: "/products/{{ id }}"}
    read: product.read
    outcomes: read
  get_price:
    does: read
    gives: price
    request: {method: GET, path: "/prices/{{ id }}"}
    read: price.read
    outcomes: read
  get_stock:
    does: read
    gives: stock
    request: {method: GET, path: "/stock/{{ id }}"}
    read: stock.read
    outcomes: read
  get_listing:
    does: read
    gives: listing
    request: {method: GET, path: "/items/{{ id }}"}
    read: listing.read
    outcomes: read
hooks:
  verify: VERIFY
  ping: {when: "{{ body.ping is defined }}", reply: {status: 200, json: {pong: true}}}
  reply: {status: 200, json: {}}
  routes:
    - route: events
      when: "{{ body.topic == 'order' }}"
      kind: order
      id: "{{ body.id | string }}"
      event: "{{ body.event | coalesce(none) }}"
    - route: events
      when: "{{ body.topic == 'shipment' }}"
      kind: shipment
      id: "{{ body.id }}"
      event: "{{ body.event }}"
    - route: "callback/{order}/invoice"
      kind: order
      id: "{{ route.order }}"
      by: correlation
      reply: {status: 200, json: {orderId: "{{ route.order }}", at: "{{ run.now | iso }}"}}
    - {else: ignore}
resolve:
  shipment: {operation: find_order_of_shipment, gives: order}
"""
MAPPINGS = {
    "order.read": """
rules: 1
mapping: order.read
target: order
on_missing: omit
on_null: omit
fields:
  id: {from: order.id, as: string}
  number: {from: order.number}
  parts: {each: order.parts, item: part, value: "{{ part }}", on_missing: {const: []}}
  correlation: {from: order.stamp}
  updated_at: {from: order.updated_at, as: datetime}
  placed_at: {from: order.placed_at, as: datetime, on_missing: error}
  logistics: {const: own}
  paid: {from: order.paid}
  lines:
    each: order.items
    item: it
    index: n
    on_missing: error
    fields:
      id: {value: "{{ (n + 1) | string }}"}
      sku: {from: it.sku, on_missing: error}
      quantity: {from: it.quantity, on_missing: error}
      unit_price: {from: it.price, as: money, on_missing: error}
  totals: {fields: {items: {from: order.total, as: money}, total: {from: order.total, as: money, on_missing: error}}}
  status: {from: order.status, enum: status}
  buyer: {fields: {name: {from: order.buyer}}, when: "{{ order.buyer is defined }}"}
  packages:
    each: order.invoices
    item: invoice
    on_missing: {const: []}
    fields:
      id: {from: invoice.package}
      invoice: {fields: {number: {from: invoice.number}, xml: {from: invoice.xml}}}
enums:
  status: {new: placed, paid: paid, done: delivered, else: error}
""",
    "product.read": """
rules: 1
mapping: product.read
target: product
fields:
  code: {from: body.code}
  remote_id: {from: body.id}
  title: {from: body.title}
  brand: {from: body.brand}
  active: {from: body.active}
  variants: {each: body.skus, item: each, fields: {sku: {from: each.sku}, remote_id: {from: each.id}}}
""",
    "price.read": """
rules: 1
mapping: price.read
target: price
fields: {sku: {from: body.sku}, price_list: {const: "1"}, sale: {from: body.sale, as: money}}
""",
    "stock.read": """
rules: 1
mapping: stock.read
target: stock
fields:
  sku: {from: body.sku}
  counts: {list: [{fields: {location: {const: cd}, units: {from: body.units}}}]}
""",
    "listing.read": """
rules: 1
mapping: listing.read
target: listing
fields:
  remote_id: {from: body.id}
  status: {from: body.status, enum: status}
  problem: {from: body.problem, on_missing: null, on_null: null}
enums:
  status: {active: active, paused: paused, else: error}
""",
}


def rule_files(
    url: str, *, since: str = "2026-11-01", mappings: dict[str, str] | None = None, verify: str = "secret_in_path",
    select: str = "{{ product.brand == 'Aurora' }}",
) -> RuleFiles:  # fmt: skip
    """All files, the platform at `url`. `mappings` replaces some."""
    secrets = "[hook_key]" if "hook_key" in verify else "[]"
    platform = PLATFORM.replace("VERIFY", verify).replace("SECRETS", secrets)
    texts = {f"mappings/flows/{name}.yaml": text for name, text in FLOWS.items()}
    texts["mappings/lifecycles/order.yaml"] = LIFECYCLE
    texts["mappings/platforms/toy/platform.yaml"] = platform
    for name, text in {**MAPPINGS, **(mappings or {})}.items():
        texts[f"mappings/platforms/toy/{name}.yaml"] = text
    texts["sellers/aurora.yaml"] = _seller(
        url, since, "{hook_key: env:TOY_HOOK_KEY}" if secrets != "[]" else "{}", select
    )
    return RuleFiles(texts)


def _seller(url: str, since: str, secrets: str, select: str) -> str:
    host = f'hosts: {{main: "{url}"}}, secrets: {secrets}'
    return f"""
rules: 1
seller: {SELLER}
connections:
  shop: {{platform: toy, flow: backoffice, params: {{account: shop}}, {host}}}
  market:
    {{platform: toy, flow: sales_channel, params: {{account: market}}, {host},
     order: {{since: {since}}}, listing: {{select: "{select}"}}}}
"""
