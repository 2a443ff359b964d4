"""What stands behind the adapter in its check: an application that tells what reached it, and the adapter around it."""

import base64
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "quay"))

from quay_pdp import Adapter, DecisionPoint, TokenDirectory, TokenFile  # noqa: E402

CONFIG = "ADAPTER_CHECK"
SESSION = "session=of-nobody; Path=/"


def plain(environ, start_response):
    """Quay's stand-in: the environ as it came and the body, as JSON; with a session, as Quay's answers have."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])) if environ.get("CONTENT_LENGTH") else (
        environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b"")
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = json.dumps({"environ": seen, "body": base64.b64encode(body).decode()}).encode()
    start_response("200 OK", [
        ("Content-Type", "application/json"), ("Content-Length", str(len(answer))), ("X-Reached", "yes"),
        ("Set-Cookie", SESSION), ("X-Next-CSRF-Token", "abc")])
    return [answer]


def adapter(config):
    """
    :param config: url, caller (a file), issuers, credential (a file or a directory), and as it is needed timeout,
        ca_file, workload_issuers, source_ip
    """
    credential = config["credential"]
    return Adapter(
        plain,
        DecisionPoint(
            config["url"], config["caller"], timeout=config.get("timeout", 2.0), ca_file=config.get("ca_file")),
        issuers=config["issuers"], workload_issuers=config.get("workload_issuers", ()),
        source_ip=config.get("source_ip"),
        execute=TokenDirectory(credential) if os.path.isdir(credential) else TokenFile(credential))


adapted = adapter(json.loads(os.environ[CONFIG])) if CONFIG in os.environ else None
