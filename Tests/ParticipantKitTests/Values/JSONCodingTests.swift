import SagaValues
import Testing

@Suite("Typed inputs and outputs")
struct JSONCodingTests {
    struct Purchase: Codable, Equatable {
        var id: UUID
        var amount: ExactDecimal
        var count: Int64
        var note: String?
        var at: Timestamp
        var lines: [Line]
        var extra: JSON
        var flags: [String: Bool]

        struct Line: Codable, Equatable {
            var price: ExactDecimal
        }
    }

    private let text =
        #"{"id":"0197f3a0-5c1e-7000-8000-00000000002a","amount":"1234567890123.45","count":9223372036854775807,"#
        + #""at":"2026-11-21T10:46:00.123456Z","lines":[{"price":"0.10"},{"price":"99.00"}],"#
        + #""extra":{"z":1.50,"a":[12345678901234567890123]},"flags":{"new":true}}"#

    @Test("A value leaves with the digits it came with")
    func roundTrip() throws {
        let json = try JSON(parsing: text)
        let purchase = try JSONValueDecoder.decode(Purchase.self, from: json)
        #expect(purchase.amount.description == "1234567890123.45")
        #expect(purchase.count == .max && purchase.note == nil && purchase.lines[0].price.description == "0.10")
        #expect(try JSONValueEncoder.encode(purchase) == json)
    }

    @Test("An amount may also be a JSON number, and never becomes a Double on the way")
    func numericAmount() throws {
        let line = try JSONValueDecoder.decode(
            Purchase.Line.self, from: try JSON(parsing: #"{"price":9999999999999.99}"#))
        #expect(line.price.description == "9999999999999.99")
    }

    @Test(
        "What does not fit is refused with its place, and without its content",
        arguments: [
            (#"{"price":"ten"}"#, "\"price\""), (#"{"price":null}"#, "\"price\""), (#"{}"#, "\"price\" is missing"),
            (#"[1]"#, "the body"), (#"{"price":"0.12345678901234567890123456789012345"}"#, "\"price\""),
        ])
    func refusals(text: String, place: String) throws {
        do {
            _ = try JSONValueDecoder.decode(Purchase.Line.self, from: try JSON(parsing: text))
            Issue.record("\(text) was taken")
        } catch {
            let summary = JSONValueDecoder.summary(of: error)
            #expect(summary.contains(place), "\(summary)")
            #expect(!summary.contains("ten"))
        }
    }

    @Test(
        "Integers are never cut, rounded or wrapped", arguments: ["1.0", "1e3", "9223372036854775808", "-1", "\"1\""])
    func integers(text: String) throws {
        struct Count: Codable {
            let n: UInt32
        }
        #expect(throws: DecodingError.self) {
            try JSONValueDecoder.decode(Count.self, from: try JSON(parsing: "{\"n\":\(text)}"))
        }
    }

    @Test("A number that JSON does not have is not encoded")
    func infinity() {
        #expect(throws: EncodingError.self) { try JSONValueEncoder.encode(["x": Double.infinity]) }
    }

    @Test("Subclasses, nested containers and enumerations go both ways")
    func shapes() throws {
        enum Shape: Codable, Equatable {
            case circle(radius: Int)
            case none
        }
        let shapes: [Shape] = [.circle(radius: 3), .none]
        let json = try JSONValueEncoder.encode(shapes)
        #expect(json.text == #"[{"circle":{"radius":3}},{"none":{}}]"#)
        #expect(try JSONValueDecoder.decode([Shape].self, from: json) == shapes)
    }
}
