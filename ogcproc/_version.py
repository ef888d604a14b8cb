"""The version, a literal: read by setup.cfg, the User-Agent header and people."""

__version__ = "0.1.0"
