/// Workflows that the tests run.
enum Definitions {
    /// Three steps; patient, so that a slow machine does not make attempts time out.
    static let three = three(timeout: "30s")

    /// The same with attempts that give up soon.
    static let impatient = three(timeout: "200ms")

    private static func three(timeout: String) -> String {
        """
        workflow: three
        version: 1
        defaults:
          retry: { attempts: 2, initial: 5ms, max: 5ms, timeout: \(timeout) }
          undoRetry: { attempts: 2, initial: 5ms, max: 5ms, timeout: \(timeout) }
        steps:
          - a: { do: one.a, undo: one.a-undo, with: { n: "${input.n}" } }
          - b: { do: two.b, undo: two.b-undo, with: { from: "${a.id}" } }
          - c: { do: three.c, undo: three.c-undo }
        output: { id: "${a.id}" }
        """
    }

    /// Waits half a minute for each reply, so that nothing is sent again by its timers.
    static let patient = """
        workflow: patient
        version: 1
        steps:
          - a: { do: one.a, undo: one.a-undo }
          - b: { do: two.b, undo: two.b-undo }
        """

    /// Its first step is the point of no return.
    static let pivotFirst = """
        workflow: pivot-first
        version: 1
        steps:
          - a: { do: one.a, pivot: true }
          - b: { do: two.b }
        """

    static func locked(_ onBusy: String) -> String {
        """
        workflow: locked
        version: 1
        locks: ["user:${input.user}"]
        onBusy: \(onBusy)
        steps:
          - a: { do: one.a, undo: one.a-undo }
        """
    }
}

extension Definitions {
    /// Two branches, one of two steps; patient, so that nothing is sent again by a timer.
    static let branches = """
        workflow: branches
        version: 1
        steps:
          - both:
              parallel:
                - first:
                    steps:
                      - left: { do: one.left, undo: one.left-undo }
                      - next: { do: one.next, undo: one.next-undo }
                - right: { do: two.right, undo: two.right-undo }
        """
}
