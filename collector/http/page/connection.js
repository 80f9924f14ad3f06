// Whether what is shown is live: the word in the bar, and the banner while it is not.

import { byId, setClass, setHidden, setText } from "./dom.js";
import { collectorNow, countingText, whenText } from "./time.js";

const PATIENCE_MS = 1000; // a restart of the collector should not flash

export class Connection {
  // onChange(): `lost` has changed.
  constructor(onChange) {
    this.onChange = onChange;
    this.lost = false;
    this.brokenAt = null;  // by performance.now(); null while it works or was never there
    this.lastSign = null;  // when the collector was last heard, by its own clock
  }

  // The feed's connection works, or has ended.
  set(works) {
    if (works) {
      this.lastSign = collectorNow();
      this.brokenAt = null;
    } else {
      this.brokenAt ??= performance.now();
      setTimeout(() => this.tick(), PATIENCE_MS + 10);
    }
    this.tick();
  }

  // Call once a second.
  tick() {
    const broken = this.brokenAt === null ? 0 : performance.now() - this.brokenAt;
    const lost = broken >= PATIENCE_MS;
    const words = lost ? "Connection lost" : this.brokenAt !== null ? "Reconnecting"
      : this.lastSign === null ? "Connecting" : "Live";
    setText(byId("live-text"), words);
    setClass(byId("live"), `live ${lost ? "critical" : words === "Live" ? "ok" : ""}`.trim());
    setText(byId("lost-for"), lost ? `Connection lost for ${countingText(broken)}.` : "");
    if (lost === this.lost) return;
    this.lost = lost;
    setText(byId("lost-words"), lost ? this.lostWords() : "");
    setHidden(byId("lost"), !lost);
    document.body.classList.toggle("is-lost", lost);
    this.onChange();
  }

  lostWords() {
    const stale = this.lastSign === null ? ""
      : ` What you see is as of ${whenText(this.lastSign)} and may be wrong by now.`;
    return `The collector cannot be reached.${stale} Trying again by itself.`;
  }
}
