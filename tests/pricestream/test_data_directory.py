"""The data directory and the secrets made in it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pricestream.config import BASE_DIR, SettingError
from pricestream.data_directory import data_directory, derived_secret, generated_secret


def test_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = data_directory(f"{tmp_path}/a/b")

    assert path == tmp_path / "a/b"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_relative_one_is_beside_manage_py() -> None:
    assert data_directory("docs") == BASE_DIR / "docs"


def test_names_itself_where_it_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingError) as caught:
        data_directory(f"{tmp_path}/file/below")

    assert str(caught.value) == (
        f"PRICESTREAM_DATA_DIR: read '{tmp_path}/file/below';"
        " accepted: a directory that can be made"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_names_itself_where_it_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(SettingError, match="a directory that can be written"):
        data_directory(str(tmp_path))


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "key"

    secret = generated_secret(path)

    assert len(secret) >= 64
    assert generated_secret(path) == secret == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    assert generated_secret(tmp_path / "one") != generated_secret(tmp_path / "two")


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from pricestream.data_directory import generated_secret;"
        "sys.stdin.readline(); print(generated_secret(Path(sys.argv[1])))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / "key"],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = {process.communicate()[0].strip() for process in started}

    assert answers == {(tmp_path / "key").read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_secret_that_was_shortened_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("changeme")

    with pytest.raises(SettingError) as caught:
        generated_secret(path)

    assert "delete the file to have a new one" in str(caught.value)
    assert "changeme" not in str(caught.value)


def test_a_secret_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"PRICESTREAM_DATA_DIR: read '.*/none/key'"):
        generated_secret(tmp_path / "none/key")


def test_a_derived_secret_is_the_same_everywhere_and_differs_by_purpose() -> None:
    assert derived_secret("a" * 50, "jwt") == derived_secret("a" * 50, "jwt")
    assert len({derived_secret("a" * 50, "jwt"), derived_secret("a" * 50, "x"), "a" * 50}) == 3
    assert derived_secret("a" * 50, "jwt") != derived_secret("b" * 50, "jwt")
