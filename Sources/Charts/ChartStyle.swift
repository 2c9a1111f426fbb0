/// How charts look. Colours are those of Okabe and Ito, darkened or lightened until each stands out from its background, and
/// four more that stay apart from them for the colour-blind; shapes tell the series apart without any colour.
public enum ChartStyle {
    /// Colours for a light background.
    public static let light = """
        --bg:#f6f7f9;--card:#fff;--ink:#1b2430;--mut:#5a6675;--line:#d9dee5;--ax:#8a95a3;\
        --s1:#0072b2;--s2:#d55e00;--s3:#00805e;--s4:#a3478a;--s5:#8a6a00;--s6:#5b4fc4;--s7:#7a4a2b;--s8:#4d5b6b
        """
    /// Colours for a dark background.
    public static let dark = """
        --bg:#11161d;--card:#1a212b;--ink:#e6ebf1;--mut:#9fabb9;--line:#2d3744;--ax:#6c7887;\
        --s1:#56b4e9;--s2:#ff9354;--s3:#3fcf9f;--s4:#e49ac8;--s5:#e6c84c;--s6:#a99cff;--s7:#cfa787;--s8:#a8b6c4
        """

    /// What a page needs in its stylesheet, beside the colours.
    public static let rules = """
        .ch{display:block;width:100%;height:auto;font-size:12px}.ch text{fill:var(--ink)}\
        .ch .tk,.ch .at{fill:var(--mut);font-size:11.5px}.ch .vl{font-weight:700}.ch .gh{font-weight:600}\
        .gr{stroke:var(--line);fill:none}.ax{stroke:var(--ax);fill:none}.wh{stroke:var(--ink);stroke-width:1.4;fill:none}\
        .ln{fill:none;stroke-width:2;stroke:currentColor;stroke-linejoin:round}.thin{stroke-width:1.2}\
        .b,.d,.md{fill:currentColor}.d{stroke:var(--card);stroke-width:.7}.md{stroke:var(--ink);stroke-width:1.6}\
        .pts{stroke:currentColor;stroke-width:3.6;stroke-linecap:round;opacity:.42;fill:none}.sq{stroke-linecap:square;stroke-width:3}\
        .bd{fill:currentColor;opacity:.16}.tok{stroke:currentColor;stroke-width:1.1;fill:none}.run{fill:currentColor;opacity:.75}\
        .wt{fill:var(--line)}.ch .stl{fill:var(--ink);font-size:9px}.gap{fill:var(--line);opacity:.6}.ink{color:var(--ink)}\
        .slo,.cp{stroke:var(--ink);stroke-dasharray:5 4;stroke-width:1.2;fill:none}.ch .slot{font-size:11.5px;font-weight:700}\
        .halo{paint-order:stroke;stroke:var(--card);stroke-width:3.5px;stroke-linejoin:round}\
        .s1{color:var(--s1)}.s2{color:var(--s2)}.s3{color:var(--s3)}.s4{color:var(--s4)}\
        .s5{color:var(--s5)}.s6{color:var(--s6)}.s7{color:var(--s7)}.s8{color:var(--s8)}\
        .ch:has(.ser:hover) .ser:not(:hover){opacity:.2}
        """

    /// All of it, for a drawing that stands alone.
    static let standalone = Markup(
        trusted: """
            svg{\(light);background:var(--card);color:var(--ink);font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}\
            @media (prefers-color-scheme:dark){svg{\(dark)}}\(rules).ch{width:auto}
            """)
}
