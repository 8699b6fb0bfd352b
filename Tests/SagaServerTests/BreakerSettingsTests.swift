import SagaEngine
import SagaValues
import Testing

@testable import SagaServer

@Suite struct BreakerSettingsTests {
    @Test("without settings a breaker is as the engine has it")
    func defaults() throws {
        #expect(try read().engine.breaker == BreakerSettings())
        #expect(try read().engine.jobRetention == EngineConfiguration(nodeName: "").jobRetention)
    }

    @Test("each setting reaches its place")
    func places() throws {
        let engine = try read(flags: [
            "--participants-breaker-minimum=1", "--participants-breaker-failures=2", "--participants-breaker-window=6s",
            "--participants-breaker-unattended=7s", "--participants-breaker-pause=8s",
            "--participants-breaker-longest-pause=9s", "--participants-breaker-probes=10", "--jobs-keep=11d",
        ]).engine
        var expected = BreakerSettings()
        (expected.minimum, expected.failurePercent, expected.probes) = (1, 2, 10)
        (expected.window, expected.unattended) = (.seconds(6), .seconds(7))
        (expected.pause, expected.longestPause) = (.seconds(8), .seconds(9))
        #expect(engine.breaker == expected)
        #expect(engine.jobRetention == .seconds(11 * 86_400))
    }

    @Test(
        "what is out of range stops the start, and the ends of each range are taken",
        arguments: [
            ("minimum", ["1", "10000"], ["0", "10001"]), ("failures", ["1", "100"], ["0", "101"]),
            ("window", ["5s", "10m"], ["4999ms", "601s"]), ("unattended", ["5s", "1h"], ["4s", "3601s"]),
            ("pause", ["1s", "1m"], ["999ms", "601s"]), ("longest-pause", ["5s", "1h"], ["0s", "3601s"]),
            ("probes", ["1", "100"], ["0", "101"]),
        ])
    func ranges(name: String, taken: [String], refused: [String]) throws {
        for value in taken { _ = try read(flags: ["--participants-breaker-\(name)=\(value)"]) }
        for value in refused {
            let error = #expect(throws: ConfigurationError.self) {
                try read(flags: ["--participants-breaker-\(name)=\(value)"])
            }
            #expect(error?.code == .malformedValue)
        }
        for value in ["23h", "3651d"] {
            #expect(throws: ConfigurationError.self) { try read(flags: ["--jobs-keep=\(value)"]) }
        }
    }

    @Test("a first pause that is longer than the longest stops the start")
    func order() throws {
        let error = try #require(
            throws: ConfigurationError.self,
            performing: { try read(flags: ["--participants-breaker-pause=61s"]) })
        #expect(error.code == .malformedValue && error.message.contains("longest-pause (1m)"), "\(error)")
        let both = ["--participants-breaker-pause=61s", "--participants-breaker-longest-pause=61s"]
        #expect(try read(flags: both).engine.breaker.pause == .seconds(61))
    }
}
