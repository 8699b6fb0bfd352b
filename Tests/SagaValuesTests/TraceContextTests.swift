import SagaValues
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test("what the standard allows is kept as it is")
    func kept() {
        let future = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings"
        for text in [valid, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", future] {
            #expect(TraceContext(traceparent: text)?.traceparent == text)
        }
        #expect(TraceContext(traceparent: valid, tracestate: "a=1,b=2")?.tracestate == "a=1,b=2")
    }

    @Test(
        "anything else is no trace",
        arguments: [
            "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c8031-9cb7ad6b7169203331-01",
            "0-0af7651916cd43dd8448eb211c80319cb-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
            "00a0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319cab7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331a01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
        ]
    )
    func refused(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test("a state that is empty or too long is dropped")
    func state() {
        #expect(TraceContext(traceparent: valid, tracestate: "")?.tracestate == nil)
        #expect(TraceContext(traceparent: valid, tracestate: String(repeating: "a", count: 512))?.tracestate != nil)
        #expect(TraceContext(traceparent: valid, tracestate: String(repeating: "a", count: 513))?.tracestate == nil)
        #expect(TraceContext(traceparent: "cc\(valid.dropFirst(2))-" + String(repeating: "a", count: 300)) == nil)
    }
}
