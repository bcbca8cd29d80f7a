"""Operations: requests out of a context, outcomes out of answers, paging."""

# ruff: noqa: E501 (rows of tables and YAML stay in one line)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cais.errors import MappingError, MissingSetting
from cais.model.order import Order
from cais.model.package import Invoice
from cais.model.price import Price
from cais.model.vocabulary import ObjectKind, OutcomeKind
from cais.rules.files import RuleFiles
from cais.rules.message import Outcome, Ref, Request, Response
from cais.rules.operation import Operation, answered_context
from cais.rules.pages import Page, Pages, Stop
from cais.rules.platform import Platform
from cais.rules.ruleset import compile_rules
from cais.rules.scope import Scope

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PARAMS = {"account": "aurora", "weight_unit": "g"}
ORDER = Order.model_validate(
    {
        "id": "7/8 ?",
        "placed_at": NOON,
        "logistics": "own",
        "lines": [{"id": "1", "sku": "007", "quantity": 2, "unit_price": "14.95"}],
        "totals": {"items": "29.90", "total": "29.90"},
    }
)
WRITE_CONTEXT = {"order": ORDER, "params": PARAMS, "settings": {"carrier": {"none": "0"}}}


@pytest.fixture
def platform(shop: RuleFiles) -> Platform:
    return compile_rules(shop).platforms["shop"]


def answer(status: int, body: str = "", **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode())


def test_a_query_leaves_out_what_is_missing_and_keeps_the_page(platform: Platform) -> None:
    operation = platform.operations["list_orders"]
    context = {"window": {"from": NOON, "to": NOON}, "params": PARAMS}
    request = operation.request(context, page=Page(2))
    assert (request.method, request.host, request.path) == ("GET", "main", "/orders")
    assert request.query == (("since", "2026-11-24T12:00:00Z"), ("open", "true"), ("page", "3"), ("per_page", "2"))
    assert request.headers == (("Accept", "application/json"),)
    assert operation.request({**context, "params": {**PARAMS, "note": "a b"}}).query[1] == ("note", "a b")


@pytest.mark.security
def test_a_value_in_a_path_is_one_segment(platform: Platform) -> None:
    operation = platform.operations["get_order"]
    for value, path in (("a/b?c#d", "/orders/a%2Fb%3Fc%23d"), ("é", "/orders/%C3%A9"), (7, "/orders/7")):
        assert operation.request({"id": value, "params": PARAMS}).path == path
    for value in ("..", "."):
        with pytest.raises(MappingError):
            operation.request({"id": value, "params": PARAMS})
    with pytest.raises(MappingError) as failed:
        operation.request({"id": None, "params": PARAMS})
    assert failed.value.at == "operations.get_order.steps[0].request.path"
    assert (failed.value.file, failed.value.line > 1) == ("mappings/platforms/shop/platform.yaml", True)


def test_bodies(platform: Platform) -> None:
    created = platform.operations["create_order"].request(WRITE_CONTEXT)
    assert created.content_type == "application/json"
    assert created.body == (
        b'{"number":"7/8 ?","date":"2026-11-24","total":29.90,"carrier":"0",'
        b'"lines":[{"sku":"007","quantity":2,"price":1495}]}'
    )
    invoice = Invoice(number="1", xml="<nfeProc>é</nfeProc>")
    sent = platform.operations["send_invoice"].request({"id": "9", "invoice": invoice, "params": PARAMS})
    assert (sent.body, sent.content_type) == ("<nfeProc>é</nfeProc>".encode(), "application/xml")
    price = Price(sku="a b", price_list="1", sale="10.9")
    form = platform.operations["put_price"].request({"price": price, "params": PARAMS})
    assert (form.host, form.path) == ("prices", "/prices/a%20b")
    assert form.body == b"sku=a+b&price%5Bsale%5D=10.90"
    assert form.content_type == "application/x-www-form-urlencoded"
    with pytest.raises(MissingSetting):
        platform.operations["create_order"].request({**WRITE_CONTEXT, "settings": {}})


