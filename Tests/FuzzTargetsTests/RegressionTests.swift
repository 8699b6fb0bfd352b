import Foundation
import FuzzTargets
import Synchronization
import Testing

/// Everything that fuzzing has found, once more: see docs/FUZZING.md.
@Suite("What fuzzing found stays mended")
struct RegressionTests {
    private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/Regressions")

    struct Find: CustomTestStringConvertible, Sendable {
        let target: FuzzTarget
        let file: URL

        var testDescription: String { "\(target.rawValue)/\(file.lastPathComponent)" }
    }

    private static let finds: [Find] = FuzzTarget.allCases.flatMap { target in
        let place = folder.appending(path: target.rawValue)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path())) ?? []
        return names.sorted().map { Find(target: target, file: place.appending(path: $0)) }
    }

    @Test("a find keeps what is promised", arguments: finds)
    func replay(_ find: Find) throws {
        #expect(broken(find.target, [UInt8](try Data(contentsOf: find.file))) == [])
    }

    @Test("each folder of finds is that of a target, so that none is passed over")
    func folders() throws {
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: Self.folder.path()))
        #expect(names.subtracting(FuzzTarget.allCases.map(\.rawValue)) == [])
        #expect(!Self.finds.isEmpty)
    }

    @Test("each target takes nothing at all, and bytes that are no text", arguments: FuzzTarget.allCases)
    func anything(_ target: FuzzTarget) {
        for bytes in [[], [0], [0xFF, 0x0A, 0x00], Array(0...255)] as [[UInt8]] {
            #expect(broken(target, bytes) == [])
        }
    }

    @Test("a promise that is broken is told")
    func teller() {
        let told = Mutex<[String]>([])
        FuzzTarget.$report.withValue({ words in told.withLock { $0.append(words) } }) {
            promise(1 > 2, "one is more than two")
        }
        #expect(told.withLock { $0 } == ["one is more than two"])
    }

    private func broken(_ target: FuzzTarget, _ bytes: [UInt8]) -> [String] {
        let told = Mutex<[String]>([])
        FuzzTarget.$report.withValue({ words in told.withLock { $0.append(words) } }) { target.take(bytes) }
        return told.withLock { $0 }
    }
}
