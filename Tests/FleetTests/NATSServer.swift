import Foundation
import Synchronization
import TestSupport

@testable import Fleet

/// A NATS server of the test's own, with JetStream in its folder.
final class NATSServer: Sendable {
    let address: NATSAddress
    private let folder: String
    private let port: Int
    private let process = Mutex<ChildProcess?>(nil)

    static let isInstalled = program != nil && (try? NATSLibrary.shared.get()) != nil

    private static let program = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
        .map { $0 + "/nats-server" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    init(folder: String) throws {
        self.folder = folder
        port = try Self.freePort()
        address = try NATSAddress("nats://127.0.0.1:\(port)")
    }

    /// Starts it and waits until it takes connections.
    func start() async throws {
        let process = try ChildProcess(
            Self.program ?? "", ["-a", "127.0.0.1", "-p", "\(port)", "-js", "-sd", folder])
        self.process.withLock { $0 = process }
        while (try? NATSConnection(address)) == nil { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// SIGKILL, and waits for its end.
    func kill() {
        process.withLock { $0 }?.end(SIGKILL)
    }

    /// Asks JetStream for something.
    func ask(_ what: String, _ body: String) throws {
        _ = try NATSConnection(address).request("$JS.API.\(what)", Array(body.utf8))
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard code == 0 else { throw POSIXError(.EADDRINUSE) }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous call gives or throws.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
