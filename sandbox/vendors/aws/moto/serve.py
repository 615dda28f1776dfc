"""
Serves moto on loopback for the proxy in front of it: IAM authentication on from the first call, what was written on
disk before it is answered, and gone with the process that started it.

The first line of standard input is the configuration, in JSON. The first line of standard output says the port, or the
fault. Standard input stays open as long as the parent lives.
"""

import io
import json
import os
import sys
import threading
import traceback

config = json.loads(sys.stdin.buffer.readline())


def end_with_parent():
    # The kernel closes the pipe, however the parent ends.
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
os.environ["MOTO_ACCOUNT_ID"] = config["account"]
os.environ["AWS_DEFAULT_REGION"] = config["region"]

import access  # noqa: E402
import limits  # noqa: E402
import persistence  # noqa: E402
import seed  # noqa: E402
from moto import backends, settings  # noqa: E402
from moto.iam import models as iam_models  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.exceptions import HTTPException  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402
from werkzeug.wrappers import Request, Response  # noqa: E402

READS = ("Get", "List", "Describe", "Head", "Lookup", "Simulate", "Search")


class Handler(MotoRequestHandler):
    """Says nothing: a request line may carry a name that somebody took for a value."""

    def log(self, type, message, *args):
        pass


class Application:
    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        # moto's backends bear no two writers, and none while they are saved.
        self.lock = threading.RLock()

    def __call__(self, environ, start_response):
        request = Request(environ, populate_request=False)
        # Only the proxy in front knows the word: nothing on this machine gets past it.
        if environ.pop("HTTP_X_RAXX_DOOR", None) != config["door"]:
            return Response("", 403)(environ, start_response)
        with self.lock:
            try:
                return self.answer(request)(environ, start_response)
            except NotImplementedError:
                return fault("not-emulated", 501)(environ, start_response)
            except Exception as error:
                report(error)
                return fault("crashed", 500)(environ, start_response)

    def answer(self, request):
        # moto reads it again.
        request.environ["wsgi.input"] = io.BytesIO(request.get_data())
        path = request.path
        if path.startswith("/_raxx/keys/"):
            return describe_key(path.rsplit("/", 1)[-1])
        # moto's own control routes could switch authentication off.
        if path.startswith(("/moto-api", "/latest/")):
            return fault("not-emulated", 501)
        service = service_of(request)
        if service not in backends.list_of_moto_modules():
            return judge_only(request)
        response = Response.from_app(self.moto, request.environ, buffered=True)
        if is_write(request):
            persistence.save(config["state"])
        return response


def describe_key(key_id):
    key = backends.get_backend("iam")[config["account"]]["aws"].access_keys.get(key_id)
    if key is None:
        return Response("{}", 404, content_type="application/json")
    created = (key.create_date - key.create_date.__class__(1970, 1, 1)).total_seconds() * 1000
    return Response(
        json.dumps({"status": key.status, "createdMs": created}), content_type="application/json"
    )


def judge_only(request):
    """A service that moto lacks: refused as AWS refuses, else said to be not emulated."""
    try:
        access.judge(
            config["account"],
            {
                "method": request.method,
                "path": request.full_path.rstrip("?"),
                "data": {},
                "body": request.get_data(),
                "headers": dict(request.headers.items()),
                "action": action_of(request) or request.method,
            },
        )
    except HTTPException as error:
        return Response(error.description, error.code, content_type="text/xml")
    return fault("not-emulated", 501)


def service_of(request):
    # Credential=AKIA…/20260506/us-east-1/ssm/aws4_request
    scope = request.headers.get("Authorization", "").partition("Credential=")[2].split(",")[0].split("/")
    return scope[3] if len(scope) == 5 else "s3"


def action_of(request):
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.split(".")[-1]
    return request.form.get("Action") if request.method == "POST" else None


def is_write(request):
    action = action_of(request)
    if action is None:
        return request.method not in ("GET", "HEAD", "OPTIONS")
    return not action.startswith(READS)


def fault(kind, status):
    return Response("", status, headers={"x-raxx-fault": kind})


def report(error):
    # Where, not what: the text of an error may quote a value.
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]
    print(f"moto: {type(error).__name__} at {' < '.join(reversed(places))}", file=sys.stderr, flush=True)


def tell(message):
    print(json.dumps(message), flush=True)


def main():
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0
    # It counts refused calls too, and at once: the proxy keeps that record.
    iam_models.mark_account_as_visited = lambda **_: None
    access.install()
    limits.install()
    try:
        restored = persistence.load(config["state"])
    except persistence.UnreadableState as error:
        tell({"fault": str(error)})
        return
    if not restored:
        seed.apply(config["seed"], config["account"], config["region"])
        persistence.save(config["state"])
    server = make_server("127.0.0.1", 0, Application(), threaded=True, request_handler=Handler)
    tell({"port": server.server_port})
    server.serve_forever()


main()
