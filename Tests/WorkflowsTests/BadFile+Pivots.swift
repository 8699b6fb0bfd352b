import Workflows

/// The point of no return with the shapes that hold steps, and times.
extension BadFile {
    private static let undoable = "  - first: { do: a.first, undo: a.undo }\n"
    private static let pivot = "  - turn: { do: a.turn, pivot: true }\n"

    private static func told(_ keys: String) -> String {
        "  - told: { listen: { event: a.b, where: \"${event.a == 1}\" }, timeout: 1d\(keys.isEmpty ? "" : ", ")\(keys) }\n"
    }

    static let pivots: [BadFile] = [
        BadFile(
            .pivotUnderCondition, steps: "  - one: { do: a.b, pivot: ‸true, when: \"${input.a}\" }\n", says: "condition"
        ),
        BadFile(
            .pivotUnderCondition,
            steps: "  - way: { switch: [{ when: \"${input.a}\", steps: [{ one: { do: a.b, pivot: ‸true } }] }] }\n",
            says: "'way' chooses"),
        BadFile(
            .pivotUnderCondition,
            steps: "  - both:\n      when: \"${input.a}\"\n      parallel: [{ one: { do: a.b, pivot: ‸true } }]\n"),
        BadFile(
            .secondPivot, steps: pivot + each("    pivot: ‸true\n    onFailure: undo-item\n"), says: "after 'turn'"),
        BadFile(
            .secondPivot,
            steps: each(
                "    pivot: true\n    onFailure: undo-item\n",
                body: "        - inner: { run: x, with: { a: \"${it}\" }, pivot: true }\n"
                    + "        - more: { do: a.b, pivot: ‸true }\n"), says: "after 'inner'"),
        BadFile(
            .noUndo, steps: each("", body: "        - ‸inner: { do: a.b, with: { a: \"${it}\" } }\n"), says: "'inner'"),
        BadFile(
            .noUndo, steps: pivot + each("", body: "        - ‸inner: { do: a.b, with: { a: \"${it}\" } }\n"),
            says: "'inner'"),
        BadFile(
            .noUndo, steps: "  - way: { switch: [{ when: \"${input.a}\", steps: [{ ‸one: { do: a.b } }] }] }\n"),
        BadFile(
            .childPivotTooEarly,
            steps: each(
                "    onFailure: undo-item\n", body: "        - inner: { run: x, with: { a: \"${it}\" }, pivot: true }\n"
            ).replacing("- all", with: "- ‸all"), says: "make 'all' the pivot"),
        BadFile(
            .itemsPastUndo,
            steps: each(
                "    pivot: true\n", body: "        - inner: { run: x, with: { a: \"${it}\" }, pivot: true }\n"
            ).replacing("- all", with: "- ‸all"), says: "'onFailure: undo-item'"),
        BadFile(
            .itemsPastUndo,
            steps: each(
                "    pivot: true\n    onFailure: ‸undo-all\n",
                body: "        - inner: { run: x, with: { a: \"${it}\" }, pivot: true }\n")),
        BadFile(.contradiction, steps: each("    readonly: ‸true\n"), says: "'inner' in it has an effect"),
        // An event.
        BadFile(
            .secondPivot, steps: told("pivot: true") + "  - two: { do: a.b, pivot: ‸true }\n", says: "after 'told'"),
        BadFile(.secondPivot, steps: pivot + told("pivot: ‸true").replacing(", timeout: 1d", with: ""), says: "'turn'"),
        BadFile(.pivotUnderCondition, steps: told("pivot: ‸true, when: \"${input.a}\"")),
        BadFile(
            .pivotInParallel,
            steps: "  - both:\n      parallel:\n        - one: { do: a.b, undo: a.c }\n      "
                + told("pivot: ‸true")),
        BadFile(.contradiction, steps: told("pivot: true, optional: ‸true"), says: "is the pivot"),
        BadFile(
            .contradiction, steps: told("pivot: ‸true").replacing("where:", with: "reject: no, where:"),
            says: "never passed"),
        BadFile(.noUndo, steps: "  - ‸one: { do: a.b }\n" + told("pivot: true")),
        BadFile(
            .givesUpAfterPivot, steps: told("pivot: true") + "  - one: { do: a.b, retry: { attempts: ‸3 } }\n"),
        BadFile(.neverUsed, steps: told("pivot: true") + "  - one: { do: a.b, undo: ‸a.c }\n", says: "never used"),
        BadFile(
            .refusalBehindPivot,
            steps: told("pivot: true")
                + told("").replacing("timeout: 1d", with: "timeout: ‸1d")
                .replacing("told", with: "again")),
        BadFile(
            .budgetOverDeadline,
            steps: told("pivot: true").replacing(", timeout: 1d", with: "").replacing("told", with: "‸told"),
            says: "for ever"),
        BadFile(.waitOverDeadline, top: "deadline: 3h", step: told("pivot: true").replacing("1d", with: "‸1d")),
        BadFile(
            .childPivotTooEarly,
            steps: each(
                "    onFailure: undo-item\n",
                body: "        - inner: { do: a.b, undo: a.c, with: { a: \"${it}\" } }\n      " + told("pivot: true")
            ).replacing("- all", with: "- ‸all")),
        // Behind it.
        BadFile(
            .refusalBehindPivot, steps: pivot + "  - ‸yes: { approval: { role: boss, title: \"Go on?\" } }\n",
            says: "before the pivot"),
        BadFile(
            .refusalBehindPivot,
            steps: pivot + "  - told: { listen: { event: a.b, where: \"${event.a == 1}\" }, timeout: ‸3d }\n",
            says: "optional: true"),
        BadFile(
            .refusalBehindPivot,
            steps: pivot + "  - told: { listen: { event: a.b, where: \"${event.a == 1}\", reject: ‸no } }\n",
            says: "a 'switch'"),
        BadFile(
            .neverUsed, steps: pivot + "  - child: { run: x, onUndoFailure: ‸continue }\n", says: "is never undone"),
        BadFile(
            .neverUsed, steps: each("", variable: "‸it", body: "        - inner: { run: x }\n"), says: "uses the item"),
        // Announced, and then undone.
        BadFile(
            .announcedTooEarly, steps: undoable + "  - ‸told: { emit: a.b }\n  - two: { do: a.b, readonly: true }\n",
            says: "behind the pivot"),
        BadFile(
            .announcedTooEarly,
            steps: "  - both:\n      parallel:\n        - ‸told: { emit: a.b }\n        - one: { do: a.b, undo: a.c }\n"
        ),
        BadFile(
            .announcedTooEarly,
            steps: each(
                "",
                body: "        - inner: { run: x, with: { a: \"${it}\" } }\n        - ‸told: { emit: a.b }\n")),
        // Times.
        BadFile(.waitOverDeadline, top: "deadline: 3d", step: "  - two: { wait: ‸4d }\n", says: "the deadline of 3d"),
        BadFile(
            .waitOverDeadline, top: "deadline: 3d",
            step: "  - two: { listen: { event: a.b, where: \"${event.a == 1}\" }, timeout: ‸4d }\n", says: "4d"),
        BadFile(
            .waitOverDeadline, top: "deadline: 3d",
            step: "  - two: { approval: { role: boss, title: OK }, timeout: ‸4d }\n"),
        BadFile(
            .budgetOverDeadline, top: "deadline: ‸3d", step: "  - two: { wait: 2d }\n  - three: { wait: 2d }\n",
            says: "waits"),
        BadFile(
            .budgetOverDeadline, top: "deadline: ‸3d",
            step: "  - two: { wait: 2d }\n"
                + each(
                    "", body: "        - pause: { wait: 2d }\n        - inner: { run: x, with: { a: \"${it}\" } }\n"),
            says: "deadline of 3d"),
        BadFile(
            .budgetOverDeadline, steps: "  - ‸told: { listen: { event: a.b, where: \"${event.a == 1}\" } }\n",
            says: "for ever"),
    ]
}
