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
        StoreCheck("loaded are the input and the outputs of what was done, not the answers to undos or failures") {
            fixture in
            var author = try await Author(fixture)
            let sample = author.sample(locks: ["k"])
            try await author.start(sample, queued: true)
            let rows: [(HistoryEntry.Kind, Direction?)] = [
                (.locksGranted, nil), (.done, .do), (.retry, .do), (.done, .probe), (.rejected, .do), (.done, .undo),
                (.working, .do), (.returned, .do), (.timer, nil), (.retryRequested, nil), (.compensationRequested, nil),
            ]
            try await author.commit { batch in
                batch.update(sample, from: 1, events: rows.count, takesLocks: true)
                batch.history = rows.enumerated().map { index, row in
                    HistoryRow(
                        saga: sample.id,
                        entry: HistoryEntry(
                            revision: index + 2, at: .wholeNow, kind: row.0, step: "s", direction: row.1, attempt: 1,
                            data: Array("\(index + 2)".utf8)))
                }
            }
            let stored = try await author.loaded(sample)
            #expect(stored.payloads == [1: sample.input, 3: Array("3".utf8), 5: Array("5".utf8)])
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
