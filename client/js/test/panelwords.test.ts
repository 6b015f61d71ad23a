import assert from "node:assert/strict";
import { test } from "node:test";

import type { Transport } from "../src/ladder.ts";
import type { Standing } from "../src/page/membership.ts";
import { adviceWords, type ShownState, type Situation, standingWords, WHAT, wayWords } from "../src/page/panelwords.ts";

function situation(state: ShownState, more: Partial<Situation> = {}): Situation {
  return { state, lastedMs: 0, transport: "socket", hasNetwork: true, standing: "good", ...more };
}

test("each state says what it is and what to do", () => {
  for (const state of Object.keys(WHAT) as ShownState[]) {
    assert.notEqual(WHAT[state], "");
    assert.notEqual(adviceWords(situation(state)), "");
  }
});

test("a way is named only where there is one", () => {
  const transports: readonly Transport[] = ["socket", "stream", "poll"];
  const live = transports.map((transport) => wayWords(situation("live", { transport })));
  assert.equal(new Set(live).size, 3);
  assert.equal(wayWords(situation("offline")), "none");
  assert.equal(wayWords(situation("paused", { transport: "stream" })), "none");
  const advice = transports.map((transport) => adviceWords(situation("live", { transport })));
  assert.equal(new Set(advice).size, 3);
});

test("what lasts long, and a device without network, are told apart", () => {
  for (const state of ["connecting", "catching-up"] as const) {
    assert.notEqual(adviceWords(situation(state)), adviceWords(situation(state, { lastedMs: 60_000 })));
  }
  assert.match(adviceWords(situation("offline", { hasNetwork: false })), /This device says/);
  assert.doesNotMatch(adviceWords(situation("offline")), /This device says/);
});

test("somebody who is banned or signed out reads what that means here", () => {
  const words = (["good", "banned", "signed out"] as Standing[]).map(standingWords);
  assert.equal(words[0], "");
  assert.match(words[1] ?? "", /You are banned/);
  assert.match(words[2] ?? "", /You are signed out/);
  assert.equal(adviceWords(situation("stopped", { standing: "signed out" })), "Sign in again to go on.");
});
