"""Asks what takes nothing: schemathesis makes one case of such an operation, and leaves out the one that serves the document.

Usage: rest.py URL DOCUMENT COUNTS CASES SEED; sends what is missing of CASES with headers and queries that nobody knows, as
probes and strangers do, and holds each answer to the document.
"""
import json
import random
import string
import sys

import schemathesis


def noise(choice):
    letters = string.ascii_letters + string.digits + "-_.~"

    def word(most):
        return "".join(choice.choice(letters) for _ in range(choice.randint(1, most)))

    headers = {f"X-{word(20)}": word(200) for _ in range(choice.randint(0, 5))}
    headers["Accept"] = choice.choice(["*/*", "application/json", "text/html", "text/*;q=0.1", word(50)])
    if choice.random() < 0.3:
        headers["Authorization"] = choice.choice(["", "Basic ", "Bearer "]) + word(60)
    return headers, {word(20): word(60) for _ in range(choice.randint(0, 3))}


def main(url, document, counts_file, cases, seed):
    schema = schemathesis.openapi.from_path(document)
    schema.config.base_url = url
    counts = json.load(open(counts_file))
    choice = random.Random(int(seed))
    for found in schema.get_all_operations():
        operation = found.ok()
        done = sum(count for name, count in counts.get(operation.label, {}).items() if name.startswith("fuzzing"))
        if operation.definition.raw.get("security") != []:
            continue
        statuses = counts.setdefault(operation.label, {})
        for _ in range(int(cases) - done):
            headers, query = noise(choice)
            case = operation.Case()
            response = case.call(headers=headers, params=query)
            case.validate_response(response)
            for name in ("fuzzing noise", str(response.status_code)):
                statuses[name] = statuses.get(name, 0) + 1
    json.dump(counts, open(counts_file, "w"), indent=1)


main(*sys.argv[1:])
