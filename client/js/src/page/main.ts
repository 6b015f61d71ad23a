// The script of all pages: each element that it knows is brought to life, a page without them stays as it is.

import { startThreadPage } from "./thread.ts";
import { localiseTimes } from "./times.ts";

const STARTERS: Readonly<Record<string, (element: HTMLElement) => void>> = {
  thread: startThreadPage,
};

localiseTimes(document);
for (const [id, start] of Object.entries(STARTERS)) {
  const element = document.getElementById(id);
  if (element !== null) {
    start(element);
  }
}
