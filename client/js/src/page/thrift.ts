// Low-data mode: what the reader has chosen for this device, on all pages.

const KEPT = "tertulia-low-data";

/** Nothing is kept where the browser refuses: then it holds for this page. */
let isThrifty = read();

/** Whether the reader wants the page to spend little: no counts of readers, no line in the background. */
export function savesData(): boolean {
  return isThrifty;
}

export function saveData(isWanted: boolean): void {
  isThrifty = isWanted;
  try {
    localStorage.setItem(KEPT, isWanted ? "yes" : "no");
  } catch {
    return; // a private window, or no room
  }
}

function read(): boolean {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false;
  }
}
