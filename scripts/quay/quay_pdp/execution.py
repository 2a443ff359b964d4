"""As which user of Quay an allowed request is executed. An adapter is given one of these, or any callable like them."""

import pathlib
import re

from .token_file import SecretFile

ACCOUNT_NAME = re.compile(r"svc-[a-z0-9][a-z0-9-]{0,58}")
# Beside the operations on "the current user", these bind what they make to the caller itself: with a credential that
# is not the account's alone they would hand out, or give rights to, somebody else.
CALLERS_OWN = {"createOrganizationApplicationToken", "retrieveExternalLoginAuthorizationUrl", "takeOwnership"}
# They make, rename, convert or sign in the user behind the credential: never for automation.
NEVER = {
    "changeUserDetails", "convertUserToOrganization", "createNewUser", "deleteCurrentUser", "detachExternalLogin",
    "logout", "renewBootstrapToken", "requestRecoveryEmail", "signinUser", "user_initialize", "verifyUser"}


class NotExecutable(Exception):
    """The request was allowed and nobody in Quay may execute it: the message says why, for people."""


class TokenFile:
    """Every account is executed with the one token in this file, an OAuth token of Quay's.

    Quay's action log then shows the user of that token for all accounts; who it was stands in the decision log.
    """

    def __init__(self, path):
        self._file = SecretFile(path)

    def __call__(self, environ, decision):
        if decision.resource_type == "Quay::User" or decision.action in CALLERS_OWN:
            raise NotExecutable(f"{decision.action} acts on the calling user, and that one is shared by all accounts")
        environ["HTTP_AUTHORIZATION"] = self._file.bearer()


class TokenDirectory:
    """Each account is executed with a token of its own, in the file of this directory that bears its name.

    The token is one of a Quay user that nobody else uses; Quay's action log shows that user.
    """

    def __init__(self, path):
        self._path = pathlib.Path(path)
        self._files = {}

    def __call__(self, environ, decision):
        if not ACCOUNT_NAME.fullmatch(decision.account):
            raise NotExecutable("this is no name of a service account")
        path = self._path / decision.account
        if not path.exists():
            raise NotExecutable(f"{decision.account} has no user of Quay to act as")
        file = self._files.setdefault(decision.account, SecretFile(path))
        environ["HTTP_AUTHORIZATION"] = file.bearer()
