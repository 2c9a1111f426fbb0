import Foundation
import TestSupport
import Testing

@testable import Benchmarking

struct PromptFileTests {
    /// The prompts of a file with this text, or what is said of it.
    private func prompts(_ text: String) throws -> [Prompt] {
        try withTemporaryFolder { folder in
            let path = folder + "/p.jsonl"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return try PromptFile(path: path).prompts()
        }
    }

    @Test func aLineIsAPromptWithWhatGoesWithIt() throws {
        let prompts = try prompts(
            """
            {"prompt": "One?"}

            {"prompt": "Two?", "system_prompt": "Be brief.", "max_tokens": 9, "category": "short"}\r
            {"messages": [{"role": "user", "content": "Three?"}], "output_tokens_count": 7}
            """)

        #expect(prompts.count == 3)
        #expect(prompts[0].content == .text("One?", systemPrompt: nil))
        #expect(prompts[1].content == .text("Two?", systemPrompt: "Be brief."))
        #expect(prompts.map(\.maxTokens) == [nil, 9, 7])
        #expect(prompts[1].json.hasSuffix(#""category": "short"}"#))
        guard case .messages(let messages) = prompts[2].content else { return #expect(Bool(false)) }
        #expect(messages.json == #"[{"role": "user", "content": "Three?"}]"#)
    }

    @Test(arguments: [
        ("{\"prompt\": \"a\"}\n{\"prompt\": }", "2:12: is not JSON: '}' can't stand here."),
        (
            "{\"prompt\": \"a\"}\n\n{\"prompt\": \"\"}",
            "3:12: 'prompt' is empty: the text put to the model, or 'messages', is expected."
        ),
        ("{\"max_tokens\": 3}", "1:1: 'prompt' is missing: the text put to the model, or 'messages', is expected."),
        ("{\"promt\": \"a\"}", "1:2: 'promt' is unknown here. Did you mean 'prompt'?"),
        ("{\"promt\": \"a\", \"prompt\": \"b\"}", "1:2: 'promt' is unknown here. Did you mean 'prompt'?"),
        ("{\"prompt\": \"a\", \"max_tokens\": 0}", "1:31: 'max_tokens' must be at least 1, found 0."),
        (
            "{\"prompt\": \"a\", \"max_tokens\": 1, \"output_tokens_count\": 2}",
            "1:57: 'output_tokens_count' is 2 and 'max_tokens' is 1: give one of them."
        ),
        ("\"a\"", "1:1: a JSON object is expected on each line, found text."),
        (
            "{\"prompt\": \"a\", \"messages\": []}",
            "1:12: 'prompt' stands beside 'messages': a prompt is one or the other."
        ),
        (
            "{\"messages\": [{\"role\": \"user\"}]}",
            "1:14: 'messages' must be a list of messages as OpenAI has them, the first one with 'content'."
        ),
    ])
    func aBadLineIsNamed(text: String, complaint: String) throws {
        let error = #expect(throws: SuiteError.self) { try prompts(text) }
        #expect(error?.description.hasSuffix("/p.jsonl:" + complaint) == true, "\(error?.description ?? "")")
    }

    @Test func aFileWithoutPromptsOrThatIsMissingSaysSo() {
        let empty = #expect(throws: SuiteError.self) { try prompts("\n  \n") }
        #expect(empty?.description.hasSuffix("/p.jsonl: there is no prompt in it.") == true)
        let missing = #expect(throws: SuiteError.self) { try PromptFile(path: "/nowhere/p.jsonl") }
        #expect(missing?.description == "Could not read /nowhere/p.jsonl: there is no such file.")
    }

    @Test func morePromptsThanARunCanKeepAreRefused() throws {
        let text = String(repeating: "{\"prompt\":\"a\"}\n", count: PromptFile.promptLimit + 1)
        let error = #expect(throws: SuiteError.self) { try prompts(text) }
        #expect(error?.description.hasSuffix(":65001: a run keeps at most 65000 prompts; take fewer lines.") == true)
    }

    @Test func aSuiteOfAFileAsksEachPromptOnce() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/questions.jsonl"
            try "{\"prompt\":\"One?\"}\n{\"prompt\":\"Two?\"}\n".write(toFile: path, atomically: true, encoding: .utf8)

            let suite = try Suite(PromptFile(path: path))

            #expect(suite.name == "questions")
            #expect(suite.defaults.iterations == 2)
            #expect(suite.scenarios.map(\.prompts.inWords) == ["2 prompts: One?"])
        }
    }

    @Test func aSuiteNamesAFileBesideItAndItsDigestCoversIt() throws {
        try withTemporaryFolder { folder in
            let suite = #"{"name":"s","scenarios":[{"name":"A","prompts_file":"p.jsonl","max_tokens":4}]}"#
            try suite.write(toFile: folder + "/s.json", atomically: true, encoding: .utf8)
            var digests: Set<String> = []
            for text in ["One?", "Two?"] {
                try "{\"prompt\":\"\(text)\"}".write(toFile: folder + "/p.jsonl", atomically: true, encoding: .utf8)
                let suite = try SuiteLibrary(folders: [folder]).suite("s")
                #expect(suite.scenarios[0].prompts.inWords == "1 prompt: \(text)")
                digests.insert(suite.digest)
            }
            #expect(digests.count == 2)

            try "{\"prompt\":\"a\"}\n{".write(toFile: folder + "/p.jsonl", atomically: true, encoding: .utf8)
            let error = #expect(throws: SuiteError.self) { try SuiteLibrary(folders: [folder]).suite("s") }
            #expect(error?.description.hasSuffix("p.jsonl:2:2: is not JSON: it ends too early.") == true)
        }
    }
}
