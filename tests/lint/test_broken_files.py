"""A folder with broken files among good ones: each is a finding, and the others are judged."""

from pathlib import Path

import pytest

from dynamigrate_lint import LintError, Settings, lint
from tests.lint.folders import NAME, write

_SCAN = "def do(ctx):\n    print(ctx.dynamodb.scan())\n"


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"def do(ctx):\n    return (\n", 2, "'(' was never closed"),
        (b"def do(ctx):\n\x00\n", 1, "null bytes"),
        (b"\xff\xfe\x00", 1, ""),
        ("# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"), 1, "does not define do"),
        (b"# -*- coding: klingon -*-\ndef do(ctx): pass\n", 1, "klingon"),
        (b"x = " + b"(" * 5000 + b")" * 5000, 1, ""),
        (b"x = " + b"-" * 50_000 + b"1", 1, "nested too deeply"),
        (b"async def do(ctx):\n    pass\n", 1, "asynchronous"),
        (b'phase = "later"\n\n\ndef do(ctx):\n    pass\n', 1, "phase must be one of"),
    ],
)
def test_a_broken_file_is_a_finding_and_the_others_are_judged(
    content: bytes, line: int, said: str, tmp_path: Path
) -> None:
    """With the line where there is one."""
    write(tmp_path, {"20261101090000_broken.py": content, NAME: _SCAN})
    broken, good = lint(tmp_path)
    assert (broken.code, broken.path.name, broken.line) == ("DYN001", "20261101090000_broken.py", line)
    assert said in broken.message
    assert broken.fix
    assert (good.code, good.path.name) == ("DYN109", NAME)


def test_everything_that_keeps_a_folder_from_being_deployed_is_told(tmp_path: Path) -> None:
    """Names, helpers, folders: not the first of them alone."""
    write(
        tmp_path,
        {
            NAME: "from ._broken import x\n\n\ndef do(ctx):\n    pass\n",
            "add_status.py": "def do(ctx):\n    pass\n",
            "_broken.py": "def (",
            "20261101090000_gone.pyc": "",
            "later/20261124090000_later.py": "def do(ctx):\n    pass\n",
            "tests/broken.py": "def (",
        },
    )
    found = {one.path.relative_to(tmp_path).as_posix(): one for one in lint(tmp_path)}
    assert {one.code for one in found.values()} == {"DYN001"}
    assert sorted(found) == ["20261101090000_gone.pyc", "_broken.py", "add_status.py", "later"]
    assert found["add_status.py"].message == "This file is not the name of a migration."


def test_what_files_say_of_each_other_is_told_where_each_can_be_read(tmp_path: Path) -> None:
    """One requires what there is not; while another is broken, nobody can tell."""
    source = 'requires = ["20250101000000"]\n\n\ndef do(ctx):\n    pass\n'
    [finding] = lint(write(tmp_path, {NAME: source}))
    assert (finding.code, finding.path.name) == ("DYN001", NAME)
    assert finding.message == "This file requires 20250101000000, and there is no such migration."
    [other] = lint(write(tmp_path, {"20250101000000_a.py": "def ("}))
    assert other.path.name == "20250101000000_a.py"


def test_two_files_of_one_id_are_told_however_it_is_written(tmp_path: Path) -> None:
    """By the name of the other one."""
    do = "def do(ctx):\n    pass\n"
    [finding] = lint(write(tmp_path, {"0007_a.py": do, "07_b.py": do, "8_c.py": do}))
    assert (finding.code, finding.path.name, finding.line) == ("DYN002", "07_b.py", 1)
    assert finding.message == "0007_a.py has the same id, 07."


def test_what_is_no_folder_is_an_error_and_an_empty_one_has_no_findings(tmp_path: Path) -> None:
    """A wrong path must not pass for a clean folder."""
    assert lint(tmp_path) == ()
    with pytest.raises(LintError) as caught:
        lint(tmp_path / "nowhere")
    assert caught.value.message == f"{tmp_path / 'nowhere'} is no folder."
    assert caught.value.next_step == "Name the folder that holds the migrations."


def test_since_leaves_older_migrations_alone_but_not_broken_ones(tmp_path: Path) -> None:
    """A helper may be used by a new one, so it is judged."""
    write(
        tmp_path,
        {
            "20250101000000_old.py": _SCAN,
            "20250102000000_broken.py": "def (",
            "20260101000000_new.py": "from ._scan import do\n",
            "_scan.py": _SCAN,
        },
    )
    found = lint(tmp_path, settings=Settings(since="20260101000000"))
    assert [(one.path.name, one.code) for one in found] == [
        ("20250102000000_broken.py", "DYN001"),
        ("_scan.py", "DYN109"),
    ]
