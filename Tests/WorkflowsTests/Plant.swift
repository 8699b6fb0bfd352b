import Foundation
import Workflows

/// A fault of the kind that a person makes, planted into a shipped workflow.
struct Plant: Sendable, CustomStringConvertible {
    /// What the person did.
    let what: String
    let file: String
    let old: String
    let new: String
    let code: Finding.Code
    /// Findings that follow from the fault, elsewhere.
    let also: [Finding.Code]
    /// What stands in the line that is pointed at, if no `‸` says so.
    let at: String?
    /// The file of the finding, where it is another.
    let foundIn: String

    /// - Parameters:
    ///   - old: stands exactly once in the file.
    ///   - new: stands there instead. A `‸` marks the line of the finding, and is taken out.
    init(
        _ what: String, in file: String, _ old: String, _ new: String, _ code: Finding.Code,
        also: [Finding.Code] = [], at place: String? = nil, foundIn: String? = nil
    ) {
        (self.what, self.file, self.old, self.new, self.code, self.also) = (what, file, old, new, code, also)
        (at, self.foundIn) = (place, foundIn ?? file)
    }

    var description: String { "\(what) (\(file), \(code.rawValue))" }

    struct Misfit: Error, CustomStringConvertible {
        let description: String
    }

    /// The files of the platform by name, this one of them with its fault.
    func planted(in files: [String: String]) throws -> (files: [String: String], line: Int) {
        guard let text = files[file] else { throw Misfit(description: "there is no file \(file)") }
        guard text.components(separatedBy: old).count == 2 else {
            throw Misfit(description: "\(file) has \(text.components(separatedBy: old).count - 1) times: \(old)")
        }
        var files = files
        files[file] = text.replacing(old, with: new)
        let marked = files[foundIn] ?? ""
        let pieces = marked.components(separatedBy: at ?? "‸")
        guard pieces.count == 2 else {
            throw Misfit(description: "\(foundIn) has \(pieces.count - 1) places to point at")
        }
        files[file] = files[file]?.replacing("‸", with: "")
        return (files, pieces[0].count(where: \.isNewline) + 1)
    }
}

extension Plant {
    /// Undo: none, of another, of what may not be there.
    static let undo: [Plant] = [
        Plant(
            "forgets the undo", in: "plan-purchase", "      undo: billing.cancel-order\n", "", .noUndo,
            at: "- create-order:"),
        Plant(
            "lets another service undo it", in: "plan-purchase", "undo: billing.refund", "undo: ‸payment.refund",
            .undoElsewhere),
        Plant(
            "undoes by doing it again", in: "plan-purchase", "undo: device.release", "undo: ‸device.allocate",
            .contradiction),
        Plant(
            "says that what is undone changes nothing", in: "plan-upgrade", "undo: billing.refund",
            "undo: ‸billing.refund\n      readonly: true", .contradiction, also: [.contradiction]),
        Plant(
            "gives the undo what a step under a condition found out", in: "device-provision",
            "adbPort: \"${ports.adbPort}\"\n      timeout",
            "adbPort: \"${ports.adbPort}\"\n        proxy: ‸\"${proxy.host}\"\n      timeout",
            .stepMayNotHaveRun),
        Plant(
            "gives the undo what a later step finds out", in: "plan-purchase", "\"${create-order.userName}\"",
            "‸\"${charge.userName}\"", .stepMayNotHaveRun),
        Plant(
            "undoes what stands behind the pivot", in: "plan-purchase", "do: user.raise-quota\n",
            "do: user.raise-quota\n      undo: ‸user.lower-quota\n", .neverUsed),
    ]

