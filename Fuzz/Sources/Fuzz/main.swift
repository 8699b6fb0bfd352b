import CFuzzer
import Foundation
import FuzzTargets

// fuzz TARGET [libFuzzer's arguments]: runs a target.
// fuzz seeds FOLDER REPOSITORY: writes a folder of seeds for each target.
// fuzz targets: lists them.

var arguments = CommandLine.arguments
let name = arguments.count > 1 ? arguments[1] : "targets"

switch name {
case "targets":
    for target in FuzzTarget.allCases { print(target.rawValue) }
case "seeds":
    guard arguments.count == 4 else { fail("fuzz seeds FOLDER REPOSITORY") }
    do {
        try Seeds(repository: URL(filePath: arguments[3])).write(to: URL(filePath: arguments[2]))
    } catch {
        fail("the seeds cannot be written: \(error)")
    }
default:
    guard let target = FuzzTarget(rawValue: name) else { fail("there is no target '\(name)': see 'fuzz targets'") }
    arguments.remove(at: 1)
    exit(run(target, arguments))
}

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(64)
}

func take(_ target: FuzzTarget, _ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target.take(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// libFuzzer takes a C function, which cannot hold on to a target: each has its own.
func run(_ target: FuzzTarget, _ arguments: [String]) -> Int32 {
    var count = Int32(arguments.count)
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    return pointers.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        return switch target {
        case .workflow: LLVMFuzzerRunDriver(&count, &start) { take(.workflow, $0, $1) }
        case .proof: LLVMFuzzerRunDriver(&count, &start) { take(.proof, $0, $1) }
        case .schedule: LLVMFuzzerRunDriver(&count, &start) { take(.schedule, $0, $1) }
        case .expression: LLVMFuzzerRunDriver(&count, &start) { take(.expression, $0, $1) }
        case .pattern: LLVMFuzzerRunDriver(&count, &start) { take(.pattern, $0, $1) }
        case .json: LLVMFuzzerRunDriver(&count, &start) { take(.json, $0, $1) }
        case .scenario: LLVMFuzzerRunDriver(&count, &start) { take(.scenario, $0, $1) }
        case .wire: LLVMFuzzerRunDriver(&count, &start) { take(.wire, $0, $1) }
        case .state: LLVMFuzzerRunDriver(&count, &start) { take(.state, $0, $1) }
        }
    }
}
