// Hosts with their checks. A host's rows are only made while it is open, so that a fleet of
// thousands stays light.

import { ageElement, byId, make, setAge, setBadge, setClass, setHidden, setText, setTime,
         syncChildren, timeElement } from "./dom.js";
import { badness, stackName, stateColour, stateWord } from "./model.js";
import { gaugeName, gaugeText } from "./time.js";

const FEW_HOSTS = 8; // so many are all shown open

const LINK_WORDS = { CONNECTED: "connected", SILENT: "silent", SAID_GOODBYE: "stopped on purpose" };

function checkRow() {
  const row = make("tr", "");
  const parts = row.parts = {
    state: make("span", "badge"),
    name: make("code", "check-id"),
    subject: make("span", "quiet"),
    reason: make("span", "reason"),
    detail: make("span", "detail"),
    pending: make("p", "pending"),
    facts: make("ul", "facts"),
    since: timeElement(""),
    age: ageElement("quiet"),
    gauges: make("ul", "gauges"),
  };
  const cell = (className, ...children) => make("td", className, ...children);
  const head = make("th", "what", parts.name, parts.subject);
  head.scope = "row";
  row.append(cell("state", parts.state), head,
             cell("says", make("p", "", parts.reason, " ", parts.detail), parts.pending, parts.facts),
             cell("since", parts.since, parts.age), cell("measured", parts.gauges));
  return row;
}

function updateCheckRow(row, { check, decision }) {
  const { parts } = row;
  const word = stateWord(check.state);
  const trouble = word !== "OK";
  setBadge(parts.state, word === "UNSPECIFIED" ? "NOT YET SEEN" : word, stateColour(check.state));
  setClass(row, `${stateColour(check.state)}${check.stale ? " stale" : ""}`);
  setText(parts.name, check.id);
  setText(parts.subject, check.subject);
  setText(parts.reason, check.reason);
  setText(parts.detail, check.detail);
  const note = check.stale ? "Last known; the host is not connected"
    : decision ? `Not an incident yet: ${decision}` : "";
  setText(parts.pending, note);
  setHidden(parts.pending, note === "");
  // Facts speak of a state that is not OK; of the rest the detail is enough.
  const facts = trouble ? (check.evidence ?? []) : [];
  syncChildren(parts.facts, facts.map((fact, index) => ({ text: fact.text, index })),
               ({ index }) => index, () => make("li", ""), (item, { text }) => setText(item, text));
  setHidden(parts.facts, facts.length === 0);
  setTime(parts.since, check.since);
  setAge(parts.age, trouble ? check.since : null);
  syncChildren(parts.gauges, check.gauges ?? [], (gauge) => gauge.name, (gauge) => {
    const item = make("li", "", make("span", "quiet", gaugeName(gauge.name)), make("b", ""));
    item.title = gauge.name;
    return item;
  }, (item, gauge) => setText(item.lastElementChild, gaugeText(gauge.name, gauge.value)));
}

function hostCard({ open }) {
  const card = make("details", "host");
  card.open = open;
  const link = make("span", "link");
  const parts = card.parts = {
    state: make("span", "badge"),
    name: make("span", "host-name"),
    role: make("span", "role"),
    link,
    heard: ageElement(),
    linkPart: make("span", "quiet link-part", link),
    facts: make("span", "quiet host-facts"),
    counts: make("span", "quiet host-counts"),
    rows: make("tbody", ""),
    caption: make("caption", "for-ears"),
  };
  card.append(make("summary", "", parts.state, parts.name, parts.role, parts.counts, parts.linkPart,
                   parts.facts));
  const columns = ["State", "Check", "What it says", "Since", "Measured"].map((word) => {
    const head = make("th", "", word);
    head.scope = "col";
    return head;
  });
  card.append(make("table", "checks", parts.caption, make("thead", "", make("tr", "", ...columns)),
                   parts.rows));
  card.addEventListener("toggle", () => card.fill?.());
  return card;
}