    /// The point of no return.
    static let pivots: [Plant] = [
        Plant(
            "has two of them", in: "plan-purchase", "do: user.raise-quota\n",
            "do: user.raise-quota\n      pivot: ‸true\n", .secondPivot),
        Plant(
            "puts it in a branch", in: "device-provision", "undo: device.release-ports", "pivot: ‸true",
            .pivotInParallel, also: [.givesUpAfterPivot, .neverUsed, .neverUsed, .neverUsed, .neverUsed]),
        Plant(
            "puts it in a case", in: "plan-renewal",
            "undo: billing.refund\n                      with: { orderId: \"${order.orderId}\", amount: \"${order.finalAmount}\", attempt: 2 }",
            "pivot: ‸true\n                      with: { orderId: \"${order.orderId}\", amount: \"${order.finalAmount}\", attempt: 2 }",
            .pivotUnderCondition),
        Plant(
            "puts it under a condition", in: "snapshot-create", "do: device.find-snapshot\n",
            "when: \"${device.running}\"\n      do: device.find-snapshot\n", .pivotUnderCondition,
            at: "pivot: true"),
        Plant(
            "guesses at it", in: "plan-purchase", "pivot: true\n      onUnknown: probe",
            "pivot: true\n      onUnknown: ‸undo", .guessAtPivot),
        Plant(
            "gives up behind it", in: "plan-purchase", "do: user.raise-quota\n",
            "do: user.raise-quota\n      retry: { attempts: ‸3 }\n", .givesUpAfterPivot),
        Plant(
            "asks a question behind it", in: "payment-refund", "  - close:\n",
            "  - confirmed:\n      listen: { event: payment.confirmed, where: \"${event.id == validate.paymentId}\" }\n      timeout: ‸1h\n\n  - close:\n",
            .refusalBehindPivot),
        Plant(
            "forgets that items have theirs", in: "plan-renewal", "      pivot: true # what is renewed stays so\n", "",
            .childPivotTooEarly, at: "- renewals:"),
        Plant(
            "undoes all items though one of them cannot be", in: "app-installation", "onFailure: undo-item",
            "onFailure: ‸undo-all", .itemsPastUndo),
        Plant(
            "announces before what can fail", in: "device-provision", "  - start:\n",
            "  - ‸ready:\n      emit: device.ready\n\n  - start:\n", .announcedTooEarly),
    ]

    /// Deadlines and waits.
    static let times: [Plant] = [
        Plant(
            "sets a deadline that cannot hold the attempts", in: "plan-purchase", "deadline: 5m", "deadline: ‸2m",
            .budgetOverDeadline),
        Plant(
            "waits for an event for longer than the deadline", in: "payment-refund", "timeout: 20h", "timeout: ‸2d",
            .waitOverDeadline),
        Plant(
            "sets a deadline that is shorter than one attempt", in: "snapshot-create", "deadline: 1h", "deadline: 1m",
            .timeoutOverDeadline, at: "timeout: 2m"),
        Plant(
            "gives a second deadline", in: "plan-renewal", "schedule: {", "‸deadline: 6d\n\nschedule: {",
            .duplicateKey),
        Plant(
            "pauses for longer than the deadline", in: "plan-renewal", "wait: 5d", "wait: ‸15d", .waitOverDeadline),
        Plant("forgets the unit", in: "plan-purchase", "timeout: 15s", "timeout: ‸15", .wrongValue),
        Plant(
            "reads a crontab wrongly", in: "plan-renewal", "\"0 3 * * *\"", "‸\"0 25 * * *\"", .badSchedule),
    ]

    /// References and expressions.
    static let references: [Plant] = [
        Plant(
            "reads a step of a case", in: "plan-renewal",
            "with: { userId: \"${renewal.userId}\", orderId: \"${order.orderId}\" }",
            "with: { userId: \"${renewal.userId}\", orderId: ‸\"${second.orderId}\" }", .stepMayNotHaveRun),
        Plant(
            "reads an optional step", in: "plan-purchase", "output:\n", "output:\n  message: ‸\"${notify.id}\"\n",
            .valueMayBeMissing),
        Plant(
            "reads an item from outside", in: "plan-renewal", "\"${size(due.renewals)}\"", "‸\"${renewal.orderId}\"",
            .insideEach),
        Plant(
            "misspells a step", in: "plan-purchase", "\"${create-order.orderNumber}\"",
            "‸\"${create-oder.orderNumber}\"", .unknownName),
        Plant(
            "misspells a member of the input", in: "snapshot-create", "subject: \"${input.name}\"",
            "subject: ‸\"${input.nam}\"", .inputNotDeclared),
        Plant(
            "writes a name of two words as a member", in: "plan-upgrade", "price: \"${quote.amount}\"",
            "price: ‸\"${quote.final-amount}\"", .badExpression),
        Plant(
            "reckons with text", in: "device-provision", "when: \"${input.wantsProxy}\"",
            "when: ‸\"${input.wantsProxy && input.name > 3}\"", .wrongType),
        Plant(
            "takes a number for a condition", in: "device-provision", "when: \"${input.wantsProxy}\"",
            "when: ‸\"${input.cpuCores}\"", .wrongResult),
        Plant(
            "writes a condition that never holds", in: "snapshot-create", "- stop:\n      when: \"${device.running}\"",
            "- stop:\n      when: ‸\"${1 > 2}\"", .neverReached),
        Plant(
            "forgets the quotes around the text in an expression", in: "device-provision",
            "when: \"${input.wantsProxy}\"", "when: ‸\"${input.provider == redroid}\"", .unknownName),
        Plant(
            "listens for what cannot be found", in: "payment-refund",
            "event: payment.refunded\n          where: \"${event.refundId == initiate.refundId}\"",
            "event: payment.refunded\n          where: ‸\"${event.amount > 0}\"", .eventNotFindable),
        Plant(
            "loops over what is no list", in: "app-installation", "\"${input.allOrNone ? input.deviceIds : []}\"",
            "‸\"${input.applicationId}\"", .wrongResult),
        Plant(
            "hides what is not there", in: "user-registration", "[input.passwordHash]", "‸[input.password]",
            .inputNotDeclared),
        Plant(
            "locks by what no step has found out yet", in: "plan-purchase", "\"user:${input.userId}\"",
            "‸\"user:${create-order.userName}\"", .referenceNotAllowed),
        Plant(
            "calls two steps the same", in: "plan-purchase", "- raise-quota:", "- ‸charge:", .nameUsedTwice),
    ]

