"""The three addresses of one service, from whichever of them is known."""

from urllib.parse import urlsplit

import attrs

from khaos_connectors.errors import ConfigError

__all__ = ["ServiceUrls", "service_urls"]

_SOAP = "/soap/IKosWeb"
_WSDL = "/wsdl/IKosWeb"


@attrs.frozen
class ServiceUrls:
    """*base* and *path* together are the endpoint; *wsdl* describes it ("" where it cannot be derived)."""

    base: str
    path: str
    wsdl: str


def service_urls(base_url: str, wsdl_url: str, endpoint_url: str) -> ServiceUrls:
    """The addresses that follow from the given one: ``/wsdl/`` and ``/soap/`` are swapped, an .exe gets both.

    An endpoint that does not follow the pattern (behind a gateway, say) is taken as it is. An explicit *wsdl_url*
    beside *endpoint_url* or *base_url* wins. A *base_url* without a path is no service. Raises ``ConfigError``.
    """
    if base_url and endpoint_url:
        raise ConfigError(field="base_url", problem="give base_url or endpoint_url, not both")
    if base_url:
        base = _checked("base_url", base_url).rstrip("/")
        if not urlsplit(base).path:
            problem = "must name the service's executable, as in https://HOST/NAME.exe"
            raise ConfigError(field="base_url", problem=f"{problem}; give endpoint_url for a service that has none")
        if base.casefold().endswith((_SOAP.casefold(), _WSDL.casefold())):
            base = base[: -len(_SOAP)]
        return ServiceUrls(base, _SOAP, wsdl_url or base + _WSDL)
    if endpoint_url:
        return _from_endpoint(_checked("endpoint_url", endpoint_url), wsdl_url)
    if not wsdl_url:
        raise ConfigError(field="base_url", problem="one of base_url, wsdl_url and endpoint_url is needed")
    bare = _checked("wsdl_url", wsdl_url, query=True).split("?")[0]
    at = bare.casefold().rfind("/wsdl/")
    if at < 0:
        raise ConfigError(field="wsdl_url", problem="has no /wsdl/ to swap for /soap/: give endpoint_url as well")
    return ServiceUrls(bare[:at], "/soap/" + bare[at + len("/wsdl/") :], wsdl_url)


def _from_endpoint(endpoint: str, wsdl_url: str) -> ServiceUrls:
    at = endpoint.casefold().rfind("/soap/")
    if at >= 0:
        base, name = endpoint[:at], endpoint[at + len("/soap/") :]
        return ServiceUrls(base, f"/soap/{name}", wsdl_url or f"{base}/wsdl/{name}")
    parts = urlsplit(endpoint)
    return ServiceUrls(f"{parts.scheme}://{parts.netloc}", parts.path or "/", wsdl_url)


def _checked(field: str, url: str, *, query: bool = False) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigError(field=field, problem="must be an absolute http or https address")
    if parts.username is not None:
        raise ConfigError(field=field, problem="must not hold credentials: give them as auth")
    if parts.query and not query:
        raise ConfigError(field=field, problem="must not hold a query")
    return url
