import SagaValues
import Scenarios
import Testing

@Suite("What a failed scenario says")
struct DifferenceTests {
    /// What is said of the good day when this is expected of it.
    private func differences(_ expect: String, _ more: String = "") throws -> [String] {
        try outcome("    happens:\n\(goodDay)\n\(more)    expect: \(expect)").differences
    }

    @Test(
        "Each expectation can fail, and the difference names it",
        arguments: [
            ("{ ending: compensated }", "expected compensated, but it is completed"),
            ("{ ending: completed, output: { number: 8 } }", "expected the output"),
            ("{ ending: completed, failure: broke }", "there is none"),
            ("{ ending: completed, commands: [do look, do order] }", "+ do pay"),
            (
                "{ ending: completed, commands: [do look, do order, do parcel, do pay, undo order, do file, emit tell] }",
                "- undo order"
            ),
            (
                "{ ending: completed, commands: [do look, do order: { who: Bob }, do parcel, do pay, do file, emit tell] }",
                #"expected do order with {"who":"Bob"}"#
            ),
            ("{ ending: completed, steps: { pay: undone } }", "expected pay to be undone, but it is done"),
            ("{ ending: completed, incidents: [pay unknown] }", "- pay unknown"),
            ("{ ending: completed, events: [] }", "+ errand.finished"),
            ("{ ending: completed, events: [{ errand.finished: { number: 8 } }] }", "expected errand.finished with"),
            ("{ ending: completed, takes: 1m }", "at most 1m, but it took 2m"),
            ("{ ending: completed, takes: { atLeast: 3m } }", "at least 3m, but it took 2m"),
            ("{ ending: completed, overdue: true }", "but it did not"),
        ])
    func expectations(_ expect: String, _ says: String) throws {
        let differences = try differences(expect)
        #expect(differences.count == 1, "\(differences)")
        #expect(differences.first?.contains(says) == true, "\(differences)")
    }

    @Test("An incident and a passed deadline that nobody expects are differences")
    func unexpected() throws {
        let differences = try differences("held", "    replies: { office.file: { rejected: full } }\n")
        #expect(differences.contains { $0.contains("+ file rejected") }, "\(differences)")
        #expect(differences.contains { $0.contains("overdue") }, "\(differences)")
    }

    @Test("What a scenario says in vain is a difference: answers never asked for, and what changes nothing")
    func vain() throws {
        #expect(
            try differences("completed", "    replies: { shop.cancel: retry }\n").contains {
                $0.contains("nobody asked for 'shop.cancel'")
            })
        #expect(
            try differences("completed", "      - { at: 30m, approve: agree }\n").contains {
                $0.contains("this changed nothing: approve agree")
            })
        #expect(
            try outcome(
                "    happens:\n\(goodDay.replacing("approve: agree", with: "approve: agree, ignored: true"))\n    expect: completed"
            ).differences.contains { $0.contains("should have changed nothing") })
    }

    @Test("A scenario that never ends says so, and soon")
    func endless() throws {
        let endless = try outcome(
            "    happens:\n\(goodDay)\n    replies: { office.file: retry }\n    expect: completed")
        #expect(endless.differences.first?.hasPrefix("it never ends: given up after 20000 events") == true)
        #expect(endless.description.contains("lines left out"))
        #expect(endless.description.count < 20_000)
    }

    @Test("The story is aligned by its times, and programs get it as JSON")
    func story() throws {
        let failed = try outcome("    happens:\n\(goodDay)\n    expect: compensated")
        #expect(
            failed.description.hasPrefix(
                """
                FAIL One (line 7)
                     expected compensated, but it is completed
                     What happened:
                       0s     the saga begins
                       0s  -> do look
                       0s  <- look: done
                       0s  -> do order
                       0s  <- order: done {"number":7}
                       1m  *  event shop.called {"number":7}
                       1m  <- called: it has come
                       2m  *  approve agree
                       2m  <- agree: it has come
                       2m  -> do parcel
                """), "\(failed)")
        #expect(failed.json["passed"] == false && failed.json["tookMilliseconds"] == 120_000)
        #expect(failed.json["story"]?[0] == ["atMilliseconds": 0, "text": "   the saga begins"])
        #expect(
            try outcome("    happens:\n\(goodDay)\n    expect: completed").description == "ok   One (completed, 2m)")
    }
}
