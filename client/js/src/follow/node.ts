// What only Node has: a file that keeps the place.

import { readFile, rename, writeFile } from "node:fs/promises";
import { type Kept, keptOf, type Store } from "./keeper.ts";

export type { Kept, Store };

/** In a file, replaced at once or not at all. One follower for each file. */
export function keepInFile(path: string): Store {
  return {
    read: async () => keptOf(await textOf(path), path),
    write: async (kept) => {
      await writeFile(`${path}.new`, `${JSON.stringify(kept, null, 1)}\n`, { flush: true });
      await rename(`${path}.new`, path);
    },
  };
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") {
      return null;
    }
    throw error;
  }
}
