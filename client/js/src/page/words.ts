// How values are written on a page: the same words as the server's, so that a live post reads as a reloaded one.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `8024` as `8,024`. */
export function countWords(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `2011-10-21` as `Oct 21, 2011`, in every time zone. */
export function dayWords(isoDay: string): string {
  const [year, month, day] = isoDay.split("-").map(Number);
  return `${MONTHS[(month ?? 1) - 1]} ${day}, ${year}`;
}

/** The first letter of a name, as the mark on its card. */
export function initialOf(name: string): string {
  return ([...name][0] ?? "").toUpperCase();
}

export function newPostsWords(count: number): string {
  return count === 1 ? "1 new post" : `${countWords(count)} new posts`;
}
