/// What a command asks of its participant.
public enum Direction: String, Sendable, Hashable, CaseIterable {
    /// Carry the step out.
    case `do`
    /// Reverse it.
    case undo
    /// Say whether it was carried out.
    case probe
}

/// The identity of a command: the same for every attempt, and derived, never drawn.
///
/// A participant's barrier is keyed by it, and a reply names it as its correlation id. Its text is
/// `<saga>.<step>.<iteration>.<direction>`, for instance
/// `0197f3a0-5c1e-7000-8000-00000000002a.create-order.0.do`.
public struct CommandID: Sendable, Hashable {
    /// The saga that the step belongs to.
    public let saga: UUID
    /// The step's name: see ``isStepName(_:)``.
    public let step: String
    /// Which turn of a loop, from 0; 0 outside of loops.
    public let iteration: Int32
    /// What is asked of the step.
    public let direction: Direction

    /// - Precondition: `step` is a step's name and `iteration` is not negative; plans grant both. From
    ///   outside come texts: see ``init(_:)``.
    public init(saga: UUID, step: String, iteration: Int32 = 0, direction: Direction) {
        precondition(CommandID.isStepName(step), "not a step's name")
        precondition(iteration >= 0, "an iteration is never negative")
        self.saga = saga
        self.step = step
        self.iteration = iteration
        self.direction = direction
    }

    /// The same step of the same saga, asked for something else.
    public func with(_ direction: Direction) -> CommandID {
        CommandID(saga: saga, step: step, iteration: iteration, direction: direction)
    }

    /// Whether this may name a step: `[a-z][a-z0-9-]{0,62}`, so that it fits into ids, URLs and headers.
    public static func isStepName(_ text: some StringProtocol) -> Bool {
        let answer = text.utf8.withContiguousStorageIfAvailable { isStepName($0[...]) }
        return answer ?? Array(text.utf8).withUnsafeBufferPointer { isStepName($0[...]) }
    }

    private static func isStepName(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = bytes.first, bytes.count <= 63, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first else {
            return false
        }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                continue
            default: return false
            }
        }
        return true
    }
}

extension CommandID: LosslessStringConvertible {
    /// Reads the text form. Nil for anything else; also for upper case, signs and leading zeros, so that
    /// no id has two texts.
    public init?(_ text: String) {
        guard let id = text.utf8.span.withUnsafeBufferPointer({ CommandID(bytes: $0) }) else { return nil }
        self = id
    }

    private init?(bytes: UnsafeBufferPointer<UInt8>) {
        let dot = UInt8(ascii: ".")
        guard bytes.count > 37, bytes[36] == dot, let saga = UUID(lowercase: bytes[..<36]) else { return nil }
        guard let stepEnd = bytes[37...].firstIndex(of: dot), CommandID.isStepName(bytes[37..<stepEnd]) else {
            return nil
        }
        let afterStep = bytes[(stepEnd + 1)...]
        guard let iterationEnd = afterStep.firstIndex(of: dot),
            let iteration = CommandID.iteration(afterStep[..<iterationEnd]),
            let direction = Direction(rawValue: String(decoding: afterStep[(iterationEnd + 1)...], as: UTF8.self))
        else { return nil }
        self.saga = saga
        self.step = String(decoding: bytes[37..<stepEnd], as: UTF8.self)
        self.iteration = iteration
        self.direction = direction
    }

    private static func iteration(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int32? {
        guard 1...10 ~= digits.count, digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var value = 0
        for byte in digits {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return Int32(exactly: value)
    }

    /// The text form.
    public var description: String {
        "\(saga).\(step).\(iteration).\(direction.rawValue)"
    }
}
