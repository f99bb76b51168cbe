"""docs/commands.md names exactly the commands there are, and its examples can be parsed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from django.core.management import get_commands, load_command_class

from prices.management.command import ExplainedCommand

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs/commands.md").read_text()
OURS = {
    name: app
    for name, app in get_commands().items()
    if app in {"pricestream", "ingestion", "prices"}
}


def examples() -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL):
        yield from block.splitlines()
    for name, app in OURS.items():
        command = load_command_class(app, name)
        if isinstance(command, ExplainedCommand):
            assert "manage.py" in command.examples, name
            joined = command.examples.replace("\\\n", " ")
            yield from re.findall(r"manage\.py .*", joined)


def test_every_command_has_its_section() -> None:
    assert set(re.findall(r"^### `(\w+)`$", TEXT, re.MULTILINE)) == set(OURS)


@pytest.mark.parametrize("line", sorted(set(examples())))
def test_examples_are_used_right(line: str) -> None:
    words = shlex.split(re.split(r"\s\s|\s[#|]\s", line)[0])
    assert words[0] == "manage.py"
    command = load_command_class(cast(str, OURS[words[1]]), words[1])

    parsed = command.create_parser("manage.py", words[1]).parse_args(words[2:])

    assert parsed is not None
