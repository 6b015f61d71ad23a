// Seeded chance for tests: a failing round can be repeated from its seed.

export interface Chance {
  /** Evenly from 0 to 1. */
  next(): number;
  /** An integer from 0 to `end - 1`. */
  below(end: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
}

/** The mulberry32 generator. */
export function randomFrom(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return { next, below, once: (times) => below(times) === 0 };
}
