import Foundation

/// The C client of NATS (nats.c), opened when it is asked for and never linked: flperf starts where it is not installed.
///
/// Only functions over opaque pointers are used, which are alike in all versions from 3.0 on; JetStream, whose C structures
/// differ from version to version, is spoken in its own messages (see `JetStream`). The library stays open until the process ends.
struct NATSLibrary: Sendable {
    typealias Handle = OpaquePointer
    typealias Out = UnsafeMutablePointer<OpaquePointer?>
    typealias Text = UnsafePointer<CChar>

    // Declarations of nats.h. Every function that returns Int32 returns a natsStatus.
    let makeOptions: @convention(c) (Out) -> Int32
    let freeOptions: @convention(c) (Handle) -> Void
    let setServers: @convention(c) (Handle, UnsafeMutablePointer<Text?>, Int32) -> Int32
    let setMaxReconnect: @convention(c) (Handle, Int32) -> Int32
    let setReconnectWait: @convention(c) (Handle, Int64) -> Int32
    let setTimeout: @convention(c) (Handle, Int64) -> Int32
    let setCredentials: @convention(c) (Handle, Text, Text?) -> Int32
    let setErrorHandler: @convention(c) (Handle, ErrorHandler, UnsafeMutableRawPointer?) -> Int32
    let connect: @convention(c) (Out, Handle) -> Int32
    let disconnect: @convention(c) (Handle) -> Void
    let maxPayload: @convention(c) (Handle) -> Int64
    let request: @convention(c) (Out, Handle, Text, UnsafeRawPointer?, Int32, Int64) -> Int32
    let publish: @convention(c) (Handle, Handle) -> Int32
    let subscribe: @convention(c) (Out, Handle, Text) -> Int32
    let unsubscribe: @convention(c) (Handle) -> Void
    let setPendingLimits: @convention(c) (Handle, Int32, Int32) -> Int32
    let nextMessage: @convention(c) (Out, Handle, Int64) -> Int32
    let makeMessage: @convention(c) (Out, Text, Text?, UnsafeRawPointer?, Int32) -> Int32
    let freeMessage: @convention(c) (Handle) -> Void
    let setHeader: @convention(c) (Handle, Text, Text) -> Int32
    let header: @convention(c) (Handle, Text, UnsafeMutablePointer<Text?>) -> Int32
    let data: @convention(c) (Handle) -> UnsafeRawPointer?
    let dataLength: @convention(c) (Handle) -> Int32
    let subject: @convention(c) (Handle) -> Text?
    let statusText: @convention(c) (Int32) -> Text?

    /// natsErrHandler: what goes wrong beside a call, such as a slow reader. Without one the library writes to standard error.
    typealias ErrorHandler = @convention(c) (OpaquePointer?, OpaquePointer?, Int32, UnsafeMutableRawPointer?) -> Void

    /// The library of this machine, opened once, or why it can't be used.
    static let shared: Result<NATSLibrary, FleetError> = Result { () throws(FleetError) in try NATSLibrary(names) }

    /// `libnats.so` is there with the development package, the others with the library alone.
    private static let names =
        ["libnats.so", "libnats.dylib", "/opt/homebrew/lib/libnats.dylib"] + (0...20).map { "libnats.so.3.\($0)" }

    init(_ names: [String]) throws(FleetError) {
        guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
            throw .noLibrary("\(names.first ?? "") was not found")
        }
        func function<F>(_ name: String) throws(FleetError) -> F {
            guard let symbol = dlsym(library, name) else { throw .noLibrary("it lacks \(name)") }
            // Safe when the type above repeats the declaration in nats.h: a symbol carries no type of its own.
            return unsafeBitCast(symbol, to: F.self)
        }
        makeOptions = try function("natsOptions_Create")
        freeOptions = try function("natsOptions_Destroy")
        setServers = try function("natsOptions_SetServers")
        setMaxReconnect = try function("natsOptions_SetMaxReconnect")
        setReconnectWait = try function("natsOptions_SetReconnectWait")
        setTimeout = try function("natsOptions_SetTimeout")
        setCredentials = try function("natsOptions_SetUserCredentialsFromFiles")
        setErrorHandler = try function("natsOptions_SetErrorHandler")
        connect = try function("natsConnection_Connect")
        disconnect = try function("natsConnection_Destroy")
        maxPayload = try function("natsConnection_GetMaxPayload")
        request = try function("natsConnection_Request")
        publish = try function("natsConnection_PublishMsg")
        subscribe = try function("natsConnection_SubscribeSync")
        unsubscribe = try function("natsSubscription_Destroy")
        setPendingLimits = try function("natsSubscription_SetPendingLimits")
        nextMessage = try function("natsSubscription_NextMsg")
        makeMessage = try function("natsMsg_Create")
        freeMessage = try function("natsMsg_Destroy")
        setHeader = try function("natsMsgHeader_Set")
        header = try function("natsMsgHeader_Get")
        data = try function("natsMsg_GetData")
        dataLength = try function("natsMsg_GetDataLength")
        subject = try function("natsMsg_GetSubject")
        statusText = try function("natsStatus_GetText")
    }
}
