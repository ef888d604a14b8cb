"""urllib3. A project that carries both inside itself rewrites this one import."""

from __future__ import annotations

import urllib3

__all__ = ["urllib3"]
