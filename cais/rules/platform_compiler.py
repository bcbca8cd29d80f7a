"""From a platform's folder to the compiled platform, with all checks that need no seller."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from typing import Any

from cais.rules import platform_file as files
from cais.rules.auth import Auth, Sign
from cais.rules.hook import Hooks, ReplyTemplate, Route, Verify, route_pattern
from cais.rules.mapping import Mapping
from cais.rules.mapping_compiler import compile_mapping
from cais.rules.mapping_file import MappingFile
from cais.rules.names import Names
from cais.rules.operation_compiler import OperationCompiler, mapping_uses
from cais.rules.platform import Platform
from cais.rules.problem import Problem, nearest
from cais.rules.reader import Document, Path
from cais.rules.roots import Roots
from cais.rules.shape import ANY, Shape

Written = tuple[Document, MappingFile]


def compile_platform(
    document: Document,
    file: files.PlatformFile,
    written: AbstractMapping[str, Written],
    graphql: AbstractMapping[str, str],
) -> tuple[Platform, list[Problem]]:
    """The platform and what is wrong with it. `written`: its mapping files by name, overlays applied."""
    mappings, problems = _compile_mappings(document, file, written)
    compiler = _PlatformCompiler(document, file, mappings, graphql)
    return compiler.platform(), [*problems, *compiler.problems]


def _compile_mappings(
    document: Document, file: files.PlatformFile, written: AbstractMapping[str, Written]
) -> tuple[dict[str, Mapping], list[Problem]]:
    uses: dict[str, list[Names]] = defaultdict(list)
    for name, names in mapping_uses(file):
        uses[name].append(names)
    mappings, problems = {}, []
    for name, (source, mapping) in written.items():
        if not uses[name]:
            problems.append(source.problem((), "R040", f"no operation uses the mapping '{name}'"))
        mappings[name], found = compile_mapping(source, mapping, _context(mapping, uses[name], Roots(file)))
        problems += found
    return mappings, problems


def _context(mapping: MappingFile, uses: list[Names], roots: Roots) -> Names:
    """What each of a mapping's users puts into the context."""
    common = _common([names.shapes for names in uses])
    if mapping.side == "read":
        return Names(common, open=not uses)
    inputs = tuple(filter(None, (mapping.source, *mapping.with_)))
    return Names({**roots.writing(inputs).shapes, **common}, open=not uses)


def _common(all_shapes: Iterable[AbstractMapping[str, Shape]]) -> dict[str, Shape]:
    first, *others = [*all_shapes] or [{}]
    return {
        name: shape if all(other[name] == shape for other in others) else ANY
        for name, shape in first.items()
        if all(name in other for other in others)
    }


