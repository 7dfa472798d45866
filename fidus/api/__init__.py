"""The REST interface for institutions, over mutual TLS."""

from fidus.api.serve import build_api, serve_api
from fidus.api.tls import server_context

__all__ = ["build_api", "serve_api", "server_context"]
