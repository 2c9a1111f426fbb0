/// libcurl's own readings of one request: nanoseconds from the moment when it took it up, to the microsecond.
///
/// They stand beside the times that are stamped here; nil where nothing of the kind happened.
public struct ConnectionPhases: Sendable, Equatable {
    /// Until the server's name was resolved; nil on a connection that was open already. CURLINFO_NAMELOOKUP_TIME_T.
    public var nameLookup: Int64?
    /// Until the connection to the server, or to its proxy, stood; nil likewise. CURLINFO_CONNECT_TIME_T.
    public var connected: Int64?
    /// Until TLS was agreed on; nil likewise, and without TLS. CURLINFO_APPCONNECT_TIME_T.
    public var tls: Int64?
    /// Until the exchange of request and answer was about to begin. CURLINFO_PRETRANSFER_TIME_T.
    public var ready: Int64?
    /// Until libcurl read the first byte of the answer. CURLINFO_STARTTRANSFER_TIME_T.
    public var firstByte: Int64?
    /// Until the end. CURLINFO_TOTAL_TIME_T.
    public var total: Int64?

    /// Nothing happened.
    public init() {}
}
