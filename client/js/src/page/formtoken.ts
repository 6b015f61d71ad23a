// The token that the server puts into each form of a member's page; a form that a script makes needs the same.

/** The field for a new form, its first child as on a reload; nothing on pages of guests. */
export function formTokenFields(): HTMLElement[] {
  const known = document.querySelector<HTMLInputElement>("input[name=form_token]");
  return known === null ? [] : [known.cloneNode() as HTMLElement];
}
