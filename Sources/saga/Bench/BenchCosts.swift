internal import Foundation
internal import Glibc
internal import LocalServers
internal import PostgresStore
internal import RabbitMQ
internal import SagaEngine

/// Everything that is counted, at one moment; what lies between two of them is what a run has cost.
struct BenchCosts {
    var at: ContinuousClock.Instant
    /// Sagas that have ended since the bench began.
    var ended: Int
    var store: StoreCosts
    var statements: PostgresStoreStatistics
    var engine: EngineStatistics
    var commands: RabbitMQStatistics
    var replies: RabbitMQStatistics
    /// Seconds of processor time by process.
    var processor: [String: Double]
}

/// Processor time, as the kernel accounts for it.
enum ProcessorTime {
    /// User and system seconds of these processes, the ended children of theirs included.
    static func seconds(of pids: [Int32]) -> Double {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return pids.reduce(0) { sum, pid in
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let name = text.lastIndex(of: ")")
            else { return sum }
            // Fields 14 to 17 of proc(5), counted from the one after the name, which is the third.
            let fields = text[text.index(after: name)...].split(separator: " ")
            guard fields.count > 14 else { return sum }
            return sum + fields[11...14].compactMap { Double($0) }.reduce(0, +) / ticks
        }
    }
}
