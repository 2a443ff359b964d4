"""Quay's way from a request line to a route: gunicorn's parser, then Werkzeug's router."""

import json
import re

from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import RequestParser
from gunicorn.http.errors import ParseException
from urllib.parse import urlsplit
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, RequestRedirect, Rule
from werkzeug.wrappers import Request

from pdp import ROOT

CATALOG = json.loads((ROOT / "schema/management-api.json").read_text())
OPERATIONS = CATALOG["operations"]
BY_NAME = {row["operation"]: row for row in OPERATIONS}
BY_ROUTE = {(row["method"], row["path"]): row for row in OPERATIONS}


class RepositoryConverter(BaseConverter):
    """Two or more segments, tried after everything else."""

    part_isolating = False
    weight = 200
    regex = r"([^/]+(/[^/]+)+)"


class DigestConverter(BaseConverter):
    regex = r"([A-Za-z0-9_+.-]+):([A-Fa-f0-9]+)"


class Outcome:
    """What the router makes of a request: `row` and `path` of a match, or else `refusal`."""

    def __init__(self, row=None, path=None, query=None, refusal=None, redirected=None):
        self.row, self.path, self.query = row, path, query
        self.refusal, self.redirected = refusal, redirected

    def __str__(self):
        if self.row is None:
            return self.refusal
        return f"{self.row['operation']} {self.path}"


class QuayRouter:
    def __init__(self):
        self.config = Config()
        self.map = Map(converters={"repository": RepositoryConverter, "digest": DigestConverter})
        methods = {}
        for row in OPERATIONS:
            methods.setdefault(row["path"], []).append(row["method"])
        for template, verbs in methods.items():
            repositories = {
                name for row in OPERATIONS if row["path"] == template
                for name in row.get("repository_params", [])}
            self.map.add(Rule(self.rule(template, repositories), endpoint=template, methods=verbs))

    @staticmethod
    def rule(template, repositories):
        def converted(match):
            name = match[1]
            if name in repositories:
                return f"<repository:{name}>"
            return f"<digest:{name}>" if name == "manifestref" else f"<{name}>"

        return re.sub(r"{(\w+)}", converted, template)

    def route(self, method, target):
        """Follows the router's own redirect once, as clients do."""
        try:
            return self.match(method, target)
        except RequestRedirect as redirect:
            url = urlsplit(redirect.new_url)
            again = url.path + ("?" + url.query if url.query else "")
            try:
                outcome = self.match(method, again)
            except RequestRedirect:
                outcome = Outcome(refusal="308 twice")
            outcome.redirected = again
            return outcome

    def match(self, method, target):
        line = f"{method} {target} HTTP/1.1\r\nHost: quay.example.com\r\n\r\n".encode()
        try:
            parsed = next(RequestParser(self.config, iter([line]), ("127.0.0.1", 1)))
            if parsed.method != method or parsed.uri.encode("latin-1") != target.encode():
                return Outcome(refusal="another request line")
        except (ParseException, StopIteration, UnicodeError) as e:
            return Outcome(refusal=f"400 {type(e).__name__}")
        environ = {
            "REQUEST_METHOD": parsed.method, "wsgi.url_scheme": "https", "SCRIPT_NAME": "",
            "HTTP_HOST": "quay.example.com", "SERVER_NAME": "quay.example.com",
            "SERVER_PORT": "443", "QUERY_STRING": parsed.query or "",
            "PATH_INFO": util.unquote_to_wsgi_str(parsed.path or "")}
        try:
            rule, path = self.map.bind_to_environ(environ).match(return_rule=True)
        except RequestRedirect:
            raise
        except HTTPException as e:
            return Outcome(refusal=str(e.code))
        verb = "GET" if method == "HEAD" else method
        return Outcome(BY_ROUTE[verb, rule.endpoint], path, Request(environ).args)
