"""Records that come from a caller: what is given in their place is told by the parameter, before anything is sent."""

__all__ = ["given", "kind_of"]


def given(name: str, value: object, kind: type) -> None:
    """``TypeError`` unless *value*, given as the parameter *name*, is a *kind*; only its type is told."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise TypeError(f"{name}: give {article} {kind.__name__}, not {kind_of(value)}")


def kind_of(value: object) -> str:
    """The name of the type of *value*, as it is told to people."""
    return "None" if value is None else type(value).__name__
