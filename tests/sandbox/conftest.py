"""Fixtures of the sandbox's tests: start and restart one, receive what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from ml_seller import Seller
from served import Receiver, Running
from toy import TOY
from vtex_hub import Hub

from sandbox.mercado_livre import MERCADO_LIVRE
from sandbox.platform import Platform
from sandbox.vtex import VTEX


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start a sandbox: `start(state=None, speed=1, platforms=None)`; all are stopped at the end."""
    running: list[Running] = []

    def begin(
        state: Path | None = None, speed: float | None = 1.0, platforms: Sequence[Platform] | None = None
    ) -> Running:
        running.append(Running(state, speed, platforms))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where notifications go."""
    one = Receiver()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def _toy() -> Iterator[Running]:
    one = Running(None, 1.0, [TOY])
    yield one
    one.stop()


@pytest.fixture
def toy(_toy: Running) -> Running:
    """A fresh sandbox at speed 1 with one small platform, to try the core with."""
    _toy.control("reset", {})
    _toy.control("clock", {"speed": 1})
    return _toy


@pytest.fixture(scope="session")
def _mercado_livre() -> Iterator[Running]:
    one = Running(None, 1.0, [MERCADO_LIVRE])
    yield one
    one.stop()


@pytest.fixture
def ml(_mercado_livre: Running) -> Seller:
    """Seller 123 (User Products) on a fresh site; time passes by `later`."""
    _mercado_livre.control("reset", {})
    _mercado_livre.control("clock", {"speed": 1})
    return Seller(_mercado_livre)


@pytest.fixture
def legacy(ml: Seller) -> Seller:
    """Seller 456 (the legacy model) beside seller 123."""
    return Seller(ml.running, 456)


@pytest.fixture(scope="session")
def _vtex() -> Iterator[Running]:
    one = Running(None, 1.0, [VTEX])
    yield one
    one.stop()


@pytest.fixture
def hub(_vtex: Running) -> Hub:
    """A client of a fresh simulated VTEX at speed 1."""
    _vtex.control("reset", {})
    _vtex.control("clock", {"speed": 1})
    return Hub(_vtex)
