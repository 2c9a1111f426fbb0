import Charts

/// The pages' own script. Without it every page is complete: it only moves what moves, and shows values under the pointer.
enum PageScript {
    static let path = "/page-\(contentName(text.text)).js"

    /// Parts marked `data-live` are replaced by what the server sends; a fresh page is loaded when it says so.
    static let text = Markup(
        trusted: #"""
            'use strict';
            for (const part of document.querySelectorAll('[data-live]')) {
              const source = new EventSource(part.dataset.live);
              source.addEventListener('part', e => { part.innerHTML = e.data; });
              source.addEventListener('verdict', e => { source.close(); part.insertAdjacentHTML('afterbegin', e.data); });
              if ('once' in part.dataset) source.addEventListener('error', () => source.close());
              source.addEventListener('end', () => { source.close(); location.reload(); });
            }
            for (const box of document.querySelectorAll('[data-all]')) {
              const boxes = [...box.closest('fieldset').querySelectorAll('input[type=checkbox]')].filter(b => b !== box);
              const show = () => { box.checked = boxes.every(b => b.checked); };
              box.addEventListener('change', () => boxes.forEach(b => { b.checked = box.checked; }));
              boxes.forEach(b => b.addEventListener('change', show));
              box.closest('label').hidden = false;
              show();
            }
            for (const chart of document.querySelectorAll('svg.ch.wide')) {
              const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
              line.setAttribute('class', 'ax');
              chart.append(line);
              chart.addEventListener('pointermove', e => {
                const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(chart.getScreenCTM().inverse());
                line.setAttribute('d', `M${p.x} 8V${chart.viewBox.baseVal.height - 34}`);
              });
              chart.addEventListener('pointerleave', () => line.removeAttribute('d'));
            }
            """#)
}
