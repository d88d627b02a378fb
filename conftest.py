"""Runs the Python code of README.md and of the pages under docs/ as tests; one profile for all property tests."""

from hypothesis import HealthCheck, settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# How long an example takes depends on who else uses the machine: no test may fail for that.
settings.register_profile("khaos", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("khaos")

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
).pytest()
