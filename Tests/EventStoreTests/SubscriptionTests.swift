import Events
import TestSupport
import Testing

@testable import EventStore

struct SubscriptionTests {
    @Test func everyEventComesOnceAndInOrder() async throws {
        try await withLog { log in
            _ = try await log.append((1...3000).map { note("\($0)") }, to: .system)

            try await withThrowingTaskGroup(of: Void.self) { group in
                for from in [1, 2999, 3001, 3100] as [Position] {
                    group.addTask {
                        var next = from
                        for try await batch in log.subscribe(from: from) {
                            #expect(!batch.isEmpty)
                            for event in batch {
                                #expect(event.position == next)
                                next += 1
                            }
                            if next == 3201 { break }
                        }
                        #expect(next == 3201)
                    }
                }
                group.addTask {
                    for number in 3001...3200 {
                        _ = try await log.append([note("\(number)")], to: .run("\(number % 7)"))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func closingTheLogEndsIt() async throws {
        try await withLog { log in
            _ = try await log.append([note("a")], to: .system)

            async let batches = { try await log.subscribe().reduce(into: []) { $0.append($1.count) } }()
            while log.writer.waiterCount == 0 { await Task.yield() }
            log.close()

            #expect(try await batches == [1])
        }
    }

    @Test func cancellingTheTaskEndsIt() async throws {
        try await withLog { log async throws in
            let task = Task {
                var batches = 0
                for try await _ in log.subscribe() { batches += 1 }
                return batches
            }
            while log.writer.waiterCount == 0 { await Task.yield() }
            task.cancel()
            #expect(try await task.value == 0)
        }
    }

    @Test func commitsThatDidNotComeThroughThisLogAreSeen() async throws {
        try await withLog { log in
            _ = try await log.append([note("a")], to: .system)
            async let batch = { try await log.subscribe(from: 2).first { _ in true } }()
            while log.writer.waiterCount == 0 { await Task.yield() }

            // As another process would: past the writer, which is told nothing.
            let other = LogCommitter(store: log.store, clock: { 0 })
            let events = try EncodedEvents([note("b")], stream: .system)
            let outcome = other.commit([AppendRequest(events: events, expected: .exactly(1)) { _ in }])

            #expect(try outcome.results.first?.get().last == 2)
            #expect(try await batch?.map(\.message) == ["b"])
            #expect(try await log.append([note("c")], to: .system, expecting: .exactly(2)).last == 3)
        }
    }
}
