"""Credentials: the header fields that carry them, and when they are renewed.

``Client(auth=...)`` takes any of these classes, an object with a method ``headers(request)``, or a
function that returns header fields. They go to the origin of ``api_url`` and nowhere else.

An object may also have a method ``renew(request, headers)``. The client calls it when the server
answers 401, with the header fields that were refused. If it returns True, the request is sent once
more with new ones. Many threads may call it at the same time.

No ``repr`` shows a secret. A pickle holds the secrets that were given; a token that came from a
server, a file or a command is left out, and fetched again.

Only ``basic.py`` is needed. A copy of the package may leave out the other files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import lazy_name, present_names

if TYPE_CHECKING:
    from .basic import ApiKeyAuth, BasicAuth, BearerAuth
    from .netrc import NetrcAuth
    from .oauth2 import OAuth2ClientCredentials, OAuth2DeviceCode, OAuth2Password
    from .tokens import CommandToken, EnvironmentToken, FileToken

    __all__ = [
        "ApiKeyAuth",
        "BasicAuth",
        "BearerAuth",
        "CommandToken",
        "EnvironmentToken",
        "FileToken",
        "NetrcAuth",
        "OAuth2ClientCredentials",
        "OAuth2DeviceCode",
        "OAuth2Password",
    ]

#: The names that each file defines. A name is imported when it is first used.
NAMES = {
    "basic": ("ApiKeyAuth", "BasicAuth", "BearerAuth"),
    "netrc": ("NetrcAuth",),
    "oauth2": ("OAuth2ClientCredentials", "OAuth2DeviceCode", "OAuth2Password"),
    "tokens": ("CommandToken", "EnvironmentToken", "FileToken"),
}

# A type checker would take this for a definition of every name.
if not TYPE_CHECKING:  # pragma: no branch - a type checker runs nothing

    def __getattr__(name: str) -> object:
        """Return a name of ``NAMES``, or those that this copy of the package has."""
        if name == "__all__":
            return present_names(NAMES, __name__)
        return lazy_name(name, NAMES, globals())

    def __dir__() -> list[str]:
        """Return the module's names, also those that were not used yet."""
        return sorted({*globals(), *present_names(NAMES, __name__)})
