"""Results of unpublished shape as plain trees: inline or by reference, and those that would unfold for ever."""

from collections.abc import Callable

import pytest

from khaos_connectors import errors
from khaos_connectors.calls.messages import Response
from khaos_connectors.calls.soap import answer
from khaos_connectors.khaos_control.dates import ServerTime
from khaos_connectors.khaos_control.documents.fields import Reading
from khaos_connectors.khaos_control.structure import Structure, read_structure

_READING = Reading(system="khaos", operation="GetAgentStock", time=ServerTime())

Enveloped = Callable[..., Response]


def _read(response: Response) -> Structure:
    return read_structure(answer(response, system="khaos", operation="GetAgentStock"), _READING)


def test_a_tree_of_names_and_texts(enveloped: Enveloped) -> None:
    """Order, empty and nil values and repeated names are kept; names are looked up in any case."""
    found = _read(
        enveloped("GetAgentStock", '<return><Row><Code> A </Code></Row><Row/><Note xsi:nil="true"/></return>')
    )

    row = Structure(name="Row", text="", parts=(Structure(name="Code", text=" A "),))
    assert found == Structure(
        name="return", text="", parts=(row, Structure(name="Row", text=""), Structure(name="Note", text=None))
    )
    assert list(found) == list(found.parts)
    assert (row.told("CODE"), found.told("note"), found.told("other")) == ("A", "", "")
    assert (found.part("row"), found.part("other")) == (row, None)


def test_references_are_followed(enveloped: Enveloped) -> None:
    """A value beside the result reads like one inside it, under the name of what refers to it."""
    inline = _read(enveloped("GetAgentStock", "<return><Row><Code>A</Code></Row></return>"))
    beside = '<T id="1"><Row href="#2"/></T><U id="2"><Code>A</Code></U>'

    assert _read(enveloped("GetAgentStock", '<return href="#1"/>', beside=beside)) == inline


def test_a_value_within_itself_is_an_error(enveloped: Enveloped) -> None:
    """It would never end."""
    response = enveloped("GetAgentStock", '<return href="#1"/>', beside='<T id="1"><Self href="#1"/></T>')

    with pytest.raises(errors.Undecodable, match="at most 32 levels deep"):
        _read(response)


def test_references_that_double_at_each_step_are_an_error(enveloped: Enveloped) -> None:
    """Thirty elements, each twice the one before, are a thousand million values."""
    steps = "".join(f'<T id="{step}"><A href="#{step + 1}"/><B href="#{step + 1}"/></T>' for step in range(30))
    response = enveloped("GetAgentStock", '<return href="#0"/>', beside=f'{steps}<T id="30">x</T>')

    with pytest.raises(errors.Undecodable, match="at most 200000 values"):
        _read(response)
