"""The command line: what it prints, how it ends, and that both drivers work the same day."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import khaos_connectors
from khaos_connectors.demo.commands import app
from khaos_connectors.errors import ConfigError

SMALL = ["demo", "--orders", "25", "--codes", "40", "--ticks", "10"]


def run(*options: str) -> "tuple[int, str, str]":
    """Exit status, standard output and standard error of one invocation in this process."""
    result = CliRunner().invoke(app, [*SMALL, *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


class TestDemo:
    @pytest.mark.parametrize("driver", [[], ["--async"]])
    @pytest.mark.parametrize("platform", ["--multi-shipment", "--single-shipment"])
    @pytest.mark.parametrize("seed", ["1", "2"])
    def test_a_day_on_bad_lines_passes_the_audit(self, seed: str, platform: str, driver: list[str]) -> None:
        """Whatever the driver and whatever the platform can do, nothing is lost, doubled, oversold or unconfirmed."""
        status, said, _ = run("--seed", seed, "--faults", "heavy", platform, *driver)

        assert (status, said.strip().splitlines()[-1][:10]) == (0, "AUDIT PASS")

    def test_the_last_line_is_the_auditors(self) -> None:
        """The summary ends with one line that a machine can read."""
        _, said, _ = run("--faults", "none")
        words = said.strip().splitlines()[-1].split()

        assert words[:2] == ["AUDIT", "PASS"]
        assert [word.partition("=")[0] for word in words[2:]] == [
            "orders",
            "lost",
            "doubled",
            "oversold",
            "unconfirmed",
            "held",
            "exceptions",
        ]

    def test_people_are_told_what_to_do(self) -> None:
        """The summary names each open exception's owner, its deadline and the way out."""
        _, said, _ = run("--faults", "some")

        assert "Exceptions, by owner" in said
        assert "SKU_UNMAPPED" in said
        assert "ecommerce" in said

    def test_json_is_one_document_and_nothing_else(self) -> None:
        """With --json, standard output parses; the auditor's line goes to standard error."""
        status, said, beside = run("--json", "--faults", "some")
        document = json.loads(said)

        assert status == 0
        assert document["audit"]["passed"] is True
        assert document["audit"]["line"] in beside

    def test_the_store_is_kept_where_it_was_asked_for(self, tmp_path: Path) -> None:
        """A day worked on a file of the user's leaves its orders there."""
        file = tmp_path / "mine.db"

        status, _, _ = run("--faults", "none", "--store", f"sqlite:///{file}")

        assert (status, file.exists()) == (0, True)

    def test_a_store_that_remembers_another_day(self, tmp_path: Path) -> None:
        """It is refused: the new day's orders have the same numbers, and would seem to be known."""
        url = f"sqlite:///{tmp_path / 'mine.db'}"
        run("--faults", "none", "--store", url)

        with pytest.raises(ConfigError, match="remembers another day"):
            run("--faults", "none", "--store", url)


def test_a_setting_that_cannot_work_is_one_line(tmp_path: Path) -> None:
    """The command ends with what is wrong and status 2, without a traceback."""
    command = [sys.executable, "-m", "khaos_connectors", "demo", "--store", "mysql://nobody@nowhere/db"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines()[-1].startswith("khaos-connectors: store: ")
    assert "Traceback" not in ended.stderr


def test_a_library_without_the_extra_says_which_one(tmp_path: Path) -> None:
    """Without typer the command ends with the line to type, not with a traceback."""
    hidden = "import sys; sys.modules['typer'] = None; from khaos_connectors.cli import main; main()"

    ended = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert ended.returncode == 1
    assert "pip install 'khaos-connectors[cli]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_version_is_told() -> None:
    """One line with the name and the version of what is installed."""
    command = [sys.executable, "-m", "khaos_connectors", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == f"khaos-connectors {khaos_connectors.__version__}\n"


def test_the_version_is_an_option_that_help_lists() -> None:
    """Beside the subcommands."""
    assert "--version" in CliRunner().invoke(app, ["--help"]).stdout
