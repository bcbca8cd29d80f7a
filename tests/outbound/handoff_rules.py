"""Rule files for the probe: one platform for each dedup strategy, a store that takes orders, a channel that sells."""

from __future__ import annotations

from cais.rules.files import RuleFiles

SELLER = "aurora"
CHANNEL = "mkt"

FLOWS = {
    "backoffice": """
rules: 1
flow: backoffice
title: the platform manages
gives: {catalogue: {grain: [sku]}, price: {grain: [sku]}}
takes: {order: {grain: [order]}, payment: {grain: [order]}, cancel_by_buyer: {grain: [order]}}
""",
    "sales_channel": """
rules: 1
flow: sales_channel
title: the platform sells
takes: {listing: {grain: [listing]}, price: {grain: [sku]}, stock: {grain: [sku]}, invoice: {grain: [package]}}
""",
}
LIFECYCLE = "rules: 1\nlifecycle: order\nstates: [placed]\nmilestones: {placed: {direction: order}}\n"

PLATFORM = """
rules: 1
platform: NAME
title: Probe
docs: https://example.com
params: {account: {title: account, account: true}}
hosts: {main: "http://127.0.0.1:9"}
auth: {style: none}
timeout: 10s
capabilities: {listing: create, stock: {includes_order_after: COUNTED}, bulk: {price: 3}}
outcomes:
  read:
    - {status: 200, is: ok}
    - {status: 404, is: not_found}
    - {status: 401, is: reauth}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: 5xx, is: retry}
    - {else: fatal}
  write:
    - {status: 2xx, is: ok}
    - {status: 409, is: exists}
    - {status: 401, is: reauth}
    - {status: 404, is: not_found}
    - {status: 412, is: retry}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: 503, is: retry}
    - {status: 5xx, is: unknown}
    - {status: 400, is: reject, code: "{{ body.code }}", message: "{{ body.message | coalesce('') }}"}
    - {else: fatal}
operations:
  create_order:
    does: write
    takes: order
    creates: order
CREATE
    result: {id: "{{ body.id }}"}
    outcomes: write
  find_order:
    does: read
    takes: order
    gives: found
    request: {method: GET, path: /orders, query: {key: "{{ run.stamp }}"}}
    found: "{{ body.found | length > 0 }}"
    result: {id: "{{ body.found[0].id }}"}
    outcomes: read
  pay_order:
    does: write
    takes: order
    request: {method: POST, path: "/orders/{{ id }}/notes", body: {json: pay.write}}
    outcomes: write
  cancel_order:
    does: write
    takes: order
    request: {method: POST, path: "/orders/{{ id }}/cancel"}
    outcomes: write
  send_invoice:
    does: write
    takes: invoice
    requires: [payment]
    request: {method: POST, path: "/orders/{{ id }}/notes", body: {json: invoice.write}}
    outcomes: write
  create_listing:
    does: write
    takes: offer
    creates: listing
    request: {method: POST, path: /items, body: {json: item.write}}
    dedup: {strategy: native_key}
    result: {id: "{{ body.id }}"}
    outcomes: write
  get_listing:
    does: read
    gives: listing
    request: {method: GET, path: "/items/{{ id }}"}
    read: listing.read
    outcomes: read
  pause_listing:
    does: write
    takes: listing
    request: {method: PUT, path: "/values/{{ listing.remote_id }}", body: {json: pause.write}}
    outcomes: write
  update_listing:
    does: write
    takes: offer
    request: {method: PUT, path: "/values/{{ listing.remote_id }}", body: {json: content.write}}
    outcomes: write
  put_price:
    does: write
    takes: price
    request: {method: POST, path: /values, body: {json: prices.write}}
    answers:
      items: "{{ body.results }}"
      key: "{{ item.id }}"
      outcomes: [{when: "{{ item.ok }}", is: ok}, {else: reject, code: "{{ item.why }}"}]
    outcomes: write
  put_stock:
    does: write
    takes: stock
    request: {method: PUT, path: "/values/{{ listing.remote_id }}", body: {json: stock.write}}
    dedup: {strategy: native_key, settle: 20s}
    outcomes: write
"""

POST = "    request: {method: POST, path: PATH, body: {json: order.write}}\n    dedup: {strategy: STRATEGY, SETTLES}"
COMPARED = """    steps:
      - {as: account, request: {method: GET, path: "/accounts/{{ params.account }}"}}
      - as: made
        request:
          method: PUT
          path: "/accounts/{{ params.account }}"
          headers: {if-match: "{{ account.version | string }}"}
          body: {json: order.write}
    dedup: {strategy: compare_and_set, SETTLES}"""