class _PlatformCompiler(OperationCompiler):
    def platform(self) -> Platform:
        file = self.file
        self._check_references()
        self._check_params()
        self._check_polls()
        operations = {name: self.operation(name, operation) for name, operation in file.operations.items()}
        for name in sorted(set(file.outcomes) - self.used_outcomes):
            mark = self.document.key_mark(("outcomes", name))
            self.problems.append(mark.problem("R040", f"no operation uses the outcome list '{name}'"))
        return Platform(
            name=file.platform,
            file=file,
            operations=operations,
            mappings=self.mappings,
            hosts=self.texts(file.hosts, ("hosts",), self.roots.hosts),
            auth=self._auth(file.auth),
            hooks=self._hooks(file.hooks) if file.hooks else None,
        )

    # References

    def _check_references(self) -> None:
        file = self.file
        named: list[tuple[str, Path]] = []
        for name, limit in file.limits.items():
            named += [(found, ("limits", name, "operations", n)) for n, found in enumerate(limit.operations or ())]
            named += [(found, ("limits", name, "cost", found)) for found in limit.cost]
        named += [(resolve.operation, ("resolve", kind, "operation")) for kind, resolve in file.resolve.items()]
        if file.auth.token_operation is not None:
            named.append((file.auth.token_operation, ("auth", "token_operation")))
        for operation, path in named:
            if operation not in file.operations:
                self.report(path, "R051", f"no operation '{operation}'", nearest(operation, file.operations))

    def _check_params(self) -> None:
        params = self.file.params
        if params and not any(param.account for param in params.values()):
            self.report(("params",), "R011", "no parameter is the account", "mark it with `account: true`")
        for name, param in params.items():
            path: Path = ("params", name)
            if param.pattern is not None and not _is_pattern(param.pattern):
                self.report((*path, "pattern"), "R012", "the pattern is not a regular expression")
            elif param.default is not None and (why := misfit(param, param.default)):
                self.report((*path, "default"), "R073", f"the default {why}")

    def _check_polls(self) -> None:
        for name, kept in self.file.retention.items():
            if kept <= self.file.poll.sweep:
                self.report(("retention", name), "R063", "the sweep comes too late for what is kept this long")

    # Auth and hooks

    def _auth(self, file: files.AuthFile) -> Auth:
        names, path = self.roots.auth, ("auth",)
        for key in _AUTH_NEEDS[file.style]:
            if not getattr(file, key):
                self.report(path, "R011", f"auth by {file.style} needs `{key}`")
        headers = self.texts(file.headers, ("auth", "headers"), names)
        if file.value is not None:
            headers = {**headers, file.header: self.text(file.value, ("auth", "value"), names)}
        basic = None
        if file.user is not None and file.password is not None:
            user = self.text(file.user, ("auth", "user"), names)
            basic = (user, self.text(file.password, ("auth", "password"), names))
        return Auth(
            style=file.style,
            headers=headers,
            query=self.texts(file.query, ("auth", "query"), names),
            basic=basic,
            token_operation=file.token_operation,
            refresh_before=file.refresh_before,
            sign=self._sign(file.sign, names) if file.sign else None,
        )

    def _sign(self, file: files.SignFile, names: Names) -> Sign:
        key = self.maybe(file.key, ("auth", "sign", "key"), names)
        return Sign(file.algorithm, self.text(file.text, ("auth", "sign", "text"), names), key, file.encoding)

    def _hooks(self, file: files.HooksFile) -> Hooks:
        names = self.roots.hook(())
        ping = None
        if file.ping is not None:
            when = self.text(file.ping.when, ("hooks", "ping", "when"), names)
            ping = (when, self._reply(file.ping.reply, ("hooks", "ping", "reply"), names))
        routes = [self._route(row, ("hooks", "routes", n)) for n, row in enumerate(file.routes)]
        if not file.routes or not isinstance(file.routes[-1], files.IgnoreRoute):
            self.report(("hooks", "routes"), "R053", "the last route must be `else`", "{else: ignore}")
        return Hooks(
            verify=self._verify(file.verify),
            routes=tuple(route for route in routes if route is not None),
            reply=self._reply(file.reply, ("hooks", "reply"), names),
            ping=ping,
            topics=file.topics,
        )

    def _verify(self, file: files.VerifyFile) -> Verify:
        if file.style != "secret_in_path" and (file.header is None or file.secret not in self.file.secrets):
            message = "the hook is verified by a `header` and a declared `secret`"
            self.report(("hooks", "verify"), "R064", message, nearest(file.secret or "", self.file.secrets))
        return Verify(file.style, file.header or "", file.secret or "", file.encoding)

    def _route(self, file: files.RouteFile | files.IgnoreRoute, path: Path) -> Route | None:
        if isinstance(file, files.IgnoreRoute):
            return None
        pattern = route_pattern(file.route) if file.route is not None else None
        names = self.roots.hook(pattern.groupindex if pattern else ())
        return Route(
            kind=file.kind,
            id=self.text(file.id, (*path, "id"), names),
            pattern=pattern,
            when=self.whole(file.when, (*path, "when"), names),
            by=file.by,
            event=self.maybe(file.event, (*path, "event"), names),
            reply=self._reply(file.reply, (*path, "reply"), names) if file.reply else None,
        )

    def _reply(self, file: files.ReplyFile, path: Path, names: Names) -> ReplyTemplate:
        return ReplyTemplate(file.status, self._document(file.json_, (*path, "json"), names), file.headers)

    def _document(self, document: Any, path: Path, names: Names) -> Any:
        """Plain data in which text with expressions is compiled."""
        if isinstance(document, str):
            return self.text(document, path, names) if "{{" in document else document
        if isinstance(document, dict):
            return {key: self._document(value, (*path, key), names) for key, value in document.items()}
        if isinstance(document, list):
            return [self._document(value, (*path, n), names) for n, value in enumerate(document)]
        return document


_AUTH_NEEDS: dict[str, tuple[str, ...]] = {
    "none": (),
    "headers": ("headers",),
    "query": ("query",),
    "basic": ("user", "password"),
    "oauth2_refresh": ("token_operation",),
    "oauth2_client_credentials": ("token_operation",),
    "signed": ("sign",),
}


def misfit(param: files.ParamFile, value: str) -> str | None:
    """Why a value does not fit a parameter; None when it does."""
    if param.one_of is not None and value not in param.one_of:
        return "is not one of " + ", ".join(param.one_of)
    if param.pattern is None or not _is_pattern(param.pattern) or re.fullmatch(param.pattern, value):
        return None
    return f"does not match {param.pattern}"


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
