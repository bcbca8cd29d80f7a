"""The shape of `mappings/platforms/<name>/platform.yaml`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from cais.model.vocabulary import DedupStrategy, ObjectKind, OutcomeKind
from cais.rules.file_model import (
    EMPTY,
    Duration,
    FileModel,
    Flag,
    RuleFile,
    Text,
    Whole,
    Word,
    fault,
    has_else,
    one_or_more,
)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
Texts = dict[Text, Text]


class ParamFile(FileModel):
    """A parameter of a connection; values are text. `account` marks what tells accounts apart."""

    title: Text | None = None
    account: Flag = False
    pattern: Text | None = None
    one_of: tuple[Text, ...] | None = None
    default: Text | None = None
    optional: Flag = False
    """May be left out; a template that names it must say what then."""


class SignFile(FileModel):
    """A signature over a text, as the root `signature` of the auth templates."""

    algorithm: Literal["hmac_sha256", "hmac_sha1", "sha256", "md5"]
    key: Text | None = None
    text: Text
    encoding: Literal["hex", "base64"] = "hex"


class AuthFile(FileModel):
    """How requests prove who they are. The only place that may name secrets."""

    style: Literal["none", "headers", "query", "basic", "oauth2_refresh", "oauth2_client_credentials", "signed"]
    headers: Texts = EMPTY
    query: Texts = EMPTY
    user: Text | None = None
    password: Text | None = None
    token_operation: Word | None = None
    header: Text = "Authorization"
    value: Text | None = None
    refresh_before: Duration = timedelta(minutes=10)
    sign: SignFile | None = None


class LimitHeaders(FileModel):
    """Answer headers that report a limit's state."""

    remaining: Text | None = None
    limit: Text | None = None
    reset: Text | None = None
    retry_after: Text | None = None


class LimitFile(FileModel):
    """A window: `calls` per `per`. `operations` omitted means all; `cost` gives the tickets of one call."""

    calls: Whole = Field(gt=0)
    per: Duration
    burst: Whole | None = Field(None, gt=0)
    operations: tuple[Word, ...] | None = None
    cost: dict[Word, Whole] = EMPTY
    headers: LimitHeaders = LimitHeaders()
    docs: Text | None = None


class StockCapability(FileModel):
    reads: Literal["physical", "sellable"] = "sellable"
    writes: Literal["physical", "sellable"] = "sellable"
    includes_order_after: Text | None = None
    """The direction after whose handoff the platform's own count includes the order; null: never."""
    unlimited: Whole | None = None
    """A count that stands for no limit."""


class CapabilitiesFile(FileModel):
    """What the platform can do, for flows and ownership."""

    listing: Literal["create", "link", "none"] = "none"
    listing_unit: Literal["variant", "product"] = "variant"
    stock: StockCapability = StockCapability()
    kits: Literal["as_sold", "exploded"] = "as_sold"
    refund: Literal["by_platform", "by_us", "by_person"] = "by_person"
    packages: Literal["one", "many"] = "one"
    unpaid_orders: Flag = False
    """Takes orders before they are paid."""
    bulk: dict[Word, Whole] = EMPTY
    """Values per call, by group: price, stock."""
    currency: Text = "BRL"
    order_parts: Flag = False
    """An order may have parts (a pack), and acts on it go to each."""


class CorrelateFile(FileModel):
    field: Text
    docs: Text | None = None


class PollFile(FileModel):
    """How often lists are read, and by how much windows overlap."""

    orders: Duration | None = None
    products: Duration | None = None
    prices: Duration | None = None
    stock: Duration | None = None
    listings: Duration | None = None
    shipments: Duration | None = None
    sweep: Duration = timedelta(hours=6)
    overlap: Duration = timedelta(minutes=5)


def _statuses(written: Any) -> tuple[range, ...]:
    return tuple(_status(item) for item in (written if isinstance(written, list) else [written]))


