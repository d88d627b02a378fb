"""The profiles of operators that come with the library, by name."""

from collections.abc import Mapping

from khaos_connectors._choices import known_names
from khaos_connectors.errors import ConfigError
from khaos_connectors.mirakl import john_lewis
from khaos_connectors.mirakl.config import MiraklConfig
from khaos_connectors.mirakl.instance.profiles import Profile
from khaos_connectors.mirakl.instance.questions import QUESTIONS

__all__ = ["GENERIC", "PROFILES", "profile_named", "profile_of"]

GENERIC = Profile(name="generic", title="Mirakl", questions=QUESTIONS)
"""Any operator: nothing is assumed beyond what holds for all of them, and the host must be given."""

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (GENERIC, john_lewis.PROFILE)}
"""Every profile that is shipped. One of your own needs no entry here: give it to ``MiraklConfig(profile=...)``."""


def profile_named(name: str) -> Profile:
    """The shipped profile of that *name*; ``ConfigError`` names the others where there is none."""
    try:
        return PROFILES[name]
    except KeyError:
        problem = f"{name!r} is not shipped; {known_names(name, PROFILES)}"
        raise ConfigError(field="profile", problem=problem) from None


def profile_of(config: MiraklConfig) -> Profile:
    """The profile that *config* names, else the generic one."""
    return GENERIC if config.profile is None else config.profile
