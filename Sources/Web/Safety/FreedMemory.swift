import Foundation
import ServiceLifecycle

/// Gives memory back to the system after many connections have gone: the allocator would keep it for the next ones.
struct FreedMemory: Service {
    static let interval = Duration.seconds(5)
    /// How many have to have gone: for fewer it is not worth the time that it takes.
    static let crowd = 256

    /// glibc's `malloc_trim`, which Swift's module of it lacks; nil where the allocator is another.
    private static let trim = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
    }

    let connections: Connections

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                guard connections.gone(of: Self.crowd) else { continue }
                _ = Self.trim?(0)
            }
        }
    }
}
