// What the reader may do on the page of a thread: taken anew from the page as the server gives it now.

import type { Viewer } from "./article.ts";
import { takeChildren } from "./fresh.ts";

/** What the server has written on the page's main element. */
export function viewerOf(data: DOMStringMap): Viewer {
  return {
    memberId: data["memberId"] === undefined ? null : Number(data["memberId"]),
    mayModerate: data["mayModerate"] !== undefined,
    mayRate: data["mayRate"] !== undefined,
    mayPost: data["mayPost"] !== undefined,
    mayReport: data["mayRate"] !== undefined, // nobody but the banned may not
  };
}

/** Show the tools, marks, menu and form that the reader has on `page`; posts and what is being written stay. */
export function takePermissions(main: HTMLElement, page: Document): Viewer {
  for (const article of page.querySelectorAll<HTMLElement>("#posts > [data-post-id]")) {
    const shown = main.querySelector(`#posts > [data-post-id="${article.dataset["postId"]}"]`);
    for (const name of ["tools", "rating"]) {
      const slot = shown?.querySelector(`[data-slot=${name}]`);
      if (slot) {
        takeChildren(slot, article.querySelector(`[data-slot=${name}]`));
      }
    }
  }
  const [menu, freshMenu] = [main.querySelector("#moderate"), page.getElementById("moderate")];
  if (menu !== null && freshMenu === null) {
    menu.remove();
  } else if (menu === null && freshMenu !== null) {
    main.querySelector("#thread-title")?.after(document.adoptNode(freshMenu));
  }
  takeForm(main, page);
  return viewerOf(page.getElementById("thread")?.dataset ?? {});
}

/** The form, or why there is none. */
function takeForm(main: HTMLElement, page: Document): void {
  const [form, hint] = [main.querySelector<HTMLElement>(".write"), main.querySelector(".write-hint")];
  const [freshForm, freshHint] = [page.querySelector("#thread > .write"), page.querySelector("#thread > .write-hint")];
  if (freshForm !== null) {
    if (form === null) {
      hint?.before(document.adoptNode(freshForm));
    } else {
      closeForm(form, false);
    }
    hint?.remove();
  } else if (freshHint !== null && form !== null) {
    hint?.remove();
    form.before(document.adoptNode(freshHint));
    closeForm(form, true);
  }
}

/** Nothing can be sent; a text that is there stays before its writer's eyes. */
export function closeForm(form: HTMLElement, isClosed: boolean): void {
  const field = form.querySelector("textarea");
  form.classList.toggle("is-closed", isClosed);
  form.hidden = isClosed && (field === null || field.value === "");
  if (field !== null) {
    field.readOnly = isClosed;
  }
}