    /// Slips of the pen.
    static let shapes: [Plant] = [
        Plant(
            "leaves the service out", in: "plan-purchase", "do: user.raise-quota", "do: ‸raise-quota", .wrongValue),
        Plant(
            "writes a key in another way", in: "plan-purchase", "readonly: true", "‸readOnly: true", .unknownKey,
            also: [.noUndo]),
        Plant(
            "indents too little", in: "plan-purchase", "      undo: device.release\n", "    undo: device.release\n",
            .notReadable, at: "with: { userId: \"${input.userId}\", userName:"),
        Plant(
            "writes yes", in: "device-deletion", "skippable: true", "skippable: ‸yes", .wrongValue),
        Plant(
            "puts a timeout on a child", in: "user-offboarding", "run: device-deletion\n",
            "run: device-deletion\n            ‸timeout: 5m\n", .keyElsewhere),
        Plant(
            "asks a schema for what it does not have", in: "plan-purchase", "required: [userId, planId, price]",
            "required: ‸[userId, planId, prize]", .badSchema),
    ]

    /// Between workflows.
    static let together: [Plant] = [
        Plant(
            "misspells a child", in: "user-offboarding", "run: device-deletion", "run: ‸device-delete",
            .childNotThere),
        Plant(
            "runs a child with a pivot where its own saga may be undone", in: "user-offboarding",
            "{ deviceId: \"${device.deviceId}\", userId: \"${input.userId}\" }\n            pivot: true\n",
            "{ deviceId: \"${device.deviceId}\", userId: \"${input.userId}\" }\n", .childPivotTooEarly,
            at: "run: device-deletion"),
        Plant(
            "forgets what the child needs", in: "user-offboarding",
            "{ deviceId: \"${device.deviceId}\", userId: \"${input.userId}\" }",
            "‸{ deviceId: \"${device.deviceId}\" }", .inputDoesNotFit),
        Plant(
            "lets a child need its parent's lock", in: "device-deletion", "\"device:${input.deviceId}\"",
            "\"user:${input.userId}\"", .lockHeldByParent, at: "run: device-deletion", foundIn: "user-offboarding"),
        Plant(
            "lets two workflows run each other", in: "device-deletion", "  - forget:\n",
            "  - again:\n      run: ‸user-offboarding\n      with: { userId: \"${input.userId}\", reason: gone }\n\n  - forget:\n",
            .childCircle, also: [.childCircle, .lockHeldByParent]),
        Plant(
            "starts a saga with an input that it refuses", in: "user-registration",
            "      email: \"${event.email}\"\n", "", .inputDoesNotFit,
            at: "      userId: \"${event.userId}\""),
    ]

    static let all = undo + pivots + times + references + shapes + together + sensitive
}

extension Plant {
    /// What nobody may see, where somebody sees it.
    static let sensitive: [Plant] = [
        Plant(
            "publishes the hash of a password", in: "user-registration",
            "      with: { userId: \"${input.userId}\", username: \"${input.username}\" }\n\n  - welcome:",
            "      with: { userId: \"${input.userId}\", hash: \"‸${input.passwordHash}\" }\n\n  - welcome:",
            .sensitiveShown),
        Plant(
            "locks by the hash of a password", in: "user-registration", "locks: [\"username:${input.username}\"]",
            "locks: [\"‸hash:${input.passwordHash}\"]", .sensitiveShown),
        Plant(
            "tells starts apart by the hash of a password", in: "user-registration", "    key: \"${event.userId}\"",
            "    key: \"‸${event.passwordHash}\"", .sensitiveShown),
    ]
}
