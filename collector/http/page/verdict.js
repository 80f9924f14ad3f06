// The one sentence on top, and what of it is seen in the tab: its title and its icon.

import { byId, make, setClass, setHidden, setText, syncChildren } from "./dom.js";
import { stackName, stateWord } from "./model.js";

const ICONS = { critical: "/favicon-critical.svg", warning: "/favicon-warning.svg",
                ok: "/favicon.svg", unknown: "/favicon-unknown.svg" };

// Kept here, since it is wanted when there is nobody to ask for it.
let lostIcon = ICONS.unknown;
fetch(ICONS.unknown).then((answer) => answer.text()).then((svg) => {
  lostIcon = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}).catch(() => {});

const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function countAll(model) {
  const hosts = [...model.hosts.values()];
  const states = { OK: 0, WARNING: 0, CRITICAL: 0, UNKNOWN: 0 };
  for (const host of hosts) {
    for (const check of model.checksOf(host)) {
      const word = stateWord(check.state);
      states[word in states ? word : "UNKNOWN"] += 1;
    }
  }
  return { ...states, hosts: hosts.length,
           connected: hosts.filter((host) => model.isConnected(host)).length,
           silent: hosts.filter((host) => host.link === "LINK_SILENT").length };
}

// {words, colour, title}: `colour` is one of ICONS' keys, `title` is for the tab.
function judge(open, counts) {
  if (open.length > 0) {
    const [worst] = open; // they come worst first
    const critical = open.filter((incident) => incident.severity === "critical").length;
    return {
      words: open.length === 1
        ? `1 incident is open: ${stackName(worst.stack)} ${worst.subject}, ${worst.severity}`
        : `${open.length} incidents are open${critical > 0 ? `, ${critical} critical` : ""}`,
      colour: critical > 0 ? "critical" : "warning",
      title: `(${open.length}) ${worst.subject} ${worst.severity}`,
    };
  }
  if (counts.hosts === 0) {
    return { words: "No host is watched yet", colour: "unknown", title: "No host yet" };
  }
  const troubled = counts.WARNING + counts.CRITICAL + counts.UNKNOWN;
  const parts = [];
  if (troubled > 0) parts.push(plural(troubled, "check is not OK", "checks are not OK"));
  if (counts.silent > 0) parts.push(plural(counts.silent, "host is silent", "hosts are silent"));
  if (parts.length === 0) return { words: "Everything is OK", colour: "ok", title: "OK" };
  return { words: `No incident is open; ${parts.join(", ")}`, colour: "warning",
           title: troubled > 0 ? `${troubled} not OK` : `${counts.silent} silent` };
}

function showCounts(counts) {
  setHidden(byId("counts"), counts.hosts === 0);
  const items = [["hosts connected", counts.connected, ""], ["silent", counts.silent, "warning"],
                 ["checks OK", counts.OK, "ok"], ["warning", counts.WARNING, "warning"],
                 ["critical", counts.CRITICAL, "critical"], ["unknown", counts.UNKNOWN, "unknown"]];
  syncChildren(byId("counts"), items, ([label]) => label,
    ([label]) => make("div", "", make("dt", "", label), make("dd", "")),
    (element, [, value, colour]) => {
      setText(element.lastElementChild, String(value));
      setClass(element, value > 0 ? colour : "");
    });
}

// `lost`: the collector cannot be reached, so that all this is only what was last known.
// `ownTitle`: the tab's title is another's business (the view of one incident).
export function showVerdict(model, { lost, ownTitle }) {
  const counts = countAll(model);
  const { words, colour, title } = judge(model.openIncidents(), counts);
  setText(byId("verdict-title"), lost ? `Last known: ${words}` : words);
  setClass(byId("verdict"), `verdict ${lost ? "unknown" : colour}`);
  showCounts(counts);
  if (lost) {
    document.title = "Connection lost \u00b7 Faultline";
  } else if (!ownTitle) {
    document.title = `${title} \u00b7 Faultline`;
  }
  const icon = lost ? lostIcon : ICONS[colour];
  if (byId("icon").getAttribute("href") !== icon) byId("icon").setAttribute("href", icon);
}
