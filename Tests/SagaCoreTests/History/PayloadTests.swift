import SagaCore
import SagaValues
import Testing

/// Stores know no plans, and find the payloads of a saga by its state alone.
@Suite("Where a state says that payloads are") struct PayloadTests {
    private func revisions(_ state: String) -> [Int] {
        Saga.payloadRevisions(inEncodedState: Array(state.utf8))
    }

    @Test("are the input and the outputs, in order, each once")
    func states() {
        #expect(revisions(#"{"s":[0]}"#) == [1])
        #expect(revisions(#"{"s":[[5,1,1,1,0,0,12],0,[5,1,1,1,0,0,3],[9,1,1,1,77,0,12]],"d":5}"#) == [1, 3, 12])
    }

    @Test("are not taken from what follows the numbers of a step that has no output")
    func others() {
        #expect(
            revisions(#"{"s":[[1,1,1,1,9,"d3o4"],[1,1,1,1,9,0,"w7"],[6,1,1,1,0,1,{"code":"c","message":"m"}]]}"#) == [1]
        )
        #expect(revisions(#"{"s":[[8,1,1,1,0,0,0,2,40]]}"#) == [1])
    }

    @Test("are the input alone of what is no state")
    func damage() {
        for text in [
            "", "{}", "[]", #"{"s":7}"#, #"{"s":[[5,1,1,1,0,0,-4]]}"#, #"{"s":[[5,1,1,1,0,0,1.5]]}"#, "{\"s\":[",
        ] {
            #expect(revisions(text) == [1], "\(text)")
        }
    }

    @Test("are those of the steps of any saga, however it went")
    func runs() {
        for seed in 0..<300 as Range<UInt64> {
            var run = RandomRun(seed: seed)
            for _ in 0..<30 { _ = run.next() }
            let bodies = run.saga.steps.compactMap(\.bodyRevision)
            let rows = Set(run.saga.steps.compactMap(\.outputRevision) + bodies).union([1]).sorted()
            #expect(Saga.payloadRevisions(inEncodedState: run.saga.encodedState()) == rows, "seed \(seed)")
        }
    }
}