def test_steps_see_the_earlier_ones(platform: Platform) -> None:
    operation = platform.operations["get_order"]
    first, second, third = operation.steps
    context: dict[str, Any] = {"id": "7", "params": PARAMS}
    assert first.applies(context)
    assert first.elements(context) is None
    context["order"] = {"id": "7", "shipment": None, "lines": [{"id": 1}, {"id": 2}]}
    assert not second.applies(context)
    assert second.null_when_not_found
    assert third.elements(context) == [{"id": 1}, {"id": 2}]
    assert operation.request({**context, third.item: {"id": 2}}, 2).path == "/lines/2"


def test_reading_gives_the_canonical_value(platform: Platform) -> None:
    operation = platform.operations["get_order"]
    line = {"sku": "007", "quantity": 1, "price": 5}
    order = {"id": 7, "created": "2026-11-24T12:00:00Z", "total": 5, "lines": [line], "buyer": None}
    read = operation.read({"id": "7", "params": PARAMS, "order": order, "shipment": None, "lines": []})
    assert (read.id, str(read.totals.total), read.lines[0].id) == ("7", "0.05", "1")


READS = [
    (200, OutcomeKind.OK),
    (404, OutcomeKind.NOT_FOUND),
    (401, OutcomeKind.REAUTH),
    (429, OutcomeKind.THROTTLED),
    (408, OutcomeKind.RETRY),
    (503, OutcomeKind.RETRY),
    (418, OutcomeKind.FATAL),
    (302, OutcomeKind.FATAL),
]


@pytest.mark.parametrize(("status", "kind"), READS)
def test_the_first_row_decides(platform: Platform, status: int, kind: OutcomeKind) -> None:
    assert platform.operations["get_order"].classify(answer(status), {}).kind is kind


def test_code_message_and_result(platform: Platform) -> None:
    operation = platform.operations["create_order"]
    assert operation.classify(answer(201, '{"id": 99}'), WRITE_CONTEXT) == Outcome(OutcomeKind.OK, result={"id": 99})
    assert operation.classify(answer(201, '{"id": 99}'), WRITE_CONTEXT).remote_id == "99"
    refused = operation.classify(answer(422, '{"error": {"code": "E1", "message": "no"}}'), WRITE_CONTEXT)
    assert (refused.kind, refused.code, refused.message) == (OutcomeKind.REJECT, "E1", "no")
    for body in ("", "<html>", "[]", '{"error": null}', '{"error": {}}'):
        refused = operation.classify(answer(400, body), WRITE_CONTEXT)
        assert (refused.kind, refused.code, refused.message) == (OutcomeKind.REJECT, "400", None)


def test_a_create_without_the_new_id_is_unknown(platform: Platform) -> None:
    operation = platform.operations["create_order"]
    for body in ("", "{}", '{"id": null}', "thanks"):
        assert operation.classify(answer(201, body), WRITE_CONTEXT).kind is OutcomeKind.UNKNOWN
    assert operation.classify(answer(409, "{}"), WRITE_CONTEXT).kind is OutcomeKind.EXISTS


def test_found_or_not(platform: Platform) -> None:
    operation = platform.operations["find_order"]
    found = operation.classify(answer(200, '{"number": "7/8 ?", "id": 5}'), {"order": ORDER})
    assert (found.kind, found.remote_id) == (OutcomeKind.OK, "5")
    for body in ('{"number": "8"}', "{}", "[]", ""):
        assert operation.classify(answer(200, body), {"order": ORDER}).kind is OutcomeKind.NOT_FOUND


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"retry_after": "7"}, timedelta(seconds=7)),
        ({"retry_after": "0.5"}, timedelta(seconds=0.5)),
        ({}, timedelta(seconds=60)),
        ({"retry_after": "soon"}, timedelta(seconds=60)),
        ({"retry_after": "-5"}, timedelta()),
        ({"retry_after": "1e99"}, timedelta(seconds=60)),
        ({"retry_after": "nan"}, timedelta(seconds=60)),
        ({"retry_after": "86400"}, timedelta(hours=1)),
        (
            {"retry_after": "Tue, 24 Nov 2026 12:00:30 GMT", "date": "Tue, 24 Nov 2026 12:00:00 GMT"},
            timedelta(seconds=30),
        ),
    ],
)
def test_how_long_to_wait(platform: Platform, headers: dict[str, str], after: timedelta) -> None:
    assert platform.operations["get_order"].classify(answer(429, **headers), {}).after == after


