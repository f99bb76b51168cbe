"""docs/api.md names exactly the endpoints that exist."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from drf_spectacular.generators import SchemaGenerator

from prices.models import Offer

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


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are for curl")
@pytest.mark.django_db(transaction=True)
def test_the_examples_do_what_they_say(live_server: Any, tmp_path: Path) -> None:
    User.objects.create_superuser("admin", password="correct horse battery")
    examples = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
    told = {
        "HOST": live_server.url,
        "PASSWORD": "correct horse battery",
        "PATH": os.environ["PATH"],
    }

    done = subprocess.run(
        ["bash", "-e", "-c", examples], cwd=tmp_path, env=told, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    listed, tracked = (json.loads(text) for text in re.findall(r"\{[^{}]*\}", done.stdout))
    assert listed["count"] == 0
    assert tracked["result"] == "new"
    assert Offer.objects.get().name == "Tea"
    assert set(json.loads((tmp_path / "tokens.json").read_text())) == {"access", "refresh"}
