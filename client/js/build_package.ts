// Builds the package for programs, of which `package/` has the description: `node build_package.ts [FOLDER]`.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = process.argv[2] ?? here("package/dist");

await build({
  entryPoints: { index: here("src/follow/index.ts"), node: here("src/follow/node.ts") },
  outdir: folder,
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: ["es2022"],
  charset: "utf8",
  external: ["node:*"],
  mainFields: ["module", "main"],
  sourcemap: "linked",
  logLevel: "warning",
});
const types = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", here("src"), "--outDir", folder];
execFileSync(process.execPath, [here("node_modules/typescript/bin/tsc"), "-p", here("tsconfig.package.json"), ...types], {
  stdio: "inherit",
});
