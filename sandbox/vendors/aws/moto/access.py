"""
Who may do what. moto checks signatures and policies, but takes most services' resource to be "*", so that a policy on
named parameters would allow nothing; it ignores conditions that it does not know; and it can't judge calls of services
that it does not emulate. Here every call is judged by the identity's policies, with the resources that it touches:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re

from moto.core.exceptions import AccessDeniedError
from moto.iam.access_control import IAMRequest, IAMRequestBase
from moto.iam.models import Policy

judge_assumed_role = IAMRequestBase.check_action_permitted


def check_action_permitted(self, resource):
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: even an explicit deny is no matter.
    if self._action == "sts:GetCallerIdentity":
        return
    if self._is_assuming_role_operation(resource):
        judge_assumed_role(self, resource)
        return
    statements = [each for policy in self._access_key.collect_policies() for each in statements_of(policy)]
    context = context_of(self)
    for touched in resources_of(self, resource):
        if not is_permitted(statements, self._action, touched, context):
            deny(self, touched)


def deny(request, resource):
    if request._service == "s3":
        request._raise_access_denied()
    action = request._action
    raise AccessDeniedError(
        user_arn=request._access_key.arn,
        action=f"{action} on resource: {resource} because no identity-based policy allows the {action} action",
    )


def statements_of(policy):
    if isinstance(policy, Policy):
        document = next(version.document for version in policy.versions if version.is_default)
    else:
        document = policy if isinstance(policy, str) else policy["policy_document"]
    return as_list(json.loads(document)["Statement"])


def is_permitted(statements, action, resource, context):
    matching = [each["Effect"] for each in statements if concerns(each, action, resource, context)]
    return "Allow" in matching and "Deny" not in matching


def concerns(statement, action, resource, context):
    if "NotAction" in statement:
        if any_match(statement["NotAction"], action, ignore_case=True):
            return False
    elif not any_match(statement["Action"], action, ignore_case=True):
        return False
    if "NotResource" in statement:
        if any_match(statement["NotResource"], resource):
            return False
    elif not any_match(statement.get("Resource", []), resource):
        return False
    return meets(statement, context)


def meets(statement, context):
    for operator, keys in statement.get("Condition", {}).items():
        for key, expected in keys.items():
            result = compare(operator, context.get(key.lower()), [str(one) for one in as_list(expected)])
            if result is None:
                # An operator that is not known here never widens what may be done.
                return statement["Effect"] == "Deny"
            if not result:
                return False
    return True


def compare(operator, actual, expected):
    name = operator.removesuffix("IfExists")
    negated = "Not" in name
    kinds = {"StringEquals": exact, "StringEqualsIgnoreCase": exact_ignoring_case, "StringLike": like, "Bool": exact_ignoring_case}
    kinds.update({"ArnEquals": like, "ArnLike": like})
    kind = kinds.get(name.replace("Not", "", 1))
    if kind is None:
        return None
    if actual is None:
        return negated or operator != name
    return kind(actual, expected) != negated


def exact(actual, expected):
    return actual in expected


def exact_ignoring_case(actual, expected):
    return actual.lower() in [one.lower() for one in expected]


def like(actual, expected):
    return any_match(expected, actual)


def any_match(patterns, value, ignore_case=False):
    flags = re.IGNORECASE if ignore_case else 0
    return any(re.fullmatch(as_regex(one), value, flags | re.DOTALL) for one in as_list(patterns))


def as_regex(pattern):
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def as_list(value):
    return value if isinstance(value, list) else [value]


def context_of(request):
    """Keys of a direct call: kms:ViaService, for one, is absent."""
    arn = request._access_key.arn
    return {
        "aws:requestedregion": request._region,
        "aws:principalarn": arn,
        "aws:principalaccount": request.account_id,
        "aws:username": arn.rsplit("/", 1)[-1],
        "aws:securetransport": "true",
    }


def resources_of(request, resource):
    """The ARNs that a call touches: https://docs.aws.amazon.com/service-authorization/latest/reference/"""
    body = json_body(request)
    prefix = f"arn:aws:{request._service}:{request._region}:{request.account_id}:"
    if request._service == "ssm":
        if request._action == "ssm:DescribeParameters":
            return [prefix + "*"]
        names = [body.get("Name") or body.get("ResourceId") or body.get("Path")] + as_list(body.get("Names", []))
        return [parameter_arn(prefix, name) for name in names if name] or ["*"]
    if request._service == "kms" and isinstance(body.get("KeyId"), str):
        key = body["KeyId"]
        return [key if key.startswith("arn:") else prefix + (key if key.startswith("alias/") else f"key/{key}")]
    if request._service == "iam" and resource == "*":
        return [iam_resource(request)]
    return [resource]


def parameter_arn(prefix, name):
    # A version or a label may follow the name: /a/b:3
    if name.startswith("arn:"):
        return name
    return f"{prefix}parameter/{name.lstrip('/').split(':')[0]}"


def iam_resource(request):
    def field(name):
        value = request._data.get(name)
        return value[0] if isinstance(value, list) else value

    user, policy = field("UserName"), field("PolicyArn")
    if user and user in request.backend.users:
        return request.backend.users[user].arn
    if user:
        return f"arn:aws:iam::{request.account_id}:user{field('Path') or '/'}{user}"
    return policy or "*"


def json_body(request):
    try:
        parsed = json.loads(request._body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def judge(account, region_call):
    """Signature and policies of a call to a service that moto does not emulate; raises as moto does."""
    request = IAMRequest(account_id=account, **region_call)
    request.check_signature()
    request.check_action_permitted("*")


def install():
    IAMRequestBase.check_action_permitted = check_action_permitted
