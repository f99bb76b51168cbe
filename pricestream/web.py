"""The web server of `serve`: gunicorn with threads, set up in code."""

import signal
from typing import Any

from gunicorn.app.base import BaseApplication

from pricestream import config
from pricestream.processes import die_with_parent, die_with_service


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn over PriceStream's WSGI application."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Keep the options; gunicorn asks for them."""
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand the options over."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the WSGI application; called in each worker process."""
        from pricestream.wsgi import application

        return application


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    # Whoever kills `serve` wants its port back at once.
    die_with_service(signal.SIGKILL)
    env = config.read_environment()
    host = f"[{env['BIND']}]" if ":" in env["BIND"] else env["BIND"]
    Web(
        {
            "bind": f"{host}:{env['PORT']}",
            "workers": env["PRICESTREAM_WEB_WORKERS"],
            "worker_class": "gthread",
            "threads": 4,
            "timeout": 60,
            "graceful_timeout": 5,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "pricestream-web",
            "control_socket_disable": True,
            "forwarded_allow_ips": ",".join(env["PRICESTREAM_TRUSTED_PROXIES"]),
            "post_fork": lambda _arbiter, _worker: die_with_parent(signal.SIGKILL),
        }
    ).run()


if __name__ == "__main__":
    main()
