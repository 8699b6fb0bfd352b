/// The names of exchanges, queues and keys on the broker. All are durable, and declared by whoever
/// starts first.
public enum Topology {
    /// Where messages are published to.
    public enum Exchange {
        /// Topic; what no queue takes goes to ``unroutable``, and from there back to the sender. The routing key
        /// is the action.
        public static let commands = "saga.commands"
        /// Fanout; the alternate of ``commands``. No queue is bound to it.
        public static let unroutable = "saga.unroutable"
        /// Direct. The routing key is the command's `reply_to`, the name of a queue of the engine.
        public static let replies = "saga.replies"
        /// Topic: the platform's domain events.
        public static let events = "cloudphone.events"
        /// Fanout: what could not be understood, or was redelivered too often.
        public static let deadLetters = "saga.dlx"
    }

    /// Where messages wait.
    public enum Queue {
        /// Bound to ``Exchange/replies`` under its own name, which is what `reply_to` says.
        public static let replies = "saga.replies"
        /// The events that workflows listen for; bound to ``Exchange/events`` by their names.
        public static let events = "saga.events"
        /// What an operator is to look at.
        public static let dead = "saga.dead"

        /// Where a participant's commands wait; bound to ``Exchange/commands`` by
        /// ``BindingKey/commands(of:)``.
        public static func commands(of participant: String) -> String {
            "\(participant).commands"
        }
    }

    /// What binds a queue to a topic exchange.
    public enum BindingKey {
        /// Every action of the participant.
        public static func commands(of participant: String) -> String {
            "\(participant).#"
        }
    }
}

/// The names of message headers.
public enum HeaderName {
    /// The version of this protocol, ``WireProtocol/version``.
    public static let version = "saga-protocol"
    public static let workflow = "saga-workflow"
    public static let workflowVersion = "saga-version"
    public static let step = "saga-step"
    public static let iteration = "saga-iteration"
    public static let direction = "saga-direction"
    public static let attempt = "saga-attempt"
    /// Missing means 1.
    public static let round = "saga-round"
    public static let deadline = "saga-deadline"
    public static let tenant = "saga-tenant"
    public static let traceparent = "traceparent"
    public static let tracestate = "tracestate"

    /// On a message in ``Topology/Queue/dead``: the ``WireError/Code``, or another reason.
    public static let deadReason = "saga-dead-reason"
    /// On a message in ``Topology/Queue/dead``: the reason in words.
    public static let deadDetail = "saga-dead-detail"
    /// On a message in ``Topology/Queue/dead``: where it was published first, to put it back.
    public static let deadExchange = "saga-dead-exchange"
    /// On a message in ``Topology/Queue/dead``: under which routing key, to put it back.
    public static let deadRoutingKey = "saga-dead-routing-key"
    /// On a message in ``Topology/Queue/dead``: the account that it named, which only that account may name.
    public static let deadUserID = "saga-dead-user-id"
    /// On a message in ``Topology/Queue/dead``: the time to live that it had, in milliseconds.
    public static let deadExpiration = "saga-dead-expiration"
}

/// What is spoken here.
public enum WireProtocol {
    /// The one version spoken here. Additions that old readers can ignore do not change it.
    public static let version: Int64 = 1
}

/// What the bytes of a body are.
public enum ContentType {
    public static let json = "application/json"
    /// Reserved: many commands or replies in one message, sent only to who declared that it takes them.
    public static let batch = "application/vnd.saga.batch+json"
}
