"""Keeps moto's backends on disk, so that an AWS that was killed comes back as it was."""

import collections
import io
import json
import os
import pickle
import threading
import types

import moto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto import backends
from moto.core.base_backend import BackendDict

SERVICES = ("iam", "sts", "ssm", "kms", "s3")
# The one lambda among the data: lambda: defaultdict(dict)
SSM_TAGS_FACTORY = "SimpleSystemManagerBackend.__init__.<locals>.<lambda>"
PRIVATE_KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)
LOCKS = (type(threading.Lock()), type(threading.RLock()))


class UnreadableState(Exception):
    """The file is of another moto, or broken."""


def load_private_key(der):
    return serialization.load_der_private_key(der, None)


def der_of(key):
    der, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(der, form, serialization.NoEncryption())


def nested_dict():
    return collections.defaultdict(dict)


def nested_factory():
    return nested_dict


def rebuild_defaultdict(cls, factory):
    # Its own __init__ may want other arguments, as that of moto's ParameterDict does.
    made = cls.__new__(cls)
    collections.defaultdict.__init__(made, factory)
    return made


class Pickler(pickle.Pickler):
    """Writes what pickle by itself cannot: locks, keys of KMS, and the dictionaries with defaults that moto uses."""

    def reducer_override(self, obj):
        if isinstance(obj, LOCKS):
            return (threading.RLock, ()) if isinstance(obj, LOCKS[1]) else (threading.Lock, ())
        if isinstance(obj, PRIVATE_KEYS):
            return (load_private_key, (der_of(obj),))
        if isinstance(obj, types.FunctionType) and obj.__qualname__ == SSM_TAGS_FACTORY:
            return (nested_factory, ())
        if isinstance(obj, collections.defaultdict) and type(obj) is not collections.defaultdict:
            state = dict(obj.__dict__)
            return (rebuild_defaultdict, (type(obj), obj.default_factory), state, None, iter(obj.items()))
        return NotImplemented


def save(file):
    found = {}
    for service in SERVICES:
        backend_dict = backends.get_backend(service)
        for account, region, backend in list(BackendDict.iter_backends(backend_dict)):
            found[(service, account, region)] = backend
    buffer = io.BytesIO()
    buffer.write(json.dumps({"moto": moto.__version__}).encode() + b"\n")
    Pickler(buffer, protocol=4).dump(found)
    beside = f"{file}.{os.getpid()}.new"
    # Nobody but the owner may read it: it holds live values, as the vendor's own database does.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(buffer.getbuffer())
    os.replace(beside, file)


def load(file):
    """Puts back what was saved. False where there is nothing yet."""
    try:
        with open(file, "rb") as source:
            content = source.read()
    except FileNotFoundError:
        return False
    head, _, pickled = content.partition(b"\n")
    try:
        version = json.loads(head)["moto"]
        if version != moto.__version__:
            raise UnreadableState(f"it was written by moto {version}, this is {moto.__version__}")
        found = pickle.loads(pickled)
    except UnreadableState:
        raise
    except Exception as error:
        raise UnreadableState(f"it is damaged ({type(error).__name__})") from None
    for (service, account, region), backend in found.items():
        backends.get_backend(service)[account][region] = backend
        if service == "s3":
            # moto finds a bucket's account there.
            for name in backend.buckets:
                backends.get_backend("s3").bucket_accounts[name] = (backend.partition, account)
    return True
