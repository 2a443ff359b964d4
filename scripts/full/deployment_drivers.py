"""The servers of docs/quay-integration.md: its own files, with addresses of this machine in them."""

import grp
import json
import os
import pathlib
import pwd
import re
import socket
import subprocess
import threading

import jwt

from pdp import ROOT
from proxy_drivers import Haproxy, Nginx, Proxy, Upstream, files_of, free_port, read_head

PAGE = "../quay-integration.md"
ISSUER = "https://pdp.example.com/quay"
LAYOUT = ROOT / "scripts/full/quay-nginx"


class WebApplication(Upstream):
    """Quay's web application behind its own nginx: on a Unix socket."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(128)
        self.lock = threading.Lock()
        self.received = []
        threading.Thread(target=self.accept, daemon=True).start()


class Quay(Upstream):
    """Quay as the gateway reaches it: says whose user a token of ours is, without a record of that; else as any upstream."""

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                try:
                    line, headers = read_head(stream)
                    if line is None:
                        return
                    claims = executing(headers)
                    stream.read(int(dict(headers).get("content-length", "0")))
                    if line == b"GET /api/v1/user/ HTTP/1.1" and claims:
                        body = json.dumps({
                            "anonymous": False, "username": claims["preferred_username"], "super_user": False,
                            "logins": [{"service": "pdp", "service_identifier": claims["sub"]}]}).encode()
                    else:
                        body = b"ok"
                        with self.lock:
                            self.received.append((line.decode("latin-1"), headers))
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nSet-Cookie: session=quay\r\nX-Next-CSRF-Token: quay\r\n"
                        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                        + (b"" if line.startswith(b"HEAD ") else body))
                except OSError:
                    return


def executing(headers):
    """The claims of the token for Quay that a call is executed with; None without exactly one of them."""
    given = [value for name, value in headers if name == "authorization"]
    try:
        claims = jwt.decode(given[0].removeprefix("Bearer "), options={"verify_signature": False}, algorithms=["RS256"])
    except (IndexError, jwt.InvalidTokenError):
        return None
    return claims if len(given) == 1 and claims["iss"] == ISSUER and claims["aud"] == "quay" else None


def placed(work, places, *paths):
    """Writes the page's files at these paths into a directory, with every place in them replaced: where they are."""
    work.mkdir(parents=True, exist_ok=True)
    shown = files_of(PAGE)
    files = {path: work / pathlib.Path(path).name for path in paths}
    spelled = re.compile("|".join(re.escape(place) for place in sorted(places, key=len, reverse=True)))
    for path, file in files.items():
        file.write_text(spelled.sub(lambda found: str(places[found[0]]), shown[path]))
    return files


class Split:
    """A proxy that splits the requests between Quay and the gateway."""

    def __init__(self, work, quay, gateway):
        self.work = pathlib.Path(work) / f"split-{type(self).__name__.lower()}"
        self.port = free_port()
        self.process = None
        self.files = placed(self.work, {
            "127.0.0.1:8000": f"127.0.0.1:{self.port}", "127.0.0.1:8080": f"127.0.0.1:{quay}",
            "127.0.0.1:8443": f"127.0.0.1:{gateway}"}, self.path)

    def command(self):
        # where the drivers of the forward-auth faces look for their own file
        self.files |= {self.driven: self.files[self.path]}
        return super().command()


class NginxSplit(Split, Nginx):
    path, driven = "/etc/nginx/conf.d/quay.conf", "/etc/nginx/conf.d/quay-pdp.conf"


class HaproxySplit(Split, Haproxy):
    path = driven = "/etc/haproxy/haproxy.cfg"


class QuaysNginx(Proxy):
    """Quay's own nginx with the page's files put into its templates by the page's script.

    PDP_FULL_QUAY_NGINX=DIRECTORY has other templates than this project's stand-in: a real Quay's, rendered.
    """

    executable = "nginx"
    own = "/quay-registry/conf/nginx"
    secrets = "/run/secrets/pdp"

    def __init__(self, work, authority, pdp, web_application, pep_token, quay_token):
        self.work = pathlib.Path(work) / "quays-nginx"
        self.port = free_port()
        self.process = None
        conf = self.work / "conf"
        conf.mkdir(parents=True)
        layout = pathlib.Path(os.environ.get("PDP_FULL_QUAY_NGINX", LAYOUT))
        for template in layout.glob("*.conf*"):
            text = template.read_text()
            (conf / template.name).write_text(text.replace("/tmp/gunicorn_web.sock", str(web_application)))
        places = {
            self.own: conf, self.secrets: conf, "PEP-TOKEN": pep_token, "QUAY-TOKEN": quay_token,
            "server pdp.example.com:443": f"server {pdp}", "/etc/pki/tls/certs/ca-bundle.crt": authority}
        names = ("pdp-install.sh", "pdp-http.conf", "pdp-api.conf", "pdp-server.conf")
        files = placed(conf, places, *(f"{self.own}/{name}" for name in names),
                       *(f"{self.secrets}/{name}-credential.conf" for name in ("pdp", "quay")))
        subprocess.run(["sh", files[f"{self.own}/pdp-install.sh"]], check=True)

    @property
    def name(self):
        return "Quay's nginx"

    def command(self):
        main = self.work / "conf/nginx.conf"
        main.write_text(
            # its workers have to reach the socket
            f"user {pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name};\n"
            f"daemon off;\npid {self.work}/nginx.pid;\nworker_processes 1;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\n    include http-base.conf.jnj;\n"
            "    map $http_host $safe_host {\n        default $http_host;\n        \"\" $host;\n    }\n"
            "    map $http_x_forwarded_proto $final_proto {\n        default http;\n        ~.+ $http_x_forwarded_proto;\n    }\n"
            f"    server {{\n        include server-base.conf.jnj;\n        listen 127.0.0.1:{self.port} default;\n"
            "        real_ip_header X-Forwarded-For;\n        access_log off;\n    }\n}\n")
        return [self.executable, "-p", str(self.work), "-c", str(main)]


class Tls(Nginx):
    """What ends TLS before the decision point, under the name pdp.example.com or another."""

    def __init__(self, work, pdp, name):
        self.work = pathlib.Path(work) / f"tls-{name}"
        self.work.mkdir(parents=True)
        self.port = free_port()
        self.process = None
        self.certificate, key = self.work / "tls.crt", self.work / "tls.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-keyout", key, "-out", self.certificate, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
            check=True, stderr=subprocess.DEVNULL)
        conf = self.work / "tls.conf"
        conf.write_text(
            f"server {{\n    listen 127.0.0.1:{self.port} ssl;\n    ssl_certificate {self.certificate};\n"
            f"    ssl_certificate_key {key};\n    location / {{\n        proxy_pass http://{pdp};\n    }}\n}}\n")
        self.files = {"/etc/nginx/conf.d/quay-pdp.conf": conf}
