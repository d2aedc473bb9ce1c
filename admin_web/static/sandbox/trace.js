// The trace of the last messages, and the drawer that shows the record behind a step.

import { element } from "./phone.js";

export class Trace {
  constructor(root, drawer, page) {
    Object.assign(this, { root, drawer, page, shown: "", newest: 0 });
    this.list = root.querySelector(".traces");
    this.empty = root.querySelector(".empty");
    this.record = drawer.querySelector(".record");
    drawer.querySelector(".close").addEventListener("click", () => drawer.close());
    drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  }

  /** Show these traces, newest first; true when one of them is new. */
  show(traces) {
    const shape = JSON.stringify(traces);
    if (shape === this.shown) return false;
    const before = this.shown ? this.newest : Infinity;
    this.shown = shape;
    this.newest = Math.max(0, ...traces.map((trace) => trace.id));
    this.empty.hidden = traces.length > 0;
    this.list.replaceChildren(...traces.map((trace) => this.#item(trace, before)));
    return this.newest > before;
  }

  #item(trace, before) {
    const took = trace.ms === null ? "" : `${trace.ms} ms`;
    const head = element(
      "div",
      { className: "head" },
      element("strong", {}, trace.name),
      element("span", { className: "words" }, trace.text),
      element("time", { dateTime: trace.at }, this.page.time(new Date(trace.at))),
      element("span", { className: "ms" }, took),
    );
    const steps = element("ol", { className: "steps" });
    for (const step of trace.steps) {
      const open = () => this.#open(step);
      const button = element("button", { type: "button", className: step.tone, onclick: open }, step.label);
      steps.append(element("li", {}, button));
    }
    const item = element("li", {}, head, steps);
    item.classList.toggle("fresh", trace.id > before);
    return item;
  }

  async #open(step) {
    this.drawer.querySelector("h2").textContent = step.label;
    this.record.replaceChildren();
    if (!this.drawer.open) this.drawer.showModal();
    try {
      const answer = await fetch(`/sandbox/steps/${step.kind}/${step.id}?lang=${this.page.language}`);
      if (!answer.ok) throw new Error(answer.statusText);
      this.#fill(await answer.json());
    } catch {
      this.record.append(element("p", { className: "why" }, this.page.words.failed));
    }
  }

  #fill({ title, why, facts, changes, raw }) {
    this.drawer.querySelector("h2").textContent = title;
    this.record.append(element("p", { className: "why" }, why));
    if (changes.length) this.record.append(this.#changes(changes));
    const list = element("dl");
    for (const [name, value] of facts) list.append(element("dt", {}, name), element("dd", {}, value));
    this.record.append(list);
    if (raw) this.record.append(element("h3", {}, this.page.words.raw), element("pre", {}, raw));
  }

  #changes(changes) {
    const { before, after } = this.page.words;
    const head = element("tr", {}, ...["", before, after].map((name) => element("th", { scope: "col" }, name)));
    const rows = changes.map(({ record, field, old, new: now }) =>
      element(
        "tr",
        {},
        element("td", {}, `${record}\n${field}`),
        element("td", { className: "old" }, old),
        element("td", { className: "new" }, now),
      ),
    );
    return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  }
}
