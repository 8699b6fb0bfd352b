"""Tells what was sent to each operation, and how it answered: tell.py COUNTS"""
import json
import sys

for label, counts in sorted(json.load(open(sys.argv[1])).items()):
    sent = {phase: 0 for phase in ("coverage", "fuzzing positive", "fuzzing negative", "fuzzing noise", "stateful")}
    for name, count in counts.items():
        for phase in sent:
            sent[phase] += count if name.startswith(phase) else 0
    answers = " ".join(f"{name}:{count}" for name, count in sorted(counts.items()) if name.isdigit())
    print(f"{label:48} " + ", ".join(f"{phase} {count}" for phase, count in sent.items() if count) + f"  {answers}")
