"""Request targets that one server reads in another way than the next."""

import re
import urllib.parse

# Spellings of the API, and of other doors of Quay, that one server reads and another does not.
HIDDEN = """
//api/v1/repository/acme/app
///api///v1/repository/acme/app
//quay.example.com/api/v1/repository/acme/app
/%61pi/v1/repository/acme/app
/api%2Fv1/repository/acme/app
/api/%76%31/repository/acme/app
/api/%2576%2531/repository/acme/app
/x/../api/v1/repository/acme/app
/x/%2e%2e/api/v1/repository/acme/app
/x/..%2fapi/v1/repository/acme/app
/./api/v1/repository/acme/app
/%2e/api/v1/repository/acme/app
/api/v1/repository/a/../../../../x
/api/v1/../../x
/api;x=1/v1/repository/acme/app
/api/v1;/repository/acme/app
\\api\\v1\\repository\\acme\\app
/%09api/v1/repository/acme/app
/%5capi/v1/repository/acme/app
/v2/../api/v1/repository/acme/app
/v2/%2e%2e/api/v1/repository/acme/app
/static/..;/api/v1/repository/acme/app
/API/V1/repository/acme/app
/Api/v1/repository/acme/app
/api
/api/
/api?x
/api/v1
/api/v1?x=1
/api/v2/x
/#/../api/v1/repository/acme/app
/x#/api/v1/repository/acme/app
/x?/../api/v1/repository/acme/app
/api/v1/repository/acme/app%00
/api/v1/repository/acme/app%0d%0aX-Evil:1
/api/v1/repository/acme/app%
/api/v1/repository/acme/app%u0041
/api/v1/repository?namespace=acme&namespace=other
""".split()
CLOSED = """
/oauth/access_token
/oauth/access_token/
/oauth//access_token
//oauth/access_token
/OAuth/Access_Token
/oauth%2Faccess_token
/oauth/%61ccess_token
/x/../oauth/access_token
/oauth/./access_token
/oauth/access_token;x
/api/suconfig
/api/suconfig/
/api/suconfig/setup
/api//suconfig
/API/suconfig
/%61pi/suconfig
/api/x/../suconfig
""".split()
OF_BROWSERS = "/oauth/authorizeapp /oauth/authorize /oauth/authorize?client_id=x /oauth/denyapp /OAUTH/authorizeapp".split()
PAGES = ["/", "/repository/acme/app?tab=tags&x=%2F..%2Fapi", "/v2/", "/v2/acme/app/blobs/sha256:0a", "/static/main.1f.js",
         "/oauth2/github/callback?code=1&state=%2fapi%2fv1", "/organization/acme/teams/owners", "/apis/v1", "/user/acme+ci"]


def under_api(target):
    """Whether any server on the way to Quay could read this as a call of the API: the least of all readings."""
    path = re.split(r"[?#]", re.sub(r"^\w+://[^/]*", "", target))[0]
    for _ in range(3):
        for each in (path, re.sub(r";[^/]*", "", path)):
            kept = []
            for part in re.sub(r"[\x00-\x20]", "", each).replace("\\", "/").lower().split("/"):
                if part == "..":
                    kept = kept[:-1]
                elif part not in ("", "."):
                    kept.append(part)
            merged = [part for part in each.lower().split("/") if part]
            if kept[:2] == ["api", "v1"] or merged[:2] == ["api", "v1"]:
                return True
        path = urllib.parse.unquote(path, "latin-1")
    return False