def _status(written: Any) -> range:
    if type(written) is int and 100 <= written <= 599:
        return range(written, written + 1)
    if isinstance(written, str) and len(written) == 3 and written[0] in "12345" and written[1:] == "xx":
        return range(int(written[0]) * 100, int(written[0]) * 100 + 100)
    raise fault("R012", "an HTTP status is asked for", "write 404, 4xx or a list of them")


Statuses = Annotated[
    tuple[Any, ...], BeforeValidator(_statuses), WithJsonSchema({"type": ["integer", "string", "array"]})
]
Afters = Annotated[tuple[Text, ...], *one_or_more({"type": "string"})]


class OutcomeRow(FileModel):
    """One row: all of its conditions must hold. `after`: header names (`header.retry-after`) or durations."""

    status: Statuses | None = None
    when: Text | None = None
    is_: OutcomeKind = Field(alias="is")
    code: Text | None = None
    message: Text | None = None
    after: Afters = ()


class ElseRow(FileModel):
    else_: OutcomeKind = Field(alias="else")
    code: Text | None = None
    message: Text | None = None
    after: Afters = ()


def _row_kind(written: Any) -> str:
    return "<otherwise>" if has_else(written) else "<row>"


Row = Annotated[Annotated[OutcomeRow, Tag("<row>")] | Annotated[ElseRow, Tag("<otherwise>")], Discriminator(_row_kind)]
Rows = tuple[Row, ...]


Outcomes = Annotated[
    Annotated[Rows, Tag("<rows>")] | Annotated[Text, Tag("<name>")],
    Discriminator(lambda written: "<name>" if isinstance(written, str) else "<rows>"),
]
"""A list of rows, or the name of one under `outcomes:`."""


class GraphqlBody(FileModel):
    """A document (text, or the path of a `.graphql` file beside the platform file) and its variables."""

    document: Text
    variables: Text | None = None
    """Name of a writing mapping."""


class BodyFile(FileModel):
    """One of: a mapping as JSON, as a form, parts of a multipart body, raw text passed on unchanged, GraphQL."""

    json_: Text | None = Field(None, alias="json")
    form: Text | None = None
    multipart: dict[Text, PartFile] | None = None
    bytes_: Text | None = Field(None, alias="bytes")
    type: Text | None = None
    graphql: GraphqlBody | None = None


class PartFile(FileModel):
    """One part of a multipart body: a field, or with `filename` a file."""

    value: Text
    filename: Text | None = None
    type: Text | None = None


class RequestFile(FileModel):
    """One HTTP request. A query value or header that is null or missing is left out."""

    method: Method
    host: Text | None = None
    path: Text
    query: Texts = EMPTY
    headers: Texts = EMPTY
    body: BodyFile | None = None


class StepFile(FileModel):
    """One request of a composite operation; later steps see its answer as `as`."""

    as_: Text = Field(alias="as")
    when: Text | None = None
    each: Text | None = None
    item: Text = "item"
    request: RequestFile
    on_not_found: Literal["null"] | None = "null"
    pages: PagesFile | None = None
    items: Text | None = None


class SizeFile(FileModel):
    param: Text
    value: Whole = Field(gt=0)


class StopFile(FileModel):
    """What ends paging; each that is given, whichever comes first."""

    empty_page: Flag = False
    short_page: Flag = False
    last_page: Text | None = None
    total: Text | None = None
    no_next: Flag = False
    when: Text | None = None
    max_pages: Whole = Field(gt=0)


class PagesFile(FileModel):
    """How a list is read on: by page, by offset, by range (`from`, `to`), by cursor or by the address of the next."""

    style: Literal["none", "page", "offset", "range", "cursor", "next_url"]
    param: Text | None = None
    first: Whole = 1
    size: SizeFile | None = None
    from_: Text | None = Field(None, alias="from")
    to: Text | None = None
    next: Text | None = None
    stop: StopFile | None = None


class RefFile(FileModel):
    """What a list item refers to."""

    kind: ObjectKind
    id: Text
    version: Text | None = None
    by: Literal["id", "correlation"] = "id"


