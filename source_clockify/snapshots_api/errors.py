"""What refusals of the Snapshots API mean, in words that name the setting to look at, or the scope that is missing."""

import re
from typing import Final

from airbyte_cdk.models import FailureType

from source_clockify.api.answers import Meaning, Rule
from source_clockify.api.errors import ApiError, NoSuchRoute, ScopeMissing

# What these refusals have in common with others is told apart by their message only: those that users of the API have met.
_IS_NOT_THERE: Final = re.compile(r"not available in API version|^Cannot [A-Z]+ /|^version header", re.IGNORECASE)
_LACKS_SCOPE: Final = re.compile(r"not authori[sz]ed for this scope", re.IGNORECASE)
_OF_WRONG_TYPE: Final = re.compile(r"auth ?class|user.?type", re.IGNORECASE)
_NO_REFRESH_TOKEN: Final = re.compile(r"invalid_grant|refresh.?token", re.IGNORECASE)
_NO_APP: Final = re.compile(r"client", re.IGNORECASE)
_CONNECT_AGAIN: Final = (
    "connect the app to the agency again, and put the two new tokens into `snapshots_api.refresh_token` and "
    "`snapshots_api.access_token`"
)


class TokenRejected(ApiError):
    """The host does not take the access token, which may have expired."""


def _rules(*, add_scope: str, use_agency: str, renew: str, compare: str) -> tuple[Rule, ...]:
    """The rules, with the cures of one kind of credentials."""
    return (
        Rule(
            (400, 401, 404),
            Meaning(
                "{host} does not have this operation ({said}): the API has changed, so look for a newer version of the "
                "connector.",
                FailureType.system_error,
                error=NoSuchRoute,
            ),
            says=_IS_NOT_THERE,
        ),
        Rule(
            (401,),
            Meaning(f"{{host}} does not allow this to the token ({{said}}): {add_scope}.", error=ScopeMissing),
            says=_LACKS_SCOPE,
        ),
        Rule(
            (401,),
            Meaning(f"{{host}} does not allow this to a token of this type ({{said}}): {use_agency}."),
            says=_OF_WRONG_TYPE,
        ),
        Rule((401,), Meaning(f"{{host}} rejected the token ({{said}}): {renew}.", error=TokenRejected)),
        Rule((403,), Meaning(f"{{host}} refused the token access ({{said}}): {compare}.")),
        # The agency's id is all that a user puts into a request.
        Rule(
            (400, 404, 422),
            Meaning(
                "{host} does not know the agency ({said}): check `snapshots_api.company_id`, or the API has changed."
            ),
        ),
    )


TOKEN_RULES: Final = _rules(
    add_scope="add {scope} to the scopes of the private integration whose token `snapshots_api.access_token` is",
    use_agency="`snapshots_api.access_token` must be one of the agency, not of a sub-account, with {scope} among its scopes",
    renew=(
        "it is wrong, has expired or was replaced. Renew `snapshots_api.access_token`: one of a private integration stays "
        "valid. One of OAuth does for a day, unless `snapshots_api.mode` is oauth"
    ),
    compare=(
        "check that `snapshots_api.company_id` is the agency that `snapshots_api.access_token` was made in, and that the "
        "token is the agency's, not a sub-account's"
    ),
)
OAUTH_RULES: Final = _rules(
    add_scope=f"add {{scope}} to the scopes of the app, {_CONNECT_AGAIN}",
    use_agency=(
        "it must be one of the agency, not of a sub-account, with {scope} among its scopes. Have the app's target user be "
        f"the agency, {_CONNECT_AGAIN}"
    ),
    renew=f"it is not valid, though it was renewed. Check that the app is still connected, or {_CONNECT_AGAIN}",
    compare=(
        "check that `snapshots_api.company_id` is the agency that the app was connected to. If it was connected to another "
        "one since, put both of its tokens into `snapshots_api.refresh_token` and `snapshots_api.access_token`"
    ),
)
RENEWAL_RULES: Final = (
    Rule(
        (400, 401, 403, 422),
        Meaning(
            "{host} does not take the refresh token ({said}). Each can be used once, within a year, so this one was used "
            "already: by another source, a test or another program, or by a request whose answer was lost. Or it is "
            f"mistyped. To go on, {_CONNECT_AGAIN}."
        ),
        says=_NO_REFRESH_TOKEN,
    ),
    Rule(
        (400, 401, 403, 404, 422),
        Meaning(
            "{host} does not know the app, or not with this secret ({said}): check `snapshots_api.client_id` and "
            "`snapshots_api.client_secret`. The refresh token was not used up."
        ),
        says=_NO_APP,
    ),
    Rule(
        (400, 401, 403, 404, 422),
        Meaning(
            "{host} did not renew the access token ({said}): check `snapshots_api.client_id` and "
            f"`snapshots_api.client_secret`. If they are right, {_CONNECT_AGAIN}."
        ),
    ),
)
"""Of the one request that asks for tokens."""
