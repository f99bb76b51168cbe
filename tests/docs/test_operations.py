"""docs/operations.md names exactly the codes that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ingestion import errors, runs

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs/operations.md").read_text()
NOT_STORED = {"ingestion", "not_readable"}  # base classes are never raised
OF_RUNS = {"circuit_open", "no_provider_completed", "internal"}


def table_after(heading: str) -> set[str]:
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z0-9_]+)` \|", section, re.MULTILINE))


def codes_of_errors() -> set[str]:
    found: set[str] = set()
    kinds = [errors.IngestionError]
    while kinds:
        kind = kinds.pop()
        found.add(kind.code)
        kinds += kind.__subclasses__()
    return found


def calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("ingestion", "prices"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield node.func.id, node


def texts(node: ast.expr) -> set[str]:
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def codes_of_rejections() -> set[str]:
    found: set[str] = set()
    for name, call in calls():
        if name == "Rejection":
            for keyword in call.keywords:
                if keyword.arg == "code":
                    found |= texts(keyword.value)
        elif name == "InvalidQuoteError" and len(call.args) == 3:
            found |= texts(call.args[1])
    return found


def test_every_code_of_a_run_has_its_line() -> None:
    existing = (codes_of_errors() | set(runs.REAPED) | OF_RUNS) - NOT_STORED

    assert table_after("Error codes of runs and provider runs") == existing


def test_every_reason_of_a_rejection_has_its_line() -> None:
    missing = codes_of_rejections() - table_after("Reasons of rejected items")

    assert missing == set()
    assert {"bad_price", "duplicate_id"} <= codes_of_rejections()
