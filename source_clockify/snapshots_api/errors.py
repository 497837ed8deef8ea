"""What refusals of the Snapshots API mean, in words that name the setting to look at, or the scope that is missing."""

import re
from typing import Final

from airbyte_cdk.models import FailureType

from source_clockify.api.answers import Meaning, Rule
from source_clockify.api.errors import NoSuchRoute, ScopeMissing

# What these refusals have in common with others is told apart by their message only: those that users of the API have met.
_IS_NOT_THERE: Final = re.compile(r"not available in API version|^Cannot [A-Z]+ /|^version header", re.IGNORECASE)
_LACKS_SCOPE: Final = re.compile(r"not authori[sz]ed for this scope", re.IGNORECASE)
_OF_WRONG_TYPE: Final = re.compile(r"auth ?class|user type", re.IGNORECASE)

RULES: Final = (
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
        Meaning(
            "{host} does not allow this to the token ({said}): add {scope} to the scopes of the private integration or app "
            "whose token `snapshots_api.access_token` is.",
            error=ScopeMissing,
        ),
        says=_LACKS_SCOPE,
    ),
    Rule(
        (401,),
        Meaning(
            "{host} does not allow this to a token of this type ({said}): `snapshots_api.access_token` must be one of "
            "the agency, not of a sub-account, with {scope} among its scopes."
        ),
        says=_OF_WRONG_TYPE,
    ),
    Rule(
        (401,),
        Meaning(
            "{host} rejected the token ({said}): it is wrong, has expired or was replaced. Renew "
            "`snapshots_api.access_token`: one of a private integration stays valid, an OAuth access token for a day."
        ),
    ),
    Rule(
        (403,),
        Meaning(
            "{host} refused the token access ({said}): check that `snapshots_api.company_id` is the agency that "
            "`snapshots_api.access_token` was made in, and that the token is the agency's, not a sub-account's."
        ),
    ),
    # The agency's id is all that a user puts into a request.
    Rule(
        (400, 404, 422),
        Meaning("{host} does not know the agency ({said}): check `snapshots_api.company_id`, or the API has changed."),
    ),
)
