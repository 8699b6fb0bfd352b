import Postgres
import SagaValues
import Testing

@Suite("Values")
struct ValueTests {
    @Test("Every scalar type comes back as it was sent")
    func scalars() async throws {
        let database = try await TestDatabase.make()
        let uuid = UUID(high: 0x0197_f3a0_5c1e_7000, low: 0x8000_0000_0000_002a)
        let time = try #require(Timestamp(iso8601: "2026-11-21T10:46:00.123456Z"))
        let rows = try await database.connection.execute(
            PostgresStatement("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $3::int8, $1 IS NULL"),
            [
                .bool(true), .int16(.min), .int32(.max), .int64(.min), .double(-0.1), .text("grün 😀 \u{1}"),
                .bytes([0, 255, 0]), .uuid(uuid), .timestamp(time), .json(#"{"a": [1.50, "x"]}"#),
            ])
        let row = try #require(rows.first)
        #expect(try row.bool(0))
        #expect(try row.int16(1) == .min)
        #expect(try row.int32(2) == .max)
        #expect(try row.int64(3) == .min)
        #expect(try row.double(4) == -0.1)
        #expect(try row.text(5) == "grün 😀 \u{1}")
        #expect(try row.bytes(6) == [0, 255, 0])
        #expect(try row.uuid(7) == uuid)
        #expect(try row.timestamp(8) == time)
        #expect(try row.json(9) == ["a": [.number("1.50"), "x"]])
        #expect(try row.text(9) == #"{"a": [1.50, "x"]}"#)
        #expect(try row.int64(10) == Int64(Int32.max))
        #expect(try row.int64(2) == Int64(Int32.max))
        #expect(row.count == 12)
    }

    @Test("The server reads the same values that we meant")
    func serverSide() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.connection.execute(
            PostgresStatement("SELECT $1::text, $2::text, $3::text, $4::text, $5::text, extract(epoch from $5)::text"),
            [
                .uuid(UUID(high: 1, low: 2)), .int64(-5), .bytes([0xAB]), .bool(false),
                .timestamp(Timestamp(microseconds: 1)),
            ])
        let row = try #require(rows.first)
        #expect(try row.text(0) == "00000000-0000-0001-0000-000000000002")
        #expect(try row.text(1) == "-5")
        #expect(try row.text(2) == #"\xab"#)
        #expect(try row.text(3) == "false")
        #expect(try row.text(5) == "0.000001")
    }

