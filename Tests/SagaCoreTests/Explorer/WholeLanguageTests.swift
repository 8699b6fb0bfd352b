import SagaCore
import SagaValues
import Testing

@testable import Exploration

@Suite("Exploring steps of every kind")
struct WholeLanguageTests {
    /// Shapes in which each kind of step stands first, last, beside others and before the pivot.
    static let shapes: [String: Shape] = {
        let kinds: [String: Shape] = [
            "pause": .pause, "computed pause": .computedPause, "emit": .emit, "listen": .listen(),
            "listen in time": .listen(timeout: .seconds(9)), "approval": .approval(timeout: .seconds(9)), "run": .run,
            "each": .each(), "each, one at once": .each(atOnce: 1), "each for itself": .each(.undoItem),
            "optional run": .run(StepKind(isOptional: true)), "when": .when,
            "each under a condition": .each().conditional,
            "choice": .choice(.undoable, .readonly), "choice of two": .choice(.sequence(.undoable, .undoable)),
        ]
        var shapes: [String: Shape] = [:]
        for (name, kind) in kinds {
            shapes["\(name) alone"] = kind
            shapes["\(name) in between"] = .sequence(.undoable, kind, .undoable)
            shapes["\(name) at the same time"] = .sequence(.parallel(kind, .undoable), .undoable)
            shapes["\(name) before the pivot"] = .sequence(kind, .pivot, .onward)
            shapes["\(name) behind the pivot"] = .sequence(.undoable, .pivot, kind)
        }
        shapes["listen as the pivot"] = .sequence(.undoable, .listen(StepKind(role: .pivot)), .onward)
        shapes["listen in time as the pivot"] = .sequence(
            .undoable, .listen(timeout: .seconds(9), StepKind(role: .pivot)), .onward)
        shapes["listen as the pivot, and a request at the same time"] = .sequence(
            .parallel(.undoable, .undoable), .listen(StepKind(role: .pivot)), .parallel(.onward, .onward))
        shapes["run as the pivot"] = .sequence(.undoable, .run(StepKind(role: .pivot)), .onward)
        shapes["each as the pivot"] = .sequence(.undoable, .each(.undoItem, StepKind(role: .pivot)), .onward)
        shapes["each in a choice in a parallel"] = .parallel(.choice(.each(), .run), .undoable)
        shapes["two lists at the same time"] = .parallel(.each(), .each(.undoItem))
        return shapes
    }()

    private func report(_ shape: Shape, _ bounds: Explorer.Bounds) -> Explorer.Report {
        Explorer(Plan(shape, deadline: .seconds(60)), bounds).explore()
    }

    /// Those that are explored in every run; with `SAGA_EXPLORE=deep` all are, in all ways.
    static let quick = shapes.keys.filter { !$0.contains("at the same time") && !$0.contains("in a parallel") }

    @Test("finds nothing wrong", arguments: (ExplorerTests.isDeep ? Array(shapes.keys) : quick).sorted())
    func explore(name: String) throws {
        let shape = try #require(Self.shapes[name])
        let all: [Explorer.Bounds] = [
            .of { $0.undoRequests = 1 }, .of { $0.parentRequests = 1 }, .of { $0.retries = 1 }, .of { $0.returns = 1 },
            .of { $0.holds = 1 },
        ]
        for bounds in ExplorerTests.isDeep ? all : Array(all.prefix(name.contains("in between") ? 2 : 3)) {
            var bounds = bounds
            bounds.merging = .past
            let report = report(shape, bounds)
            if let story = report.counterexample {
                Issue.record("\(story)")
                return
            }
            if ExplorerTests.mode != nil { print("\(name): \(report)") }
            #expect(report.completed > 0)
            #expect(!report.isCutShort)
        }
    }
}
