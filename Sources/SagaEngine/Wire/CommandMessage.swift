public import SagaValues

/// What the engine asks a participant to do, undo or probe.
public struct CommandMessage: Sendable, Hashable {
    /// The message's id, the same for every attempt.
    public var id: CommandID
    /// What is to be run: `billing.create-order`, or for an undo `billing.cancel-order`. Also the routing
    /// key; the participant stands before the first dot. At most 255 bytes.
    public var action: String
    /// The workflow's name.
    public var workflow: String
    /// The workflow's version, from 1.
    public var workflowVersion: Int
    /// From 1.
    public var attempt: Int
    /// From 1; one higher each time a person asks for a retry. In a new round a refusal that was recorded
    /// in an earlier one does not count: the person has removed its cause.
    public var round: Int
    /// When the saga's time is up.
    public var deadline: Timestamp?
    /// Whose saga it is, where there are several tenants.
    public var tenant: String?
    /// The trace that the work belongs to.
    public var trace: TraceContext?
    /// The routing key, in ``Topology/Exchange/replies``, under which the answer is expected. At most 255
    /// bytes.
    public var replyTo: String
    /// Which program sent it. At most 255 bytes.
    public var appID: String?
    /// When it was sent, in seconds since 1970.
    public var timestamp: Int64?
    /// The step's input; for an undo an ``UndoBody``.
    public var body: Payload

    public init(
        id: CommandID, action: String, workflow: String, workflowVersion: Int, attempt: Int = 1, round: Int = 1,
        deadline: Timestamp? = nil, tenant: String? = nil, trace: TraceContext? = nil,
        replyTo: String = Topology.Queue.replies, appID: String? = nil, timestamp: Int64? = nil, body: Payload
    ) {
        self.id = id
        self.action = action
        self.workflow = workflow
        self.workflowVersion = workflowVersion
        self.attempt = attempt
        self.round = round
        self.deadline = deadline
        self.tenant = tenant
        self.trace = trace
        self.replyTo = replyTo
        self.appID = appID
        self.timestamp = timestamp
        self.body = body
    }

    /// Whom it is for.
    public var participant: String {
        String(action.prefix { $0 != "." })
    }
}

/// The body of an undo: what the step was given, and what it answered.
public struct UndoBody: Sendable, Hashable {
    /// What the step was given.
    public var input: JSON
    /// Nil while the step's outcome is unknown, and so it may not have happened; and where both together are
    /// larger than a body may be. The participant's barrier has it in any case.
    public var output: JSON?

    public init(input: JSON, output: JSON?) {
        self.input = input
        self.output = output
    }

    /// `{"input": …, "output": …}`
    public var payload: Payload {
        var members: JSON.Object = ["input": input]
        members["output"] = output
        return Payload(.object(members))
    }

    /// Reads what ``payload`` gives; further members are tolerated.
    public init(_ payload: Payload) throws(WireError) {
        guard let input = payload.json["input"] else {
            throw WireError(.invalidBody, field: "input", "the body of an undo holds the step's input")
        }
        self.init(input: input, output: payload.json["output"])
    }
}
