"""Every check: one change of the made-up platform's files, the code it gives, and the text that the caret is under."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

import pytest
from rules_shop import SHOP
from rules_written import problems_of

from cais.errors import RulesInvalid
from cais.rules.files import RuleFiles
from cais.rules.ruleset import check, compile_rules

PLATFORM = "mappings/platforms/shop/platform.yaml"
READ = "mappings/platforms/shop/order.read.yaml"
WRITE = "mappings/platforms/shop/order.write.yaml"
CASES = "mappings/platforms/shop/order.read.cases.yaml"
BACKOFFICE = "mappings/flows/backoffice.yaml"
CHANNEL = "mappings/flows/sales_channel.yaml"
LIFECYCLE = "mappings/lifecycles/order.yaml"
DIRECTIONS = "mappings/directions.yaml"
SELLER = "sellers/aurora.yaml"

Row = tuple[str, str, str, str, str]

ROWS: list[Row] = [
    # file, what is replaced, by what, code, what the caret is under
    # reading and shape
    (READ, "rules: 1", "rules: 2", "R007", "2"),
    (READ, "rules: 1", "", "R007", "mapping"),
    (READ, "id: {from: order.id}", "id: {from: order.id}\n  id: {from: order.id}", "R002", "id: {from"),
    (READ, "on_null: omit", "on_null: omit\nfeilds: {}", "R010", "feilds"),
    (PLATFORM, "outcomes: write\nhooks", "outcomes: write\n    timeuot: 5s\nhooks", "R010", "timeuot"),
    (PLATFORM, "docs: https://shop.example/docs\n", "", "R011", "rules: 1"),
    (PLATFORM, "per: 1m", "per: 60", "R012", "60"),
    (PLATFORM, "is: throttled, after: [header.retry-after, 60s]}\n    - {status: [408, 5xx], is: retry}", "is: throtled}\n    - {status: [408, 5xx], is: retry}", "R012", "throtled"),
    (READ, "{from: order.status}", "{form: order.status}", "R013", "{form"),
    (READ, "{from: order.status}", "{from: order.status, value: x}", "R013", "value"),
    (READ, "{from: order.status}", "{from: order.status, max: 3, truncate: yes}", "R014", "yes"),
    (READ, "{from: order.status}", "{from: {{ x }}}", "R005", "{ x"),
    (READ, "mapping: order.read", "mapping: oder.read", "R009", "oder.read"),
    (SELLER, "seller: aurora", "seller: boreal", "R009", "boreal"),
    (READ, "status: {from: order.status}", "status: !remove", "R004", "!remove"),
    # expressions
    (READ, "{{ n + 1 }}", "{{ n + }}", "R020", '"{{ n + }}"'),
    (READ, "{{ n + 1 }}", "{{ n.strip() }}", "R021", "strip"),
    (READ, "{{ n + 1 }}", "{{ n | intger }}", "R022", "intger"),
    (READ, "{{ n + 1 }}", "{{ n | pad }}", "R021", "pad"),
    (READ, "{{ n + 1 }}", "{{ n | pad(2, 3) }}", "R021", "pad"),
    (READ, "{{ n + 1 }}", "{{ n | pad(sise=2) }}", "R021", "pad"),
    (READ, "{{ n + 1 }}", "{{ n is odd }}", "R022", "odd"),
    (READ, "{{ n + 1 }}", "{{ m + 1 }}", "R023", "m + 1"),
    (READ, "{{ n + 1 }}", "{{ 1 if n > 1 }}", "R024", "if n"),
    (READ, "{{ n + 1 }}", "{{ secrets.app_key }}", "R025", "secrets"),
    (PLATFORM, 'path: "/orders/{{ id }}"}}', 'path: "/orders/{{ secrets.app_key }}"}}', "R025", "secrets"),
    (PLATFORM, 'items: "{{ body.list }}"', "items: body.list", "R026", "body.list"),
    (READ, 'value: "{{ n + 1 }}"', "value: text", "R026", "text"),
    (PLATFORM, "{{ params.note }}", "{{ params.notes }}", "R027", "notes"),
    (PLATFORM, "{{ secrets.app_key }}", "{{ secrets.app_kee }}", "R027", "app_kee"),
    # mappings
    (READ, "target: order", "target: ordre", "R030", "ordre"),
    (READ, "  status: {from", "  statuss: {from", "R031", "statuss"),
    (READ, "      sku: {from: it.sku}\n", "", "R033", "id: {value"),
    (READ, "quantity: {from: it.quantity}", "quantity: {from: it.quantity, as: string}", "R034", "string"),
    (READ, "{const: own}", "{const: owned}", "R034", "owned"),
    (READ, "totals:\n    fields:", "status:\n    fields:", "R002", "status"),
    (READ, "{CPF: cpf,", "{CPF: cfp,", "R035", "{CPF"),
    (READ, "enum: document}", "enum: documents}", "R036", "documents"),
    (READ, "{from: order.status}", "{use: nothing}", "R037", "nothing"),
    (READ, "{from: order.status}", "{from: order.status, as: string, tz: UTC}", "R041", "tz"),
    (READ, "{from: order.status}", "{from: order.status, max: 5, unit: cents}", "R041", "unit"),
    (READ, "target: order", "target: order\nextends: base.read", "R042", "base.read"),
    (READ, "id: {from: order.id}", "id: {from: order.id, on_missing: omit}", "R044", "id: {from"),
    (READ, "enums:", "parts: {unused: {fields: {a: {const: 1}}}}\nenums:", "R040", "unused"),
    (WRITE, "order.totals.total,", "order.totals.totl,", "R032", "totl"),
    (WRITE, "{from: it.sku}", "{from: it.skuu}", "R032", "skuu"),
    (WRITE, "each: order.lines", "each: order.totals", "R032", "order.totals"),
    (WRITE, "order.delivery.carrier", "order.delivery.carier", "R032", "carier"),
    (WRITE, "{from: order.totals.total, as: money}", "{from: order.totals.total}", "R038", "{from"),
    (WRITE, "{from: order.totals.total, as: money}", "{from: order.totals}", "R038", "{from"),
    (WRITE, "{from: order.totals.total, as: money}", "{from: order.totals.total, as: string}", "R034", "string"),
    (WRITE, "as: date, tz: America/Sao_Paulo", "as: date", "R034", "date"),
    (WRITE, "tz: America/Sao_Paulo", "tz: America/Sao_Paolo", "R012", "America/Sao_Paolo"),
    (WRITE, "source: order", "source: order\nwith: [pakage]", "R023", "pakage"),
    (WRITE, "{from: order.id}", "{from: order..id}", "R012", "order..id"),
    (WRITE, "{from: order.id}", "{from: run.noow}", "R032", "noow"),
    # platforms
    (PLATFORM, "    dedup: {strategy: native_key, find: find_order, settle: 5s, tries: 3}\n", "", "R050", "does: write"),
    (PLATFORM, "{strategy: native_key, find: find_order,", "{strategy: find_before_create,", "R050", "{strategy"),
    (PLATFORM, "find: find_order,", "find: find_oder,", "R051", "find_oder"),
    (PLATFORM, "operations: [get_order]}", "operations: [get_oder]}", "R051", "get_oder"),
    (PLATFORM, ", stop: {empty_page: true, last_page: \"{{ body.pages }}\", max_pages: 5}", "", "R052", "{style"),
    (PLATFORM, 'empty_page: true, last_page: "{{ body.pages }}", ', "", "R052", "{max_pages"),
    (PLATFORM, "    - {else: fatal}\n  write", "  write", "R053", "- {status"),
    (PLATFORM, "  - {else: ignore}\n", "", "R053", "- {route"),
    (PLATFORM, "    outcomes: write\n  find_order", "    outcomes: wriet\n  find_order", "R054", "wriet"),
    (PLATFORM, "read: order.read", "read: oder.read", "R055", "oder.read"),
    (PLATFORM, "gives: order\n", "gives: price\n", "R057", "order.read"),
    (PLATFORM, "read: order.read", "read: order.write", "R057", "order.write"),
    (PLATFORM, "host: prices", "host: pricing", "R058", "pricing"),
    (PLATFORM, "body: {form: price.write}", "body: {graphql: {document: a.graphql}}", "R059", "a.graphql"),
    (PLATFORM, "    ref: {kind: order,", "    #", "R060", "does: read"),
    (PLATFORM, 'found: "{{ body.number == order.id }}"\n', "\n", "R060", "does: read"),
    (PLATFORM, "    read: order.read\n", "", "R060", "does: read"),
    (PLATFORM, "{style: page, param: page,", "{style: cursor, param: page,", "R060", "{style"),
    (PLATFORM, "    - {status: 200, is: ok}", "    - {else: fatal}\n    - {status: 200, is: ok}", "R061", "{else: fatal}"),
    (PLATFORM, "{list_orders: 90d}", "{list_orders: 1h}", "R063", "1h"),
    (PLATFORM, "header: X-Signature, secret: hook_key,", "header: X-Signature,", "R064", "{style"),
    (PLATFORM, "account: true, ", "", "R011", "account: {title"),
    (PLATFORM, 'pattern: "[a-z0-9]+"', 'pattern: "[a-z"', "R012", '"[a-z"'),
    (PLATFORM, "default: g", "default: lb", "R073", "lb"),
    (PLATFORM, "  write:\n", "  spare:\n    - {else: fatal}\n  write:\n", "R040", "spare"),
    (PLATFORM, "style: headers, headers: {X-Key: \"{{ secrets.app_key }}\"}", "style: basic", "R011", "{style"),
    (PLATFORM, "gone: cancelled", "gone: canceled", "R083", "canceled"),
    (PLATFORM, "requires: [order]", "requires: [ordr]", "R080", "ordr"),
    (PLATFORM, "includes_order_after: order", "includes_order_after: ordr", "R080", "ordr"),
    # sellers
    (SELLER, "platform: shop\n    flow: backoffice", "platform: shopp\n    flow: backoffice", "R070", "shopp"),
    (SELLER, "flow: sales_channel", "flow: saleschannel", "R071", "saleschannel"),
    (SELLER, "params: {account: aurora}", "params: {}", "R072", "{}"),
    (SELLER, "params: {account: aurora}", "params: {account: aurora, acount: x}", "R062", "acount"),
    (SELLER, "params: {account: aurora}", "params: {account: AURORA}", "R073", "AURORA"),
    (SELLER, "weight_unit: kg", "weight_unit: lb", "R073", "lb"),
    (SELLER, "params: {account: aurora}", "params: {account: 123}", "R012", "123"),
    (SELLER, "{app_key: env:SHOP_KEY, ", "{", "R074", "{hook_key"),
    (SELLER, "{app_key: env:SHOP_KEY, ", "{app_key: env:SHOP_KEY, other: env:X, ", "R074", "other"),
    (SELLER, "env:SHOP_KEY", "abc123", "R075", "abc123"),
    (SELLER, "    order: {since: 2026-11-01}\n", "", "R076", "platform: shop"),
    (SELLER, "since: 2026-11-01", "since: soon", "R012", "soon"),
    (SELLER, "{account: outlet, weight_unit: kg}", "{account: aurora, weight_unit: kg}", "R077", "outlet:"),
    (SELLER, "connection: loja,", "connection: lojja,", "R078", "lojja"),
    (SELLER, "{else: loja}", "{else: lojja}", "R078", "lojja"),
    (SELLER, "routes:", "price: [loja, hub.rules, outlte]\nroutes:", "R078", "outlte"),
    (SELLER, "  loja:\n", "  hub:\n", "R079", "hub:"),
    (SELLER, "listing: {select", "catalogue: off\n    listing: {select", "R081", "catalogue"),
    (SELLER, ", {else: loja}", "", "R082", "[{when"),
    (SELLER, "product.brand ==", "product.brnd ==", "R032", "brnd"),
    (SELLER, "routes:", 'tags: ["{{ order.nothing }}"]\nroutes:', "R032", "nothing"),
    (SELLER, "routes:", 'scopes: {a: {select: "{{ product.nothing }}"}}\nroutes:', "R032", "nothing"),
    (SELLER, "price.sale *", "cost.sale *", "R023", "cost"),
    (SELLER, "public_url: https://hub.example\n", "", "R084", "rules: 1"),
    (SELLER, "hosts: {main:", "hosts: {man:", "R058", "man"),
    (SELLER, "routes:", "overlays: {lojja: {}}\nroutes:", "R078", "lojja"),
    (SELLER, "routes:", "overlays: {loja: {order.wriet: {fields: {}}}}\nroutes:", "R043", "order.wriet"),
    (SELLER, "routes:", "overlays: {loja: {order.write: {fields: {nothing: !remove }}}}\nroutes:", "R043", "nothing"),
    (SELLER, "routes:", "overlays: {loja: {order.write: {fields: {number: {from: order.idd}}}}}\nroutes:", "R032", "idd"),
    # flows and the rest
    (BACKOFFICE, "create_order, find_order]", "create_order, find_order, mail_order]", "R056", "loja:"),
    (BACKOFFICE, "  invoice: {grain", "  invoicing: {grain", "R080", "{grain"),
    (BACKOFFICE, "off_with: [payment]", "off_with: [payments]", "R080", "payments"),
    (BACKOFFICE, "at: paid,", "at: payed,", "R083", "payed"),
    (BACKOFFICE, "never: [give.order]", "never: [give.invoice]", "R116", "invoice"),
    (CHANNEL, "[put_price], link", "[put_price, make_listing], link", "R056", "outlet:"),
    (LIFECYCLE, "implies: [paid], covers", "implies: [payed], covers", "R083", "payed"),
    (LIFECYCLE, "  returned: {direction: return, final: true}\n", "", "R083", "[placed"),
    (DIRECTIONS, "  stock: {title: counts, per: sku_and_location}\n", "", "R085", "catalogue"),
    (DIRECTIONS, "state: placed", "state: plced", "R083", "plced"),
    (CASES, "in_file: cases/order.json", "in_file: cases/oder.json", "R091", "cases/oder.json"),
    (CASES, "out_has:", "out_hass:", "R010", "out_hass"),
    (CASES, "    error: {code: R201, at: fields.id}", "", "R092", "name: no id"),
    (CASES, "code: R201", "code: R299", "R012", "R299"),
]  # fmt: skip


def under_the_caret(files: RuleFiles, file: str, line: int, column: int) -> str:
    lines = files[file].split("\n")
    return "\n".join([lines[line - 1][column - 1 :], *lines[line:]])


def test_the_files_themselves_have_no_problem() -> None:
    assert check(RuleFiles(SHOP)) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[3]}-{row[4].split()[0]}")
def test_each_check_tells_its_place(row: Row) -> None:
    file, old, new, code, caret = row
    assert old in SHOP[file], "the row replaces nothing"
    files = RuleFiles(SHOP).with_text(file, SHOP[file].replace(old, new, 1))
    found = [problem for problem in check(files) if problem.code == code]
    assert found, [str(problem) for problem in check(files)]
    places = [under_the_caret(files, p.file, p.line, p.column) for p in found]
    assert any(place.startswith(caret) for place in places), [place[:40] for place in places]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("mappings/platforms/shop/notes.yaml", "R008"),
        ("mappings/other.yaml", "R008"),
        ("mappings/platforms/shop/order.raed.yaml", "R008"),
        ("mappings/platforms/shop/unused.write.yaml", "R040"),
        ("mappings/platforms/shop/lost.read.cases.yaml", "R090"),
        ("sellers/empty.yaml", "R006"),
    ],
)
def test_files_that_nothing_reads(path: str, code: str) -> None:
    text = {
        "R040": "rules: 1\nmapping: unused.write\nfields: {a: {const: 1}}",
        "R090": "rules: 1\ncases: [{name: a, out: {}}]",
    }.get(code, "")
    assert code in {problem.code for problem in check(RuleFiles(SHOP).with_text(path, text))}


def test_all_problems_of_all_files_are_told_in_one_pass_and_sorted() -> None:
    files = RuleFiles(SHOP)
    for file, old, new in (
        (PLATFORM, "host: prices", "host: pricing"),
        (READ, "target: order", "target: ordre"),
        (WRITE, "{from: it.sku}", "{from: it.skuu}"),
        (SELLER, "env:SHOP_KEY", "abc123"),
    ):
        files = files.with_text(file, SHOP[file].replace(old, new, 1))
    with pytest.raises(RulesInvalid) as refused:
        compile_rules(files)
    problems = refused.value.problems
    assert {"R058", "R030", "R032", "R075"} <= {problem.code for problem in problems}
    assert list(problems) == sorted(problems)
    assert len(set(problems)) == len(problems)


def test_warnings_alone_do_not_refuse() -> None:
    files = RuleFiles(SHOP).with_text(SELLER, SHOP[SELLER].replace("public_url: https://hub.example\n", ""))
    assert {problem.code for problem in compile_rules(files).warnings} == {"R084"}


def test_a_secret_written_into_a_file_is_not_repeated() -> None:
    files = RuleFiles(SHOP).with_text(SELLER, SHOP[SELLER].replace("env:SHOP_KEY", "hunter2"))
    assert all("hunter2" not in f"{problem} {problem.hint}" for problem in check(files))


def test_a_switched_off_direction_needs_no_operation() -> None:
    flow = SHOP[BACKOFFICE].replace("create_order, find_order]", "mail_order]")
    seller = SHOP[SELLER].replace(
        "params: {account: aurora}", "params: {account: aurora}\n    order: off\n    stock: off"
    )
    files = RuleFiles(SHOP).with_text(BACKOFFICE, flow).with_text(SELLER, seller)
    assert "R056" not in {problem.code for problem in check(files)}


def test_the_same_account_of_two_sellers() -> None:
    other = (
        SHOP[SELLER].replace("seller: aurora", "seller: boreal").replace("outlet:", "outlet2:").replace("loja", "loja2")
    )
    problems = check(RuleFiles(SHOP).with_text("sellers/boreal.yaml", other))
    assert [problem.code for problem in problems] == ["R077", "R077"]


def test_leaves_that_circle_or_clash() -> None:
    circle = """
        parts: {a: {fields: {x: {use: b}}}, b: {fields: {x: {use: a}}}}
        fields: {y: {use: a}}
    """
    assert [code for _, _, code in problems_of(circle)] == ["R039"]
    assert problems_of('fields: {y: {choose: [{else: {const: 1}}, {when: "{{ true }}", const: 2}]}}')[0][2] == "R061"
    assert problems_of("fields: {y: {choose: [{const: 2}]}}")[0][2] == "R011"
    assert problems_of("target: order\nsource: order\nfields: {}")[0][2] == "R012"
    assert problems_of("target: order")[0][2] == "R011"


def test_an_enum_from_a_canonical_list_covers_it_or_says_else() -> None:
    text = """
        source: payment
        enums: {{s: {table}}}
        fields: {{x: {{from: payment.status, enum: s}}}}
    """
    total = "{pending: 1, approved: 2, refused: 3, refunded: 4}"
    for table, codes in (
        (total, []),
        ("{pending: 1, approved: 2}", ["R035"]),
        ("{pending: 1, else: error}", []),
        ("{pending: 1, else: {const: 9}}", []),
        ("{pending: 1, else: nine}", ["R012"]),
    ):
        assert [code for _, _, code in problems_of(text.format(table=table))] == codes, table
