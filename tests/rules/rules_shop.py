"""The rule files of a made-up platform, small and without a problem."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

PLATFORM = """\
rules: 1
platform: shop
title: Shop
docs: https://shop.example/docs
params:
  account: {title: account name, account: true, pattern: "[a-z0-9]+"}
  weight_unit: {title: unit of weights, one_of: [g, kg], default: g}
  note: {title: a note, optional: true}
secrets: [app_key, hook_key]
hosts: {main: "https://{{ params.account }}.shop.example", prices: "https://prices.shop.example"}
headers: {Accept: application/json}
auth: {style: headers, headers: {X-Key: "{{ secrets.app_key }}"}}
limits:
  orders: {calls: 60, per: 1m, operations: [get_order]}
capabilities: {listing: create, stock: {reads: physical, writes: sellable, includes_order_after: order}}
retention: {list_orders: 90d}
statuses: {new: placed, payed: paid, gone: cancelled}
outcomes:
  read:
    - {status: 200, is: ok}
    - {status: 404, is: not_found}
    - {status: [401, 403], is: reauth}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: [408, 5xx], is: retry}
    - {else: fatal}
  write:
    - {status: 2xx, is: ok}
    - {status: 409, is: exists}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: [408, 5xx], is: unknown}
    - {status: [400, 422], is: reject, code: "{{ body.error.code }}", message: "{{ body.error.message }}"}
    - {else: fatal}
operations:
  list_orders:
    does: read
    gives: refs
    request: {method: GET, path: /orders, query: {since: "{{ window.from | iso }}", note: "{{ params.note }}", open: "{{ true }}"}}
    pages: {style: page, param: page, size: {param: per_page, value: 2}, stop: {empty_page: true, last_page: "{{ body.pages }}", max_pages: 5}}
    items: "{{ body.list }}"
    ref: {kind: order, id: "{{ item.id }}", version: "{{ item.changed }}"}
    outcomes: read
  get_order:
    does: read
    gives: order
    steps:
      - {as: order, request: {method: GET, path: "/orders/{{ id }}"}}
      - {as: shipment, when: "{{ order.shipment is not none }}", on_not_found: null, request: {method: GET, path: "/shipments/{{ order.shipment }}"}}
      - {as: lines, each: "{{ order.lines }}", item: it, request: {method: GET, path: "/lines/{{ it.id }}"}}
    read: order.read
    outcomes: read
  create_order:
    does: write
    takes: order
    creates: order
    request: {method: POST, path: /orders, query: {account: "{{ params.account }}"}, body: {json: order.write}}
    dedup: {strategy: native_key, find: find_order, settle: 5s, tries: 3}
    result: {id: "{{ body.id }}"}
    outcomes: write
  find_order:
    does: read
    takes: order
    gives: found
    request: {method: GET, path: "/orders/by/{{ order.id }}"}
    found: "{{ body.number == order.id }}"
    result: {id: "{{ body.id }}"}
    outcomes: read
  send_invoice:
    does: write
    takes: invoice
    requires: [order]
    request: {method: POST, path: "/orders/{{ id }}/invoice", body: {bytes: "{{ invoice.xml }}", type: application/xml}}
    outcomes: write
  put_price:
    does: write
    takes: price
    request: {method: PUT, host: prices, path: "/prices/{{ price.sku }}", body: {form: price.write}}
    outcomes: write
hooks:
  verify: {style: hmac_sha256, header: X-Signature, secret: hook_key, encoding: base64}
  ping: {when: "{{ body.ping is defined }}", reply: {status: 200, json: {pong: "{{ body.ping }}"}}}
  reply: {status: 202, json: {}}
  routes:
    - {route: orders, when: "{{ body.topic == 'order' }}", kind: order, id: "{{ body.resource | last_segment }}", event: "{{ body._id }}"}
    - {route: "orders/{order}/invoice", kind: order, by: correlation, id: "{{ route.order }}", reply: {status: 200, json: {order: "{{ route.order }}"}}}
    - {else: ignore}
"""

ORDER_READ = """\
rules: 1
mapping: order.read
target: order
on_missing: omit
on_null: omit
enums:
  document: {CPF: cpf, CNPJ: cnpj, else: {const: other}}
fields:
  id: {from: order.id}
  placed_at: {from: order.created, as: datetime}
  logistics: {const: own}
  status: {from: order.status}
  lines:
    each: order.lines
    item: it
    index: n
    fields:
      id: {value: "{{ n + 1 }}", as: string}
      sku: {from: it.sku}
      quantity: {from: it.quantity}
      unit_price: {from: it.price, as: money, unit: cents}
  totals:
    fields:
      items: {value: "{{ order.lines | sum_of('price', 'quantity') }}", as: money, unit: cents}
      total: {from: order.total, as: money, unit: cents}
  buyer:
    when: "{{ order.buyer | default(none) is not none }}"
    fields:
      name: {from: order.buyer.name}
      document:
        fields:
          kind: {from: order.buyer.document_type, enum: document}
          number: {value: "{{ order.buyer.document | alphanumeric }}"}
"""

ORDER_WRITE = """\
rules: 1
mapping: order.write
source: order
fields:
  number: {from: order.id}
  date: {from: order.placed_at, as: date, tz: America/Sao_Paulo}
  total: {from: order.totals.total, as: money}
  carrier: {value: "{{ setting('carrier', order.delivery.carrier | coalesce('none')) }}"}
  lines:
    each: order.lines
    item: it
    fields:
      sku: {from: it.sku}
      quantity: {from: it.quantity}
      price: {from: it.unit_price, as: money, unit: cents}
