// Hosts with their checks: which are shown, in which order, and a host's card. A host's rows are
// only made while it is open, so that a fleet of thousands stays light.

import { checkRow, updateCheckRow } from "./check_row.js";
import { ageElement, byId, make, setAge, setBadge, setClass, setHidden, setText,
         syncChildren } from "./dom.js";
import { badness, stackName, stateColour, stateWord } from "./model.js";

const FEW_HOSTS = 8; // so many are all shown open, where the screen is wide

const byName = new Intl.Collator("en", { numeric: true }); // app-2 before app-10

const LINK_WORDS = { CONNECTED: "connected", SILENT: "silent", SAID_GOODBYE: "stopped on purpose" };
const COLUMNS = ["State", "Check", "What it says", "Since", "Measured"];

function hostCard() {
  const card = make("details", "host");
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
    refused: make("ul", "refused"),
    rows: make("tbody", ""),
    caption: make("caption", "for-ears"),
  };
  card.append(make("summary", "", parts.state, parts.name, parts.role, parts.counts, parts.linkPart,
                   parts.facts));
  const heads = COLUMNS.map((word) => {
    const head = make("th", "", word);
    head.scope = "col";
    return head;
  });
  card.append(parts.refused);
  card.append(make("table", "checks", parts.caption, make("thead", "", make("tr", "", ...heads)),
                   parts.rows));
  card.firstElementChild.addEventListener("click", () => { card.byHand = true; });
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

function updateLink(parts, host, connected) {
  const word = stateWord(host.link);
  setText(parts.link, LINK_WORDS[word] ?? word.toLowerCase());
  setClass(parts.link, `link ${connected ? "ok" : "warning"}`);
  if (connected) {
    parts.heard.remove();
    return;
  }
  if (!parts.heard.isConnected) parts.linkPart.append(" for ", parts.heard);
  setAge(parts.heard, host.last_heard_at ?? host.link_since);
}

function updateHostCard(card, { host, checks, worst, connected, open }) {
  const { parts } = card;
  const troubled = checks.filter(({ check }) => badness(check.state) > 0).length;
  const silentOnly = !connected && worst === "OK";
  setBadge(parts.state, silentOnly ? "STALE" : worst === "UNSPECIFIED" ? "NO CHECKS" : worst,
           silentOnly ? "unknown" : stateColour(worst));
  setClass(card, `host ${connected ? "" : "away"}`.trim());
  setText(parts.name, host.name);
  const roles = (host.role || "").split(",").filter((role) => role !== "");
  setText(parts.role, roles.length > 0 ? `${roles.length > 1 ? "roles" : "role"} ${roles.join(", ")}` : "");
  setText(parts.counts, troubled > 0 ? `${troubled} of ${checks.length} checks not OK`
                                    : `${checks.length} check${checks.length === 1 ? "" : "s"}`);
  updateLink(parts, host, connected);
  setText(parts.facts, hostFacts(host));
  setText(parts.caption, `Checks of ${host.name}`);
  // What its agent said and nobody could use.
  syncChildren(parts.refused, host.refused ?? [], ({ name }) => name, () => make("li", ""),
               (item, { name, why }) => setText(item, `Not understood: ${name}: ${why}`));
  setHidden(parts.refused, (host.refused ?? []).length === 0);
  // Trouble opens a card, and its end closes it again, unless the reader has decided.
  if (!card.byHand && card.open !== open) card.open = open;
  card.fill = () => {
    if (!card.open) return;
    syncChildren(parts.rows, checks, ({ check }) => check.id, checkRow, updateCheckRow);
  };
  card.fill();
}

const matches = (needle, ...texts) => texts.some((text) => String(text).toLowerCase().includes(needle));

// The host's card as values, or null when the filter leaves nothing of it.
function hostItem(model, host, { needle, onlyTrouble, decisions, allOpen }) {
  const key = `${stackName(host.stack)}/${host.name}`;
  const connected = model.isConnected(host);
  let checks = model.checksOf(host);
  const worst = stateWord(checks.reduce((a, c) => (badness(c.state) > badness(a) ? c.state : a),
                                        checks.length ? "STATE_OK" : "STATE_UNSPECIFIED"));
  const hostMatches = needle === "" || matches(needle, host.name, host.role, stackName(host.stack));
  if (!hostMatches) {
    checks = checks.filter((c) => matches(needle, c.id, c.subject, c.reason, c.detail));
  }
  if (onlyTrouble) checks = checks.filter((c) => badness(c.state) > 0);
  if (checks.length === 0 && (!hostMatches || (onlyTrouble && connected))) return null;
  checks.sort((a, b) => badness(b.state) - badness(a.state) || byName.compare(a.id, b.id));
  return {
    key, host, worst, connected,
    rank: Math.max(badness(worst), connected ? 0 : badness("WARNING")),
    open: allOpen || badness(worst) > 0 || needle !== "",
    checks: checks.map((check) => (
      { check, stale: model.isLastKnown(host, check), decision: decisions.get(`${key}/${check.id}`) })),
  };
}

// Brings the section up to date. `filter`: {text, onlyTrouble}.
export function showHosts(model, filter) {
  const how = {
    needle: filter.text.trim().toLowerCase(),
    onlyTrouble: filter.onlyTrouble,
    decisions: model.pendingDecisions(),
    allOpen: model.hosts.size <= FEW_HOSTS && !matchMedia("(max-width: 760px)").matches,
  };
  const items = [...model.hosts.values()].map((host) => hostItem(model, host, how)).filter(Boolean);
  items.sort((a, b) => b.rank - a.rank || byName.compare(a.key, b.key));
  syncChildren(byId("hosts"), items, ({ key }) => key, hostCard, updateHostCard);
  setHidden(byId("first-run"), model.hosts.size > 0);
  setHidden(byId("filter"), model.hosts.size === 0);
  setHidden(byId("no-match"), model.hosts.size === 0 || items.length > 0);
}
