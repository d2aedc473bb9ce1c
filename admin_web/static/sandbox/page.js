// The sandbox page: two phones and a trace, live over one stream of server-sent events.

import { element, Phone } from "./phone.js";
import { Trace } from "./trace.js";

const { dataset } = document.documentElement;
const zone = { timeZone: dataset.timezone };
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { ...zone, hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(document.documentElement.lang, { ...zone, month: "short", day: "numeric" });
const DAY = 24 * 60 * 60 * 1000;

const page = {
  language: dataset.language,
  words: JSON.parse(dataset.words),
  time: (at) => clock.format(at),
  moment(at) {
    const names = [page.words.today, page.words.yesterday];
    const ago = [0, 1].find((days) => day.format(Date.now() - days * DAY) === day.format(at));
    if (ago === 0) return page.time(at);
    return `${ago === undefined ? day.format(at) : names[ago]} ${page.time(at)}`;
  },
};

const stage = document.querySelector(".stage");
const offline = document.querySelector(".offline");
const sides = ["rep", "customer"];
const selects = Object.fromEntries(sides.map((side) => [side, document.getElementById(`${side}-person`)]));
const phones = Object.fromEntries(
  sides.map((side) => {
    const say = (text, tap) => post("/sandbox/say", { who: side, id: selects[side].value, text, tap });
    return [side, new Phone(document.getElementById(side), page, say)];
  }),
);
const trace = new Trace(document.getElementById("trace"), document.getElementById("drawer"), page);

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// Who the phones are

const chosen = JSON.parse(sessionStorage.getItem("phones") || "{}");
for (const side of sides) {
  const select = selects[side];
  if ([...select.options].some((option) => option.value === chosen[side])) select.value = chosen[side];
  select.addEventListener("change", async () => {
    if (select.value === "+") await newcomer(select);
    connect();
  });
}

async function newcomer(select) {
  select.disabled = true;
  try {
    const { id, name } = await post("/sandbox/follow", {});
    const option = element("option", { value: id }, `${page.words.newcomer} · ${name}`);
    select.insertBefore(option, select.lastElementChild);
    select.value = id;
  } catch {
    select.selectedIndex = 0;
  } finally {
    select.disabled = false;
  }
}

// The stream; the browser reconnects by itself, and every connection begins with everything

let stream = null;
const unread = { rep: 0, customer: 0, trace: 0 };

function connect() {
  stream?.close();
  const [rep, customer] = sides.map((side) => selects[side].value);
  sessionStorage.setItem("phones", JSON.stringify({ rep, customer }));
  const query = new URLSearchParams({ rep, customer, lang: page.language });
  stream = new EventSource(`/sandbox/events?${query}`);
  const on = (name, act) => stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("phones", (shown) => sides.forEach((side) => shown[side] && phones[side].begin(shown[side])));
  on("entry", ({ side, entry }) => {
    phones[side].add(entry);
    if (!entry.mine) count(side);
  });
  on("state", ({ sides: states, traces }) => {
    for (const side of sides) phones[side].state(states[side]);
    if (trace.show(traces)) count("trace");
  });
  stream.addEventListener("open", () => (offline.hidden = true));
  stream.addEventListener("error", () => {
    offline.textContent = page.words.offline;
    offline.hidden = false;
    // A browser gives up on a stream that was refused; we do not.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

// Tabs of the narrow page

const tabs = [...document.querySelectorAll("[data-tab]")];

function count(name) {
  if (stage.dataset.shown !== name) unread[name] += 1;
  tabs.forEach((tab) => (tab.querySelector("b").textContent = unread[tab.dataset.tab] || ""));
}

for (const tab of tabs) {
  tab.addEventListener("click", () => {
    stage.dataset.shown = tab.dataset.tab;
    unread[tab.dataset.tab] = 0;
    tabs.forEach((other) => other.setAttribute("aria-selected", other === tab));
    count(tab.dataset.tab);
    const talk = document.querySelector(`#${tab.dataset.tab} .talk`);
    if (talk) talk.scrollTop = talk.scrollHeight;
  });
}

// Light and dark

document.getElementById("theme").addEventListener("click", () => {
  const dark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", dataset.theme);
});

function tick() {
  for (const face of document.querySelectorAll(".clock")) face.textContent = page.time(new Date());
}

tick();
setInterval(tick, 10_000);
connect();
