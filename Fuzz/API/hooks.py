"""What schemathesis cannot know from the document: which sagas there are, who asks, and the formats of our own.

What is exchanged follows from the cases alone, so that a seed repeats a run as far as the server's state does.
"""
import atexit
import collections
import itertools
import json
import os
import random
import threading

import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.modes import GenerationMode

KNOWN = json.load(open(os.environ["SAGA_FUZZ_KNOWN"]))


# Texts are bounded in bytes, and JSON Schema counts characters: `x-max-bytes`. 200 is the smallest such bound.
def bounded(limit):
    return lambda text: len(text.encode()) <= limit


schemathesis.openapi.format("utf8-text", st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200
).filter(bounded(200)))
schemathesis.openapi.format("saga-duration", st.one_of(
    st.integers(1, 365).map("{}d".format), st.integers(1, 8760).map("{}h".format),
    st.tuples(st.integers(1, 300), st.integers(0, 59)).map("{0[0]}m{0[1]}s".format)))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Of a format that it does not know schemathesis takes every text for wrong, and most texts are none too long."""
    if os.environ.get("SAGA_FUZZ_MODE") == "negative":
        forget(raw_schema, "utf8-text")


def forget(schema, name):
    if isinstance(schema, dict):
        if schema.get("format") == name:
            del schema["format"]
        for value in schema.values():
            forget(value, name)
    elif isinstance(schema, list):
        for value in schema:
            forget(value, name)


@schemathesis.auth(refresh_interval=None)
class Auth:
    """The admin's token; now and then one of another role, which may be told that it may not."""

    def get(self, case, context):
        # Who makes a thing is to find it again.
        if case.meta is not None and case.meta.phase.name.value == "stateful":
            return KNOWN["admin"]
        choice = chooser(case, "auth")
        return KNOWN["admin"] if choice.random() < 0.85 else choice.choice(sorted(KNOWN["tokens"].values()))

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


ALIKE = collections.defaultdict(itertools.count)


def chooser(case, what):
    """Chooses by what the case says; where it says nothing, by how many there were before it."""
    if case.path_parameters or case.query or case.body is not NOT_SET:
        said = f"{case.path_parameters} {case.query} {case.body!r}"
    else:
        said = next(ALIKE[case.operation.label])
    return random.Random(f"{what} {case.operation.label} {said}")


