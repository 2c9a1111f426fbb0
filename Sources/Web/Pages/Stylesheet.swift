import Charts
import Foundation

/// The one stylesheet of all pages.
enum Stylesheet {
    /// Its address names its content, so that a browser may keep it for ever.
    static let path = "/style-\(contentName(text.text)).css"

    static let text = Markup(
        trusted: """
            :root{\(ChartStyle.light);--acc:#0b5cad;--ok:#1a7a3e;--warn:#9a4b00;--warnbg:#fff3e0;--bad:#b3261e;--badbg:#fdecea}\
            @media (prefers-color-scheme:dark){:root{\(ChartStyle.dark);--acc:#7ab8ff;--ok:#5fd38d;--warn:#ffb866;--warnbg:#3a2a12;--bad:#ff9c94;--badbg:#3d1b19}}\
            \(base)\(parts)\(tables)\(ChartStyle.rules)\(narrow)\(print)
            """)

    private static let base = """
        *{box-sizing:border-box}html{scroll-padding-top:12px}\
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Inter,Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}\
        a{color:var(--acc)}a.plain{color:inherit;text-decoration:none}a.plain:hover{color:var(--acc);text-decoration:underline}h1{font-size:24px;line-height:1.25;margin:0;overflow-wrap:anywhere}h2{font-size:18px;margin:28px 0 10px}h2 small{font-weight:400;color:var(--mut);font-size:13px}\
        h2.t{font-size:14px;margin:0}th.key{background:var(--warnbg)!important}h3{font-size:14px;margin:0;overflow-wrap:anywhere}p{margin:0 0 6px}small{color:var(--mut);font-weight:400}code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}\
        pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}.pre{white-space:pre-wrap}code{overflow-wrap:anywhere}\
        .skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:6px;z-index:9}\
        .top{display:flex;gap:18px;align-items:center;padding:0 20px;border-bottom:1px solid var(--line);background:var(--card);overflow-x:auto}\
        .logo{font-weight:700;color:var(--ink);text-decoration:none;white-space:nowrap}nav{display:flex}\
        nav a{padding:13px 10px;color:var(--mut);text-decoration:none;white-space:nowrap;border-bottom:3px solid transparent}\
        nav a:hover{color:var(--ink)}nav a[aria-current]{color:var(--ink);border-color:var(--acc);font-weight:600}\
        main{max-width:1280px;margin:0 auto;padding:14px 20px 40px}footer{max-width:1280px;margin:0 auto;padding:10px 20px 30px;color:var(--mut);font-size:13px}\
        select,button,input,textarea{font:inherit;padding:4px 8px;background:var(--card);color:var(--ink);border:1px solid var(--ax);border-radius:5px;max-width:100%}\
        input[type=checkbox],input[type=radio]{width:16px;height:16px;accent-color:var(--acc);vertical-align:-3px;margin:0 6px 0 0}\
        button{cursor:pointer}button:hover{border-color:var(--acc)}button.go{background:var(--acc);color:var(--card);border-color:var(--acc);font-weight:600;padding:6px 14px}\
        a.go{background:var(--acc);color:var(--card);border-radius:5px;font-weight:600;padding:5px 14px;text-decoration:none}button:disabled{opacity:.5;cursor:default}textarea{width:100%;min-height:260px}\
        :focus-visible{outline:3px solid var(--acc);outline-offset:2px;border-radius:3px}
        """

