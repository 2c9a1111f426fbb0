import Foundation
import Testing

@testable import Resources

@Suite struct ListeningProcessTests {
    static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
           1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
           2: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4713 1 0
        """

    @Test func onlyListeningSocketsOnThePortAreTaken() {
        #expect(ListeningProcess.inodes(listeningOn: 8080, in: Self.table) == [4711])
        #expect(ListeningProcess.inodes(listeningOn: 8081, in: Self.table) == [4713])
        #expect(ListeningProcess.inodes(listeningOn: 50000, in: Self.table) == [])
    }

    @Test func readingEndsBehindTheSocketsThatListen() {
        let lines = Self.table.split(separator: "\n").map { "\($0)\n" }

        #expect(!ListeningProcess.isBeyondListeners(""))
        #expect(!ListeningProcess.isBeyondListeners(lines[0]))
        #expect(!ListeningProcess.isBeyondListeners(lines[0] + lines[1]))
        #expect(!ListeningProcess.isBeyondListeners(lines[0] + lines[1] + lines[2].dropLast(5)))
        #expect(ListeningProcess.isBeyondListeners(lines[0] + lines[1] + lines[2]))
    }

    #if os(Linux)
    @Test func aSocketOfThisProcessLeadsToThisProcess() throws {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                try #require(bind(socket, name, length) == 0)
                try #require(listen(socket, 1) == 0)
                try #require(getsockname(socket, name, &length) == 0)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }

        #expect(ListeningProcess.find(port: port) == ProcessInfo.processInfo.processIdentifier)
    }
    #endif
}
