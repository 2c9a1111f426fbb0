import Testing

@testable import Orchestrator

@Suite struct EndpointTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
        (" HTTP://LocalHost:8080/v1/ ", "http://localhost:8080"),
        ("https://models.example.com:443/v1", "https://models.example.com"),
        ("http://models.example.com:80", "http://models.example.com"),
        ("https://example.com/openai/v1/", "https://example.com/openai"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
    ])
    func oneServerIsWrittenInOneWay(_ written: String, _ expected: String) throws {
        #expect(try Endpoint(written).description == expected)
    }

    @Test(arguments: [
        ("", "The endpoint '' can't be used: it is not a URL such as http://127.0.0.1:8080."),
        (
            "127.0.0.1:8080",
            "The endpoint '127.0.0.1:8080' can't be used: it is not a URL such as http://127.0.0.1:8080."
        ),
        ("ftp://host", "The endpoint 'ftp://host' can't be used: its scheme is 'ftp'; use http or https."),
        (
            "file:///etc/passwd",
            "The endpoint 'file:///etc/passwd' can't be used: its scheme is 'file'; use http or https."
        ),
        (
            "http://me:hunter2@host/v1",
            "The endpoint 'http://host/v1' can't be used: it holds a user name or password; "
                + "name an environment variable with the API key instead."
        ),
        (
            "http://host/v1?api_key=sk-123",
            "The endpoint 'http://host/v1' can't be used: its parameter 'api_key' looks like a key; "
                + "name an environment variable with it instead."
        ),
        ("http://host/?a=b", "The endpoint 'http://host/' can't be used: a base address has no query and no fragment."),
        ("http://host/#x", "The endpoint 'http://host/' can't be used: a base address has no query and no fragment."),
        ("http:///v1", "The endpoint 'http:///v1' can't be used: it names no host."),
        ("http://host:0", "The endpoint 'http://host:0' can't be used: ports go from 1 to 65535."),
        ("http://host:70000", "The endpoint 'http://host:70000' can't be used: ports go from 1 to 65535."),
    ])
    func aRefusalNamesTheReasonAndNoSecret(_ written: String, _ sentence: String) {
        let error = #expect(throws: BackendError.self) { try Endpoint(written) }

        #expect(error?.code == .invalidEndpoint)
        #expect(error?.description == sentence)
    }

    @Test(arguments: [
        "http://169.254.169.254/latest", "http://169.254.1.1", "http://[fe80::1]:80", "http://[fe80::1%25eth0]",
        "http://metadata.google.internal", "http://METADATA.google.internal.", "http://[fd00:ec2::254]",
        "http://100.100.100.200", "http://[::ffff:169.254.169.254]", "http://[64:ff9b::a9fe:a9fe]",
        "http://2852039166", "http://0xa9fea9fe", "http://0251.0376.0251.0376", "http://169.254.43518",
    ])
    func addressesOfTheNetworkItselfAreRefusedInEverySpelling(_ written: String) {
        let error = #expect(throws: BackendError.self) { try Endpoint(written) }

        #expect(error?.description.contains("link-local") == true || error?.description.contains("metadata") == true)
    }

    @Test func onlyAVariablesNameIsTakenForTheKey() throws {
        #expect(try Endpoint("http://host", apiKeyVariable: "MY_API_KEY").apiKeyVariable == "MY_API_KEY")

        let error = #expect(throws: BackendError.self) { try Endpoint("http://host", apiKeyVariable: "sk-abc.def") }

        #expect(
            error?.description
                == "The endpoint 'http://host' can't be used: the API key is given by "
                + "the name of an environment variable, such as MY_API_KEY.")
    }

    @Test func aVariableThatIsNotSetIsNamed() throws {
        let endpoint = try Endpoint("http://host", apiKeyVariable: "FLPERF_NO_SUCH_VARIABLE")

        let error = #expect(throws: BackendError.self) { try endpoint.authorization() }

        #expect(error?.code == .missingKey)
        #expect(
            error?.description == "The API key for http://host should be in the environment variable "
                + "FLPERF_NO_SUCH_VARIABLE, which is not set.")
    }

    @Test func loopbackIsToldByTheAddress() throws {
        for address in ["http://127.0.0.1:1", "http://127.9.9.9", "http://localhost:80", "http://[::1]:80"] {
            #expect(try Endpoint(address).isLoopback)
        }
        for address in ["http://192.168.0.1", "http://localhost.example.com", "http://[2001:db8::1]"] {
            #expect(try !Endpoint(address).isLoopback)
        }
        #expect(try Endpoint("https://host").port == 443)
    }
}