SETTLES = "find: find_order, settle: 4s, tries: 2"

CREATES = {
    "native": POST.replace("PATH", "/keyed").replace("STRATEGY", "native_key"),
    "search": POST.replace("PATH", "/orders").replace("STRATEGY", "find_before_create"),
    "compare": COMPARED,
    "once": POST.replace("PATH", "/orders").replace("STRATEGY", "at_most_once_then_reconcile"),
}
"""Connection (and platform) of each strategy, and how it creates an order."""

ORDER_WRITE = """
rules: 1
mapping: order.write
source: order
fields:
  key: {from: run.stamp}
  number: {from: order.id}
  name: {from: order.buyer.name}
  carrier: {value: "{{ setting('carrier', order.delivery.service) }}", when: "{{ order.delivery.service is not none }}"}
  version: {const: one}
"""

MAPPINGS = {
    "order.write": ORDER_WRITE,
    "pay.write": """
rules: 1
mapping: pay.write
source: payment
fields: {note: {const: paid}, amount: {from: payment.amount, as: money}}
""",
    "invoice.write": """
rules: 1
mapping: invoice.write
source: invoice
fields: {note: {from: invoice.number}, xml: {from: invoice.xml, on_null: null}}
""",
    "item.write": """
rules: 1
mapping: item.write
source: offer
with: [variant, value]
fields:
  title: {from: offer.title}
  sku: {from: variant.sku}
  price: {from: value.price, as: money}
  units: {from: value.units}
""",
    "listing.read": """
rules: 1
mapping: listing.read
target: listing
fields:
  remote_id: {from: body.id}
  status: {const: active}
  variants:
    list:
      - fields:
          sku: {value: "{{ body.sku | coalesce('?') }}"}
          remote_id: {from: body.id}
          price: {from: body.price, as: money, on_missing: null}
          units: {from: body.units, as: integer, on_missing: null}
""",
    "content.write": "rules: 1\nmapping: content.write\nsource: offer\nfields: {title: {from: offer.title}}",
    "pause.write": "rules: 1\nmapping: pause.write\nfields: {paused: {const: true}}",
    "prices.write": """
rules: 1
mapping: prices.write
with: [items]
fields:
  items: {each: items, item: one, fields: {id: {from: one.remote_id}, price: {from: one.price, as: money}}}
""",
    "stock.write": """
rules: 1
mapping: stock.write
with: [value, variant]
fields:
  units: {from: value.units}
  place: {value: "{{ setting('place', variant.sku) }}", when: "{{ variant.sku == 'ODD' }}"}
""",
}


def rule_files(
    url: str, *, only: str = "", mappings: dict[str, str] | None = None, seller: str = "", counted: str = "order"
) -> RuleFiles:
    """All files, with the probe at `url`. `mappings` replaces some; `seller` is put into the channel's section; `only`
    one strategy is there; `counted` is the step after which stock counts include an order."""
    names = [only] if only else list(CREATES)
    texts = {f"mappings/flows/{name}.yaml": text for name, text in FLOWS.items()}
    texts["mappings/lifecycles/order.yaml"] = LIFECYCLE
    for name in names:
        create = CREATES[name].replace("SETTLES", SETTLES)
        texts[f"mappings/platforms/{name}/platform.yaml"] = (
            PLATFORM.replace("NAME", name).replace("CREATE", create).replace("COUNTED", counted)
        )
        for mapping, text in (MAPPINGS | (mappings or {})).items():
            texts[f"mappings/platforms/{name}/{mapping}.yaml"] = text
    texts["sellers/aurora.yaml"] = _seller(url, names, seller)
    return RuleFiles(texts)


def _seller(url: str, names: list[str], more: str) -> str:
    lines = [f"rules: 1\nseller: {SELLER}\nroutes: {{order: [{{else: {names[0]}}}]}}\nconnections:"]
    for name in names:
        off = "" if name == names[0] else ", catalogue: off, price: off"
        host = f'hosts: {{main: "{url}"}}'
        lines.append(f"  {name}: {{platform: {name}, flow: backoffice, params: {{account: {name}}}, {host}{off}}}")
    said = f'platform: {names[0]}, flow: sales_channel, params: {{account: mkt}}, hosts: {{main: "{url}"}}'
    lines.append(f"  {CHANNEL}: {{{said}{', ' + more if more else ''}}}")
    return "\n".join(lines)