function hostFacts(host) {
  const facts = [stackName(host.stack), ...(host.addresses ?? [])];
  const offset = Number(host.clock_offset_seconds);
  if (Math.abs(offset) > 0.1 && Math.abs(offset) > Number(host.clock_uncertainty_seconds)) {
    facts.push(`clock ${offset > 0 ? "+" : ""}${Number(offset.toPrecision(2))} s`);
  }
  return facts.filter(Boolean).join(" \u00b7 ");
}

function updateHostCard(card, { host, checks, worst }) {
  const { parts } = card;
  const connected = host.link === "LINK_CONNECTED";
  const troubled = checks.filter(({ check }) => badness(check.state) > 0).length;
  setBadge(parts.state, connected || worst !== "OK" ? worst : "STALE",
           connected || worst !== "OK" ? stateColour(worst) : "unknown");
  setClass(card, `host ${connected ? "" : "away"}`.trim());
  setText(parts.name, host.name);
  setText(parts.role, host.role ? `role ${host.role}` : "");
  setText(parts.counts, troubled > 0 ? `${troubled} of ${checks.length} checks not OK`
                                    : `${checks.length} check${checks.length === 1 ? "" : "s"}`);
  const word = stateWord(host.link);
  setText(parts.link, LINK_WORDS[word] ?? word.toLowerCase());
  setClass(parts.link, `link ${connected ? "ok" : "warning"}`);
  if (connected) {
    parts.heard.remove();
  } else {
    if (!parts.heard.isConnected) parts.linkPart.append(" for ", parts.heard);
    setAge(parts.heard, host.last_heard_at ?? host.link_since);
  }
  setText(parts.facts, hostFacts(host));
  setText(parts.caption, `Checks of ${host.name}`);
  card.fill = () => {
    if (!card.open) return;
    syncChildren(parts.rows, checks, ({ check }) => check.id, checkRow, updateCheckRow);
  };
  card.fill();
}

const matches = (needle, ...texts) => texts.some((text) => String(text).toLowerCase().includes(needle));

// Brings the section up to date. `filter`: {text, onlyTrouble}.
export function showHosts(model, filter) {
  const decisions = model.pendingDecisions();
  const needle = filter.text.trim().toLowerCase();
  const items = [];
  for (const host of model.hosts.values()) {
    const key = `${stackName(host.stack)}/${host.name}`;
    let checks = model.checksOf(host);
    const worst = stateWord(checks.reduce((a, c) => (badness(c.state) > badness(a) ? c.state : a),
                                          checks.length ? "STATE_OK" : "STATE_UNSPECIFIED"));
    const hostMatches = needle === "" || matches(needle, host.name, host.role, stackName(host.stack));
    if (!hostMatches) {
      checks = checks.filter((c) => matches(needle, c.id, c.subject, c.reason, c.detail));
    }
    if (filter.onlyTrouble) checks = checks.filter((c) => badness(c.state) > 0);
    const away = host.link !== "LINK_CONNECTED";
    if (checks.length === 0 && (!hostMatches || (filter.onlyTrouble && !away))) continue;
    checks.sort((a, b) => badness(b.state) - badness(a.state) || (a.id < b.id ? -1 : 1));
    items.push({
      key, host, worst, rank: Math.max(badness(worst), away ? 2 : 0),
      open: model.hosts.size <= FEW_HOSTS || badness(worst) > 0,
      checks: checks.map((check) => ({ check, decision: decisions.get(`${key}/${check.id}`) })),
    });
  }
  items.sort((a, b) => b.rank - a.rank || (a.key < b.key ? -1 : 1));
  syncChildren(byId("hosts"), items, ({ key }) => key, hostCard, updateHostCard);
  const filtered = needle !== "" || filter.onlyTrouble;
  setHidden(byId("no-hosts"), items.length > 0);
  setText(byId("no-hosts"), filtered && model.hosts.size > 0
    ? "No host and no check fits the filter."
    : "No agent has connected yet. An agent shows up here as soon as its certificate is accepted.");
}
