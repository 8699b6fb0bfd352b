import CFuzzer
import Foundation

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

/// libFuzzer takes a C function, which cannot hold on to a target: each has its own.
func run(_ target: FuzzTarget, _ arguments: [String]) -> Int32 {
    var count = Int32(arguments.count)
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    return pointers.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        return switch target {
        case .workflow: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.workflow.take($0, $1) }
        case .proof: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.proof.take($0, $1) }
        case .schedule: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.schedule.take($0, $1) }
        case .expression: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.expression.take($0, $1) }
        case .pattern: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.pattern.take($0, $1) }
        case .json: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.json.take($0, $1) }
        case .state: LLVMFuzzerRunDriver(&count, &start) { FuzzTarget.state.take($0, $1) }
        }
    }
}
