"""A provider's options: what they may hold, and how they are shown. Pure.

Options go to the adapter as they are. What is secret in them, by its name, is written and
never shown: `HIDDEN` stands for it, and a change that sends that back leaves it as it is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

HIDDEN: Final = "***"
MAX_LENGTH: Final = 64 * 1024
SECRET: Final = re.compile(
    r"token|secret|passw|passphrase|authorization|cookie|credential|api[-_]?key", re.IGNORECASE
)


class OptionsError(ValueError):
    """Options that cannot be saved; says why."""


def shown(options: Any) -> Any:
    """Return `options` with each secret replaced."""
    if isinstance(options, Mapping):
        return {
            name: HIDDEN if SECRET.search(name) and value else shown(value)
            for name, value in options.items()
        }
    return [shown(one) for one in options] if isinstance(options, list) else options


def checked(given: Any, *, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return `given` as it is to be saved, with the secrets of `stored` where they are hidden.

    Raises:
        OptionsError: not an object, too long, with a NUL, or hiding what is not known.
    """
    if not isinstance(given, dict):
        raise OptionsError("must be an object")
    merged: dict[str, Any] = _merged(given, stored)
    if len(json.dumps(merged)) > MAX_LENGTH:
        raise OptionsError(f"are longer than {MAX_LENGTH} characters")
    for name, value in _leaves(merged):
        if "\x00" in name or (isinstance(value, str) and "\x00" in value):
            raise OptionsError("hold a NUL character")
        if value == HIDDEN and SECRET.search(name):
            raise OptionsError(f"{HIDDEN} stands for a saved secret; send the secret itself")
    return merged


def _merged(given: Any, stored: Any) -> Any:
    if not isinstance(given, dict) or not isinstance(stored, Mapping):
        return given
    return {
        name: stored[name]
        if value == HIDDEN and SECRET.search(name) and name in stored
        else _merged(value, stored.get(name))
        for name, value in given.items()
    }


def _leaves(options: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(options, dict):
        for inner, value in options.items():
            yield from _leaves(value, inner)
    elif isinstance(options, list):
        for value in options:
            yield from _leaves(value, name)
    else:
        yield name, options
