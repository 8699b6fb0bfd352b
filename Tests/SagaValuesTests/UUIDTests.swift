import TestSupport
import Testing

@testable import SagaValues

@Suite("UUID")
struct UUIDTests {
    @Test("text of either case is read, and written in lower case")
    func text() throws {
        let uuid = try #require(UUID("0197F3a0-5c1E-7000-8000-00000000002A"))
        #expect(uuid.high == 0x0197_F3A0_5C1E_7000)
        #expect(uuid.low == 0x8000_0000_0000_002A)
        #expect(uuid.description == "0197f3a0-5c1e-7000-8000-00000000002a")
        #expect(UUID(high: 0, low: 0).description == "00000000-0000-0000-0000-000000000000")
        #expect(UUID(high: .max, low: .max).description == "ffffffff-ffff-ffff-ffff-ffffffffffff")
        #expect(UUID("x0197f3a0-5c1e-7000-8000-00000000002a".dropFirst()) == uuid)
        #expect("\(uuid)" == uuid.description)
    }

    @Test(
        "any other text is none",
        arguments: [
            "", "0197f3a0-5c1e-7000-8000-00000000002", "0197f3a0-5c1e-7000-8000-00000000002aa",
            "0197f3a05c1e70008000 00000000002a1234", "0197f3a05c1e7000800000000000002a",
            "{197f3a0-5c1e-7000-8000-00000000002a}",
            "0197f3a0-5c1e-7000-8000-00000000002g", "0197f3a0_5c1e-7000-8000-00000000002a",
            "0197f3a-05c1e-7000-8000-00000000002a",
            "0197f3a0-5c1e-7000-8000-0000000000é", "-197f3a0-5c1e-7000-8000-00000000002a",
            "٠197f3a0-5c1e-7000-8000-0000000000",
        ]
    )
    func notText(text: String) {
        #expect(UUID(text) == nil)
        #expect(UUID(text[...]) == nil)
    }

    @Test("text, bytes and order agree", arguments: 1...5 as ClosedRange<UInt64>)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let uuids = (0..<200).map { _ in UUID(high: random.next(), low: random.next()) }
        for uuid in uuids {
            #expect(UUID(uuid.description) == uuid)
            #expect(UUID(bytes: uuid.bytes) == uuid)
        }
        let sorted = uuids.sorted()
        #expect(sorted.map(\.description) == uuids.map(\.description).sorted())
        #expect(sorted.map(\.bytes) == uuids.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
        #expect(UUID(high: 0, low: 1) < UUID(high: 1, low: 0))
    }

    @Test("sixteen bytes make one, the most significant first; other counts do not")
    func bytes() {
        #expect(UUID(bytes: 1...16 as ClosedRange<UInt8>)?.description == "01020304-0506-0708-090a-0b0c0d0e0f10")
        #expect(UUID(bytes: [] as [UInt8]) == nil)
        #expect(UUID(bytes: [UInt8](repeating: 0, count: 15)) == nil)
        #expect(UUID(bytes: [UInt8](repeating: 0, count: 17)) == nil)
    }

    @Test("version 7 holds the milliseconds, the version, the variant and 74 random bits")
    func version7() {
        // The example of RFC 9562, appendix A.6.
        let time = Timestamp(microseconds: 1_645_557_742_000_000)
        let uuid = UUID.v7(at: time, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        #expect(uuid.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(uuid.timestamp == time)
        #expect(UUID.v7(at: time, random: (.max, .max)).description == "017f22e2-79b0-7fff-bfff-ffffffffffff")
        #expect(UUID.v7(at: time, random: (0, 0)).description == "017f22e2-79b0-7000-8000-000000000000")
        #expect(UUID.v7(at: time + .microseconds(999), random: (0, 0)).timestamp == time)
    }

    @Test("later ones come later")
    func version7Order() {
        let time = Timestamp(microseconds: 1_645_557_742_000_000)
        #expect(UUID.v7(at: time, random: (.max, .max)) < UUID.v7(at: time + .milliseconds(1), random: (0, 0)))
    }

    @Test("times out of its range are moved into it")
    func version7Range() {
        #expect(
            UUID.v7(at: Timestamp(microseconds: -5_000_000), random: (0, 0)).timestamp == Timestamp(microseconds: 0))
        #expect(
            UUID.v7(at: Timestamp(microseconds: .max), random: (0, 0)).description
                == "ffffffff-ffff-7000-8000-000000000000")
    }

    @Test("the clock's own are new each time and of now")
    func version7Now() throws {
        let before = Timestamp.now()
        let uuids = (0..<1000).map { _ in UUID.v7() }
        #expect(Set(uuids).count == 1000)
        let time = try #require(uuids.last?.timestamp)
        #expect(time > before - .seconds(1) && time < before + .seconds(60))
    }

    @Test("the clock's own stand in the order in which they were made, across tasks too")
    func version7Order() async {
        let uuids = (0..<10_000).map { _ in UUID.v7() }
        #expect(uuids == uuids.sorted())
        let others = await withTaskGroup { group in
            for _ in 0..<4 { group.addTask { (0..<1_000).map { _ in UUID.v7() } } }
            return await group.reduce(into: [UUID]()) { all, made in
                #expect(made == made.sorted())
                all += made
            }
        }
        #expect(Set(others).count == 4_000)
        #expect(others.allSatisfy { $0 > uuids.last! && $0.timestamp != nil })
    }

    @Test("counting on carries over what is not counted, and in the end into the time")
    func version7Carry() throws {
        let first = try #require(UUID("017f22e2-79b0-7000-bfff-ffffffffffff"))
        #expect(first.countedOn(by: 1).description == "017f22e2-79b0-7001-8000-000000000000")
        let last = try #require(UUID("017f22e2-79b0-7fff-bfff-fffffffffffe"))
        #expect(last.countedOn(by: 1).description == "017f22e2-79b0-7fff-bfff-ffffffffffff")
        #expect(last.countedOn(by: 3).description == "017f22e2-79b1-7000-8000-000000000001")
    }

    @Test("other versions and variants have no time")
    func otherVersions() {
        #expect(UUID("017f22e2-79b0-4cc3-98c4-dc0c0c07398f")?.timestamp == nil)
        #expect(UUID("017f22e2-79b0-7cc3-18c4-dc0c0c07398f")?.timestamp == nil)
        #expect(UUID("017f22e2-79b0-7cc3-d8c4-dc0c0c07398f")?.timestamp == nil)
        #expect(UUID(high: 0, low: 0).timestamp == nil)
    }
}
