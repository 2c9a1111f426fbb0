import Import
import Testing

/// Which tool wrote a file is told from what is in it.
struct ImportedFileTests {
    @Test(arguments: [
        ("{}", "of no tool that flperf knows"), ("[]", "of no tool that flperf knows"), ("[1,2]", "it is not JSON"),
        ("", "it is not JSON"), ("not json", "it is not JSON"), (#"{"a":1}"# + "\n" + #"{"b":2}"#, "of no tool"),
        ("SQLite format 3\u{0}…", "is an SQLite database that can't be read"),
        (#"{"benchmark_runs":{}}"#, "no benchmark_runs"),
        (#"{"request_throughput":3}"#, "--save-detailed"),
        (#"{"benchmarks":{}}"#, "benchmarks is not what is expected"),
    ])
    func whatCannotBeReadIsToldWithWhatCan(text: String, sentence: String) {
        let error = #expect(throws: ImportError.self) {
            try ImportedFile(bytes: Array(text.utf8), path: "folder/file").history()
        }

        #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("Could not import folder/file: ") == true)
    }
}
