"""docs/api.md names exactly the endpoints that exist."""

import re
from pathlib import Path

from drf_spectacular.generators import SchemaGenerator

TEXT = (Path(__file__).parent.parent.parent / "docs/api.md").read_text()


def documented() -> set[tuple[str, str]]:
    rows = re.findall(r"^\| ([A-Z, ]+) \| `([^`]+)` \|", TEXT, re.MULTILINE)
    return {(method, address) for methods, address in rows for method in methods.split(", ")}


def existing() -> set[tuple[str, str]]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        (method.upper(), path.removeprefix("/api/v1/"))
        for path, operations in paths.items()
        for method in operations
        if method in {"get", "post", "patch", "put", "delete"}
    }


def test_every_endpoint_is_documented_and_every_documented_one_exists() -> None:
    assert documented() == existing() - {("GET", "")}