def is_positive(case, location):
    component = case.meta.components.get(location) if case.meta else None
    return component is not None and component.mode == GenerationMode.POSITIVE


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most sagas, incidents, workflows and tokens that are asked for are there."""
    # JSON Schema takes 7.0 for a whole number, and the API does not: its document says so.
    if isinstance(case.body, dict):
        for name, value in case.body.items():
            if isinstance(value, float) and value.is_integer():
                case.body[name] = int(value)
    choice = chooser(case, "path")
    if case.path_parameters and is_positive(case, ParameterLocation.PATH) and choice.random() < 0.8:
        path = case.operation.path
        if path.startswith("/v1/sagas/"):
            # Most verbs are for what waits for a person; each has its own, or the first would end them all.
            ids = KNOWN["sagas"]
            if path.endswith("/signal"):
                ids = KNOWN["listening"]
            elif case.method == "POST" and choice.random() < 0.5:
                ids = KNOWN["held"][sum(case.operation.path.encode()) % 10::10]
            case.path_parameters["id"] = choice.choice(ids)
        elif path.startswith("/v1/incidents/"):
            case.path_parameters["saga"], case.path_parameters["revision"] = choice.choice(KNOWN["incidents"])
        elif path.startswith("/v1/workflows/"):
            case.path_parameters["name"] = choice.choice(KNOWN["workflows"])
            if "version" in case.path_parameters:
                case.path_parameters["version"] = choice.choice([1, 2])
        elif path.startswith("/v1/tokens/"):
            case.path_parameters["id"] = choice.choice(KNOWN["spare"])
        elif path.startswith(("/v1/jobs/", "/v1/dead-letters/")):
            known = KNOWN["jobs" if path.startswith("/v1/jobs/") else "letters"]
            case.path_parameters["id"] = choice.choice(known.get(path.rsplit("/", 1)[1], []) + known[""][:20])
        elif path.startswith("/v1/participants/"):
            # Those whose commands nothing else waits for, or the others would be held back behind a breaker.
            case.path_parameters["name"] = choice.choice(["nobody", "fuzz"])
    if case.operation.path.endswith("/changes"):
        # What is there and no more: a stream goes on, and its heartbeats keep any client from giving up. Whatever stands
        # in this header, nothing is refused for it.
        case.headers = case.headers or {}
        case.headers["Prefer"] = "wait=0"
    if "operators" in (case.operation.tags or []) and is_positive(case, ParameterLocation.BODY):
        if case.body.get("step") is not None and choice.random() < 0.8:
            case.body["step"] = choice.choice(["ask", "ask", "ask", "boss", "rest", "look"])
        if "force" in case.body and choice.random() < 0.5:
            case.body["force"] = True
        if case.headers.get("If-Match") and choice.random() < 0.7:
            del case.headers["If-Match"]
        if case.operation.path.endswith("/migrate") or case.operation.label == "POST /v1/sagas/{id}/rerun":
            case.body["version"] = choice.choice([1, 2])
    if case.operation.path.endswith("/signal") and is_positive(case, ParameterLocation.BODY) and choice.random() < 0.8:
        case.body["event"], case.body["body"] = "fuzz.heard", {"word": "fuzz"}
    if case.operation.label == "POST /v1/jobs" and is_positive(case, ParameterLocation.BODY) and choice.random() < 0.8:
        # Jobs that are about few sagas, so that these are left for the verbs.
        case.body["filter"] = choice.choice([{"businessKey": "fuzz-job"}, {"sagas": choice.choices(KNOWN["sagas"], k=2)}])
        case.body["verb"] = choice.choice(["pause", "resume", "retry"])
        case.body["dryRun"] = choice.choice([True, False])
        case.headers["Idempotency-Key"] = f"job {choice.randint(1, 50)}"
        for member in ("step", "outcome", "output", "patch", "force", "version"):
            case.body.pop(member, None)
    if case.operation.label == "POST /v1/workflows" and is_positive(case, ParameterLocation.BODY) and choice.random() < 0.5:
        text = choice.choice(sorted(KNOWN["definitions"].values()))
        text = text.replace("version: 1", f"version: {choice.randint(1, 40)}")
        case.body = text.replace("rest:", "more:") if choice.random() < 0.3 else text
    if case.operation.label == "POST /v1/sagas" and is_positive(case, ParameterLocation.BODY) and choice.random() < 0.8:
        case.body["workflow"] = choice.choice([name for name in KNOWN["workflows"] if name.startswith("fuzz-")])
        if choice.random() < 0.8:
            case.body["version"], case.body["input"] = choice.choice([None, 1, 2]), {}


COUNTS = collections.defaultdict(collections.Counter)
LOCK = threading.Lock()


@schemathesis.hook
def after_call(context, case, response):
    mode = "none" if case.meta is None else case.meta.generation.mode.value
    phase = "none" if case.meta is None else case.meta.phase.name.value
    with LOCK:
        COUNTS[case.operation.label][f"{phase} {mode}"] += 1
        COUNTS[case.operation.label][str(response.status_code)] += 1


@atexit.register
def report():
    """Adds to what the run before it has counted."""
    if os.path.exists(os.environ["SAGA_FUZZ_COUNTS"]):
        for label, counts in json.load(open(os.environ["SAGA_FUZZ_COUNTS"])).items():
            COUNTS[label].update(counts)
    with open(os.environ["SAGA_FUZZ_COUNTS"], "w") as file:
        json.dump({label: dict(sorted(counts.items())) for label, counts in sorted(COUNTS.items())}, file, indent=1)