class DedupFile(FileModel):
    """How a lost answer to a create is cleared up."""

    strategy: DedupStrategy
    find: Word | None = None
    settle: Duration = timedelta(seconds=5)
    tries: Whole = Field(3, gt=0)
    within: Duration | None = None


class AnswersFile(FileModel):
    """The answer to a bulk request, item by item."""

    items: Text
    key: Text
    outcomes: Rows


class OperationFile(FileModel):
    """One operation of the platform, simple (`request`) or composite (`steps`)."""

    does: Literal["read", "write", "housekeeping"]
    docs: Text | None = None
    gives: Text | None = None
    takes: Text | None = None
    creates: Text | None = None
    request: RequestFile | None = None
    steps: tuple[StepFile, ...] | None = None
    read: Text | None = None
    pages: PagesFile | None = None
    items: Text | None = None
    ref: RefFile | None = None
    found: Text | None = None
    result: Texts = EMPTY
    answers: AnswersFile | None = None
    outcomes: Outcomes
    dedup: DedupFile | None = None
    requires: tuple[Word, ...] = ()
    timeout: Duration | None = None


class ReplyFile(FileModel):
    """What a hook is answered with."""

    status: Whole = 200
    json_: Any = Field(None, alias="json")
    headers: Texts = EMPTY


class PingFile(FileModel):
    when: Text
    reply: ReplyFile = ReplyFile()


class VerifyFile(FileModel):
    """A hook proves where it comes from by a header with a secret, or by an HMAC of its body."""

    style: Literal["secret_in_path", "header", "hmac_sha256"]
    header: Text | None = None
    secret: Word | None = None
    encoding: Literal["hex", "base64"] = "hex"


def _verify(written: Any) -> Any:
    return {"style": written} if isinstance(written, str) else written


class RouteFile(FileModel):
    """What a hook speaks of. `route` is a path below the connection's address; `{x}` in it is `route.x`."""

    route: Text | None = None
    when: Text | None = None
    kind: ObjectKind
    id: Text
    by: Literal["id", "correlation"] = "id"
    event: Text | None = None
    each: Text | None = None
    reply: ReplyFile | None = None


class IgnoreRoute(FileModel):
    else_: Literal["ignore"] = Field(alias="else")


def _route_kind(written: Any) -> str:
    return "<otherwise>" if has_else(written) else "<route>"


Route = Annotated[
    Annotated[RouteFile, Tag("<route>")] | Annotated[IgnoreRoute, Tag("<otherwise>")], Discriminator(_route_kind)
]


class HooksFile(FileModel):
    verify: Annotated[VerifyFile, BeforeValidator(_verify)]
    ping: PingFile | None = None
    reply: ReplyFile = ReplyFile()
    routes: tuple[Route, ...]
    topics: tuple[Text, ...] = ()


class ResolveFile(FileModel):
    """An object that `ref` does not know is found through another one."""

    operation: Word
    gives: ObjectKind


class PlatformFile(RuleFile):
    """All that the hub knows of a platform, but its mappings."""

    platform: Word
    title: Text
    docs: Text
    params: dict[Word, ParamFile] = EMPTY
    secrets: tuple[Word, ...] = ()
    hosts: Texts = Field(min_length=1)
    headers: Texts = EMPTY
    auth: AuthFile
    limits: dict[Word, LimitFile] = EMPTY
    capabilities: CapabilitiesFile = CapabilitiesFile()
    correlate: CorrelateFile | None = None
    timeout: Duration = timedelta(seconds=15)
    retention: dict[Word, Duration] = EMPTY
    poll: PollFile = PollFile()
    statuses: dict[Text, Text] = EMPTY
    """The platform's order status words, each with the state of the life cycle that it means."""
    outcomes: dict[Word, Rows] = EMPTY
    operations: dict[Word, OperationFile]
    hooks: HooksFile | None = None
    resolve: dict[ObjectKind, ResolveFile] = EMPTY