    @Test(
        "Exact decimals keep every digit",
        arguments: [
            "0", "0.00", "1", "-1", "12.50", "-0.0001", "10000", "9999", "100000000.00000001", "0.00000000000000000001",
            "123456789012345678901234567890.123456789012345678901234567890", "NaN", "1e20", "-99999999.9", "1000.0010",
        ])
    func numerics(text: String) async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.connection.execute(
            PostgresStatement("SELECT $1::numeric, $1::numeric::text, $2::text::numeric"),
            [.numeric(text), .text(text)])
        let row = try #require(rows.first)
        #expect(try row.numeric(0) == row.text(1))
        #expect(try row.numeric(2) == row.text(1))
        await database.connection.close()
    }

    @Test("Arrays keep NULLs, empty elements, quotes and all scripts")
    func arrays() async throws {
        let database = try await TestDatabase.make()
        let texts = ["", "NULL", "\"quoted\"", "back\\slash", "{a,b}", "žluťoučký 漢字 😀", " space "]
        let times = [Timestamp(microseconds: -1), Timestamp(microseconds: 1_700_000_000_000_001)]
        let uuids = [UUID(high: 0, low: 0), UUID(high: .max, low: .max)]
        let rows = try await database.connection.execute(
            PostgresStatement(
                """
                SELECT $1, $2, $3, $4, $5, $6, $7, $8::text, $9::text, cardinality($10), cardinality($11), $12::text,
                       $13::text, $14::text, $15::text
                """),
            [
                .texts(texts), .optionalTexts([nil, "", "x", nil]), .int64s([.min, 0, .max]), .int32s([-1]),
                .uuids(uuids), .timestamps(times), .byteArrays([[], [0, 1]]),
                .bools([true, false]), .optionalInt64s([1, nil]), .texts([]), .optionalUUIDs([]),
                .optionalTimestamps([nil]), .optionalByteArrays([[0xFF], nil]), .optionalInt32s([nil, 7]),
                .optionalBools([nil, true]),
            ])
        let row = try #require(rows.first)
        #expect(try row.texts(0) == texts)
        #expect(try row.optionalTexts(1) == [nil, "", "x", nil])
        #expect(try row.int64s(2) == [.min, 0, .max])
        #expect(try row.int32s(3) == [-1])
        #expect(try row.uuids(4) == uuids)
        #expect(try row.timestamps(5) == times)
        #expect(try row.byteArrays(6) == [[], [0, 1]])
        #expect(try row.text(7) == "{t,f}")
        #expect(try row.text(8) == "{1,NULL}")
        #expect(try row.int32(9) == 0)
        #expect(try row.int32(10) == 0)
        #expect(try row.text(11) == "{NULL}")
        #expect(try row.text(12) == #"{"\\xff",NULL}"#)
        #expect(try row.text(13) == "{NULL,7}")
        #expect(try row.text(14) == "{NULL,t}")
        #expect(throws: PostgresError.self) { try row.texts(1) }
    }

    @Test("NULL is read only by those who expect it")
    func nulls() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.connection.execute(
            PostgresStatement("SELECT $1::int8 AS amount, $2::text, ''"), [.null, .null])
        let row = try #require(rows.first)
        #expect(try row.optionalInt64(0) == nil)
        #expect(try row.optionalText(1) == nil)
        #expect(try row.isNull(0))
        #expect(try row.text(2) == "")
        let error = try await failure { _ = try row.int64(0) }
        #expect(error.code == .unexpectedValue)
        #expect(error.description == "column 0 (amount) is NULL")
    }

    @Test("A value is never read as another type")
    func wrongTypes() async throws {
        let database = try await TestDatabase.make()
        let rows = try await database.connection.execute(
            PostgresStatement("SELECT 1::int8, 'x'::text, 'infinity'::timestamptz, 1.5::numeric"))
        let row = try #require(rows.first)
        #expect(try await failure { _ = try row.int32(0) }.code == .unexpectedValue)
        #expect(try await failure { _ = try row.uuid(1) }.code == .unexpectedValue)
        #expect(try await failure { _ = try row.timestamp(2) }.code == .unexpectedValue)
        #expect(try await failure { _ = try row.double(3) }.code == .unexpectedValue)
        #expect(try await failure { _ = try row.text(4) }.code == .unexpectedValue)
        #expect(try await failure { _ = try row.text(-1) }.code == .unexpectedValue)
    }

    @Test("What a column cannot hold is refused without showing the value")
    func refusedData() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        let cases: [(String, PostgresParameter)] = [
            ("SELECT $1", .json(#"{"a": "secret\u0000"}"#)),
            ("SELECT $1", .json("{secret")),
            ("SELECT $1", .text("secret\0")),
            ("SELECT $1", .numeric("12,50secret")),
            ("SELECT $1", .numeric("12\0secret")),
            ("SELECT $1::text::uuid", .text("secret")),
            ("SELECT $1::text::int4", .text("se\"cret")),
            ("SELECT $1::text::date", .text("9999secret")),
            ("SELECT $1", .timestamp(Timestamp(microseconds: .min))),
        ]
        for (sql, parameter) in cases {
            let error = try await failure { try await connection.execute(PostgresStatement(sql), [parameter]) }
            #expect(error.code == .invalidData, "\(error)")
            #expect(!error.description.contains("cret"), "\(error)")
            #expect(error.reference == "SAGA-0415")
        }
        #expect(try await connection.number("SELECT 1::int8") == 1)
        #expect(connection.generation == 1)
    }

    @Test("jsonb that holds an escaped NUL gives a clear error")
    func escapedNUL() async throws {
        let database = try await TestDatabase.make()
        let error = try await failure {
            try await database.connection.execute(PostgresStatement("SELECT $1"), [.json(#"["\u0000"]"#)])
        }
        #expect(error.message == "unsupported Unicode escape sequence")
        #expect(error.sqlState == "22P05")
    }

    @Test("One statement takes NULL and values of one parameter in any order")
    func nullFirst() async throws {
        let database = try await TestDatabase.make()
        let connection = database.connection
        try await connection.runScript("CREATE TABLE t (a int8, b int4)")
        let insert = PostgresStatement("INSERT INTO t VALUES ($1, $2)")
        try await connection.execute(insert, [.null, .null])
        try await connection.execute(insert, [.int64(1), .null])
        try await connection.execute(insert, [.null, .int64(2)])
        try await connection.execute(insert, [.int64(3), .int32(4)])
        try await connection.execute(insert, [.null, .null])
        #expect(try await connection.number("SELECT sum(a)::int8 FROM t") == 4)
        #expect(try await connection.number("SELECT sum(b) FROM t") == 6)
        // The all-NULL one first; then each time that a parameter turned out to be of another type.
        #expect(
            try await connection.number("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT%'")
                <= 4)
    }

    @Test("A statement whose types are known is prepared once, whichever of its values are NULL")
    func nullPatterns() async throws {
        let database = try await TestDatabase.make()
        let values: [PostgresParameter] = [.int64(1), .text("x"), .uuid(UUID(high: 1, low: 1)), .bool(true)]
        let statement = PostgresStatement("SELECT $1, $2, $3, $4")
        try await database.connection.execute(statement, values)
        for pattern in 0..<16 {
            let parameters = values.enumerated().map { pattern >> $0.offset & 1 == 1 ? .null : $0.element }
            let row = try await database.connection.execute(statement, parameters)[0]
            for column in 0..<4 { #expect(try row.isNull(column) == (pattern >> column & 1 == 1)) }
        }
        let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1, $2, $3, $4'"
        #expect(try await database.connection.number(prepared) == 1)
    }
}
