/// Workflows that the tests run.
enum Definitions {
    static let three = """
        workflow: three
        version: 1
        defaults:
          retry: { attempts: 2, initial: 5ms, max: 5ms, timeout: 200ms }
          undoRetry: { attempts: 2, initial: 5ms, max: 5ms, timeout: 200ms }
        steps:
          - a: { do: one.a, undo: one.a-undo, with: { n: "${input.n}" } }
          - b: { do: two.b, undo: two.b-undo, with: { from: "${a.id}" } }
          - c: { do: three.c, undo: three.c-undo }
        output: { id: "${a.id}" }
        """

    /// Waits half a minute for each reply, so that nothing is sent again by its timers.
    static let patient = """
        workflow: patient
        version: 1
        steps:
          - a: { do: one.a, undo: one.a-undo }
          - b: { do: two.b, undo: two.b-undo }
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