def test_a_request_without_answer(platform: Platform) -> None:
    read, write = platform.operations["get_order"], platform.operations["create_order"]
    assert [read.failed(lost).kind for lost in ("connect", "timeout", "protocol")] == [OutcomeKind.RETRY] * 3
    assert [write.failed(lost).kind for lost in ("connect", "timeout", "protocol")] == [
        OutcomeKind.RETRY,
        OutcomeKind.UNKNOWN,
        OutcomeKind.UNKNOWN,
    ]


def test_refs_and_pages(platform: Platform) -> None:
    operation = platform.operations["list_orders"]
    page = answer(200, '{"list": [{"id": 1, "changed": "x"}, {"id": "b"}], "pages": 2}')
    assert operation.refs(page, {}) == [Ref(ObjectKind.ORDER, "1", "x"), Ref(ObjectKind.ORDER, "b")]
    assert operation.next_page(Page(), page, {}) == Page(1)
    assert operation.next_page(Page(1), page, {}) is None
    assert operation.next_page(Page(), answer(200, '{"list": []}'), {}) is None
    with pytest.raises(MappingError) as failed:
        operation.refs(answer(200, '{"lists": []}'), {})
    assert failed.value.at == "operations.list_orders.items"


def test_paging_never_goes_on_for_ever(platform: Platform) -> None:
    operation, page, pages = platform.operations["list_orders"], Page(), 0
    full = answer(200, '{"list": [{"id": 1}]}')
    while page is not None:
        pages += 1
        page = operation.next_page(page, full, {})  # type: ignore[assignment]
    assert pages == 5


REQUEST = Request("GET", "main", "/x", (("a", "1"),))
STOP = Stop(max_pages=99)


@pytest.mark.parametrize(
    ("pages", "page", "query"),
    [
        (Pages("page", STOP, param="p", first=1), Page(3), (("a", "1"), ("p", "4"))),
        (Pages("offset", STOP, param="o", first=0, size=50, size_param="n"), Page(2), (("a", "1"), ("o", "100"), ("n", "50"))),
        (Pages("range", STOP, first=1, size=250, from_param="f", to_param="t"), Page(1), (("a", "1"), ("f", "251"), ("t", "500"))),
        (Pages("cursor", STOP, param="c"), Page(), (("a", "1"),)),
        (Pages("cursor", STOP, param="c"), Page(1, "abc"), (("a", "1"), ("c", "abc"))),
        (Pages("page", STOP, param="a"), Page(), (("a", "1"),)),
    ],
)  # fmt: skip
def test_styles_of_paging(pages: Pages, page: Page, query: tuple[tuple[str, str], ...]) -> None:
    assert pages.apply(REQUEST, page).query == query


@pytest.mark.security
def test_the_next_address_stays_on_the_platforms_server() -> None:
    pages = Pages("next_url", STOP)
    request = pages.apply(REQUEST, Page(1, "https://evil.example/v1/orders?page=2&x=a%20b"))
    assert (request.host, request.path, request.rooted) == ("main", "/v1/orders", True)
    assert request.query == (("page", "2"), ("x", "a b"))


def test_a_cursor_that_stands_still_ends_reading(platform: Platform) -> None:
    from cais.rules.expression import compile_template
    from cais.rules.reader import Mark
    from cais.rules.text import Text

    text = Text(compile_template("{{ body.next }}"), (), Mark("f", 1, 1))
    pages = Pages("cursor", STOP, param="c", next=text)

    def following(page: Page, body: str) -> Page | None:
        response = answer(200, body)
        return pages.following(page, response, 1, Scope.of(answered_context(response, {})))

    assert following(Page(), '{"next": "a"}') == Page(1, "a")
    assert following(Page(1, "a"), '{"next": "a"}') is None
    for body in ('{"next": null}', "{}", '{"next": ""}', ""):
        assert following(Page(1, "a"), body) is None


