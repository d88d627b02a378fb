"""A day through Channels alone: the ERP calls, we call nobody but the marketplace, and refunds become credit notes."""

import json

import pytest
from typer.testing import CliRunner

from khaos_connectors.demo.commands import app

SMALL = ["demo", "--erp", "channels", "--orders", "25", "--codes", "40", "--ticks", "10"]


def run(*options: str) -> "tuple[int, str]":
    """Exit status and standard output of one invocation in this process."""
    result = CliRunner().invoke(app, [*SMALL, *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.parametrize(("seed", "driver"), [("1", []), ("2", ["--async"])])
def test_a_day_on_bad_lines_passes_the_audit(seed: str, driver: list[str]) -> None:
    """Whichever driver works, in both forms of the documents (odd seeds: JSON) and however the ERP sends again (in its
    turn, or after newer pushes), nothing is lost, doubled, oversold or unconfirmed, and every refund has its one
    credit note.
    """
    status, said = run("--seed", seed, "--faults", "heavy", *driver)
    line = said.strip().splitlines()[-1]

    assert (status, line[:10]) == (0, "AUDIT PASS")
    assert int(line.partition("credited=")[2]) > 0


def test_the_document_tells_of_the_credit_notes() -> None:
    """As the printed summary does."""
    status, said = run("--json", "--faults", "none", "--single-shipment")
    document = json.loads(said)

    assert (status, document["audit"]["passed"]) == (0, True)
    assert document["audit"]["credited"] > 0
