"""The command line as a process: its exit codes, and that no user ever sees a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cais.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    for folder in ("mappings", "sellers"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CAIS_ROOT": str(folder), "CAIS_VAR": str(folder / "var")}
    command = [sys.executable, "-m", "cais.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_what_is_good_ends_with_0(hub: Path) -> None:
    assert run(hub, "check").returncode == 0
    assert run(hub, "order", "--help").returncode == 0


def test_a_mistake_in_the_rules_ends_with_1(hub: Path) -> None:
    (hub / "sellers/aurora.yaml").write_text("rules: 1\n\tseller: aurora\n")
    ended = run(hub, "check")
    assert ended.returncode == 1
    assert "indent with spaces" in ended.stdout


def test_a_case_that_fails_ends_with_1(hub: Path) -> None:
    file = hub / "mappings/platforms/vtex/price.read.cases.yaml"
    file.write_text(file.read_text().replace("229.90", "229.91", 1))
    assert run(hub, "test", "vtex").returncode == 1


@pytest.mark.parametrize("wrong", [("oder",), ("order", "shw"), ("order", "list", "--jsn"), ("order", "show")])
def test_wrong_use_ends_with_2(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    ended = run(tmp_path, *wrong)
    assert ended.returncode == 2
    assert "Error:" in ended.stderr


def test_a_mistyped_command_is_told_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'order'?" in run(tmp_path, "oder").stderr


@pytest.mark.parametrize("command", [("up",), ("check",), ("order", "list")])
def test_a_folder_that_is_no_hub_is_told_so_and_left_as_it_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = run(tmp_path, *command)
    assert ended.returncode == 1
    assert ended.stderr.startswith("cais: ")
    assert not list(tmp_path.iterdir())


def test_a_mistake_of_our_own_is_told_by_kind_and_place_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a buyer's name")

    monkeypatch.setattr(click.Group, "invoke", broken)
    monkeypatch.setattr(sys, "argv", ["cais", "schema"])
    assert main._run() == 1
    said = capsys.readouterr().err
    assert "KeyError at main.py:" in said
    assert "Traceback" not in said
    assert "buyer" not in said
