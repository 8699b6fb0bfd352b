import SagaCore
import SagaValues
import Testing

@Suite("The stored form of a state")
struct StoredStateTests {
    /// A state with something in every slot: an error, an incident, an output, a failure, a deadline.
    private func eventful() -> Run {
        var run = Run(.sequence(.undoable, .undoable(.incident), .undoable), attempts: 1, deadline: .seconds(3))
        run.start()
        run.done("a")
        run.due()
        run.due()
        #expect(run["b"].phase == .held)
        #expect(run.saga.failure != nil && run.saga.isLate)
        return run
    }

    private func decoded(_ state: [UInt8], _ run: Run) -> Saga? {
        Saga(
            id: run.saga.id, status: run.saga.status, revision: run.saga.revision, startedAt: run.saga.startedAt,
            encodedState: state, plan: run.plan)
    }

    private func decoded(_ state: String, _ run: Run) -> Saga? { decoded(Array(state.utf8), run) }

    @Test("is short, and can be read by people")
    func readable() {
        var run = Run(.sequence(.undoable, .undoable, .undoable))
        run.start()
        #expect(String(decoding: run.saga.encodedState(), as: UTF8.self) == #"{"s":[[1,1,1,1,10000001],0,0]}"#)
        run.now += .seconds(1)
        run.done("a")
        #expect(
            String(decoding: run.saga.encodedState(), as: UTF8.self)
                == #"{"s":[[5,1,1,1,0,0,2],[1,1,1,1,11000001],0]}"#)
    }

    @Test("of every situation gives it again")
    func situations() {
        for grid in Grid.all {
            for phase in grid.phases {
                let run = grid.situation.reach(phase)
                #expect(run.saga.decoded(run.plan) == run.saga)
            }
        }
    }

    @Test("may hold members that an older program does not know")
    func unknownMembers() throws {
        let run = eventful()
        let text = String(decoding: run.saga.encodedState(), as: UTF8.self)
        let error = #"{"code":"#
        #expect(decoded(text.replacing(#"{"s":"#, with: #"{"new":{"a":[1]},"s":"#), run) == run.saga)
        #expect(decoded(text.replacing(#""f":{"#, with: #""f":{"new":null,"#), run) == run.saga)
        #expect(text.contains(error))
        #expect(decoded(text.replacing(error, with: #"{"new":"x","code":"#), run) == run.saga)
        #expect(decoded("{\"x\":0,\(text.dropFirst())", run) == run.saga)
    }

