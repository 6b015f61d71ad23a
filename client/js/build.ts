// Bundles the script of the pages into the server's static files: `node build.ts` needs nothing on the PATH.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here("src/page/main.ts")],
  outfile: here("../../server/tertulia_server/web/static/dist/page.js"),
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
