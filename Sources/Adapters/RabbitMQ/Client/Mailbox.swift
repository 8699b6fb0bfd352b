internal import Synchronization

/// Takes letters from any thread for one reader, who gets all that has gathered at once.
///
/// The reader is a task of an actor's loop: posting resumes it straight on the loop's thread, without a task per letter.
final class Mailbox<Letter: Sendable>: Sendable {
    private struct Content {
        var letters: [Letter] = []
        var isOpen = false
        var wasOpened = false
        var reader: CheckedContinuation<Void, Never>?
    }

    private let content = Mutex(Content())

    /// Lets letters in, once: from ``open()`` to ``close()`` there is a reader.
    func open() {
        content.withLock { content in
            precondition(!content.wasOpened, "a publisher or consumer runs once")
            content.wasOpened = true
            content.isOpen = true
        }
    }

    /// False when the mailbox is not open; then the letter is not taken.
    @discardableResult
    func post(_ letter: Letter) -> Bool {
        let (isTaken, reader) = content.withLock { content in
            guard content.isOpen else { return (false, nil as CheckedContinuation<Void, Never>?) }
            content.letters.append(letter)
            return (true, content.reader.take())
        }
        reader?.resume()
        return isTaken
    }

    /// Ends the reading. What was posted before is still read.
    func close() {
        content.withLock { content in
            content.isOpen = false
            return content.reader.take()
        }?.resume()
    }

    /// All letters that have gathered, at least one; nil once closed and empty. One reader only.
    nonisolated(nonsending) func next() async -> [Letter]? {
        while true {
            let (letters, isOpen) = content.withLock { content in
                defer { content.letters = [] }
                return (content.letters, content.isOpen)
            }
            if !letters.isEmpty { return letters }
            if !isOpen { return nil }
            await withCheckedContinuation { continuation in
                let mustWait = content.withLock { content in
                    guard content.letters.isEmpty, content.isOpen else { return false }
                    content.reader = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        }
    }
}
