/// One of the purchases that the demo plays.
struct Scene: Sendable {
    let number: Int
    let title: String
    /// What happens and why, in a line.
    let explanation: String
    let play: @Sendable (Stage) async throws -> Void

    static let all: [Scene] = [
        completes, priceMismatch, noDevice, balanceTooSmall, billingKilled, lostReply, notificationFails, undoFails,
        orchestratorKilled, sameKey,
    ]
}
