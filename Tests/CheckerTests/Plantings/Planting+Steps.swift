extension Planting {
    static let once: [Planting] = [
        Planting(
            "a step was done for a saga that nobody knows", "2a",
            says: "\(ID.unknown) is unknown, and did validate-plan",
            billing: barrierRow(ID.unknown, "validate-plan")),
        Planting(
            "a step was done that the workflow does not have", "2a",
            says: "\(ID.saga(1)) did give-away, which plan-purchase does not have",
            core: barrierRow(ID.saga(1), "give-away")),
        Planting(
            "a step was done after its undo", "2b", says: "\(ID.saga(2)) did create-order after its undo",
            billing: """
                UPDATE saga_barrier SET at = at + interval '1 minute'
                WHERE saga_id = '\(ID.saga(2))' AND step = 'create-order' AND direction = 'do';
                """),
        Planting(
            "a step without a tombstone was undone", "2b", says: "\(ID.saga(2)) undid activate-order and may yet do it",
            billing: barrierRow(ID.saga(2), "activate-order", "undo")),
        Planting(
            "a step was done in two databases", "2c", says: "\(ID.saga(1)) did validate-plan in several databases",
            core: barrierRow(ID.saga(1), "validate-plan")),
        Planting(
            "a step was committed half done", "2c", says: "\(ID.saga(3)) is in the middle of the do of charge",
            billing: barrierRow(ID.saga(3), "charge", "do", "open")),
        Planting(
            "an order belongs to nobody", "2d", says: "order \(ID.order(9)) belongs to no saga",
            billing: """
                INSERT INTO orders (id, order_number, user_id, user_name, user_email, plan_id, amount, final_amount)
                VALUES ('\(ID.order(9))', 'CP-9', '\(ID.user(5))', 'u', 'e', '\(ID.plan(2))', 99, 99);
                """),
        Planting(
            "an order has a second payment", "2d", says: "payment \(ID.payment(9)) belongs to no saga",
            billing: """
                INSERT INTO payments (id, order_id, user_id, amount, method, status, payment_no)
                VALUES ('\(ID.payment(9))', '\(ID.order(1))', '\(ID.user(1))', 99, 'balance', 'failed', 'PAY-9');
                """),
        Planting(
            "a notification was sent twice", "2d", says: "notification \(ID.notification(9)) belongs to no saga",
            core: """
                INSERT INTO notifications (id, user_id, type, title, message)
                VALUES ('\(ID.notification(9))', '\(ID.user(1))', 'order', 't', 'm');
                """),
        Planting(
            "a notification is lost", "2d",
            says: "\(ID.saga(1)) made the notification \(ID.notification(1)), which is not there",
            core: "DELETE FROM notifications;"),
        Planting(
            "two sagas were answered with one notification", "2d",
            says: "notification \(ID.notification(1)) was made 2 times",
            saga: state(ID.saga(4), "[8,1,1,1,0,0,0,1,7],0]", "[8,1,1,1,0,0,0,1,7],[1,1,1,1]]"),
            core: barrierRow(
                ID.saga(4), "notify", action: "notification.send",
                reply: #"{"notificationId":"\#(ID.notification(1))"}"#)),
        Planting(
            "a step was answered but not committed", "2e",
            says: "\(ID.saga(4)) has the word for the do of validate-plan, but no record of it",
            billing: "DELETE FROM saga_barrier WHERE saga_id = '\(ID.saga(4))' AND step = 'validate-plan';"),
    ]

    /// A saga that is undone after an event has come that is its pivot, or one that is a refusal.
    ///
    /// - Parameter phase: of the step that waited for it.
    static func undoneAfterEvent(phase: Int) -> Other {
        Other(
            workflow: "other", end: .compensated,
            step: #"""
                act: { do: test.action, undo: test.undo }
                  - told:
                      listen:
                        - event: test.paid
                          where: "${event.id == act.id}"
                        - event: test.failed
                          where: "${event.id == act.id}"
                          reject: failed
                      timeout: 1h
                      pivot: true
                """#.replacing("\n", with: #"\n"#),
            slot: "[11,1,1,1,0,0,2],[\(phase),1,1,1\(phase == 5 ? ",0,0,3" : "")]")
    }

    /// What its history says of the event, in place of a person's request.
    static func event(_ kind: String) -> String {
        "UPDATE saga_history SET kind = '\(kind)', step = 'told' WHERE saga_id = '\(ID.saga(6))' AND revision = 3;"
    }

    static let order: [Planting] = [
        Planting(
            "steps are undone in the order in which they were done", "3",
            says: "\(ID.saga(2)) undid allocate-device before charge",
            saga: """
                UPDATE saga_history SET step = CASE revision WHEN 7 THEN 'allocate-device' ELSE 'charge' END
                WHERE saga_id = '\(ID.saga(2))' AND revision IN (7, 8);
                """),
        Planting(
            "a probe finds a step done after the undo has begun", "4a",
            says: "\(ID.saga(2)) heard of the probe of charge while it was undone",
            saga: """
                \(historyRow(ID.saga(2), 10, "done", "probe", "charge"))
                UPDATE sagas SET revision = 10 WHERE id = '\(ID.saga(2))';
                \(state(ID.saga(2), "[11,1,1,1,0,0,5]", "[11,1,1,1,0,0,10]"))
                """),
        Planting(
            "a step is refused after the undo has begun", "4a",
            says: "\(ID.saga(2)) heard of the do of charge while it was undone",
            saga: """
                \(historyRow(ID.saga(2), 10, "rejected", "do", "charge"))
                UPDATE sagas SET revision = 10 WHERE id = '\(ID.saga(2))';
                """),
        Planting(
            "a step is undone in a completed saga", "4b",
            says: "\(ID.saga(1)) undid allocate-device although it was past activate-order",
            core: barrierRow(ID.saga(1), "allocate-device", "undo")),
        Planting(
            "a step is undone though the event has come that is the point of no return", "4b",
            says: "\(ID.saga(6)) undid act although it was past told",
            saga: undoneAfterEvent(phase: 5).saga + event("signalled"),
            core: undoneAfterEvent(phase: 5).barrier),
        Planting(
            "a command was sent that no commit stands behind", "4c",
            says: "\(ID.saga(5)) has not reached validate-plan", billing: barrierRow(ID.saga(5), "validate-plan")),
        Planting(
            "an event tells of an order that is not there", "4d", says: "order.paid about \(ID.unknown) tells of what",
            billing: """
                INSERT INTO saga_outbox (message_id, source, event, aggregate, payload)
                VALUES ('\(ID.unknown)', 'billing', 'order.paid', '\(ID.unknown)', '{}');
                """),
        Planting(
            "an event is not published", "4d", says: "device.status.changed about \(ID.device(1)) was not published",
            core: """
                INSERT INTO saga_outbox (message_id, source, event, aggregate, payload, at)
                VALUES ('\(ID.unknown)', 'device', 'device.status.changed', '\(ID.device(1))', '{}',
                    now() - interval '2 minutes');
                """),
    ]
}
