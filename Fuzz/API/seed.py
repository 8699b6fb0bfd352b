"""Fills a fresh platform with sagas in all kinds of states, so that requests meet something.

Usage: seed.py URL TOKEN_FILE AMQP_PORT OUT; writes what is there, and tokens of each role, to OUT as JSON for hooks.py.
"""
import json
import sys
import time
import uuid

import pika
import requests

WORKFLOWS = {
    # Waits for a person's consent, which is a group's or an admin's to give.
    "fuzz-consent": """
workflow: fuzz-consent
version: 1
input: { type: object, properties: { n: { type: integer } } }
steps:
  - boss: { approval: { role: boss, title: "Shall it go on?" }, timeout: 7d }
  - rest: { wait: 1s }
""",
    # Nobody takes the command: an incident that stays open.
    "fuzz-nobody": """
workflow: fuzz-nobody
version: 1
input: { type: object }
steps:
  - ask: { do: nobody.act, undo: nobody.undo }
""",
    # Refused behind the point of no return: held until a person resolves, patches or skips it.
    "fuzz-held": """
workflow: fuzz-held
version: 1
input: { type: object }
steps:
  - look: { do: user.validate, pivot: true, with: { username: "fuzz.held", email: "fuzz@example.org" } }
  - ask: { do: user.validate, with: { username: 7 } }
""",
    # Ends at once.
    "fuzz-short": """
workflow: fuzz-short
version: 1
steps:
  - rest: { wait: 1ms }
""",
    # Waits for long.
    "fuzz-long": """
workflow: fuzz-long
version: 1
steps:
  - rest: { wait: 30d }
""",
    # Waits for an event, which a person can bring.
    "fuzz-event": """
workflow: fuzz-event
version: 1
input: { type: object, properties: { n: { type: integer } } }
steps:
  - hear:
      listen: [{ event: fuzz.heard, where: "${event.word == 'fuzz'}" }]
      timeout: 7d
  - rest: { wait: 30d }
""",
}


def bury(port, count):
    """Sends commands that no participant can read."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
    channel = connection.channel()
    for number in range(count):
        channel.basic_publish("saga.commands", "billing.charge", f"fuzz {number}".encode())
    connection.close()


def main(url, token_file, amqp_port, out):
    admin = open(token_file).read().strip()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {admin}"

    def post(path, body, **headers):
        answer = session.post(url + path, json=body, headers=headers)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json()

    for text in WORKFLOWS.values():
        for version in (1, 2):
            answer = session.post(
                f"{url}/v1/workflows", text.replace("version: 1", f"version: {version}").encode(),
                headers={"Content-Type": "application/yaml"})
            assert answer.ok, answer.text

    def start(workflow, **more):
        key = str(uuid.uuid4())
        body = {"workflow": workflow, "input": {}, **more}
        return post("/v1/sagas", body, **{"Idempotency-Key": key})["saga"]["id"]

    sagas = []
    for workflow in WORKFLOWS:
        for version in (1, 2):
            for tenant in ("default", "acme"):
                sagas += [start(workflow, version=version, tenant=tenant, businessKey="fuzz") for _ in range(15)]
    # In other states: paused, abandoned, compensated, and over.
    held = [start("fuzz-held", tenant=tenant) for _ in range(200) for tenant in ("default", "acme")]
    ends = [start("fuzz-long") for _ in range(9)]
    for saga, verb in zip(ends, ["pause", "abandon", "compensate"] * 3):
        post(f"/v1/sagas/{saga}/{verb}", {"reason": "for the fuzzer"})
    listening = [start("fuzz-event") for _ in range(300)]
    bury(amqp_port, 120)

    def wait_for(count, path, name):
        for _ in range(300):
            found = session.get(url + path).json()[name]
            if len(found) >= count:
                return found
            time.sleep(0.2)
        raise AssertionError(f"{len(found)} {name}, not {count}")

    incidents = wait_for(120, "/v1/incidents?limit=500", "incidents")
    letters = [letter["id"] for letter in wait_for(120, "/v1/dead-letters?limit=500", "deadLetters")]
    for incident in incidents[:5]:
        post(f"/v1/incidents/{incident['saga']}/{incident['openedRevision']}/comment", {"text": "seen"})
    tokens = {}
    for role in ("viewer", "operator", "admin", "service"):
        tokens[role] = post("/v1/tokens", {"subject": f"fuzz {role}", "role": role})["token"]
        tokens[f"{role} of acme"] = post(
            "/v1/tokens", {"subject": f"{role} of acme", "role": role, "tenant": "acme", "groups": ["boss"]})["token"]

    def job(key, verb, sagas, rate):
        body = {"verb": verb, "reason": "for the fuzzer", "filter": {"sagas": sagas}, "rate": rate}
        return post("/v1/jobs", body, **{"Idempotency-Key": f"fuzz-{key}"})["job"]["id"]

    jobs = [job(saga, verb, [saga], 1000) for saga, verb in zip(sagas, ["pause", "retry"] * 10)]
    # There is nothing to retry, which takes each of them minutes.
    slow = [job(number, "retry", listening, 1) for number in range(90)]
    for paused in slow[30:]:
        post(f"/v1/jobs/{paused}/pause", {"reason": "for the fuzzer"})
    known = {
        # Each verb that ends or changes them has its own, or the first would leave none to the others.
        "jobs": {"": jobs, "pause": slow[:30], "resume": slow[30:60], "abort": slow[60:]},
        "letters": {"": letters, "put-back": letters[::2], "discard": letters[1::2]}, "listening": listening,
        "admin": admin, "tokens": tokens, "sagas": sagas + ends, "held": held,
        "incidents": [[incident["saga"], incident["openedRevision"]] for incident in incidents],
        # Not those above, or the fuzzer would lock itself out.
        "spare": [post("/v1/tokens", {"subject": "spare", "role": "viewer"})["id"] for _ in range(20)],
        "definitions": WORKFLOWS,
        "workflows": [view["workflow"] for view in session.get(f"{url}/v1/workflows").json()["workflows"]],
    }
    with open(out, "w") as file:
        json.dump(known, file)
    print(
        f"seeded: {len(known['sagas']) + len(held) + len(listening)} sagas, {len(incidents)} incidents, "
        f"{len(letters)} dead letters, {len(jobs) + len(slow)} jobs, {len(tokens)} tokens")


main(*sys.argv[1:])
