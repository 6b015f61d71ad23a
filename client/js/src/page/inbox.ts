// The list of notifications, brought to life: new ones come on top, and what was read in another tab is read here.

import type { NotificationData } from "../data.ts";
import { readNotifications } from "./api.ts";
import { momentElement } from "./times.ts";

const MAX_ITEMS = 100;

/** What is to be told of each change; `onAdded`: a row came that knows no more than the event has said. */
export function startInbox(list: HTMLElement, onAdded: () => void): (notification: NotificationData | null) => void {
  return (notification) => {
    if (notification === null) {
      void readAgain(list);
    } else if (list.dataset["isLatest"] !== undefined) {
      show(list, notification);
      onAdded();
    }
  };
}

function show(list: HTMLElement, notification: NotificationData): void {
  const template = document.getElementById("notification-template");
  if (!(template instanceof HTMLTemplateElement) || find(list, notification.id) !== null) {
    return;
  }
  const item = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
  fill(item, notification);
  list.prepend(item);
  [...list.children].slice(MAX_ITEMS).forEach((oldest) => oldest.remove());
  list.hidden = false;
  document.getElementById("no-notifications")?.setAttribute("hidden", "");
  const until = document.querySelector<HTMLInputElement>("#read-notifications input[name=until]");
  if (until !== null) {
    until.value = String(notification.id);
  }
}

function fill(item: HTMLElement, notification: NotificationData): void {
  const slot = (name: string): HTMLElement | null => item.querySelector<HTMLElement>(`[data-slot="${name}"]`);
  item.dataset["key"] = String(notification.id);
  item.dataset["threadId"] = String(notification.thread_id);
  item.dataset["postId"] = String(notification.post_id);
  item.classList.toggle("is-unread", !notification.is_read);
  slot("by")?.replaceChildren(notification.by);
  slot("title")?.replaceChildren(notification.title);
  slot("title")?.setAttribute("href", `/posts/${notification.post_id}`);
  slot("number")?.replaceChildren(`#${notification.number}`);
  slot("time")?.replaceChildren(momentElement(notification.created_ms));
  for (const words of item.querySelectorAll<HTMLElement>("[data-kind]")) {
    words.hidden = words.dataset["kind"] !== notification.kind;
  }
}

/** Which of them are read now. */
async function readAgain(list: HTMLElement): Promise<void> {
  try {
    for (const notification of (await readNotifications()).notifications) {
      find(list, notification.id)?.classList.toggle("is-unread", !notification.is_read);
    }
  } catch {
    return; // a reload shows it
  }
}

function find(list: HTMLElement, id: number): HTMLElement | null {
  return list.querySelector<HTMLElement>(`:scope > [data-key="${id}"]`);
}