"""

PRICE_WRITE = """\
rules: 1
mapping: price.write
source: price
fields:
  sku: {from: price.sku}
  price: {fields: {sale: {from: price.sale, as: money, unit: text}}}
"""

FLOW_BACKOFFICE = """\
rules: 1
flow: backoffice
title: the platform manages
gives:
  catalogue: {grain: sku}
  price: {grain: [sku, price_list]}
  stock: {grain: [sku, location], needs: [order]}
  invoice: {grain: [order, package], logistics: [own], operations: [get_order]}
takes:
  order: {grain: order, at: paid, at_may_be: [placed], operations: [create_order, find_order], off_with: [payment]}
  payment: {after: order, optional: true, operations: [pay_order]}
never: [give.order]
"""

FLOW_CHANNEL = """\
rules: 1
flow: sales_channel
title: the platform sells
gives:
  order: {grain: [order], since: required, operations: [list_orders, get_order]}
takes:
  listing: {only: selected, by_capability: {listing: {create: [put_price], link: [find_listing]}}}
  price: {operations: [put_price]}
never: [take.order]
"""

LIFECYCLE = """\
rules: 1
lifecycle: order
states: [placed, paid, invoiced, shipped, delivered, returned, cancelled]
milestones:
  placed: {direction: order}
  paid: {direction: payment, requires: payments_cover_total}
  invoiced: {direction: invoice, implies: [paid], covers: true}
  shipped: {direction: dispatch, implies: [paid]}
  delivered: {direction: delivery, implies: [shipped]}
  returned: {direction: return, final: true}
  cancelled: {direction: [cancel_by_buyer, cancel_by_seller], from: any, final: true}
absent: [{when: {logistics: fulfilled}, milestones: [invoiced]}]
"""

DIRECTIONS = """\
rules: 1
directions:
  catalogue: {title: products, per: product}
  listing: {title: offers, per: listing}
  price: {title: prices, per: sku_and_price_list}
  stock: {title: counts, per: sku_and_location}
  order: {title: the order, per: order, state: placed}
  payment: {title: payments, per: payment, commands: [pay], state: paid}
  invoice: {title: the NF-e, per: package, commands: [invoice, void_invoice], state: invoiced}
  shipping_info: {title: tracking, per: package}
  dispatch: {title: it left, per: package, state: shipped}
  delivery: {title: it arrived, per: package, state: delivered}
  cancel_by_buyer: {title: cancellation, per: order_line, state: cancelled}
  cancel_by_seller: {title: cancellation, per: order_line, state: cancelled}
  return: {title: goods coming back, per: order_line, state: returned}
"""

SELLER = """\
rules: 1
seller: aurora
public_url: https://hub.example
connections:
  loja:
    platform: shop
    flow: backoffice
    params: {account: aurora}
    secrets: {app_key: env:SHOP_KEY, hook_key: env:SHOP_HOOK}
  outlet:
    platform: shop
    flow: sales_channel
    params: {account: outlet, weight_unit: kg}
    secrets: {app_key: env:OUTLET_KEY, hook_key: env:OUTLET_HOOK}
    hosts: {main: "http://127.0.0.1:1/"}
    order: {since: 2026-11-01}
    listing: {select: "{{ product.brand == 'Aurora' }}"}
    price: {rule: "{{ price.sale * 0.7 }}", round: "0.90"}
locations: {cd: {connection: loja, id: "1_1", uf: SP}}
routes: {order: [{when: {logistics: fulfilled}, to: hub}, {else: loja}]}
"""

CASES = """\
rules: 1
cases:
  - name: an order
    in_file: cases/order.json
    out_has: {id: "7", totals: {total: "29.90"}, lines: [{sku: "007", quantity: 2, unit_price: "14.95"}]}
  - name: no id
    in: {order: {created: "2026-11-24T12:00:00Z", lines: [], total: 0}}
    error: {code: R201, at: fields.id}
"""

ORDER_JSON = """\
{"order": {"id": 7, "created": "2026-11-24T12:00:00Z", "status": "new", "total": 2990, "shipment": null,
 "lines": [{"id": "a", "sku": "007", "quantity": 2, "price": 1495}],
 "buyer": {"name": "Ana", "document_type": "CPF", "document": "111.444.777-35"}}}
"""

SHOP = {
    "mappings/directions.yaml": DIRECTIONS,
    "mappings/flows/backoffice.yaml": FLOW_BACKOFFICE,
    "mappings/flows/sales_channel.yaml": FLOW_CHANNEL,
    "mappings/lifecycles/order.yaml": LIFECYCLE,
    "mappings/platforms/shop/platform.yaml": PLATFORM,
    "mappings/platforms/shop/order.read.yaml": ORDER_READ,
    "mappings/platforms/shop/order.write.yaml": ORDER_WRITE,
    "mappings/platforms/shop/price.write.yaml": PRICE_WRITE,
    "mappings/platforms/shop/order.read.cases.yaml": CASES,
    "mappings/platforms/shop/cases/order.json": ORDER_JSON,
    "sellers/aurora.yaml": SELLER,
}
"""All files, by path."""
