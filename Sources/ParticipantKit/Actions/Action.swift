public import SagaValues

/// A handler under a name: what a participant can do, undo or be asked.
///
/// Handlers are `async` functions from a `Decodable` input to an `Encodable` output, which run inside the
/// transaction of their ``ActionContext``. The output must encode to a JSON object. Use `JSON` as a type
/// to take whatever comes.
///
/// ```swift
/// Action.do("create-order") { (input: CreateOrder, context) in
///     try await context.transaction.execute(insertOrder, [.uuid(input.userId)])
///     return OrderCreated(orderId: id)
/// }
/// Action.undo("cancel-order") { (input: CreateOrder, order: OrderCreated, context) in … }
/// ```
///
/// A handler runs on the thread of its database connection, so what it computes or blocks holds up nobody
/// but itself. It may run more than once for one command (after a serialization failure, a crash, a lost
/// connection), but only one run is ever committed. What it does outside of the transaction, such as a
/// call of a provider, must bear repetition by itself: pass ``ActionContext/commandID`` on as its key.
public struct Action: Sendable {
    /// Without the participant: `create-order`.
    public let name: String
    public let direction: Direction
    /// An undo that is to run even where nothing says that the step was done.
    let looksOutside: Bool
    let run: Handler

    private init(name: String, direction: Direction, looksOutside: Bool = false, run: @escaping Handler) {
        self.name = name
        self.direction = direction
        self.looksOutside = looksOutside
        self.run = run
    }

    typealias Handler =
        nonisolated(nonsending) @Sendable (_ input: JSON, _ output: JSON?, _ context: ActionContext) async throws ->
        Finding

    /// What a handler found or made.
    enum Finding: Sendable {
        case done(JSON)
        /// A probe's answer: it did not happen.
        case notDone
    }

    // MARK: Do

    /// What a step does.
    public static func `do`<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ name: String,
        _ handler: nonisolated(nonsending) @escaping @Sendable (Input, ActionContext) async throws -> Output
    ) -> Action {
        Action(name: name, direction: .do) { input, _, context in
            let input = try decode(Input.self, from: input)
            return .done(try encode(try await handler(input, context)))
        }
    }

    /// What a step does, when nothing of it is of interest to later steps: its output is `{}`.
    public static func `do`<Input: Decodable & SendableMetatype>(
        _ name: String,
        _ handler: nonisolated(nonsending) @escaping @Sendable (Input, ActionContext) async throws -> Void
    ) -> Action {
        Action(name: name, direction: .do) { input, _, context in
            try await handler(try decode(Input.self, from: input), context)
            return .done([:])
        }
    }

    // MARK: Undo

    /// What reverses a step. It runs only if the step was done, and gets the step's input and output.
    public static func undo<Input: Decodable & SendableMetatype, Output: Decodable & SendableMetatype>(
        _ name: String,
        _ handler: nonisolated(nonsending) @escaping @Sendable (Input, Output, ActionContext) async throws -> Void
    ) -> Action {
        Action(name: name, direction: .undo) { input, output, context in
            let input = try decode(Input.self, from: input)
            try await handler(input, try decode(Output.self, from: output ?? [:]), context)
            return .done([:])
        }
    }

    /// What reverses a step, when the input alone tells how.
    public static func undo<Input: Decodable & SendableMetatype>(
        _ name: String,
        _ handler: nonisolated(nonsending) @escaping @Sendable (Input, ActionContext) async throws -> Void
    ) -> Action {
        Action(name: name, direction: .undo) { input, _, context in
            try await handler(try decode(Input.self, from: input), context)
            return .done([:])
        }
    }

    /// What reverses a step that also does something outside of this database, at a provider say.
    ///
    /// Of such a step the barrier does not know all: when the provider's answer was lost, or the process died before the
    /// commit, there is no record, and yet something may be there. So this runs in any case. Without a record the output
    /// is nil: look there by an id of ours, the one that the step passed on, take back what is found, and have a request
    /// that may still be on its way refused when it comes. Throw ``OutcomeUnknown`` if that cannot be known.
    public static func undoOutside<Input: Decodable & SendableMetatype, Output: Decodable & SendableMetatype>(
        _ name: String,
        _ handler: nonisolated(nonsending) @escaping @Sendable (Input, Output?, ActionContext) async throws -> Void
    ) -> Action {
        Action(name: name, direction: .undo, looksOutside: true) { input, output, context in
            let input = try decode(Input.self, from: input)
            try await handler(input, try output.map { try decode(Output.self, from: $0) }, context)
            return .done([:])
        }
    }

    // MARK: Probe

    /// Finds out whether a step happened, where the barrier of this database cannot know: a call of a
    /// provider that was cut off. `name` is that of the *do*. Return its output, or nil if it did not happen.
    ///
    /// Without a probe handler the barrier answers, which is right for all that happens in the database.
    /// With one, the barrier still answers first; what the handler finds to be done is recorded as done,
    /// so that an undo will run.
    ///
    /// It is also asked before a refusal of the *do* is kept, which would hold for all attempts: an earlier one may have
    /// got through. Then the answer is that it is done.
    public static func probe<Input: Decodable & SendableMetatype, Output: Encodable & SendableMetatype>(
        _ name: String,
        _ handler: nonisolated(nonsending) @escaping @Sendable (Input, ActionContext) async throws -> Output?
    ) -> Action {
        Action(name: name, direction: .probe) { input, _, context in
            guard let output = try await handler(try decode(Input.self, from: input), context) else { return .notDone }
            return .done(try encode(output))
        }
    }

    // MARK: JSON

    private static func decode<Value: Decodable>(_ type: Value.Type, from json: JSON) throws -> Value {
        do {
            return try JSONValueDecoder.decode(type, from: json)
        } catch {
            throw Rejection(KitCode.invalidInput, JSONValueDecoder.summary(of: error))
        }
    }

    private static func encode<Value: Encodable>(_ value: Value) throws -> JSON {
        let json: JSON
        do {
            json = try JSONValueEncoder.encode(value)
        } catch {
            throw ParticipantError(
                .notEncodable, "the output of type \(Value.self) cannot be written as JSON", cause: error)
        }
        guard json.objectValue != nil else {
            throw ParticipantError(.notEncodable, "the output of type \(Value.self) is not a JSON object")
        }
        return json
    }
}
