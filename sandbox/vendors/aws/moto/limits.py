"""What the Parameter Store refuses and moto takes."""

import re

from moto.ssm.exceptions import ValidationException
from moto.ssm.models import SimpleSystemManagerBackend

# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
STANDARD_BYTES = 4096
ADVANCED_BYTES = 8192
TIERS_PAGE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"

put_parameter = SimpleSystemManagerBackend.put_parameter


def put_checked_parameter(self, name, description, value, *rest, tier=None, policies=None, **more):
    check_name(name)
    size = len((value or "").encode())
    versions = self._parameters[name] if name in self._parameters else []
    before = versions[-1].tier if versions else None
    if before == "Advanced":
        if tier == "Standard":
            raise ValidationException(
                "This parameter uses the advanced-parameter tier and can't become a standard parameter: "
                "delete it and create it again."
            )
        tier = "Advanced"
    if tier == "Intelligent-Tiering":
        tier = "Advanced" if size > STANDARD_BYTES or policies else "Standard"
    check_size(size, tier or before or self.default_parameter_tier)
    if value and re.search(r"\{\{.*\}\}", value):
        raise ValidationException("Parameter value: can't nest parameters, it holds {{ }}.")
    return put_parameter(self, name, description, value, *rest, tier=tier, policies=policies, **more)


def check_size(size, tier):
    if tier == "Advanced" and size > ADVANCED_BYTES:
        raise ValidationException(
            f"Advanced tier parameters support a maximum parameter value of {ADVANCED_BYTES} characters. See {TIERS_PAGE}"
        )
    if tier != "Advanced" and size > STANDARD_BYTES:
        raise ValidationException(
            f"Standard tier parameters support a maximum parameter value of {STANDARD_BYTES} characters. "
            f"A larger value needs the advanced-parameter tier. See {TIERS_PAGE}"
        )


def check_name(name):
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    if not re.fullmatch(r"[A-Za-z0-9_.\-/]+", name or "") or ("/" in name and not name.startswith("/")):
        raise ValidationException(
            "Parameter name: must be a fully qualified name that begins with / where it has several parts, "
            "of letters, numbers and the symbols .-_ only."
        )


def install():
    SimpleSystemManagerBackend.put_parameter = put_checked_parameter
