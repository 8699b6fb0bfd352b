import Postgres
import RabbitMQ
import SagaValues
import Testing

@testable import ParticipantKit

@Suite("Declaring a participant")
struct DeclarationTests {
    private func make(_ name: String, _ actions: [Action], _ configuration: ParticipantConfiguration = .init()) throws {
        let pool = PostgresPool(PostgresConfiguration(host: "127.0.0.1", user: "nobody", database: "none"), size: 1)
        _ = try Participant(
            name, database: pool, broker: RabbitMQConfiguration(), configuration: configuration, actions: actions)
    }

    private func action(_ name: String) -> Action { .do(name) { (_: JSON, _) in } }

    @Test(
        "Names that would lead commands astray are refused", arguments: ["", "Billing", "a.b", "a*", "1a", "a b", "ä"])
    func participantNames(name: String) {
        #expect(throws: ParticipantError.self) { try make(name, []) }
    }

    @Test("Actions are named without their participant, once per direction")
    func actionNames() throws {
        #expect(throws: ParticipantError.self) { try make("billing", [action("billing.charge")]) }
        #expect(throws: ParticipantError.self) { try make("billing", [action("charge"), action("charge")]) }
        let undo = Action.undo("charge") { (_: JSON, _) in }
        let probe = Action.probe("charge") { (_: JSON, _) in JSON?.none }
        try make("billing", [action("charge"), undo, probe])
    }

    @Test("Numbers that would stop the work are refused", arguments: [(0, 64), (8, 0), (8, 70_000)])
    func numbers(concurrency: Int, prefetch: Int) {
        var configuration = ParticipantConfiguration()
        configuration.concurrency = concurrency
        configuration.prefetch = prefetch
        #expect(throws: ParticipantError.self) { try make("billing", [], configuration) }
    }

    @Test("A number of tries that would put everything aside is refused")
    func tries() {
        for path in [\ParticipantConfiguration.maximumTries, \.maximumEventTries] {
            var configuration = ParticipantConfiguration()
            configuration[keyPath: path] = 0
            #expect(throws: ParticipantError.self) { try make("billing", [], configuration) }
        }
    }

    @Test("Every error has a number of its own")
    func errorNumbers() {
        let numbers = ParticipantError.Code.allCases.map(\.number)
        #expect(Set(numbers).count == numbers.count && numbers.allSatisfy { $0.hasPrefix("SAGA-06") })
    }
}