    private static let parts = """
        .note{border:1px solid currentColor;border-radius:6px;padding:6px 10px;font-size:14px;margin:0 0 10px;overflow-wrap:anywhere}\
        .note.w,.note.s{background:var(--warnbg);color:var(--warn)}.note.b{background:var(--badbg);color:var(--bad)}.note.g{color:var(--ok)}\
        .hd{display:flex;flex-wrap:wrap;gap:10px 30px;justify-content:space-between;align-items:end;margin-top:6px}\
        .tabs{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 6px}.tabs a{border:1px solid var(--line);border-radius:16px;padding:4px 14px;text-decoration:none;background:var(--card)}.tabs a[aria-current]{border-color:var(--acc);font-weight:600;color:var(--ink)}form.row,.hd form{display:flex;gap:8px 10px;flex-wrap:wrap;align-items:center;font-size:14px;min-width:0}form.row label,.hd form label{max-width:100%}form.in{display:inline}\
        .hd+.note{margin-top:10px}.meta,.prov,.sm{color:var(--mut);font-size:13.5px;overflow-wrap:anywhere}.prov{border-top:1px solid var(--line);margin-top:8px;padding-top:8px}\
        .mut{color:var(--mut)}.ok{color:var(--ok);font-weight:600}.warn{color:var(--warn);font-weight:600}.bad{color:var(--bad);font-weight:600}.live{color:var(--acc);font-weight:600}\
        .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;margin:0;min-width:0}\
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,230px),1fr));gap:12px}.cards.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}\
        .ic{width:14px;height:14px;margin-right:6px;vertical-align:-2px;flex:none}.big{font-size:38px;font-weight:700;line-height:1.1;margin:2px 0 6px}.big small{font-size:15px}\
        .mid{font-size:22px;font-weight:700;margin:2px 0}.spark{width:120px;height:28px;vertical-align:middle}\
        dl{display:grid;grid-template-columns:auto 1fr;gap:1px 10px;margin:0;font-size:13px}dt{color:var(--mut)}dd{margin:0;display:flex;align-items:center;gap:8px;min-width:0;overflow-wrap:anywhere}\
        dd b{min-width:2.2em;text-align:right;font-weight:600}dl.facts{gap:4px 16px;font-size:14px}dl.facts dd{display:block}\
        .mb{flex:1;height:7px;border-radius:4px;min-width:30px;display:block}.mb rect{fill:var(--line)}.mb .v{fill:var(--mut)}.mb.p .v{fill:var(--acc)}\
        .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,380px),1fr));gap:12px}.stack{display:grid;gap:12px;margin-top:12px}\
        .stack>*{min-width:0}figure{min-width:0}figcaption p{color:var(--mut);font-size:13.5px;margin:0 0 4px}.lk{font-size:12.5px;margin:2px 0 0;text-align:right}\
        .sx{overflow-x:auto}.ch.wide{min-width:900px}.acts{display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center}#phases{margin-top:10px}\
        fieldset{border:1px solid var(--line);border-radius:8px;background:var(--card);padding:10px 12px;margin:0;min-width:0}legend{font-weight:600;padding:0 4px}\
        label.f{display:block;font-size:13.5px;color:var(--mut);margin:0 0 8px}label.f>*{display:block;color:var(--ink);margin-top:2px}label.c{display:block;padding:3px 0;overflow-wrap:anywhere}\
        .fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:0 14px}.fields input,.fields select{width:100%}\
        details>summary{cursor:pointer;color:var(--acc)}.chain{display:flex;flex-wrap:wrap;gap:4px 8px;align-items:center;font-size:13.5px;margin:0 0 10px;padding:0;list-style:none}\
        .chain li+li::before{content:"→";color:var(--mut);margin-right:8px}.chain [aria-current]{font-weight:600}.hex{font-size:12.5px;line-height:1.5;white-space:pre;overflow-x:auto}
        """

    private static let tables = """
        .tw{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:8px}table{border-collapse:collapse;width:100%;font-size:14px}\
        th,td{padding:6px 10px;text-align:right;border-top:1px solid var(--line);white-space:nowrap}thead td{border:0}thead th{border:0;color:var(--mut);font-weight:600;vertical-align:bottom}\
        thead th a{color:inherit;text-decoration:none}thead th a:hover{text-decoration:underline}thead small{display:block}\
        th:first-child{text-align:left;position:sticky;left:0;background:var(--card)}td.l,th.l{text-align:left}td.w{white-space:normal;min-width:220px;text-align:left;overflow-wrap:anywhere}\
        td.cut{text-align:left;max-width:460px;overflow:hidden;text-overflow:ellipsis}td a.fig{color:inherit;text-decoration:none;border-bottom:1px dotted var(--ax)}td a.fig:hover{color:var(--acc)}tr.best td.k{font-weight:700}
        """

    private static let narrow = """
        @media (max-width:600px){main{padding:12px 12px 30px}.top{padding:0 12px;gap:8px}footer{padding:10px 12px 30px}.ch{font-size:13.5px}.ch .tk,.ch .at{font-size:12.5px}\
        .cards{grid-template-columns:1fr 1fr}.cards.two{grid-template-columns:1fr}.cards .card{padding:10px}.cards dt{font-size:12px}.cards dd .mb{display:none}.big{font-size:30px}.mid{font-size:18px}\
        th:first-child{max-width:150px;overflow:hidden;text-overflow:ellipsis}}
        """

    private static let print = """
        @media print{:root{\(ChartStyle.light);--bg:#fff;--ink:#000;--mut:#333;--line:#ccc}.top,.hd form,.lk,.skip,footer,.noprint{display:none}\
        body{font-size:8.5pt}main{padding:0}h1{font-size:14pt}h2{font-size:11pt;margin:8pt 0 4pt;break-after:avoid}table{font-size:6.5pt}th,td{padding:1pt 4pt}.tw{overflow:visible}\
        .cards{grid-template-columns:repeat(4,1fr);gap:5pt}.big{font-size:16pt;margin:0}.mid{font-size:11pt;margin:0}dl{font-size:7pt}p{margin:0 0 2pt}.cards .mb{display:none}.card{padding:5pt}.card,figure,tr{break-inside:avoid}\
        .grid{grid-template-columns:repeat(3,1fr);gap:5pt}.grid figure h3,.stack figure h3{font-size:8pt}figcaption p{font-size:7pt;margin:0}.stack{gap:5pt;margin-top:5pt}.stack.side{grid-template-columns:1fr 1fr}.hd+.note{margin-top:10px}.meta,.prov,.sm{font-size:7.5pt}.prov{margin-top:3pt;padding-top:3pt}footer{display:none}dl.facts{font-size:7.5pt;gap:0 8pt}.ch.wide{min-width:0}.note{font-size:8pt;padding:3pt 6pt}\
        .ic{width:7pt;height:7pt;margin-right:3pt}h3,h2.t{font-size:8pt}h2 small{font-size:7pt}code{font-size:7pt}.cards.best p{margin:0}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}@page{size:A4;margin:10mm}}
        """
}

/// A short name for a text, another one for another text.
func contentName(_ text: String) -> String {
    // FNV-1a: a name, not a proof.
    String(text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 36)
}
