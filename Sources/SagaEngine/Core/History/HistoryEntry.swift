public import SagaValues

/// One row of a saga's history: the event as it was taken in, numbered without gaps.
///
/// The history is the truth and the stored state only its fold, see ``Saga/init(folding:id:course:)``. Rows
/// are written once, by the transaction that applied the event, and hold payloads exactly as they came.
public struct HistoryEntry: Sendable, Hashable {
    /// Counts from 1: the saga's revision after this event.
    public let revision: Int
    public let at: Timestamp
    public let kind: Kind
    /// The step's name, where the event is about a step.
    public let step: String?
    /// Which item of an `each`, from 0; nil where there are none.
    public let item: Int?
    public let direction: Direction?
    /// The attempt that was answered, if the participant said so.
    public let attempt: Int?
    /// What came with it: the input, an output, an error. UTF-8 JSON, or empty.
    public let data: [UInt8]

    public init(
        revision: Int, at: Timestamp, kind: Kind, step: String? = nil, item: Int? = nil, direction: Direction? = nil,
        attempt: Int? = nil, data: [UInt8] = []
    ) {
        self.revision = revision
        self.at = at
        self.kind = kind
        self.step = step
        self.item = item
        self.direction = direction
        self.attempt = attempt
        self.data = data
    }

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Carries the saga's input.
        case started
        /// Started in line for its lock keys. Carries the input.
        case queued
        case locksGranted = "locks-granted"
        /// Carries the output.
        case done
        case rejected
        case retry
        /// The participant does not know whether it happened.
        case unknown
        case working
        case returned
        /// The command of the step was held back. Carries why, and until when.
        case heldBack = "held-back"
        /// A command that was held back may go.
        case released
        case timer
        case retryRequested = "retry-requested"
        case compensationRequested = "compensation-requested"
        /// The parent unwinds.
        case cancelledByParent = "cancelled-by-parent"
        /// What an expression of the step came to.
        case decided
        /// What the step waited for has come. Carries the output.
        case signalled
        /// What has come fails the step.
        case signalRefused = "signal-refused"
        /// A person said that it has happened. Carries the output, as rows of persons do: see ``PersonsWord``.
        case resolvedDone = "resolved-done"
        /// A person said that it has not happened.
        case resolvedNotDone = "resolved-not-done"
        /// A person said that it is undone.
        case resolvedUndone = "resolved-undone"
        /// A person had the step passed over. Carries the output in its place.
        case skipped
        /// The same, though the workflow does not allow it.
        case skipForced = "skip-forced"
        /// A person changed the body of the step's command. Carries that.
        case patched
        case paused
        case resumed
        case abandoned
        /// A person had it go on by another version of its workflow. Carries the ``VersionMove``.
        case migrated
    }
}

/// A history that cannot be folded: damaged, or written by a newer version.
public struct HistoryError: Error, Sendable, Hashable, CustomStringConvertible {
    public let revision: Int
    public let message: String

    public var description: String { "history row \(revision): \(message)" }
}
