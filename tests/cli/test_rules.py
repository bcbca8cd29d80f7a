"""The commands of integrators, on a copy of the rule files that ship."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cais.cli.main import cais
from cais.errors import CaisError, NotFound

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the rule files that ship; the current one."""
    for folder in ("mappings", "sellers"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("CAIS_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cais, arguments, input=stdin)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) >= 1, f"{file.name} has no {old!r}"
    file.write_text(text.replace(old, new, 1))


def test_the_rule_files_that_ship_have_no_mistake(hub: Path) -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "no mistakes" in result.output


def test_every_mistake_is_shown_in_one_pass_with_its_place_and_the_nearest_name(hub: Path) -> None:
    edit(hub / "sellers/aurora.yaml", "platform: mercado_livre", "platform: mercado_livra")
    edit(hub / "mappings/platforms/mercado_livre/price.write.yaml", "price.sale", "price.sail")
    result = run("check")
    assert result.exit_code == 1
    assert "sellers/aurora.yaml:" in result.output
    assert "did you mean 'mercado_livre'?" in result.output
    assert "mappings/platforms/mercado_livre/price.write.yaml:6:" in result.output
    assert "did you mean 'sale'?" in result.output
    assert "^" in result.output
    assert "2 mistakes" in result.output


def test_check_prints_json(hub: Path) -> None:
    edit(hub / "sellers/aurora.yaml", "flow: backoffice", "flow: backofice")
    result = run("check", "--json")
    assert result.exit_code == 1
    problems = json.loads(result.output)
    assert problems[0]["file"] == "sellers/aurora.yaml"
    assert problems[0]["severity"] == "error"
    assert problems[0]["line"] > 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("order: {since: 2026-11-01}", "order: {at: paid}", "R076"),
        ("    stock: {buffer: 2, pool: max}", "    stock: {buffer: 2, pool: max}\n    stock: {buffer: 3}", "R002"),
        ("    title: Loja Aurora", "    title: Loja Aurora\n    order: off", "R112"),
        ("app_token: env:VTEX_APP_TOKEN", "app_token: hunter2", "R075"),
        ("mode: live", "mode: lively", "R012"),
    ],
)
def test_what_would_harm_a_seller_is_refused(hub: Path, old: str, new: str, code: str) -> None:
    edit(hub / "sellers/aurora.yaml", old, new)
    result = run("check")
    assert result.exit_code == 1
    assert f" {code} " in result.output


def test_a_channel_may_say_when_its_orders_are_exported(hub: Path) -> None:
    edit(hub / "sellers/aurora.yaml", "order: {since: 2026-11-01}", "order: {since: 2026-11-01, at: placed}")
    assert run("check").exit_code == 0


def test_cases_run_and_a_wrong_one_shows_what_differs(hub: Path) -> None:
    assert run("test").exit_code == 0
    edit(hub / "mappings/platforms/mercado_livre/price.write.yaml", "as: money", "as: money, unit: cents")
    result = run("test", "mercado_livre")
    assert result.exit_code == 1
    assert "price.write" in result.output


def test_a_document_is_mapped(hub: Path) -> None:
    document = json.dumps({"price": {"sku": "0012-AZ", "price_list": "1", "sale": "249.90"}})
    result = run("map", "ml/price.write", stdin=document)
    assert json.loads(result.output) == {"price": 249.90}


def test_an_unknown_mapping_is_told_with_the_nearest(hub: Path) -> None:
    result = run("map", "ml/prise.write", stdin="{}")
    assert isinstance(result.exception, CaisError)
    assert "did you mean 'price.write'?" in str(result.exception)


def test_an_unknown_platform_has_no_cases_to_run(hub: Path) -> None:
    result = run("test", "nope")
    assert isinstance(result.exception, NotFound)
    assert "known: mercado_livre, vtex" in str(result.exception)


def test_a_secret_that_is_written_out_is_not_shown_again(hub: Path) -> None:
    edit(hub / "sellers/aurora.yaml", "app_token: env:VTEX_APP_TOKEN", "app_token: hunter2")
    result = run("check")
    assert "write env:NAME" in result.output
    assert "hunter2" not in result.output


def test_explain_names_the_line_of_every_leaf(hub: Path) -> None:
    result = run("rules", "explain", "ml/price.write")
    assert "mappings/platforms/mercado_livre/price.write.yaml:6" in result.output
