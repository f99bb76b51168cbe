"""The web server of `serve`: gunicorn with threads, set up in code."""

from typing import Any

from gunicorn.app.base import BaseApplication

from pricestream.processes import die_with_service


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
    from pricestream import config

    env = config.read_environment()
    die_with_service()
    host = f"[{env['BIND']}]" if ":" in env["BIND"] else env["BIND"]
    options = {
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
    }
    Web({name: value for name, value in options.items() if name in _known()}).run()


def _known() -> set[str]:
    from gunicorn.config import KNOWN_SETTINGS

    return {setting.name for setting in KNOWN_SETTINGS}


if __name__ == "__main__":
    main()
