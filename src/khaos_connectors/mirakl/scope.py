"""Which account, shop and language a call is made for."""

import attrs

__all__ = ["Scope"]


@attrs.frozen(kw_only=True)
class Scope:
    """What every endpoint needs to know of the account.

    *account* names it in errors and routes its requests. *shop_id* travels with every call, because one key may reach
    several shops (None: the user's default shop). *locale* (``"en_GB"``) goes with reads that are translated.
    """

    account: str
    shop_id: int | None = None
    locale: str = ""

    def query(self, *pairs: tuple[str, str | None], translated: bool = False) -> tuple[tuple[str, str], ...]:
        """The query of a call: *pairs* that have a value, the locale where it is *translated*, and the shop."""
        given = [(name, value) for name, value in pairs if value is not None]
        if translated and self.locale:
            given.append(("locale", self.locale))
        if self.shop_id is not None:
            given.append(("shop_id", str(self.shop_id)))
        return tuple(given)
