import Glibc
import SagaValues

/// The failure's code, or nil when the bytes are accepted.
func refusal(of bytes: [UInt8], limits: JSON.Limits = .default) -> JSON.ParseError.Code? {
    do throws(JSON.ParseError) {
        _ = try JSON(parsing: bytes, limits: limits)
        return nil
    } catch {
        return error.code
    }
}

func refusal(of text: String, limits: JSON.Limits = .default) -> JSON.ParseError.Code? {
    refusal(of: Array(text.utf8), limits: limits)
}

func parseError(_ text: String, limits: JSON.Limits = .default) -> JSON.ParseError? {
    do throws(JSON.ParseError) {
        _ = try JSON(parsing: text, limits: limits)
        return nil
    } catch {
        return error
    }
}

extension String {
    /// Equality that does not see through Unicode normalisation, unlike `==`.
    var byteList: [UInt8] { Array(utf8) }
}

/// The processor time of this thread, which other load on the machine does not lengthen.
func threadNanoseconds() -> Int64 {
    // By memory: see Timestamp.now().
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2) { fields in
        fields.initialize(repeating: 0)
        fields.baseAddress?.withMemoryRebound(to: timespec.self, capacity: 1) { time in
            _ = clock_gettime(CLOCK_THREAD_CPUTIME_ID, time)
        }
        return fields[0] * 1_000_000_000 + fields[1]
    }
}
