internal import CloudPhone
internal import LocalPlatform
internal import LocalServers
internal import SagaAPI
internal import SagaCLI

extension Scene {
    static let completes = Scene(
        number: 1, title: "A purchase that completes",
        explanation: "Seven steps in four services; * marks the point of no return, activate-order."
    ) { stage in
        let id = try await stage.start(stage.purchase(user: 1), key: "demo-1")
        let end = try await stage.follow(id)
        stage.expect("completed", end.saga.status == "completed")
        stage.expect("one charge", try await stage.charges(user: 1) == 1)
        stage.expect("one device", try await stage.devices(user: 1) == 1)
    }

    static let priceMismatch = Scene(
        number: 2, title: "A price that is not the plan's",
        explanation: "The first step only reads; it refuses, so there is nothing to undo."
    ) { stage in
        let id = try await stage.start(stage.purchase(user: 2, price: "9.00"), key: "demo-2")
        let end = try await stage.follow(id)
        stage.expect(
            "compensated, because of price-mismatch",
            end.saga.status == "compensated" && end.failure?.code == "price-mismatch")
        stage.expect("no order was ever made", try await stage.orders(user: 2) == 0)
    }

    static let noDevice = Scene(
        number: 3, title: "No device is free",
        explanation: "The pool is emptied first. The order that was made before is cancelled."
    ) { stage in
        let core = LocalPlatform.Database.core
        try await stage.platform.postgres.psql(
            "UPDATE devices SET status = 'stopped' WHERE status = 'idle'", database: core)
        let id = try await stage.start(stage.purchase(user: 3), key: "demo-3")
        let end = try await stage.follow(id)
        try await stage.platform.postgres.psql(
            "UPDATE devices SET status = 'idle' WHERE status = 'stopped'", database: core)
        stage.expect("compensated", end.saga.status == "compensated")
        stage.expect("create-order is undone", end.step("create-order")?.phase == "undone")
    }

    static let balanceTooSmall = Scene(
        number: 4, title: "The balance is too small",
        explanation: "Found out at the charge: first the device is given back, then the order is cancelled."
    ) { stage in
        let id = try await stage.start(stage.purchase(user: 4, plan: .enterprise), key: "demo-4")
        let end = try await stage.follow(id)
        let undone = try await stage.client.history(id, after: 0).history.filter { $0.direction == "undo" }.map(\.step)
        stage.expect(
            "compensated, because of insufficient-balance",
            end.saga.status == "compensated" && end.failure?.code == "insufficient-balance")
        stage.expect("undone in reverse order", undone == ["allocate-device", "create-order"])
    }

    static let sameKey = Scene(
        number: 10, title: "The same purchase sent twice, and once with another price",
        explanation: "One idempotency key is one saga; with other input it is refused, not guessed."
    ) { stage in
        let id = try await stage.start(stage.purchase(user: 10), key: "demo-10")
        let again = try await stage.client.start(stage.purchase(user: 10), key: "demo-10")
        try await stage.follow(id)
        stage.expect("the second start finds the first saga", again.saga.id == id && again.isNew == false)
        stage.expect("one charge", try await stage.charges(user: 10) == 1)
        var refusal: Problem?
        do {
            _ = try await stage.client.start(stage.purchase(user: 10, price: "9.00"), key: "demo-10")
        } catch let problem as Problem {
            refusal = problem
        }
        stage.expect("another price under the same key: \(refusal?.code ?? "taken!")", refusal?.code == "SAGA-0206")
    }
}

extension SagaDetail {
    func step(_ name: String) -> StepView? { steps.first { $0.name == name } }
}
