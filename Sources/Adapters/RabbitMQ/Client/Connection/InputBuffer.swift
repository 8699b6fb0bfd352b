/// What was received and is not decoded yet: at most a part of one frame between two turns.
final class InputBuffer {
    private let storage: UnsafeMutableRawBufferPointer
    private var count = 0

    /// - Parameter capacity: in bytes; more than the largest frame.
    init(capacity: Int) {
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        storage.deallocate()
    }

    /// Where to receive to; never empty while frames are no larger than agreed.
    var space: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: storage[count...]) }

    func received(_ more: Int) {
        count += more
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    /// Drops `used` bytes from the front.
    func consume(_ used: Int) {
        guard used > 0 else { return }
        count -= used
        storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[used..<(used + count)]))
    }
}