    @Test(
        "is refused when it is damaged",
        arguments: [
            "", "{", "null", "[]", "{}", #"{"s":null}"#, #"{"s":[]}"#, #"{"s":[0]}"#, #"{"s":[0,0,0,0]}"#,
            #"{"s":[0,0,0],"s":[0,0,0]}"#, #"{"s":[0,0,0]}x"#, #"{"s":[1,0,0]}"#, #"{"s":["x",0,0]}"#,
            #"{"s":[null,0,0]}"#, #"{"s":[{},0,0]}"#, #"{"s":[[],0,0]}"#, #"{"s":[[0],0,0]}"#,
            #"{"s":[[0,1,1,1],0,0]}"#,
            #"{"s":[[5],0,0]}"#, #"{"s":[[5,1,1],0,0]}"#, #"{"s":[[5,1,1,0],0,0]}"#, #"{"s":[[17,1,1,1],0,0]}"#,
            #"{"s":[[-1,1,1,1],0,0]}"#, #"{"s":[[99999999999999999999,1,1,1],0,0]}"#, #"{"s":[[5,0,1,1],0,0]}"#,
            #"{"s":[[5,1,-1,1],0,0]}"#, #"{"s":[[5,1,1,-9223372036854775808],0,0]}"#, #"{"s":[[5,1,1.5,1],0,0]}"#,
            #"{"s":[[5,1,1,1,7],0,0]}"#, #"{"s":[[5,9223372036854775807,1,1],0,0]}"#, #"{"s":[[5,1,1,1,0,0,-2],0,0]}"#,
            #"{"s":[[8,1,1,1],0,0]}"#, #"{"s":[[5,1,1,1,0,0,2,0,0,1],0,0]}"#, #"{"s":[[1,1,1,1,7,"o1"],0,0]}"#,
            #"{"s":[[12,1,1,1,0,0,0,0,4],0,0]}"#, #"{"s":[[8,1,1,1,0,0,0,6,2],0,0]}"#,
            #"{"s":[[8,1,1,1,0,0,0,-1,2],0,0]}"#,
            #"{"s":[[8,1,1,1,0,0,0,-9223372036854775808,2],0,0]}"#, #"{"s":[[8,1,1,1,0,0,0,1,-2],0,0]}"#,
            #"{"s":[[5,1,1,1,0,0,2,0,0,0,0,0,0,0],0,0]}"#, #"{"s":[[5,1,1,1,0,0,2,0,0,0,3],0,0]}"#,
            #"{"s":[[1,1,1,1,7,0,0,0,0,0,0,0,2],0,0]}"#, #"{"s":[[5,1,1,1,0,0,2,0,0,0,0,0,1],0,0]}"#,
            #"{"s":[[2,0,0,1,7],0,0]}"#, #"{"s":[[2,1,0,1,7,0,0,0,0,0,0,0,8],0,0]}"#,
            #"{"s":[[2,1,0,1,7,0,0,0,0,0,0,0,1],0,0]}"#,
            #"{"s":[[8,1,1,1],0,0]}"#, #"{"s":[[5,1,1,1,"x"],0,0]}"#, #"{"s":[[5,1,1,1,{}],0,0]}"#,
            #"{"s":[[5,1,1,1,{"code":"c","message":"m"},0],0,0]}"#,
            #"{"s":[[5,1,{"code":"c","message":"m"},1,1],0,0]}"#,
            #"{"s":[[5,1,1,1,{"code":"c","message":"m"},{"code":"c","message":"m"}],0,0]}"#,
            #"{"s":[[5,1,1,1,{"code":1,"message":"m"}],0,0]}"#, #"{"s":[0,0,0],"d":"x"}"#, #"{"s":[0,0,0],"d":1.5}"#,
            #"{"s":[0,0,0],"f":null}"#, #"{"s":[0,0,0],"f":{}}"#, #"{"s":[0,0,0],"f":{"kind":"bored"}}"#,
            #"{"s":[0,0,0],"f":{"kind":"rejected","step":3}}"#, #"{"s":[0,0,0],"f":{"kind":"rejected","step":-1}}"#,
            #"{"s":[0,0,0],"f":{"kind":"rejected","step":"a"}}"#, #"{"s":[0,0,0],"f":{"kind":"rejected","error":{}}}"#,
        ]
    )
    func damaged(text: String) {
        #expect(decoded(text, Run(.sequence(.undoable, .undoable, .undoable))) == nil)
    }

    @Test("the damaged forms are close to sound ones")
    func sound() {
        let run = Run(.sequence(.undoable, .undoable, .undoable))
        for text in [
            #"{"s":[0,0,0]}"#, #"{"s":[[5,1,1,1],0,0]}"#, #"{"s":[[5,1,1,1,0,0,2,0,0],0,0]}"#,
            #"{"s":[[8,1,1,1,0,0,0,5,2],0,0]}"#, #"{"s":[[1,1,1,1,7],0,0]}"#, #"{"s":[0,0,0],"d":5}"#,
            #"{"s":[[5,1,1,1,0,0,2,0,0,0,2],0,0]}"#, #"{"s":[[8,1,1,1,0,0,0,5,2,0,0,3],0,0],"p":1}"#,
            #"{"s":[[5,1,1,1,{"code":"c","message":"m"}],0,0]}"#, #"{"s":[0,0,0],"f":{"kind":"rejected","step":2}}"#,
            #"{"s":[[2,0,0,1,7,0,0,0,0,0,0,0,2],0,0]}"#, #"{"s":[[1,2,2,1,7,0,0,0,0,0,0,0,1],0,0]}"#,
            #"{"s":[[10,1,0,1,7,0,0,0,0,0,0,0,6],0,0]}"#,
        ] {
            #expect(decoded(text, run) != nil, "\(text)")
        }
    }

    @Test("is read or refused whatever byte is damaged, and what is read can be gone on with")
    func anyByte() {
        let run = eventful()
        let state = run.saga.encodedState()
        for index in state.indices {
            for byte in [UInt8(ascii: "0"), UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: ","), 0x00, 0xFF] {
                var damaged = state
                damaged[index] = byte
                guard let read = decoded(damaged, run) else { continue }
                for column in [Column.timer, .retryRequested, .compensationRequested, .replied(.do, .done)] {
                    for step in 0..<3 {
                        var saga = read
                        _ = saga.handle(
                            column.event(step: step, attempt: 1), at: .zero + .seconds(9000), plan: run.plan)
                        _ = saga.encodedState()
                    }
                }
            }
            #expect(decoded(Array(state[..<index]), run) == nil)
        }
    }
}
