import Statistics

/// Text of a given number of tokens.
///
/// Nobody here has the model's tokenizer, so the length is aimed at: the text is made of words that are one token each, with the
/// space before them, in the vocabularies of GPT-2, GPT-4, GPT-NeoX, Llama 2 and 3, Qwen 2 and 3.5, Phi-3, Gemma 4, DeepSeek,
/// Falcon, Command R, StarCoder and SmolLM2 (looked up in November 2026). What the server's chat template and the salt of a
/// request add comes on top; the server's own count stands beside it in each sample.
public enum SyntheticPrompt {
    /// The same text for the same length and seed on every machine: words drawn from the list; from `closingAt` tokens on, the
    /// last of them ask for an answer that does not end.
    public static func text(tokens: Int, seed: UInt64) -> String {
        var random = SplitMix64(state: seed)
        let end = tokens >= closingAt ? closing : []
        var text = ""
        text.reserveCapacity(7 * tokens)
        for _ in 0..<max(1, tokens) - end.count {
            if !text.isEmpty { text += " " }
            text += words[Int(random.next() >> 55)]
        }
        for word in end { text += " " + word }
        return text
    }

    static let closingAt = 32
    private static let closing = "please continue this list of words and never stop".split(separator: " ")

    /// 512 of them, so that nine random bits choose one.
    static let words = """
        able about above account across action activity add after against age air allow almost along already also always \
        amount answer apple area arm around art ask away back bad bag bean because bed before begin belong below best \
        between big bird black blue board body book box boy bridge build building busy button call camera camp car card \
        care carry case cat catch center chain change child choice circle city class clean clear clock close closed \
        cloud coin collect color come common company complete continue control cook cool cost count country cover create \
        cross cup dark data day deep design develop dog door double draw drive drop ear edge effect empty end engine \
        enjoy enter escape even event ever examine except exist expect express eye face fact fall false family far fast \
        father field figure fill film find finish fire first fish fit fix flag flat floor fly follow foot force fork \
        form frame free friend full game gate get go gold good gray green ground group guard half hall hand hard hat \
        head health heart help here hide high history hit hold hole home hook hot hour house ice idea image include \
        inside into issue jar job join just keep key kick kind king know land language large last late law lay lead leaf \
        learn leg less let letter level library life light like line live lock long look lot low machine mail make man \
        many map mark market mask master maybe measure member mention message mind minute miss moment money month more \
        morning most mouse move movie music name near need nest net new news next night nose note number nut obtain \
        office old once only open order over own owner page pair paper parent part party pass past path pay pen people \
        person pet phone pick picture piece pin pipe place plain plan plant plate play player point pole policy pool \
        position post pot power present press prevent price process product program project prove pull push put question \
        quick rain raise rat rate reach read ready real reason record red reduce remove repeat replace report require \
        rest result return rich right ring river road rock role roll room root rough round row rule run safe save say \
        scale scene school screen season see seed send serve service set shape share sheet shell ship shop short show \
        side sign simple since sing single site sky sleep slow small smooth soft solve son song sort sound soup source \
        space spot spring square stage stamp stand star start state station stay step still stone stop store story \
        stream street string strong student success such suggest summer sun support suppose sure system table tail take \
        tax teacher team tell test then there thing think though thread through time title today tool top touch toward \
        town track train treat tree trouble true try turn type under until use value very view visit voice wait walk \
        wall want warn watch water wave way weak week well white whole wide win wind window wire wise without woman \
        wonder wood word work worker world write year yellow
        """.split(separator: " ").map(String.init)
}
