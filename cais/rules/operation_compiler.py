"""From the operations of a platform file to compiled ones, with their checks."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping

from cais.model import CANONICAL
from cais.rules import platform_file as files
from cais.rules.mapping import Mapping
from cais.rules.names import Names
from cais.rules.operation import Answers, Dedup, Operation, RefTemplate, Step
from cais.rules.outcome import OutcomeTable
from cais.rules.pages import Pages, Stop
from cais.rules.problem import nearest
from cais.rules.reader import Document, Path
from cais.rules.request import Body, BytesBody, FormBody, JsonBody, MultipartBody, Part, RequestTemplate
from cais.rules.roots import TOKEN, Roots
from cais.rules.shape import ANY, Shape
from cais.rules.text_compiler import TextCompiler

_FIND_NEEDED = frozenset({"find_before_create", "at_most_once_then_reconcile"})
_PARAMS = {
    "page": ("param",),
    "offset": ("param",),
    "range": ("from_", "to"),
    "cursor": ("param", "next"),
    "next_url": ("next",),
}


class OperationCompiler(TextCompiler):
    """Compiles operation by operation; `mappings` are those of the platform, `graphql` its documents by path."""

    def __init__(
        self,
        document: Document,
        file: files.PlatformFile,
        mappings: AbstractMapping[str, Mapping],
        graphql: AbstractMapping[str, str],
    ) -> None:
        super().__init__(document)
        self.file, self.mappings, self.graphql = file, mappings, graphql
        self.roots = Roots(file)
        self.used_outcomes: set[str] = set()
        self.headers = self.texts(file.headers, ("headers",), self.roots.request)

    def operation(self, name: str, file: files.OperationFile) -> Operation:
        path: Path = ("operations", name)
        names = self._names(name)
        self._check_kind(name, file, path)
        steps, names = self._steps(file, path, names)
        answer = self.roots.answer(names)
        return Operation(
            name=name,
            does=file.does,
            steps=steps,
            outcomes=self._outcomes(file, path, answer),
            timeout=file.timeout or self.file.timeout,
            takes=file.takes,
            gives=file.gives,
            creates=file.creates,
            mapping=self._reading(file, path),
            pages=self._pages(file.pages, (*path, "pages"), answer, file.items),
            listed=self.whole(file.items, (*path, "items"), answer),
            ref=self._ref(file.ref, (*path, "ref"), answer.bind(item=ANY)),
            found=self.whole(file.found, (*path, "found"), answer),
            results=self.texts(file.result, (*path, "result"), answer),
            answered=self._answers(file.answers, (*path, "answers"), answer),
            dedup=self._dedup(file, path),
            requires=file.requires,
        )

    def _names(self, name: str) -> Names:
        fetches_token = name == self.file.auth.token_operation
        return self.roots.token_request if fetches_token else self.roots.request

    def _check_kind(self, name: str, file: files.OperationFile, path: Path) -> None:
        if (file.request is None) == (file.steps is None):
            self.report(path, "R060", f"operation '{name}' has one of `request` and `steps`")
        if file.gives == "refs" and (file.ref is None or file.items is None):
            self.report(path, "R060", f"operation '{name}' gives refs: it needs `items` and `ref`")
        if file.gives == "found" and file.does == "read" and file.found is None:
            self.report(path, "R060", f"operation '{name}' gives found: it needs `found`, true or false")
        if file.gives in CANONICAL and file.read is None:
            self.report(path, "R060", f"operation '{name}' gives {file.gives}: it needs `read`, a mapping")
        for key in ("gives", "takes"):
            said = getattr(file, key)
            known = [*CANONICAL, *(("refs", "found", "nothing") if key == "gives" else ())]
            if said is not None and said not in known:
                self.report((*path, key), "R030", f"unknown canonical model '{said}'", nearest(said, known))

    # Requests

    def _steps(self, file: files.OperationFile, path: Path, names: Names) -> tuple[tuple[Step, ...], Names]:
        if file.request is not None:
            return (Step(self._request(file.request, (*path, "request"), names)),), names
        steps = []
        for number, step in enumerate(file.steps or ()):
            steps.append(self._step(step, (*path, "steps", number), names))
            names = names.bind(**{step.as_: Shape("list", item=ANY) if step.each else ANY})
        return tuple(steps), names

    def _step(self, step: files.StepFile, path: Path, names: Names) -> Step:
        inner = names.bind(**{step.item: ANY}) if step.each else names
        answer = self.roots.answer(inner)
        return Step(
            request=self._request(step.request, (*path, "request"), inner),
            name=step.as_,
            when=self.whole(step.when, (*path, "when"), names),
            each=self.whole(step.each, (*path, "each"), names),
            item=step.item,
            null_when_not_found=step.on_not_found is None,
            pages=self._pages(step.pages, (*path, "pages"), answer, step.items),
            items=self.whole(step.items, (*path, "items"), answer),
        )

    def _request(self, file: files.RequestFile, path: Path, names: Names) -> RequestTemplate:
        hosts = self.file.hosts
        if file.host is not None and file.host not in hosts:
            self.report((*path, "host"), "R058", f"unknown host '{file.host}'", nearest(file.host, hosts))
        own = self.texts(file.headers, (*path, "headers"), names)
        body = self._body(file.body, (*path, "body"), names) if file.body is not None else None
        replaced = {name.lower() for name in own}
        kept = {name: text for name, text in self.headers.items() if name.lower() not in replaced}
        return RequestTemplate(
            method=file.method,
            host=file.host or next(iter(hosts)),
            path=self.text(file.path, (*path, "path"), names),
            query=self.texts(file.query, (*path, "query"), names),
            headers={**kept, **own},
            body=body,
            mappings=_mappings(body),
        )

    def _body(self, file: files.BodyFile, path: Path, names: Names) -> Body | None:
        said = [key for key in ("json_", "form", "multipart", "bytes_", "graphql") if getattr(file, key) is not None]
        if len(said) != 1:
            self.report(path, "R060", "a body is one of json, form, multipart, bytes and graphql")
            return None
        if file.graphql is not None:
            return self._graphql(file.graphql, (*path, "graphql"))
        if file.bytes_ is not None:
            return BytesBody(self.text(file.bytes_, (*path, "bytes"), names), file.type or "application/octet-stream")
        if file.multipart is not None:
            parts = file.multipart.items()
            return MultipartBody({key: self._part(part, (*path, "multipart", key), names) for key, part in parts})
        if file.form is not None:
            form = self._writing(file.form, (*path, "form"))
            return FormBody(form) if form else None
        return JsonBody(self._writing(str(file.json_), (*path, "json")))

    def _part(self, part: files.PartFile, path: Path, names: Names) -> Part:
        filename = self.maybe(part.filename, (*path, "filename"), names)
        return Part(self.text(part.value, (*path, "value"), names), filename, part.type)

    def _graphql(self, file: files.GraphqlBody, path: Path) -> Body:
        document = file.document
        if document.endswith(".graphql"):
            if document not in self.graphql:
                self.report((*path, "document"), "R059", f"no file '{document}'", nearest(document, self.graphql))
            document = self.graphql.get(document, "")
        variables = self._writing(file.variables, (*path, "variables")) if file.variables else None
        return JsonBody(variables, document)

    # Mappings

    def _writing(self, name: str, path: Path) -> Mapping | None:
        return self._mapping(name, path, "write")

    def _reading(self, file: files.OperationFile, path: Path) -> Mapping | None:
        if file.read is None:
            return None
        mapping = self._mapping(file.read, (*path, "read"), "read")
        if mapping is not None and file.gives is not None and mapping.model_name != file.gives:
            message = f"the operation gives {file.gives}, its mapping {mapping.model_name}"
            self.report((*path, "read"), "R057", message)
        return mapping

    def _mapping(self, name: str, path: Path, side: str) -> Mapping | None:
        mapping = self.mappings.get(name)
        if mapping is None:
            self.report(path, "R055", f"no mapping '{name}'", nearest(name, self.mappings))
        elif mapping.side != side:
            self.report(path, "R057", f"'{name}' is no mapping that {side}s")
        return mapping

    # Answers

    def _outcomes(self, file: files.OperationFile, path: Path, names: Names) -> OutcomeTable:
        outcomes = file.outcomes
        if not isinstance(outcomes, str):
            return self.table(outcomes, (*path, "outcomes"), names)
        self.used_outcomes.add(outcomes)
        shared = self.file.outcomes.get(outcomes)
        if shared is None:
            hint = nearest(outcomes, self.file.outcomes)
            self.report((*path, "outcomes"), "R054", f"no outcome list '{outcomes}'", hint)
            return OutcomeTable(())
        reported = len(self.problems)
        table = self.table(shared, ("outcomes", outcomes), names)
        self.problems[reported:] = [p for p in self.problems[reported:] if p not in self.problems[:reported]]
        return table

    def _pages(self, file: files.PagesFile | None, path: Path, names: Names, items: str | None) -> Pages | None:
        if file is None or file.style == "none":
            return None
        if items is None:
            self.report(path, "R060", "paging needs `items`: where the elements of a page stand")
        for key in _PARAMS[file.style]:
            if getattr(file, key) is None:
                self.report(path, "R060", f"paging by {file.style} needs `{key.rstrip('_')}`")
        return Pages(
            style=file.style,
            stop=self._stop(file, path, names),
            param=file.param or "page",
            first=file.first,
            size=file.size.value if file.size else None,
            size_param=file.size.param if file.size else None,
            from_param=file.from_ or "from",
            to_param=file.to or "to",
            next=self.whole(file.next, (*path, "next"), names),
        )

    def _stop(self, file: files.PagesFile, path: Path, names: Names) -> Stop:
        stop = file.stop
        if stop is None:
            self.report(path, "R052", "paging without `stop`", "such as {empty_page: true, max_pages: 100}")
            return Stop(1)
        ends = (stop.empty_page, stop.short_page, stop.last_page, stop.total, stop.when, stop.no_next)
        if not any(ends):
            self.report(
                (*path, "stop"), "R052", "`max_pages` alone is no end", "such as empty_page: true, no_next: true"
            )
        if stop.no_next and file.next is None:
            self.report((*path, "stop"), "R060", "`no_next` needs `next`")
        if file.size is None and (stop.total or stop.short_page):
            self.report((*path, "stop"), "R060", "`total` and `short_page` need the `size` of a page")
        return Stop(
            max_pages=stop.max_pages,
            empty_page=stop.empty_page,
            short_page=stop.short_page,
            last_page=self.whole(stop.last_page, (*path, "stop", "last_page"), names),
            total=self.whole(stop.total, (*path, "stop", "total"), names),
            when=self.whole(stop.when, (*path, "stop", "when"), names),
        )

    def _ref(self, file: files.RefFile | None, path: Path, names: Names) -> RefTemplate | None:
        if file is None:
            return None
        version = self.whole(file.version, (*path, "version"), names)
        return RefTemplate(file.kind, self.text(file.id, (*path, "id"), names), version, file.by)

    def _answers(self, file: files.AnswersFile | None, path: Path, names: Names) -> Answers | None:
        if file is None:
            return None
        items, each = self.text(file.items, (*path, "items"), names), names.bind(item=ANY)
        outcomes = self.table(file.outcomes, (*path, "outcomes"), each)
        return Answers(items, self.text(file.key, (*path, "key"), each), outcomes)

    def _dedup(self, file: files.OperationFile, path: Path) -> Dedup | None:
        dedup = file.dedup
        if dedup is None:
            if file.creates is not None:
                self.report(path, "R050", f"operation '{path[-1]}' creates without `dedup`")
            return None
        known = self.file.operations
        if dedup.find is not None and dedup.find not in known:
            self.report((*path, "dedup", "find"), "R051", f"no operation '{dedup.find}'", nearest(dedup.find, known))
        if dedup.find is None and dedup.strategy in _FIND_NEEDED:
            self.report((*path, "dedup"), "R050", f"{dedup.strategy} needs `find`, an operation")
        return Dedup(dedup.strategy, dedup.find, dedup.settle, dedup.tries, dedup.within)


def _mappings(body: Body | None) -> tuple[Mapping, ...]:
    mapping = body.mapping if isinstance(body, JsonBody | FormBody) else None
    return () if mapping is None else (mapping,)


def mapping_uses(file: files.PlatformFile) -> Iterable[tuple[str, Names]]:
    """Each use of a mapping by an operation: its name, and what that operation has in the context."""
    roots = Roots(file)
    for name, operation in file.operations.items():
        answers = [step.as_ for step in operation.steps or ()]
        if operation.read is not None:
            yield operation.read, roots.reading(answers)
        secret = {"secrets": roots.secrets, "token": TOKEN} if name == file.auth.token_operation else {}
        for number, step in enumerate(operation.steps or ()):
            seen = {**dict.fromkeys(answers[:number], ANY), **({step.item: ANY} if step.each else {})}
            for used in _written(step.request.body):
                yield used, Names({**seen, **secret})
        for used in _written(operation.request.body if operation.request else None):
            yield used, Names(secret)


def _written(body: files.BodyFile | None) -> list[str]:
    if body is None:
        return []
    variables = body.graphql.variables if body.graphql else None
    return [name for name in (body.json_, body.form, variables) if name is not None]
