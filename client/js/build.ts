// Bundles the scripts of the pages, and of the worker that their tabs share, into the server's static files: `node build.ts` needs nothing on the PATH.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { page: here("src/page/main.ts"), worker: here("src/page/worker.ts") },
  outdir: here("../../server/tertulia_server/web/static/dist"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  sourcemap: "linked",
  sourcesContent: true,
  logLevel: "info",
});
