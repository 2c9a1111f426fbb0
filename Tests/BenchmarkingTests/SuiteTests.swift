import Benchmarking
import Foundation
import TestSupport
import Testing

struct SuiteTests {
    static let files = SuiteLibrary(folders: [projectFolder + "/suites"]).entries()

    @Test func theProjectHasTheNineScenariosOfTheOriginal() throws {
        let suite = try SuiteLibrary(folders: [projectFolder + "/suites"]).suite("default")
        #expect(suite.scenarios.count == 9)
        #expect(suite.scenarios.map(\.maxTokens) == [50, 150, 200, 150, 100, 150, 100, 150, 300])
        #expect(suite.defaults.temperature == 0)
    }

    @Test(arguments: files.map(\.path))
    func everySuiteFileIsFine(path: String) {
        #expect(throws: Never.self) { try SuiteLibrary.read(path).get() }
    }

    /// Text, and what is said of it.
    static let faults: [(String, String)] = [
        ("{\n  \"name\": \"x\"\n}", "s.json:1:1: 'scenarios' is missing: a list of at least one scenario is expected."),
        ("{\n  \"scenarios\": []\n}", "s.json:1:1: 'name' is missing: the suite's name is expected."),
        (
            "{\"name\": \"x\",\n \"scenarios\": []}",
            "s.json:2:15: 'scenarios' must hold at least one scenario, found none."
        ),
        (
            "{\"name\": \"x\",\n \"scenarios\": [\n  {\"name\": \"a\", \"prompt\": \"p\"},\n  {\"name\": \"b\"}]}",
            "s.json:4:3: 'prompt' is missing: the text put to the model is expected."
        ),
        (
            "{\"name\": \"x\",\n \"scenarios\": [\n  {\"name\": \"a\", \"prompt\": \"p\",\n   \"max_tokens\": 0}]}",
            "s.json:4:18: 'max_tokens' must be at least 1, found 0."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"\\ud83d\\ude00\"},\n {\"name\": \"a\", \"prompt\": \"p\"}]}",
            "s.json:2:2: scenario 'a' stands here a second time; each needs a name of its own."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"p\"}],\n \"default_config\": {\"iterations\": \"five\"}}",
            "s.json:2:35: 'iterations' must be a whole number, found text."
        ),
        ("[1, 2]", "s.json:1:1: an object is expected here, found a list."),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"p\",\n  \"max_token\": 5}]}",
            "s.json:2:3: 'max_token' is unknown here. Did you mean 'max_tokens'?"
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"p\"}],\n \"colour\": 1}",
            "s.json:2:2: 'colour' is unknown here; there are: default_config, description, name, scenarios, version."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"p\"}], \"default_config\": {\"iteration\": 1}}",
            "s.json:1:79: 'iteration' is unknown here. Did you mean 'iterations'?"
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"p\", \"turns\": [\"p\"]}]}",
            "s.json:1:67: 'turns' stands beside 'prompt': a scenario has only one source of prompts."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"turns\": [\"p\", 3]}]}",
            "s.json:1:58: what the user says is expected here, found 3."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"synthetic\": {\"output_tokens\": 3}}]}",
            "s.json:1:56: 'prompt_tokens' is missing: how long the prompts are is expected."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompts_file\": \"p.jsonl\"}]}",
            "Could not read p.jsonl: a suite that is no file can't name another."
        ),
        (
            "{\"name\": \"x\", \"scenarios\": [{\"name\": \"a\", \"prompt\": \"p\"}], \"default_config\": {\"cache\": \"warm\"}}",
            "s.json:1:88: 'cache' must be defeat or keep, found 'warm'."
        ),
    ]

    @Test(arguments: faults)
    func aFaultIsNamedByFileLineAndColumn(text: String, sentence: String) {
        let error = #expect(throws: SuiteError.self) { try Suite(json: Array(text.utf8), file: "s.json") }
        #expect(error?.description == sentence)
    }

    @Test func settingsAreReadInTheirUnits() throws {
        let suite = try Suite(
            json: Array(
                """
                {"name": "x", "scenarios": [{"name": "a", "prompt": "p"}],
                 "default_config": {"iterations": 7, "concurrency": [1, 4], "timeout": 1500, "temperature": 0, "seed": 9, "streaming": false}}
                """.utf8), file: "s.json")
        #expect(suite.defaults.iterations == 7)
        #expect(suite.defaults.concurrency == [1, 4])
        #expect(suite.defaults.timeout == .milliseconds(1500))
        #expect(suite.defaults.temperature == 0)
        #expect(suite.defaults.seed == 9)
        #expect(!suite.defaults.streaming)
        #expect(suite.scenarios[0].maxTokens == nil)
    }

    @Test(arguments: [
        ("", "1:1: is not JSON: it ends too early"),
        ("{\"name\": \"x\",\n \"scenarios\": [{}]", "2:19: is not JSON: it ends too early"),
        ("{\n  \"name\": \"é\" \"version\": 1}", "2:15: is not JSON: '\"' can't stand here"),
        ("{\"a\": 1}\n}", "2:1: is not JSON: '}' can't stand here"),
        ("{\"a\": \"b\n\"}", "1:9: is not JSON: the line can't end here"),
    ])
    func textThatIsNotJSONIsPlaced(text: String, complaint: String) {
        let error = #expect(throws: SuiteError.self) { try Suite(json: Array(text.utf8), file: "s.json") }
        #expect(error?.description == "s.json:\(complaint).")
    }

    @Test func aByteOrderMarkIsNoFault() throws {
        let text = #"{"name":"x","scenarios":[{"name":"a","prompt":"p"}]}"#
        #expect(try Suite(json: [0xEF, 0xBB, 0xBF] + Array(text.utf8), file: "s.json").name == "x")
    }

    @Test func oneBadFileDoesNotHideTheOthersAndNoNameLeavesTheFolder() throws {
        try withTemporaryFolder { folder in
            try "{".write(toFile: folder + "/bad.json", atomically: true, encoding: .utf8)
            try #"{"name":"good","scenarios":[{"name":"a","prompt":"p"}]}"#
                .write(toFile: folder + "/good.json", atomically: true, encoding: .utf8)
            let library = SuiteLibrary(folders: [folder])

            #expect(library.entries().count == 2)
            #expect(try library.suite("good").name == "good")
            for name in ["../good", "nobody", ".", "good.json"] {
                let error = #expect(throws: SuiteError.self) { try library.suite(name) }
                #expect(error?.description.contains("There are: good") == true)
            }
            #expect(throws: SuiteError.self) { try library.suite("bad") }
            try #"{"name":"<b>a</b>","scenarios":[{"name":"a","prompt":"p"}]}"#
                .write(toFile: folder + "/slash.json", atomically: true, encoding: .utf8)
            #expect(try library.suite("<b>a</b>").name == "<b>a</b>")
            #expect(try library.suite(folder + "/good.json", paths: true).name == "good")
        }
    }

    @Test func anUnknownScenarioIsNamedWithThoseThereAre() throws {
        let suite = try SuiteLibrary(folders: [projectFolder + "/suites"]).suite("quick")
        let error = #expect(throws: SuiteError.self) { try suite.scenarios(named: ["Nobody"]) }
        #expect(error?.description.contains("'Capital of France'") == true)
        #expect(try suite.scenarios(named: ["Three Colours"]).count == 1)
    }
}
