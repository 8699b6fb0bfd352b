import CloudPhone
import LocalPlatform
import LocalServers
import SagaCore
import SagaValues
import Testing
import Workflows

/// One saga renews the plans of many users, each of whom has a plan of their own: by its price a fault finds them.
extension Course {
    /// What becomes of a user's renewal.
    private struct Renewer {
        enum Fate { case renewed, ended }
        let name: String
        let fate: Fate
        /// In front of which of the attempts to charge there is too little money.
        let isPoor: Bool
        /// After so many attempts money is paid in.
        var paysInAfter: Int?
        var trial: Trial?
    }

    func renewals() async throws {
        let plan = try #require(town.deployed.plan("plan-renewal"))
        let trials = Trial.all(of: plan)
        var renewers = [
            Renewer(name: "has the money", fate: .renewed, isPoor: false),
            Renewer(name: "pays in after the first attempt", fate: .renewed, isPoor: true, paysInAfter: 1),
            Renewer(name: "pays in after the second attempt", fate: .renewed, isPoor: true, paysInAfter: 2),
            Renewer(name: "never pays", fate: .ended, isPoor: true),
        ]
        for trial in trials where trial.list != nil {
            renewers.append(
                Renewer(
                    name: "\(trial) is refused", fate: trial.end == .passedOver ? .renewed : .ended,
                    isPoor: trial.depth > 0, trial: trial))
        }
        let known = renewers
        try await makePlans(for: known)
        let subjects = try await town.subjects(known.count, for: { _ in "plan-renewal" }) { index, subject in
            subject.plan = planID(index)
            subject.price = price(index, known[index].isPoor)
        }
        let before = try await town.footprints(of: subjects)

        // The first one finds nothing out, since it is refused the very question.
        let asking = trials.filter { $0.list == nil }
        for trial in asking {
            try await town.platform.postgres.psql(
                """
                INSERT INTO fault_switches (service, action, kind, direction)
                VALUES ('\(trial.service)', '\(trial.act)', 'reject', 'do')
                """, database: Town.database(of: trial.service))
            let refused = try await town.start([Town.Start("plan-renewal", [:])])
            try await expect(try await town.settle(refused)[refused[0]], "compensated", refused[0], "\(trial) refused")
            try await town.liftFaults()
        }
        #expect(try await town.footprints(of: subjects) == before)

        try await town.set(
            zip(known, subjects).compactMap { renewer, subject in
                guard let trial = renewer.trial, trial.depth == 0 else { return nil }
                let marks =
                    trial.action == "billing.activate-order" || trial.action == "notification.send"
                        || trial.act == "create-renewal-order" ? ["\(subject.user)"] : [subject.price]
                return Town.Fault(service: trial.service, action: trial.act, kind: "reject", marks: marks)
            })
        let ids = try await town.start([Town.Start("plan-renewal", [:])])
        try await expect(try await town.settle(ids)[ids[0]], "completed", ids[0], "the renewal")
        let after = try await town.footprints(of: subjects)
        for (index, renewer) in known.enumerated() {
            switch renewer.fate {
            case .renewed: try await expectArrived([subjects[index]])
            case .ended: #expect(after[index] == before[index], "\(renewer.name), and something is left")
            }
        }
        let attempts = try await town.answers(
            subjects.prefix(4).map {
                "SELECT charge_attempts FROM orders WHERE user_id = '\($0.user)' AND kind = 'renewal'"
            }, in: LocalPlatform.Database.billing)
        #expect(attempts == ["0", "1", "2", "2"])
        try await town.liftFaults()
    }

    private func planID(_ index: Int) -> SagaValues.UUID { Seed.planID(100 + index) }

    /// Of 2,000.00 that everybody has, the poor one has too little left after the first period.
    private func price(_ index: Int, _ isPoor: Bool) -> String { "\(isPoor ? 1200 : 100 + index).\(10 + index)" }

    /// Plans by the hour, so that they always are about to end; and what happens when an attempt to charge has failed,
    /// in the same transaction, so that no clock has a part in it.
    private func makePlans(for renewers: [Renewer]) async throws {
        let plans = renewers.indices.map { index in
            """
            ('\(planID(index))', 'Hourly \(index)', 'basic', 'hourly', \(price(index, renewers[index].isPoor)), 5, 100, 100)
            """
        }
        let limits = renewers.indices.map { "('\(planID($0))', 5, 100, 100)" }
        var reactions: [String] = []
        for (index, renewer) in renewers.enumerated() {
            let amount = price(index, renewer.isPoor)
            if let attempt = renewer.paysInAfter { reactions.append("(\(amount), \(attempt), true, NULL)") }
            if let trial = renewer.trial, trial.depth > 0 {
                reactions.append("(\(amount), \(trial.depth), true, '\(trial.act)')")
            }
        }
        try await town.platform.postgres.psql(
            """
            INSERT INTO plans (id, name, type, billing_cycle, price, device_quota, storage_quota_gb, traffic_quota_gb)
            VALUES \(plans.joined(separator: ", "));
            CREATE TABLE test_reactions (amount numeric, attempts int, pays_in bool, refused text);
            INSERT INTO test_reactions VALUES \(reactions.joined(separator: ", "));
            CREATE FUNCTION test_react() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO fault_switches (service, action, kind, remaining, direction, only_for)
                    SELECT 'billing', r.refused, 'reject', NULL, 'do', r.amount::text FROM test_reactions r
                    WHERE r.amount = NEW.final_amount AND r.attempts = NEW.charge_attempts AND r.refused IS NOT NULL;
                WITH paid AS (
                    UPDATE user_balances SET balance = balance + 2000, total_recharge = total_recharge + 2000
                    WHERE user_id = NEW.user_id AND EXISTS (
                        SELECT FROM test_reactions r WHERE r.amount = NEW.final_amount
                            AND r.attempts = NEW.charge_attempts AND r.pays_in AND r.refused IS NULL)
                    RETURNING balance)
                INSERT INTO balance_transactions (user_id, type, amount, balance_before, balance_after)
                    SELECT NEW.user_id, 'recharge', 2000, balance - 2000, balance FROM paid;
                RETURN NULL;
            END $$;
            CREATE TRIGGER test_react AFTER UPDATE OF charge_attempts ON orders
                FOR EACH ROW EXECUTE FUNCTION test_react();
            """, database: LocalPlatform.Database.billing)
        try await town.platform.postgres.psql(
            "INSERT INTO plan_limits VALUES \(limits.joined(separator: ", "))", database: LocalPlatform.Database.core)
    }
}
