import Checker
import Testing

/// One after the other: the checker looks from a database of a fixed name.
@Suite("The checker", .serialized)
struct CheckerTests {
    @Test("finds nothing wrong with a sound past")
    func sound() async throws {
        let results = try await Databases.with(nil) { try await $0.check() }
        #expect(results.map(\.invariant) == Invariants.all)
        for result in results { #expect(result.count == 0, "\(result.invariant.name): \(result.examples)") }
    }

    @Test("finds what is planted, and nothing else", arguments: Planting.all)
    func planted(_ planting: Planting) async throws {
        let results = try await Databases.with(planting) { try await $0.check() }
        for result in results {
            let name = result.invariant.name
            guard let text = planting.reports[name] else {
                #expect(result.count == 0, "\(name) should hold, but: \(result.examples)")
                continue
            }
            #expect(result.count > 0, "\(name) is not seen to be broken: \(result.invariant.statement)")
            #expect(
                result.examples.contains { $0.contains(text) } || result.count == 0,
                "\(name) says \(result.examples), not: \(text)")
        }
    }

    @Test("takes no offence at what is unusual but allowed", arguments: Planting.allowed)
    func allowed(_ planting: Planting) async throws {
        for result in try await Databases.with(planting, { try await $0.check() }) {
            #expect(result.count == 0, "\(result.invariant.name): \(result.examples)")
        }
    }

    @Test("has something planted for every invariant")
    func everyInvariant() {
        let names = Invariants.all.map(\.name)
        #expect(Set(names).count == names.count, "each has a name of its own")
        let planted = Set(Planting.all.map(\.invariant))
        #expect(names.filter { !planted.contains($0) } == [], "nothing is planted for these")
        #expect(Set(Planting.all.flatMap(\.reports.keys)).subtracting(names) == [], "there are no such invariants")
    }
}
