"""A secret token in a file."""

import pathlib
import re

TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class TokenUnavailable(OSError):
    """The file cannot be read or holds no token. The message names the file, never its content."""


class SecretFile:
    """A token in a file, read again whenever the file changes. Safe for any number of threads."""

    def __init__(self, path):
        self._path = pathlib.Path(path)
        self._last = (None, None)

    def bearer(self):
        """The value of an `Authorization` header."""
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            known, value = self._last
            if known != version:
                value = self._path.read_text().strip()
                self._last = (version, value)
        except (OSError, ValueError) as e:
            raise TokenUnavailable(f"{self._path} cannot be read: {type(e).__name__}") from None
        if not TOKEN.fullmatch(value):
            raise TokenUnavailable(f"{self._path} holds no token")
        return "Bearer " + value
