// The message that was sent, set for reading: label and words beside each other, commands to copy.

import { badge, copyButton, make } from "./dom.js";

// Said by the page itself, in its own way: times with the reader's clock, the link as a link.
const SAID_ELSEWHERE = /^(Since|Until): |^Incident \d+(: |$)/;

// The lines below the title: [{label, lines: [text], commands: [text]}].
export function parseMessage(text) {
  const parts = [];
  for (const line of String(text).split("\n").slice(1)) {
    if (line.trim() === "" || SAID_ELSEWHERE.test(line)) continue;
    const indented = /^\s{2,}/.test(line);
    const last = parts[parts.length - 1];
    if (indented && last) {
      put(last, line.trim());
      continue;
    }
    // "Impact: ...", "db-1 sudo log: ...", "Planned? ..."
    const match = /^([^:?]{1,32})(?:: |\? )(.*)$/.exec(line);
    const part = { label: match ? match[1] : "", lines: [], commands: [] };
    part.isCommand = part.label === "Do" || part.label === "Planned";
    put(part, match ? match[2] : line);
    parts.push(part);
  }
  return parts;
}

function put(part, line) {
  // "(removes this rule only ...)" stands below a command and is none.
  if (part.isCommand && !line.startsWith("(")) {
    part.commands.push(line);
  } else {
    part.lines.push(line);
  }
}

// Spaces stay text, so that what is selected by hand is the command as it is.
function commandCode(command) {
  const words = command.split(/( +)/).filter(Boolean);
  return make("code", "", ...words.map((word) => (
    word.startsWith(" ") ? word : make("span", "word", word))));
}

export function messageBody(text) {
  const list = make("dl", "message");
  for (const part of parseMessage(text)) {
    const words = make("dd", "");
    for (const command of part.commands) {
      words.append(make("div", "command", commandCode(command),
                        copyButton("Copy", () => command)));
    }
    for (const line of part.lines) words.append(make("div", "", line));
    list.append(make("dt", "", part.label), words);
  }
  return list;
}

// "CRITICAL shop-prod: database down. More." -> {headline: "Database down", more: "More."}
export function splitTitle(title) {
  const words = String(title).replace(/^[A-Z]+ [^ :]+: /, "");
  const end = words.search(/\. /);
  const headline = (end < 0 ? words : words.slice(0, end)).replace(/\.$/, "");
  return { headline: headline.charAt(0).toUpperCase() + headline.slice(1),
           more: end < 0 ? "" : words.slice(end + 2) };
}

export const severityBadge = (severity) => badge(String(severity).toUpperCase(), severity);
