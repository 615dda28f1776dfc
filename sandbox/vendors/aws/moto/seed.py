"""What stands in the account before the first call."""

from datetime import datetime, timezone

from moto import backends


def apply(seed, account, region):
    iam = backends.get_backend("iam")[account]["aws"]
    for user in seed["users"]:
        iam.create_user(region, user["name"], user["path"])
        for name, document in user["policies"].items():
            iam.put_user_policy(user["name"], name, document)
        for key in user["keys"]:
            add_key(iam, user["name"], key)
    ssm = backends.get_backend("ssm")[account][region]
    for one in seed["parameters"]:
        tags = [{"Key": key, "Value": value} for key, value in one["tags"].items()]
        ssm.put_parameter(
            one["name"], one.get("description"), one["value"], one["type"], None, None, False, tags, "text", tier=one["tier"], policies=None
        )
    s3 = backends.get_backend("s3")[account]["aws"]
    for name in seed["buckets"]:
        s3.create_bucket(name, region)


def add_key(iam, user, seeded):
    key = iam.create_access_key(user, status=seeded["status"])
    del iam.access_keys[key.access_key_id]
    key.access_key_id = seeded["id"]
    key.secret_access_key = seeded["secret"]
    # moto's times have no zone, and are UTC.
    key.create_date = datetime.fromtimestamp(seeded["createdMs"] / 1000, timezone.utc).replace(tzinfo=None)
    iam.access_keys[key.access_key_id] = key
