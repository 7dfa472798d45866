"""nginx as a mutual TLS proxy in front of the source: what is possible at all when nothing is asked, checked,
recorded or signed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from bench.cpu import children
from bench.load import HOST

UNPACKED = Path(__file__).parent.parent / ".venv" / "debian" / "usr" / "sbin" / "nginx"
READY_WITHIN_S = 10.0
END_WITHIN_S = 10.0

_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid nginx.pid;
error_log nginx-errors.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_requests 100000000;
    upstream source {{
        server {host}:{source_port};
        keepalive 128;
        keepalive_requests 100000000;
    }}
    server {{
        listen {host}:{port} ssl;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {pki}/hub.crt;
        ssl_certificate_key {pki}/hub.key;
        ssl_client_certificate {pki}/issuer-institutions.crt;
        ssl_verify_client on;
        location / {{
            proxy_pass https://source;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_ssl_verify on;
            proxy_ssl_name localhost;
            proxy_ssl_trusted_certificate {pki}/issuer-servers.crt;
        }}
    }}
}}
"""


def program() -> Path | None:
    """nginx of this machine or the one that `bench/provide` unpacked; None where there is neither."""
    installed = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if installed is not None:
        return Path(installed)
    return UNPACKED if UNPACKED.exists() else None


class Nginx:
    """One worker process. `port`: where it listens."""

    def __init__(self, folder: Path, pki: Path, source_port: int) -> None:
        """Start it with its files in `folder`. Raises OSError when it does not come up."""
        found = program()
        if found is None:
            raise FileNotFoundError("there is no nginx: run bench/provide")
        folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(host=HOST, port=self.port, source_port=source_port, pki=pki)
        )
        self._process = subprocess.Popen(
            [found, "-p", folder, "-c", configuration, "-e", folder / "nginx-errors.log"],
            stdin=subprocess.DEVNULL,
        )
        try:
            self._wait()
        except OSError:
            self.stop()
            raise

    @property
    def processes(self) -> list[int]:
        """Master and worker."""
        return [self._process.pid, *children(self._process.pid)]

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                socket.create_connection((HOST, self.port), 1.0).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise OSError("nginx did not start; see nginx-errors.log in its folder") from None
                time.sleep(0.05)
            else:
                return


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as held:
        return int(held.getsockname()[1])
