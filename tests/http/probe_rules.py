"""Rule files of a probe platform: one operation for each thing that the sender does."""

from __future__ import annotations

from cais.rules.files import RuleFiles
from cais.rules.ruleset import ConnectionRules, compile_rules

FLOW = "rules: 1\nflow: backoffice\ntitle: Nothing\n"
LIFECYCLE = "rules: 1\nlifecycle: order\nstates: [placed]\nmilestones: {placed: {direction: order}}\n"

PLATFORM = """
rules: 1
platform: probe
title: Probe
docs: https://example.com
params: {account: {title: account, account: true}}
secrets: SECRETS
hosts: {main: "https://{{ params.account }}.example.com/api", other: "https://other.example.com"}
headers: {Accept: application/json, Content-Type: application/json}
auth: AUTH
limits: LIMITS
timeout: 15s
outcomes:
  read:
    - {status: 200, is: ok}
    - {status: 404, is: not_found}
    - {status: [401, 403], is: reauth}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: 5xx, is: retry}
    - {else: fatal, code: "{{ body.code | coalesce('unexplained') }}"}
  write:
    - {status: 200, when: "{{ body.taken | coalesce(true) }}", is: ok}
    - {status: 409, is: exists}
    - {status: [401, 403], is: reauth}
    - {status: 429, is: throttled, after: [header.retry-after, 60s]}
    - {status: 5xx, is: unknown}
    - {status: 400, is: reject, code: "{{ body.code }}"}
    - {else: fatal}
operations:
TOKEN_OPERATION  get_thing:
    does: read
    request: {method: GET, path: "/things/{{ id }}", query: {fields: "{{ params.account }}"}}
    result: {id: "{{ body.id }}"}
    outcomes: read
  get_location:
    does: read
    gives: location
    steps:
      - {as: place, request: {method: GET, path: "/places/{{ id }}"}}
      - as: owner
        when: "{{ place.owner is not none }}"
        request: {method: GET, host: other, path: "/owners/{{ place.owner }}"}
      - {as: extra, on_not_found: null, request: {method: GET, path: "/extra/{{ id }}"}}
      - {as: parts, each: "{{ place.parts }}", item: part, request: {method: GET, path: "/parts/{{ part.id }}"}}
      - {as: log, request: {method: GET, path: "/log/{{ id }}"}, items: "{{ body.lines }}",
         pages: {style: page, param: page, first: 1, stop: {last_page: "{{ body.pages }}", max_pages: 5}}}
    read: location.read
    outcomes: read
  find_parts:
    does: read
    gives: found
    steps:
      - {as: parts, each: "{{ value }}", item: part, request: {method: GET, path: "/parts/{{ part }}"}}
    found: "{{ parts | length == 2 }}"
    outcomes: read
  list_things:
    does: read
    gives: refs
    request: {method: GET, path: /things, query: {from: "{{ window.from | iso }}"}}
    pages: {style: page, param: page, first: 1, stop: {last_page: "{{ body.pages }}", empty_page: true, max_pages: 4}}
    items: "{{ body.list }}"
    ref: {kind: order, id: "{{ item.id }}", version: "{{ item.changed }}"}
    outcomes: read
  list_by_cursor:
    does: read
    gives: refs
    request: {method: GET, path: /cursor}
    pages: {style: cursor, param: after, next: "{{ body.next }}", stop: {no_next: true, max_pages: 100}}
    items: "{{ body.list }}"
    ref: {kind: product, id: "{{ item.id }}"}
    outcomes: read
  list_by_address:
    does: read
    gives: refs
    request: {method: GET, path: /linked}
    pages: {style: next_url, next: "{{ body.next }}", stop: {no_next: true, max_pages: 100}}
    items: "{{ body.list }}"
    ref: {kind: product, id: "{{ item.id }}"}
    outcomes: read
  create_thing:
    does: write
    takes: location
    creates: thing
    request: {method: POST, path: /things, body: {json: thing.write}}
    dedup: {strategy: native_key}
    result: {id: "{{ body.id }}"}
    outcomes: write
  cancel_parts:
    does: write
    takes: location
    steps:
      - {as: parts, each: "{{ value }}", item: part, request: {method: POST, path: "/parts/{{ part }}/cancel"}}
    outcomes: write
  put_many:
    does: write
    takes: stock
    request: {method: POST, path: /many, body: {json: thing.write}}
    answers:
      items: "{{ body.results }}"
      key: "{{ item.sku }}"
      outcomes: [{when: "{{ item.ok }}", is: ok}, {else: reject, code: "{{ item.why }}"}]
    outcomes: write
"""

