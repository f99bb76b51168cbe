"""docs/configuration.md and .env.example name exactly the settings that exist."""

import re
from pathlib import Path

from pricestream.config import SETTINGS, Setting, read_dotenv

ROOT = Path(__file__).parent.parent.parent
NAMES = sorted(setting.name for setting in SETTINGS)


def row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else "unset"
    return f"| `{setting.name}` | {default} | {setting.accepted} | {setting.help} |"


def test_every_setting_has_its_row_and_no_other() -> None:
    text = (ROOT / "docs/configuration.md").read_text()

    rows = re.findall(r"^\| `.*", text, re.MULTILINE)

    assert sorted(rows) == sorted(row(setting) for setting in SETTINGS)


def test_the_example_holds_every_setting_once_and_sets_none() -> None:
    text = (ROOT / ".env.example").read_text()

    assert read_dotenv(ROOT / ".env.example") == {}
    assert sorted(re.findall(r"^# ([A-Z_]+)=", text, re.MULTILINE)) == NAMES
