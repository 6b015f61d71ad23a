// What readers download stays small.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MAX_SCRIPT_BYTES = 50 * 1024;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("the script of the page takes less than 50 KiB compressed", async () => {
  const { outputFiles } = await build({
    entryPoints: [here("../src/page/main.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  assert.ok(gzipSync(outputFiles[0]!.contents).byteLength < MAX_SCRIPT_BYTES);
});