TOKEN_OPERATION = """  refresh_token:
    does: housekeeping
    request: {method: POST, path: /token, body: {form: token.write}}
    result: {access: "{{ body.access }}", refresh: "{{ body.refresh }}", expires_in: "{{ body.expires_in }}"}
    outcomes:
      - {status: 200, is: ok}
      - {status: 429, is: throttled, after: [header.retry-after, 60s]}
      - {status: 5xx, is: unknown}
      - {else: reauth, code: "{{ body.error | coalesce('unexplained') }}"}
"""

LOCATION_READ = """
rules: 1
mapping: location.read
target: location
fields:
  name: {value: "{{ owner.name if owner is not none else place.name }}"}
  connection: {const: loja}
  remote_id: {from: place.id, as: string}
  cnpj: {from: extra.cnpj, as: string, on_null: omit, on_missing: omit}
"""

THING_WRITE = """
rules: 1
mapping: thing.write
source: location
with: [value]
fields:
  name: {from: location.name}
  total: {value: "{{ value }}", as: decimal}
"""

TOKEN_WRITE = """
rules: 1
mapping: token.write
fields:
  refresh_token: {value: "{{ token.refresh }}"}
  client_secret: {value: "{{ secrets.client_secret }}"}
"""

SELLER = """
rules: 1
seller: aurora
connections:
  loja:
    platform: probe
    flow: backoffice
    params: {account: a}
    secrets: {SECRETS}
    hosts: {main: "URL/api", other: "URL"}
"""

HEADERS = '{style: headers, headers: {X-Key: "{{ secrets.key }}"}}'
SIGNED = (
    "{style: signed, query: {sign: '{{ signature }}'},"
    " sign: {algorithm: hmac_sha256, key: '{{ secrets.key }}', text: '{{ request.method }}{{ request.path }}'}}"
)
REFRESHED = (
    "{style: oauth2_refresh, token_operation: refresh_token, header: Authorization,"
    ' value: "Bearer {{ token.access }}", refresh_before: 10m}'
)
"""Ways to prove who we are."""


def rules(url: str, *, auth: str = HEADERS, secrets: str = "key", limits: str = "{}") -> ConnectionRules:
    """The connection `loja` of a platform served at `url`; secrets are `env:PROBE_<NAME>`."""
    names, fetches = secrets.split(), "token_operation" in auth
    given = ", ".join(f"{name}: env:PROBE_{name.upper()}" for name in names)
    written = {"SECRETS": f"[{', '.join(names)}]", "AUTH": auth, "LIMITS": limits}
    written["TOKEN_OPERATION"] = TOKEN_OPERATION if fetches else ""
    platform = PLATFORM
    for word, text in written.items():
        platform = platform.replace(word, text)
    texts = {
        "mappings/flows/backoffice.yaml": FLOW,
        "mappings/lifecycles/order.yaml": LIFECYCLE,
        "mappings/platforms/probe/platform.yaml": platform,
        "mappings/platforms/probe/location.read.yaml": LOCATION_READ,
        "mappings/platforms/probe/thing.write.yaml": THING_WRITE,
        "sellers/aurora.yaml": SELLER.replace("SECRETS", given).replace("URL", url),
    }
    if fetches:
        texts["mappings/platforms/probe/token.write.yaml"] = TOKEN_WRITE
    return compile_rules(RuleFiles(texts)).connection("loja")
