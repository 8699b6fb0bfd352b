import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let payloads: [StoreCheck] = [
        StoreCheck("payloads come back byte for byte: digits, order of members, escapes, spaces, any script") {
            fixture in
            var author = try await Author(fixture)
            let texts = [
                #"{"b":1234567890123456789,"a":0.1000,"big":123456789012345.6700,"e":1E+2}"#,
                #"{ "spaced" : [ 1 , 2 ] ,"dup":"A\n\"\\\/","é":"caf\#u{E9} cafe\#u{301} 漢字 🦊"}"#,
                #""just a string""#, "null", "[]", #"{"nul":"not \\u0000 but text"}"#,
                #"{"long":"\#(String(repeating: "0123456789 äöü ", count: 20_000))"}"#,
            ]
            for text in texts {
                let sample = author.sample(input: text)
                try await author.start(sample)
                try await author.commit { $0.update(sample, from: 1, data: text) }
                let stored = try await author.loaded(sample)
                #expect(stored.payloads == [1: Array(text.utf8), 2: Array(text.utf8)])
                #expect(try await author.history(sample).map(\.data) == [Array(text.utf8), Array(text.utf8)])
            }
        },
        StoreCheck("loaded are the input and what the state says are outputs, whatever else the history holds") {
            fixture in
            var author = try await Author(fixture)
            let sample = author.sample(locks: ["k"])
            try await author.start(sample, queued: true)
            let kinds = HistoryEntry.Kind.allCases
            try await author.commit { batch in
                batch.update(sample, from: 1, events: kinds.count, takesLocks: true, outputs: [3, 5])
                batch.history = kinds.enumerated().map { index, kind in
                    HistoryRow(
                        saga: sample.id,
                        entry: HistoryEntry(
                            revision: index + 2, at: .wholeNow, kind: kind, step: "s", direction: .do, attempt: 1,
                            data: Array("\(index + 2)".utf8)))
                }
            }
            let stored = try await author.loaded(sample)
            #expect(stored.payloads == [1: sample.input, 3: Array("3".utf8), 5: Array("5".utf8)])
            #expect(try await author.history(sample).map(\.kind) == [.queued] + kinds)
        },
        StoreCheck("the items of an each come back in the history with their numbers, and are no payloads") { fixture in
            var author = try await Author(fixture)
            let sample = author.sample()
            try await author.start(sample)
            let items: [Int?] = [0, 1, 9_999, nil]
            try await author.commit { batch in
                batch.update(sample, from: 1, events: items.count, outputs: [])
                batch.history = items.enumerated().map { index, item in
                    HistoryRow(
                        saga: sample.id,
                        entry: HistoryEntry(
                            revision: index + 2, at: .wholeNow, kind: .done, step: "all", item: item, direction: .do,
                            attempt: nil, data: Array("{}".utf8)))
                }
            }
            #expect(try await author.history(sample).map(\.item) == [nil] + items)
            #expect(try await author.loaded(sample).payloads == [1: sample.input])
        },
        StoreCheck("states may come without payloads, which are given row by row, those that are there") { fixture in
            var author = try await Author(fixture)
            let (sample, other) = (author.sample(input: "1"), author.sample(input: "10"))
            try await author.start(sample, other)
            for revision in 1...3 {
                try await author.commit { $0.update(sample, from: revision, data: "\(revision + 1)") }
            }
            let state = try #require(try await author.store.loadStates([sample.id, UUID.v7()]).first)
            let stored = try await author.loaded(sample)
            #expect(state.id == sample.id && state.row == stored.row && state.origin == stored.origin)
            let found = try await author.store.payloads([sample.id: [2, 4, 99], other.id: [1], UUID.v7(): [1]])
            #expect(found == [sample.id: [2: Array("2".utf8), 4: Array("4".utf8)], other.id: [1: Array("10".utf8)]])
            #expect(try await author.store.payloads([:]).isEmpty)
        },
        StoreCheck("each saga is loaded with its own payloads") { fixture in
            var author = try await Author(fixture)
            let samples = (0..<20).map { author.sample(input: "\($0)") }
            try await author.start(samples)
            try await author.commit { batch in
                for (index, sample) in samples.enumerated() { batch.update(sample, from: 1, data: "\(100 + index)") }
            }
            let stored = try await author.store.load(samples.map(\.id).shuffled())
            #expect(stored.count == 20)
            for saga in stored {
                let index = samples.firstIndex { $0.id == saga.id }!
                #expect(saga.payloads == [1: Array("\(index)".utf8), 2: Array("\(100 + index)".utf8)])
            }
        },
    ]
}
