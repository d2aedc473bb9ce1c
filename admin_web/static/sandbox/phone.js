// One phone: its bubbles, suggestions and input. Everything people wrote goes in as text, never as markup.

const GAP = 5 * 60 * 1000;
const TINTS = 6;
const NEAR = 40;

/** Make an element: `element("p", {className: "x"}, "words", child)`. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export class Phone {
  /** `send(text, tap)` writes to the account and resolves when it has answered. */
  constructor(root, page, send) {
    Object.assign(this, { root, page, send, name: "", pending: 0, last: null, hint: null, kept: [], atEnd: true });
    this.find = (selector) => root.querySelector(selector);
    this.talk = this.find(".talk");
    this.input = this.find("textarea");
    this.button = this.find(".write button");
    this.title = this.find(".title strong");
    this.notes = new Map();
    this.#listen();
  }

  #listen() {
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("keydown", (event) => {
      // 229 and isComposing: Enter then ends the composition of an input method, not the message.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("input", () => this.#fit());
    // Suggestions that come or go and a keyboard that opens change the height: stay at the end.
    let height = 0;
    this.talk.addEventListener("scroll", () => {
      if (this.talk.clientHeight === height) this.atEnd = this.#isAtEnd();
    });
    new ResizeObserver(() => {
      height = this.talk.clientHeight;
      if (this.atEnd) this.#down();
    }).observe(this.talk);
    const chips = this.find(".chips");
    chips.addEventListener("wheel", (event) => (chips.scrollLeft += event.deltaY), { passive: true });
  }

  #isAtEnd() {
    return this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < NEAR;
  }

  #fit() {
    this.button.disabled = !this.input.value.trim();
    this.input.style.height = "38px";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  async #submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#fit();
    if (!(await this.say(text)) && !this.input.value) {
      this.input.value = text;
      this.#fit();
    }
  }

  /** Write (or tap); false when it could not be sent. */
  async say(text, tap = "") {
    this.#busy(1);
    try {
      return await this.send(text, tap);
    } catch {
      this.#line("system", this.page.words.unsent);
      this.#down();
      return false;
    } finally {
      this.#busy(-1);
    }
  }

  #busy(step) {
    this.pending += step;
    this.title.textContent = this.pending ? this.page.words.typing : this.title.dataset.title;
  }

  /** Begin anew with everything this phone shows. */
  begin({ name, entries }) {
    this.name = name;
    this.last = this.hint = null;
    this.notes.clear();
    this.talk.replaceChildren();
    for (const entry of entries) this.#put(entry, false);
    this.#chips();
    this.#down();
  }

  /** Show one more bubble. */
  add(entry) {
    this.#put(entry, true);
    this.#chips();
    this.#down();
  }

  #put(entry, fresh) {
    const at = new Date(entry.at);
    if (!this.last || at - this.last > GAP) this.#line("moment", this.page.moment(at));
    this.last = at;
    const system = { follow: "followed", unfollow: "unfollowed", scan: "scanned" }[entry.kind];
    if (system) this.#line("system", this.page.words[system]);
    else if (entry.kind === "error") this.#line("system", entry.text);
    else this.#bubble(entry, fresh);
    if (!entry.mine) {
      const waiting = entry.text.match(/(?:回|\bre)\s?(\d+)/i);
      if (waiting) this.hint = waiting[1];
    } else if (this.hint && new RegExp(`^(?:回|re)\\s?${this.hint}\\b`, "i").test(entry.text)) this.hint = null;
  }

  #line(className, text) {
    this.talk.append(element("div", { className }, text));
  }

  #bubble(entry, fresh) {
    const bubble = element("div", { className: "bubble" }, element("span", {}, entry.text));
    if (entry.choices.length) bubble.append(this.#choices(entry.choices));
    const fate = element("div", { className: "fate" }, this.#fate(entry, fresh));
    if (entry.mine && entry.number) this.notes.set(entry.number, fate);
    const said = element("div", { className: "said" }, bubble, fate);
    const row = element("div", { className: "row" }, this.#avatar(entry.mine), said);
    row.classList.toggle("mine", entry.mine);
    row.classList.toggle("fresh", fresh);
    this.talk.append(row);
  }

  #fate(entry, fresh) {
    if (entry.mine) return fresh && entry.number ? this.page.words.sending : "";
    return this.page.words[entry.via] || "";
  }

  #avatar(mine) {
    const name = mine ? this.name : this.title.dataset.title;
    const made = element("span", { className: "avatar", ariaHidden: "true" }, [...name][0] || "?");
    const tint = mine ? 1 + ([...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % (TINTS - 1)) : 0;
    made.classList.add(`t${tint}`);
    return made;
  }

  #choices(choices) {
    const row = element("div", { className: "choices" });
    for (const choice of choices) {
      const tap = () => this.say(choice.value, choice.id);
      row.append(element("button", { type: "button", onclick: tap }, choice.label));
    }
    return row;
  }

  /** What may change without a new bubble. */
  state({ marks, chips, window }) {
    for (const [number, words] of Object.entries(marks)) {
      const note = this.notes.get(number);
      if (note && note.textContent !== words) note.textContent = words;
    }
    this.find(".window").textContent = window;
    if (this.atEnd) this.#down();
    if (JSON.stringify(chips) === JSON.stringify(this.kept)) return;
    this.kept = chips;
    this.#chips();
  }

  #chips() {
    const answer = this.hint ? [this.page.words.answer.replace("{id}", this.hint)] : [];
    const made = [...answer, ...this.kept].map((text, place) => {
      const button = element("button", { type: "button", onclick: () => this.say(text) }, text);
      button.classList.toggle("answer", place < answer.length);
      return button;
    });
    this.find(".chips").replaceChildren(...made);
  }

  #down() {
    this.talk.scrollTop = this.talk.scrollHeight;
    this.atEnd = true;
  }
}
