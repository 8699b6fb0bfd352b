import Testing

@testable import RabbitMQ

@Suite("Deliveries on their way to the handler", .timeLimit(.minutes(1)))
struct HandoverTests {
    private func deliveries(_ range: Range<UInt64>) -> [Delivery] {
        range.map { number in
            Delivery(
                tag: DeliveryTag(generation: 1, number: number),
                redelivered: false,
                exchange: "",
                routingKey: "",
                properties: MessageProperties(),
                body: []
            )
        }
    }

    @Test("gather while it is busy, and come in order, no more at once than it takes")
    func batches() async {
        let handover = Handover(largestBatch: 10)
        handover.offer(deliveries(0..<4))
        handover.offer(deliveries(4..<25))
        var sizes: [Int] = []
        var numbers: [UInt64] = []
        for _ in 0..<3 {
            let batch = await handover.next() ?? []
            sizes.append(batch.count)
            numbers += batch.map(\.tag.number)
        }
        #expect(sizes == [10, 10, 5])
        #expect(numbers == Array(0..<25))
        #expect(handover.isHandling)
    }

    @Test("reach a handler that waits at once")
    func waiting() async {
        let handover = Handover(largestBatch: 10)
        async let batch = handover.next()
        await Task.yield()
        handover.offer(deliveries(7..<8))
        #expect(await batch?.count == 1)
    }

    @Test("are dropped when their connection has ended, and no more come after the close")
    func ending() async {
        let handover = Handover(largestBatch: 10)
        handover.offer(deliveries(0..<5))
        #expect(handover.clear() == 5)
        handover.offer(deliveries(5..<6))
        #expect(await handover.next()?.first?.tag.number == 5)
        handover.offer(deliveries(6..<7))
        handover.close()
        let last = await handover.next()
        #expect(last?.count == nil)
        #expect(!handover.isHandling)
    }
}

@Suite("A mailbox", .timeLimit(.minutes(1)))
struct MailboxTests {
    @Test("gives every letter of many writers once, in each one's order, and ends after its last letter")
    func letters() async {
        let mailbox = Mailbox<(writer: Int, number: Int)>()
        #expect(!mailbox.post((0, 0)))
        mailbox.open()
        async let read = {
            var all: [(writer: Int, number: Int)] = []
            while let letters = await mailbox.next() { all += letters }
            return all
        }()
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        mailbox.post((writer, number))
                        if number % 50 == 0 { await Task.yield() }
                    }
                }
            }
        }
        mailbox.close()
        #expect(!mailbox.post((9, 9)))
        let all = await read
        for writer in 0..<8 { #expect(all.filter { $0.writer == writer }.map(\.number) == Array(0..<500)) }
        #expect(all.count == 4000)
    }
}