def test_a_bulk_answer_is_read_item_by_item(shop: RuleFiles) -> None:
    path = "mappings/platforms/shop/platform.yaml"
    bulk = """
    answers:
      items: "{{ body }}"
      key: "{{ item.sku }}"
      outcomes:
        - {when: "{{ item.ok }}", is: ok}
        - {else: reject, code: "{{ item.code }}"}
"""
    text = shop[path].replace("body: {form: price.write}}\n", "body: {form: price.write}}" + bulk)
    operation: Operation = compile_rules(shop.with_text(path, text)).platforms["shop"].operations["put_price"]
    answers = operation.answers(answer(200, '[{"sku": "a", "ok": true}, {"sku": "b", "ok": false, "code": "P1"}]'), {})
    assert {key: (outcome.kind, outcome.code) for key, outcome in answers.items()} == {
        "a": (OutcomeKind.OK, None),
        "b": (OutcomeKind.REJECT, "P1"),
    }


@pytest.mark.security
def test_a_header_is_one_line(shop: RuleFiles) -> None:
    path = "mappings/platforms/shop/platform.yaml"
    text = shop[path].replace("headers: {Accept: application/json}", 'headers: {X-Note: "{{ params.note }}"}')
    operation = compile_rules(shop.with_text(path, text)).platforms["shop"].operations["find_order"]
    context = {"order": ORDER, "params": PARAMS}
    assert operation.request(context).headers == ()
    with pytest.raises(MappingError):
        operation.request({**context, "params": {**PARAMS, "note": "a\r\nX-Evil: 1"}})


def test_graphql_and_multipart(shop: RuleFiles) -> None:
    path = "mappings/platforms/shop/platform.yaml"
    graphql = "body: {graphql: {document: queries/price.graphql, variables: price.write}}"
    files = shop.with_text("mappings/platforms/shop/queries/price.graphql", "mutation { x }")
    operations = (
        compile_rules(files.with_text(path, shop[path].replace("body: {form: price.write}", graphql)))
        .platforms["shop"]
        .operations
    )
    request = operations["put_price"].request({"price": Price(sku="a", price_list="1", sale="1"), "params": PARAMS})
    assert request.body == b'{"query":"mutation { x }","variables":{"sku":"a","price":{"sale":"1.00"}}}'
    multipart = (
        'body: {multipart: {file: {value: "{{ invoice.xml }}", filename: "{{ invoice.number }}.xml", type: text/xml}}}'
    )
    text = shop[path].replace('body: {bytes: "{{ invoice.xml }}", type: application/xml}', multipart)
    sent = compile_rules(shop.with_text(path, text)).platforms["shop"].operations["send_invoice"]
    context = {"id": "9", "invoice": Invoice(number="1", xml="<a/>"), "params": PARAMS}
    one, two = sent.request(context), sent.request(context)
    assert one == two
    assert b'name="file"; filename="1.xml"\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n' in one.body
    assert one.content_type is not None
    assert one.content_type.startswith("multipart/form-data; boundary=")


def test_an_answer_is_classified_whatever_its_conditions_miss(shop: RuleFiles) -> None:
    """The request has left by then: an error would say that it has not, and it would be sent again."""
    path = "mappings/platforms/shop/platform.yaml"
    row = "{status: 409, when: \"{{ setting('words', 'taken') == body.word }}\", is: exists}"
    text = shop[path].replace("{status: 409, is: exists}", row)
    operation = compile_rules(shop.with_text(path, text)).platforms["shop"].operations["create_order"]
    assert operation.classify(answer(409, '{"word": "taken"}'), WRITE_CONTEXT).kind is not OutcomeKind.EXISTS
