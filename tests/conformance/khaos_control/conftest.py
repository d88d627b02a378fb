"""Where the vendor's reference documents are; without them these tests are skipped."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_DATA = Path(os.environ.get("KHAOS_CONTRACTS") or _ROOT.parent / "shared" / "contracts" / "data") / "khaos_control"


@pytest.fixture
def reference_data() -> Path:
    """The folder with the vendor's samples and the recorded answers."""
    if not _DATA.is_dir():
        pytest.skip("the vendor's reference data is not here (set KHAOS_CONTRACTS)")
    return _DATA
